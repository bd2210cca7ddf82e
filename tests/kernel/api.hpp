// SPDX-License-Identifier: MIT
//
// What the tests of the public interface share: they include <quartet/…> and nothing of the kernel, as an application
// does, so that what an application needs and cannot reach is found here.

#pragma once

#include "selftest.hpp"

#include <quartet/quartet.hpp>

#include <utility>

namespace quartet::selftest_detail {

// The test's own thread at a known priority, above whatever the shell starts in the background, on core 0 until the end
// of the scope.
class ApiFlow {
public:
    static constexpr u8 priority = 20;
    static constexpr u8 above = priority + 1;
    static constexpr u8 below = priority - 1;

    ApiFlow() : self(this_thread::context()), before_(*priority_of(this_thread::id())) {
        static_cast<void>(set_priority(this_thread::id(), priority));
        static_cast<void>(set_affinity(this_thread::id(), 1));
    }
    ~ApiFlow() {
        static_cast<void>(set_affinity(this_thread::id(), every_core));
        static_cast<void>(set_priority(this_thread::id(), before_));
    }
    ApiFlow(const ApiFlow&) = delete;
    ApiFlow& operator=(const ApiFlow&) = delete;

    ThreadContext self;

private:
    u8 before_;
};

// A thread on core 0 that runs at once, up to where it first waits; joined at the end of the scope.
template <typename Body>
class ApiThread {
public:
    ApiThread(kernel::SelfTestRun& run, Body body, u8 priority = ApiFlow::above) {
        auto spawned = Thread::spawn({.name = "api", .priority = priority, .affinity = 1}, body);
        EXPECT(spawned.has_value());
        if (spawned) thread = std::move(*spawned);
    }
    ~ApiThread() {
        if (thread.joinable()) static_cast<void>(thread.join());
    }
    ApiThread(const ApiThread&) = delete;
    ApiThread& operator=(const ApiThread&) = delete;

    Thread thread;
};
template <typename Body>
ApiThread(kernel::SelfTestRun&, Body) -> ApiThread<Body>;
template <typename Body>
ApiThread(kernel::SelfTestRun&, Body, u8) -> ApiThread<Body>;

// Whether a Result or a Status holds this error.
template <typename R>
bool is(const R& result, Error error) {
    return !result.has_value() && result.error() == error;
}

// Runs `work()` in an interrupt's handler on this core, now. False: it did not come.
template <typename Work>
bool in_handler(Work&& work) {
    constexpr u32 id = 7;
    struct Call {
        Work& work;
        Semaphore done;
    } call{work, Semaphore{}};
    auto handler = [](IrqContext& context) noexcept {
        Call& it = *static_cast<Call*>(context.argument());
        it.work();
        static_cast<void>(it.done.give().has_value());
    };
    if (!irq::attach(id, handler, &call, {.storm_limit = 0, .name = "api"}).has_value()) return false;
    // The limit finds a hang.
    const bool came =
        irq::enable(id).has_value() && irq::trigger(id, 0).has_value() && call.done.take_for(10_s).has_value();
    return irq::detach(id).has_value() && came;
}

}  // namespace quartet::selftest_detail
