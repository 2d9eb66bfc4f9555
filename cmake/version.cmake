# The commit and the build type, compiled in for `deskbell version`. A tree without git says "unknown".
find_package(Git QUIET)
set(DESKBELL_COMMIT unknown)
if(GIT_FOUND)
    execute_process(COMMAND ${GIT_EXECUTABLE} -C ${CMAKE_SOURCE_DIR} rev-parse --short=12 HEAD
                    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    if(failed EQUAL 0)
        set(DESKBELL_COMMIT ${commit})
    endif()
endif()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/build_facts.hpp CONTENT [[
#pragma once
// Made by cmake/version.cmake. Not edited by hand.
#define DESKBELL_VERSION "@PROJECT_VERSION@"
#define DESKBELL_COMMIT "@DESKBELL_COMMIT@"
#define DESKBELL_BUILD_TYPE "@CMAKE_BUILD_TYPE@ @DESKBELL_SANITIZE@"
]] @ONLY)
