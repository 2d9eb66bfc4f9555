# Fuzz targets: fuzz/<name>_fuzz.cpp. With DESKBELL_FUZZER (preset `fuzz`) each becomes bin/<name>_fuzz, linked with
# libFuzzer; in every other build all of them together are fuzz_corpus_test, which plays the committed corpus.

option(DESKBELL_FUZZER "Build the fuzz targets with libFuzzer and nothing else (target `fuzzers`)" OFF)

# Before the rooms: their code must be instrumented too.
function(deskbell_fuzz_flags)
    if(DESKBELL_FUZZER)
        target_compile_options(deskbell_flags INTERFACE -fsanitize=fuzzer-no-link)
        target_compile_definitions(deskbell_flags INTERFACE DESKBELL_FUZZER)
    endif()
endfunction()

# After the rooms.
function(deskbell_fuzz)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/fuzz/*_fuzz.cpp)
    if(DESKBELL_FUZZER)
        # The configuration's reader without the rest of the app, which would bring every room and the web pages.
        add_library(deskbell_fuzz_config STATIC src/app/config.cpp src/app/config_reader.cpp)
        target_link_libraries(deskbell_fuzz_config PUBLIC deskbell_core deskbell_base)
        deskbell_precompiled(deskbell_fuzz_config deskbell_base)
        foreach(source IN LISTS sources)
            get_filename_component(name ${source} NAME_WE)
            add_library(${name}_object STATIC ${source})
            target_link_libraries(${name}_object PUBLIC deskbell_gateway deskbell_desk deskbell_bot deskbell_net
                                  deskbell_core deskbell_base deskbell_fuzz_config)
            deskbell_precompiled(${name}_object deskbell_base)
            file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/fuzz/${name}_main.cpp CONTENT
                 "extern \"C\" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long);\n[[maybe_unused]] static auto* const keep = &LLVMFuzzerTestOneInput;\n")
            add_executable(${name} ${CMAKE_BINARY_DIR}/generated/fuzz/${name}_main.cpp)
            target_link_libraries(${name} PRIVATE ${name}_object -fsanitize=fuzzer)
            list(APPEND programs ${name})
        endforeach()
        add_custom_target(fuzzers DEPENDS ${programs})
    elseif(DESKBELL_BUILD_TESTS)
        add_executable(fuzz_corpus_test ${sources} fuzz/corpus_test.cpp)
        target_link_libraries(fuzz_corpus_test PRIVATE deskbell_app GTest::gtest GTest::gtest_main)
        target_compile_definitions(fuzz_corpus_test PRIVATE DESKBELL_FUZZ_FOLDER="${CMAKE_SOURCE_DIR}/fuzz")
        deskbell_precompiled(fuzz_corpus_test base_test <gtest/gtest.h>)
        set_property(GLOBAL APPEND PROPERTY deskbell_unit_tests fuzz_corpus_test)
    endif()
endfunction()
