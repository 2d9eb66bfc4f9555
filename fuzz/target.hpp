#pragma once
// A fuzz target: one function from bytes to nothing, which must never crash, hang or break a
// property.
//
// What this is: DESKBELL_FUZZ(name) { … input … }. With libFuzzer (cmake preset `fuzz`) each file
// becomes a program of its own; in every other build all of them are compiled into
// fuzz_corpus_test, which plays the committed corpus. Who calls it: libFuzzer, or
// fuzz/corpus_test.cpp. Threading: one thread. What a target never does: touch the network, read a
// clock, keep anything from one input to the next.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace deskbell::fuzz {

using Target = void (*)(std::string_view input);

// Makes the target known to fuzz/corpus_test.cpp.
struct Registration {
    Registration(const char* name, Target target);
};

[[noreturn]] inline void property_broken(const char* property, const char* file, int line) {
    std::fprintf(stderr, "fuzz: property broken: %s (%s:%d)\n", property, file, line);
    std::fflush(stderr);
    std::abort();
}

}  // namespace deskbell::fuzz

#define FUZZ_CHECK(property)     \
    (static_cast<bool>(property) \
         ? static_cast<void>(0)  \
         : ::deskbell::fuzz::property_broken(#property, __FILE__, __LINE__))

#ifdef DESKBELL_FUZZER
#define DESKBELL_FUZZ(name)                                                                   \
    static void fuzz_##name(std::string_view input);                                          \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {       \
        fuzz_##name(size == 0 ? std::string_view()                                            \
                              : std::string_view(reinterpret_cast<const char*>(data), size)); \
        return 0;                                                                             \
    }                                                                                         \
    static void fuzz_##name(std::string_view input)
#else
#define DESKBELL_FUZZ(name)                                                                 \
    static void fuzz_##name(std::string_view input);                                        \
    static const ::deskbell::fuzz::Registration registration_of_##name(#name, fuzz_##name); \
    static void fuzz_##name(std::string_view input)
#endif
