// SPDX-License-Identifier: MIT
//
// How a self-test is written:
//
//     SELFTEST("SCH01", "a higher priority thread runs before the waker's next statement") {
//         for (u64 n : run.rounds(1'000'000)) { ... EXPECT_EQ(order, n); }
//         EXPECT(list.empty());
//     }
//
// The body is a function with a parameter `SelfTestRun& run`; threads that it starts may use EXPECT through a
// reference to it, as long as it joins them. A loop names its full count and runs a thousandth of it by default.
// The entry is a constant in `.selftest`, which the linker script keeps: no list to forget a test in.

#pragma once

#include <kernel/selftest/selftest.hpp>

#include <base/assert.hpp>
#include <base/types.hpp>

namespace quartet::selftest_detail {

// Values are shown as numbers, whatever counts as one.
template <typename T>
constexpr u64 number(const T& value) {
    if constexpr (std::is_pointer_v<T>) {
        return __builtin_bit_cast(u64, value);
    } else if constexpr (requires { value.value(); }) {
        return number(value.value());
    } else {
        return static_cast<u64>(value);
    }
}

}  // namespace quartet::selftest_detail

#define QUARTET_SELFTEST_JOIN2(a, b) a##b
#define QUARTET_SELFTEST_JOIN(a, b) QUARTET_SELFTEST_JOIN2(a, b)

#define QUARTET_SELFTEST(id, name, body)                                                                               \
    static void body(::quartet::kernel::SelfTestRun& run);                                                             \
    [[gnu::section(".selftest"), gnu::used]] static constinit const ::quartet::kernel::SelfTest QUARTET_SELFTEST_JOIN( \
        body, _entry){id, name, body};                                                                                 \
    static void body([[maybe_unused]] ::quartet::kernel::SelfTestRun& run)

// Self-tests are written at file scope, or in an unnamed namespace.
#define SELFTEST(id, name) QUARTET_SELFTEST(id, name, QUARTET_SELFTEST_JOIN(selftest_at_line_, __LINE__))

// The text of what failed is worth its bytes in debug builds; elsewhere file and line lead to it.
#define QUARTET_SELFTEST_TEXT(text) (::quartet::checks_enabled ? (text) : "does not hold")

// Goes on after a failure; the first one is reported.
#define EXPECT(...)                                                            \
    do {                                                                       \
        if (!(__VA_ARGS__)) [[unlikely]]                                       \
            run.fail(__FILE__, __LINE__, QUARTET_SELFTEST_TEXT(#__VA_ARGS__)); \
    } while (false)

// Shows both values as numbers. Each side is evaluated once.
#define EXPECT_EQ(left, right)                                                             \
    do {                                                                                   \
        const auto expect_left = (left);                                                   \
        const auto expect_right = (right);                                                 \
        if (!(expect_left == expect_right)) [[unlikely]]                                   \
            run.fail_equal(__FILE__, __LINE__, QUARTET_SELFTEST_TEXT(#left " == " #right), \
                           ::quartet::selftest_detail::number(expect_left),                \
                           ::quartet::selftest_detail::number(expect_right));              \
    } while (false)

// Leaves the body: only where nothing has to be joined or given back.
#define REQUIRE(...)                                                           \
    do {                                                                       \
        if (!(__VA_ARGS__)) [[unlikely]] {                                     \
            run.fail(__FILE__, __LINE__, QUARTET_SELFTEST_TEXT(#__VA_ARGS__)); \
            return;                                                            \
        }                                                                      \
    } while (false)

#define SKIP(why)      \
    do {               \
        run.skip(why); \
        return;        \
    } while (false)
