# Flags every room shares, and the libraries the rooms stand on.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

set(DESKBELL_SANITIZE "" CACHE STRING "Sanitizers to build with: address, thread, or empty")
option(DESKBELL_BUILD_TESTS "Build the unit, scenario and conformance tests" ON)
option(DESKBELL_TEST_HOOKS "Crash points and planted bugs (base/test_hooks.hpp); never for production" OFF)

find_package(Threads REQUIRED)
if(DESKBELL_BUILD_TESTS)
    find_package(GTest REQUIRED)
endif()
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(spdlog REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(MD4C REQUIRED IMPORTED_TARGET md4c)

add_library(deskbell_flags INTERFACE)
target_include_directories(deskbell_flags INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}
                           ${CMAKE_BINARY_DIR}/generated)
target_compile_options(deskbell_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough -Werror
    -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero)
target_compile_definitions(deskbell_flags INTERFACE
    BOOST_ENABLE_ASSERT_HANDLER            # BOOST_ASSERT stays on in release; base/assert.cpp handles it
    BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED _GLIBCXX_ASSERTIONS)
target_link_options(deskbell_flags INTERFACE -fuse-ld=lld-19 -Wl,-z,relro,-z,now)

if(DESKBELL_TEST_HOOKS)
    target_compile_definitions(deskbell_flags INTERFACE DESKBELL_TEST_HOOKS)
endif()
if(DESKBELL_SANITIZE STREQUAL "address")
    target_compile_options(deskbell_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_compile_definitions(deskbell_flags INTERFACE BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
    target_link_options(deskbell_flags INTERFACE -fsanitize=address,undefined)
elseif(DESKBELL_SANITIZE STREQUAL "thread")
    target_compile_options(deskbell_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
    target_compile_definitions(deskbell_flags INTERFACE BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
    target_link_options(deskbell_flags INTERFACE -fsanitize=thread)
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(deskbell_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()

target_link_libraries(deskbell_flags INTERFACE Threads::Threads Boost::json Boost::url spdlog::spdlog
                      PkgConfig::SODIUM)

find_program(CCACHE ccache)
if(CCACHE)
    # Precompiled headers are cached too: without their time of day, and by what they hold.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
    target_compile_options(deskbell_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>)
endif()
