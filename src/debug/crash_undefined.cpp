// SPDX-License-Identifier: MIT
//
// Undefined behaviour on purpose, for the builds that look for it. Every value goes past the compiler, which
// would else see what comes and warn, or take it for unreachable.

#include "crash_kinds.hpp"

#include <arch/crash.hpp>
#include <base/assert.hpp>

#include <limits>

namespace quartet::debug {

// What a checker refuses is what this file is for.
// NOLINTBEGIN(clang-analyzer-*, bugprone-multi-level-implicit-pointer-conversion)
namespace {

template <typename T>
T hidden(T value) {
    arch::touched_unseen(&value);
    return value;
}

// What is computed must be wanted, or it is not computed.
template <typename T>
void wanted(T value) {
    arch::touched_unseen(&value);
}

void overflow() noexcept { wanted(hidden(std::numeric_limits<i32>::max()) + hidden(1)); }
void divide() noexcept { wanted(hidden(1) / hidden(0)); }
void shift() noexcept { wanted(u64{1} << hidden(64)); }
void bounds() noexcept {
    u32 words[4] = {1, 2, 3, 4};
    arch::touched_unseen(words);
    wanted(words[hidden(usize{4})]);
}
void null() noexcept {
    const u32* pointer = hidden(static_cast<const u32*>(nullptr));
    wanted(*pointer);
}
void misaligned() noexcept {
    alignas(4) char bytes[8] = {};
    void* at = hidden(static_cast<void*>(bytes + 1));
    wanted(*static_cast<const u32*>(at));
}
void boolean() noexcept {
    unsigned char byte = 2;
    arch::touched_unseen(&byte);
    wanted(*static_cast<const bool*>(static_cast<void*>(&byte)));
}
void unreachable() noexcept {
    if (hidden(1) != 0) __builtin_unreachable();
}

constexpr CrashKind kinds[] = {
    {"overflow", overflow}, {"divide", divide},         {"shift", shift},  {"bounds", bounds},
    {"null", null},         {"misaligned", misaligned}, {"bool", boolean}, {"unreachable", unreachable},
};

}  // namespace
// NOLINTEND(clang-analyzer-*, bugprone-multi-level-implicit-pointer-conversion)

std::span<const CrashKind> undefined_kinds() noexcept {
    if constexpr (checks_enabled) return kinds;
    else return {};
}

}  // namespace quartet::debug
