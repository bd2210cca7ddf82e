// SPDX-License-Identifier: MIT
//
// What the tests of threads share: the test's own flow at a known priority on a known core, threads that are joined
// at the end of their scope, and work that is done on one core or on all.

#pragma once

#include "selftest.hpp"

#include <kernel/irq/irq.hpp>
#include <kernel/sched/priority_scheduler.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/wait/semaphore.hpp>
#include <kernel/time/time.hpp>

namespace quartet::selftest_detail {

inline kernel::ThreadContext this_thread() {
    return kernel::ThreadContext::current(Unsafe{"a self-test runs in a thread, and holds no lock"});
}

// `limit` is a hang detector: cores are emulated by threads of a machine that may be busy. `pause(self)` comes between two
// looks.
template <typename Condition, typename Pause>
bool comes_true_between(Condition condition, kernel::Duration limit, Pause pause) {
    kernel::ThreadContext self = this_thread();
    const kernel::Instant end = kernel::after(kernel::now(), limit);
    while (!condition()) {
        if (kernel::now() >= end) return condition();
        pause(self);
    }
    return true;
}

template <typename Condition>
bool comes_true(Condition condition, kernel::Duration limit = kernel::seconds(10)) {
    return comes_true_between(condition, limit, [](kernel::ThreadContext& self) { kernel::yield(self); });
}

// The same, asleep in between: where what has to happen is the work of threads below this one, or what it looks at would
// be something else while it only yields.
template <typename Condition>
bool comes_true_asleep(Condition condition, kernel::Duration limit = kernel::seconds(10)) {
    return comes_true_between(condition, limit,
                              [](kernel::ThreadContext& self) { kernel::sleep_for(self, kernel::microseconds(100)); });
}

// `work(core)` in a thread that stays on `core`, to its end. False: that core does not run threads.
template <typename Work>
[[nodiscard]] bool run_on(u32 core, Work&& work) {
    struct Call {
        Work& work;
        u32 core;
    } call{work, core};
    auto enter = [](kernel::ThreadContext&, void* argument) {
        auto& it = *static_cast<Call*>(argument);
        it.work(it.core);
    };
    auto thread = kernel::spawn({.name = "on-core", .affinity = 1u << core}, enter, &call);
    kernel::ThreadContext self = this_thread();
    return thread.has_value() && kernel::join(self, *thread).has_value();
}

// `work(core)` on every core that runs threads, at once.
template <typename Work>
void on_every_core(kernel::SelfTestRun& run, Work&& work) {
    struct Call {
        Work* work;
        u32 core;
    } calls[max_cores];
    auto enter = [](kernel::ThreadContext&, void* argument) {
        auto& it = *static_cast<Call*>(argument);
        (*it.work)(it.core);
    };
    kernel::ThreadHandle threads[max_cores];
    for (u32 core = 0; core < max_cores; ++core) {
        if (!kernel::irq::core_started(core)) continue;
        calls[core] = {&work, core};
        auto thread = kernel::spawn({.name = "on-core", .affinity = 1u << core}, enter, &calls[core]);
        EXPECT(thread.has_value());
        if (thread) threads[core] = *thread;
    }
    kernel::ThreadContext self = this_thread();
    for (kernel::ThreadHandle thread : threads) {
        if (!thread.empty()) EXPECT(kernel::join(self, thread).has_value());
    }
}

// What `thread` was doing a moment ago.
inline kernel::ThreadState state_of(kernel::ThreadHandle thread) {
    kernel::ThreadState state = kernel::ThreadState::Free;
    kernel::for_each_thread([&](const kernel::ThreadInfo& info) {
        if (info.id == thread.record()->id) state = info.state;
    });
    return state;
}

// Whether `thread` comes to wait for something. Asleep: a flow that was lent a priority is above it.
inline bool comes_to_wait(kernel::ThreadHandle thread) {
    return comes_true_asleep([=] { return state_of(thread) == kernel::ThreadState::Blocked; });
}

// Above whatever the shell starts in the background.
inline constexpr u8 test_priority = 20;

// The flow that runs the test, at `test_priority` and on one core until the end of the scope.
class TestFlow {
public:
    explicit TestFlow(u32 affinity = 1)
        : self(this_thread()), priority_(self.thread().base_priority), affinity_(self.thread().affinity) {
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
