// SPDX-License-Identifier: MIT
//
// What the compiler and the standard headers call behind our back. The headers' range checks end in a
// named stop; counting bits has no instruction among the general registers of this core.

#include <base/assert.hpp>
#include <base/types.hpp>

namespace std {

// Declared by libstdc++'s functexcept.h; reached where a checked position (substr, at) lies outside.
[[noreturn]] void __throw_out_of_range_fmt(const char*, ...);
[[noreturn]] void __throw_out_of_range_fmt(const char*, ...) {
    quartet::check_failed("a position lies inside the text or array that it is used on",
                          quartet::SourcePlace::current());
}
[[noreturn]] void __throw_out_of_range(const char*);
[[noreturn]] void __throw_out_of_range(const char*) {
    quartet::check_failed("a position lies inside the text or array that it is used on",
                          quartet::SourcePlace::current());
}

// The same of the headers from GCC 13 on, which have one end for all where the library is freestanding. They say
// in this form that it does not return, and clang wants the first word to be the last.
void terminate() noexcept __attribute__((__noreturn__));
void terminate() noexcept {
    quartet::check_failed("a range check of the standard headers holds", quartet::SourcePlace::current());
}

}  // namespace std

// Where there are no exceptions: what `Result::value()` does of one that holds an error.
extern "C" [[noreturn]] void abort();
extern "C" [[noreturn]] void abort() {
    quartet::check_failed("a result is asked for its value when it has one", quartet::SourcePlace::current());
}

// Bits set in `value` (libgcc's contract): sums in 2, 4, 8 bits, and the product adds the bytes.
extern "C" int __popcountdi2(quartet::i64 value);
extern "C" int __popcountdi2(quartet::i64 value) {
    auto bits = static_cast<quartet::u64>(value);
    bits -= (bits >> 1) & 0x5555'5555'5555'5555;
    bits = (bits & 0x3333'3333'3333'3333) + ((bits >> 2) & 0x3333'3333'3333'3333);
    bits = (bits + (bits >> 4)) & 0x0f0f'0f0f'0f0f'0f0f;
    return static_cast<int>((bits * 0x0101'0101'0101'0101) >> 56);
}
