// SPDX-License-Identifier: MIT
//
// Timers of quartet.h, in the interrupt and in the timer thread, and its clocks.

#include "capi.hpp"

#include <arch/handler.hpp>

using namespace quartet;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

constexpr u64 millisecond = 1'000'000;

// What a callback found, and what it does.
struct Calls {
    arch::Atomic<u32> count{0};
    arch::Atomic<u32> in_handler{0};
    qt_timer* timer = nullptr;
    qt_status cancelled = -1;
    qt_status destroyed = -1;
    qt_thread* thread = nullptr;
    u64 last = 0;

    u32 so_far() const { return count.load(Order::Acquire); }
    bool reach(u32 number) const {
        return comes_true([&] { return so_far() >= number; });
    }
    void note() {
        last = qt_cycles();
        thread = qt_thread_self();
        if (arch::in_handler()) in_handler.fetch_add(1, Order::Relaxed);
        count.fetch_add(1, Order::Release);
    }
};

Calls& calls(void* argument) { return *static_cast<Calls*>(argument); }

void note_in_handler(void* argument) { calls(argument).note(); }
void cancel_in_handler(void* argument) {
    calls(argument).cancelled = qt_timer_cancel(calls(argument).timer);
    calls(argument).note();
}
void destroy_in_thread(void* argument) {
    calls(argument).destroyed = qt_timer_destroy(calls(argument).timer);
    calls(argument).note();
}
void linger_in_thread(void* argument) {
    calls(argument).note();
    static_cast<void>(qt_sleep(5 * millisecond));
    calls(argument).cancelled = QT_OK;  // its end
}

}  // namespace

SELFTEST("CAP07", "qt_timer comes once, not early, in the interrupt or in the timer thread as it was made") {
    TestFlow flow;
    for (int in_handler : {0, 1}) {
        Calls it;
        qt_timer* timer = nullptr;
        REQUIRE(qt_timer_create(&timer, note_in_handler, &it, in_handler) == QT_OK);
        const u64 begin = qt_cycles();
        EXPECT_EQ(qt_timer_start(timer, 2 * millisecond, 0), QT_OK);
        EXPECT(it.reach(1));
        EXPECT(it.last - begin >= kernel::clock_scale.counts({2 * millisecond}));
        EXPECT_EQ(it.in_handler.load(Order::Relaxed), in_handler == 1 ? 1u : 0u);
        EXPECT((it.thread == nullptr) == (in_handler == 1));
        EXPECT(it.thread != qt_thread_self());
        static_cast<void>(qt_sleep(5 * millisecond));
        EXPECT_EQ(it.so_far(), 1u);
        // What is due at once comes at once, and a second start takes the place of the first.
        EXPECT_EQ(qt_timer_start(timer, 3'600'000 * millisecond, 0), QT_OK);
        EXPECT_EQ(qt_timer_start(timer, 0, 0), QT_OK);
        EXPECT(it.reach(2));
        EXPECT_EQ(qt_timer_destroy(timer), QT_OK);
    }
}

SELFTEST("CAP07", "qt_timer with a period comes again and again until it is cancelled, also by its own callback") {
    TestFlow flow;
    for (int in_handler : {0, 1}) {
        Calls often;
        Calls once;
        qt_timer* timer = nullptr;
        REQUIRE(qt_timer_create(&timer, note_in_handler, &often, in_handler) == QT_OK);
        REQUIRE(qt_timer_create(&once.timer, cancel_in_handler, &once, in_handler) == QT_OK);
        EXPECT_EQ(qt_timer_start(once.timer, millisecond, millisecond), QT_OK);
        EXPECT_EQ(qt_timer_start(timer, millisecond, millisecond), QT_OK);
        EXPECT(often.reach(10));
        EXPECT_EQ(qt_timer_cancel(timer), QT_OK);
        EXPECT_EQ(qt_timer_cancel(timer), QT_OK);
        const u32 came = often.so_far();
        static_cast<void>(qt_sleep(5 * millisecond));
        // In the timer thread one may have begun before the cancel.
        EXPECT(often.so_far() - came <= (in_handler == 1 ? 0u : 1u));
        EXPECT_EQ(once.so_far(), 1u);
        EXPECT_EQ(once.cancelled, QT_OK);
        EXPECT_EQ(qt_timer_destroy(timer), QT_OK);
        EXPECT_EQ(qt_timer_destroy(once.timer), QT_OK);
    }
}

SELFTEST("CAP07", "what cannot be right of a timer is refused") {
    TestFlow flow;
    Calls it;
    qt_timer* timer = nullptr;
    EXPECT_EQ(qt_timer_create(nullptr, note_in_handler, &it, 1), QT_INVALID);
    EXPECT_EQ(qt_timer_create(&timer, nullptr, &it, 1), QT_INVALID);
    EXPECT_EQ(qt_timer_create(&timer, __builtin_bit_cast(void (*)(void*), &it), &it, 1), QT_INVALID);
    EXPECT(timer == nullptr);
    EXPECT_EQ(qt_timer_start(nullptr, 1, 0), QT_INVALID);
    EXPECT_EQ(qt_timer_cancel(nullptr), QT_INVALID);
    EXPECT_EQ(qt_timer_destroy(nullptr), QT_INVALID);
    REQUIRE(qt_timer_create(&timer, note_in_handler, &it, 1) == QT_OK);
    EXPECT_EQ(qt_timer_start(timer, 0, 9'999), QT_INVALID);
    EXPECT_EQ(it.so_far(), 0u);
    EXPECT_EQ(qt_timer_start(timer, UINT64_MAX, UINT64_MAX), QT_OK);
    static_cast<void>(qt_sleep(millisecond));
    EXPECT_EQ(it.so_far(), 0u);
    EXPECT_EQ(qt_timer_destroy(timer), QT_OK);
}

SELFTEST("TMR04", "a qt_timer's callback destroys its timer; another's destroy waits for a callback that runs") {
    TestFlow flow;
    Calls ends;
    REQUIRE(qt_timer_create(&ends.timer, destroy_in_thread, &ends, 0) == QT_OK);
    EXPECT_EQ(qt_timer_start(ends.timer, millisecond, millisecond), QT_OK);
    EXPECT(ends.reach(1));
    EXPECT_EQ(ends.destroyed, QT_OK);
    static_cast<void>(qt_sleep(5 * millisecond));
    EXPECT_EQ(ends.so_far(), 1u);
    Calls slow;
    qt_timer* timer = nullptr;
    REQUIRE(qt_timer_create(&timer, linger_in_thread, &slow, 0) == QT_OK);
    EXPECT_EQ(qt_timer_start(timer, 0, 0), QT_OK);
    EXPECT(slow.reach(1));
    EXPECT_EQ(qt_timer_destroy(timer), QT_OK);
    EXPECT_EQ(slow.cancelled, QT_OK);
}

SELFTEST("TMR03", "qt_sleep and qt_sleep_until are not early; what is past returns at once; the clocks go together") {
    TestFlow flow;
    u64 begin = qt_now();
    EXPECT_EQ(qt_sleep(3 * millisecond), QT_OK);
    EXPECT(qt_now() - begin >= 3 * millisecond);
    begin = qt_now();
    EXPECT_EQ(qt_sleep_until(begin + 2 * millisecond), QT_OK);
    EXPECT(qt_now() >= begin + 2 * millisecond);
    EXPECT_EQ(qt_sleep_until(0), QT_OK);
    EXPECT_EQ(qt_sleep_until(qt_now()), QT_OK);
    EXPECT_EQ(qt_sleep(0), QT_OK);
    const u64 before = qt_cycles();
    const u64 time = qt_now();
    const u64 after = qt_cycles();
    EXPECT(kernel::clock_scale.nanoseconds(before) <= time && time <= kernel::clock_scale.nanoseconds(after));
}
