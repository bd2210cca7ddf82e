// SPDX-License-Identifier: MIT
//
// What the tests of threads share: the test's own flow at a known priority on a known core, and threads
// that are joined at the end of their scope.

#pragma once

#include "selftest.hpp"

#include <kernel/priority_scheduler.hpp>
#include <kernel/scheduler.hpp>
#include <kernel/semaphore.hpp>
#include <kernel/time.hpp>

namespace quartet::selftest_detail {

// Above whatever the shell starts in the background.
inline constexpr u8 test_priority = 20;

// The flow that runs the test, at `test_priority` and on one core until the end of the scope.
class TestFlow {
public:
    explicit TestFlow(u32 affinity = 1)
        : self(kernel::ThreadContext::current(Unsafe{"a self-test runs in a thread"})),
          priority_(self.thread().base_priority),
          affinity_(self.thread().affinity) {
        static_cast<void>(kernel::set_priority(self.handle(), test_priority));
        static_cast<void>(kernel::set_affinity(self.handle(), affinity));
    }
    ~TestFlow() {
        static_cast<void>(kernel::set_affinity(self.handle(), affinity_));
        static_cast<void>(kernel::set_priority(self.handle(), priority_));
    }
    TestFlow(const TestFlow&) = delete;
    TestFlow& operator=(const TestFlow&) = delete;

    kernel::ThreadContext self;

private:
    u8 priority_;
    u32 affinity_;
};

// A thread that runs `body(ThreadContext&)` on the caller's stack frame's data, joined by the destructor.
template <typename Body>
class TestThread {
public:
    TestThread(kernel::SelfTestRun& run, TestFlow& flow, kernel::ThreadOptions options, Body body)
        : flow_(flow), body_(body) {
        auto spawned = kernel::spawn(options, &enter, this);
        EXPECT(spawned.has_value());
        if (spawned) handle = *spawned;
    }
    ~TestThread() { join(); }
    TestThread(const TestThread&) = delete;
    TestThread& operator=(const TestThread&) = delete;

    void join() {
        if (handle.empty()) return;
        static_cast<void>(kernel::join(flow_.self, handle));
        handle = {};
    }

    kernel::ThreadHandle handle;

private:
    static void enter(kernel::ThreadContext& self, void* thread) { static_cast<TestThread*>(thread)->body_(self); }

    TestFlow& flow_;
    Body body_;
};
template <typename Body>
TestThread(kernel::SelfTestRun&, TestFlow&, kernel::ThreadOptions, Body) -> TestThread<Body>;

}  // namespace quartet::selftest_detail
