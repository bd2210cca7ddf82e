// SPDX-License-Identifier: MIT
//
// A thread that is there to be ended by another.

#pragma once

#include "threads.hpp"

#include <kernel/thread/thread_control.hpp>

namespace quartet::selftest_detail {

// A thread whose body must not come to its end.
template <typename Body>
class Victim {
public:
    Victim(kernel::SelfTestRun& run, TestFlow& flow, kernel::ThreadOptions options, Body body)
        : flow_(flow), body_(body) {
        auto spawned = kernel::spawn(options, &enter, this);
        EXPECT(spawned.has_value());
        if (spawned) handle = *spawned;
    }
    Victim(const Victim&) = delete;
    Victim& operator=(const Victim&) = delete;

    // Whether it was ended, and not by itself, and nothing of it was left behind.
    bool end() {
        if (!kernel::terminate(flow_.self, handle).has_value()) return false;
        Result<kernel::ThreadEnd> end = kernel::join_end(flow_.self, handle);
        return end.has_value() && end->terminated && end->value == nullptr && !came_back && left_nothing();
    }

    // Of a thread that was joined: whether its record, which the next thread gets, is in no list and its timer is off. A
    // list that still had it would heal itself as long as nobody uses the record.
    bool left_nothing() const {
        const kernel::Thread& record = *handle.record();
        return record.wait_link.next == nullptr && record.waits_for == nullptr && record.blocked_on == nullptr &&
               !kernel::timer_word::armed(record.timer.word.load(arch::Order::Relaxed));
    }

    kernel::ThreadHandle handle;
    bool came_back = false;

private:
    static void enter(kernel::ThreadContext& self, void* victim) {
        Victim& me = *static_cast<Victim*>(victim);
        me.body_(self);
        me.came_back = true;
    }

    TestFlow& flow_;
    Body body_;
};
template <typename Body>
Victim(kernel::SelfTestRun&, TestFlow&, kernel::ThreadOptions, Body) -> Victim<Body>;

}  // namespace quartet::selftest_detail
