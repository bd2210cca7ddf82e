// SPDX-License-Identifier: MIT
//
// What the tests of quartet.h share: a thread that is made in C's way and runs a lambda.

#pragma once

#include "threads.hpp"

#include <kernel/thread/thread_word.hpp>

#include <quartet.h>

namespace quartet::selftest_detail {

// On the test's core; above TestFlow it runs at once, below it when the flow waits.
constexpr qt_thread_options at_priority(unsigned priority) {
    return {.name = "capi", .priority = priority, .affinity = 1, .stack_size = 0, .slice_ns = 0};
}
inline constexpr unsigned above = test_priority + 1;
inline constexpr unsigned below = test_priority - 1;

// Whether a thread of this core waits for something: the caller sleeps until it does. The limit is a hang detector.
inline bool waits_soon(const qt_thread* handle) {
    const kernel::Thread& thread = *kernel::thread_of_word(__builtin_bit_cast(u64, handle));
    auto state = [&] { return *const_cast<const volatile kernel::ThreadState*>(&thread.state); };
    for (u32 n = 0; n < 10'000 && state() != kernel::ThreadState::Blocked; ++n) static_cast<void>(qt_sleep(1'000'000));
    return state() == kernel::ThreadState::Blocked;
}

// Runs `body()`; joined at the end of the scope, unless its handle was used up and set to null.
template <typename Body>
class CThread {
public:
    CThread(kernel::SelfTestRun& run, const qt_thread_options& options, Body body) : body_(body) {
        EXPECT_EQ(qt_thread_create(&handle, &options, enter, this), QT_OK);
    }
    ~CThread() { static_cast<void>(join()); }
    CThread(const CThread&) = delete;
    CThread& operator=(const CThread&) = delete;

    qt_status join() {
        if (handle == nullptr) return QT_OK;
        const qt_status joined = qt_thread_join(handle, QT_FOREVER);
        handle = nullptr;
        return joined;
    }

    qt_thread* handle = nullptr;

private:
    static void enter(void* self) { static_cast<CThread*>(self)->body_(); }

    Body body_;
};
template <typename Body>
CThread(kernel::SelfTestRun&, const qt_thread_options&, Body) -> CThread<Body>;

}  // namespace quartet::selftest_detail
