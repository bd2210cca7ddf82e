// SPDX-License-Identifier: MIT
//
// What the compilers' checks for undefined behaviour found, in words. The records are those that GCC and clang
// write beside each check (the interface of their run-time library, the same for both); the functions are pure, so that
// every kind is tested on the host. `undefined.cpp` is called by the checks and ends the run with these words.

#pragma once

#include <base/types.hpp>

#include <span>
#include <string_view>

namespace quartet::debug::undefined {

struct Place {
    const char* file;
    u32 line;
    u32 column;
};

struct Type {
    u16 kind;  // 0: an integer; 0xffff: anything without a value of its own
    u16 info;  // of an integer: bit 0 signed, above it log2 of the width in bits
    char name[1];  // as it stands in the sources, in quotes; goes on to a zero
};

struct Overflow {
    Place place;
    const Type* type;
};

struct Shift {
    Place place;
    const Type* left;
    const Type* right;
};

struct Index {
    Place place;
    const Type* array;
    const Type* index;
};

struct Pointer {
    Place place;
    const Type* type;
    u8 log2_alignment;
    u8 use;  // load, store, …
};

struct Value {
    Place place;
    const Type* type;
};

struct Alignment {
    Place place;
    Place promise;
    const Type* type;
};

struct Builtin {
    Place place;
    u8 kind;  // 0 ctz, 1 clz
};

// A checked operand: the value itself where the type is at most 64 bits wide, else its address.
using Operand = uptr;

// A sentence each, in `room`, cut where that is full; 128 bytes hold the longest whose types have short names.
// Pre: the record is the compiler's. Context: any.
std::string_view overflow(std::span<char> room, const Overflow& what, char sign, Operand left, Operand right) noexcept;
std::string_view negation(std::span<char> room, const Overflow& what, Operand value) noexcept;
std::string_view division(std::span<char> room, const Overflow& what, Operand left, Operand right) noexcept;
std::string_view shift(std::span<char> room, const Shift& what, Operand left, Operand right) noexcept;
std::string_view index(std::span<char> room, const Index& what, Operand index) noexcept;
std::string_view pointer(std::span<char> room, const Pointer& what, uptr address) noexcept;
std::string_view alignment(std::span<char> room, const Alignment& what, uptr address, uptr promised) noexcept;
std::string_view pointer_sum(std::span<char> room, uptr from, uptr to) noexcept;
std::string_view value(std::span<char> room, const Value& what, Operand value) noexcept;
std::string_view builtin(const Builtin& what) noexcept;

}  // namespace quartet::debug::undefined
