// SPDX-License-Identifier: MIT

#include "threads.hpp"

#include <mm/memory.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

SELFTEST("SCH01", "a higher priority runs before the waker's next statement, an equal one does not") {
    TestFlow flow;
    for ([[maybe_unused]] u64 n : run.rounds(100'000)) {
        yield(flow.self);  // a fresh slice: its ticks must not end it between the two spawns and the look
        u32 order = 0;
        u32 higher_at = 0;
        u32 equal_at = 0;
        TestThread equal{run, flow, {.name = "equal", .priority = test_priority, .affinity = 1}, [&](ThreadContext&) {
                             equal_at = ++order;
                         }};
        TestThread higher{
            run, flow, {.name = "higher", .priority = test_priority + 1, .affinity = 1}, [&](ThreadContext&) {
                higher_at = ++order;
            }};
        EXPECT_EQ(higher_at, 1u);
        EXPECT_EQ(equal_at, 0u);
        higher.join();
        equal.join();
        EXPECT_EQ(equal_at, 2u);
    }
}

SELFTEST("SCH02", "equals that never yield share a core, a slice at a time") {
    TestFlow flow;
    arch::Atomic<bool> stop{false};
    u64 work[3] = {};
    auto spin = [&](u32 which) {
        return [&stop, &work, which](ThreadContext&) {
            while (!stop.load(arch::Order::Relaxed)) work[which] += 1;
        };
    };
    ThreadOptions options{.name = "sharer", .priority = test_priority - 1, .affinity = 1, .slice = milliseconds(2)};
    TestThread a{run, flow, options, spin(0)};
    TestThread b{run, flow, options, spin(1)};
    TestThread c{run, flow, options, spin(2)};
    u64 before[3];
    u64 later[3];
    auto look = [&](u64(&at)[3]) {
        for (u64& counts : at) counts = 0;
        for_each_thread([&](const ThreadInfo& info) {
            if (info.id == a.handle.record()->id) at[0] = info.switches;
            if (info.id == b.handle.record()->id) at[1] = info.switches;
            if (info.id == c.handle.record()->id) at[2] = info.switches;
        });
    };
    // Turns, not time: how long a tick takes is the host's matter where it emulates four cores at once. This flow
    // wakes once a try, because who is interrupted by it has a turn more.
    u64 fewest = 0;
    for (u64 patience = 60; fewest < 10 && patience <= 8000; patience *= 2) {
        look(before);
        sleep_for(flow.self, milliseconds(patience));
        look(later);
        fewest = later[0] - before[0];
        for (u32 n = 1; n < 3; ++n) fewest = later[n] - before[n] < fewest ? later[n] - before[n] : fewest;
    }
    stop.store(true, arch::Order::Relaxed);
    for (u32 n = 0; n < 3; ++n) {
        u64 turns = later[n] - before[n];
        u64 next = later[(n + 1) % 3] - before[(n + 1) % 3];
        EXPECT((turns > next ? turns - next : next - turns) <= 1);
    }
    EXPECT(fewest >= 10);
}

SELFTEST("SCH03", "a priority that changes takes effect at once, for running, ready, sleeping and blocked threads") {
    TestFlow flow;
    Semaphore gate;
    u32 order = 0;
    u32 low_at = 0;
    u32 blocked_at = 0;
    TestThread ready{run, flow, {.name = "ready", .priority = test_priority - 2, .affinity = 1}, [&](ThreadContext&) {
                         low_at = ++order;
                     }};
    TestThread blocked{
        run, flow, {.name = "blocked", .priority = test_priority + 1, .affinity = 1}, [&](ThreadContext& self) {
            EXPECT(gate.take(self).has_value());
            blocked_at = ++order;
        }};
    EXPECT(set_priority(blocked.handle, test_priority - 1).has_value());
    EXPECT(gate.give().has_value());
    EXPECT_EQ(blocked_at, 0u);
    EXPECT(set_priority(ready.handle, test_priority + 1).has_value());
    EXPECT_EQ(low_at, 1u);
    EXPECT(set_priority(flow.self.handle(), test_priority - 3).has_value());
    EXPECT_EQ(blocked_at, 2u);
    EXPECT(set_priority(flow.self.handle(), test_priority).has_value());
    EXPECT(set_priority(flow.self.handle(), 32) == Status{fail(Error::Invalid)});
}

SELFTEST("SCH04", "yield goes round 32 equals in order of arrival, and returns at once where there is none") {
    TestFlow flow;
    yield(flow.self);
    u32 turns[64] = {};
    u32 count = 0;
    struct Turn {
        u32 (&turns)[64];
        u32& count;
        u32 number;
    };
    auto take_turns = [](ThreadContext& self, void* argument) {
        Turn& turn = *static_cast<Turn*>(argument);
        for (u32 round = 0; round < 2; ++round) {
            turn.turns[turn.count++ % 64] = turn.number;
            yield(self);
        }
    };
    Turn all[32] = {
#define QUARTET_TURN(n) {turns, count, n}, {turns, count, n + 1}, {turns, count, n + 2}, {turns, count, n + 3}
        QUARTET_TURN(0),  QUARTET_TURN(4),  QUARTET_TURN(8),  QUARTET_TURN(12),
        QUARTET_TURN(16), QUARTET_TURN(20), QUARTET_TURN(24), QUARTET_TURN(28),
#undef QUARTET_TURN
    };
    ThreadHandle threads[32];
    for (u32 n = 0; n < 32; ++n) {
        auto thread = spawn({.name = "turn", .priority = test_priority - 1, .affinity = 1}, take_turns, &all[n]);
        EXPECT(thread.has_value());
        if (thread) threads[n] = *thread;
    }
    for (ThreadHandle thread : threads) EXPECT(join(flow.self, thread).has_value());
    for (u32 n = 0; n < 64; ++n) EXPECT_EQ(turns[n], n % 32);
}

SELFTEST("SCH06", "a thread is joined before its end and after it, detached, and not joined twice") {
    TestFlow flow;
    Semaphore gate;
    bool ran = false;
    auto wait = [](ThreadContext& self, void* gate_of) {
        static_cast<void>(static_cast<Semaphore*>(gate_of)->take(self));
    };
    auto note = [](ThreadContext&, void* flag) { *static_cast<bool*>(flag) = true; };
    auto ended = spawn({.name = "ended", .priority = test_priority + 1, .affinity = 1}, note, &ran);
    EXPECT(ended.has_value() && ran);
    EXPECT(join(flow.self, *ended).has_value());
    EXPECT(join(flow.self, *ended) == Status{fail(Error::Invalid)});
    auto waiting = spawn({.name = "waiting", .affinity = 1}, wait, &gate);
    EXPECT(join(flow.self, *waiting, milliseconds(2)) == Status{fail(Error::Timeout)});
    EXPECT(gate.give().has_value());
    EXPECT(join(flow.self, *waiting).has_value());
    auto alone = spawn({.name = "alone", .priority = test_priority + 1, .affinity = 1}, wait, &gate);
    EXPECT(detach(*alone).has_value());
    EXPECT(detach(*alone) == Status{fail(Error::Busy)});
    EXPECT(gate.give().has_value());
    EXPECT(detach(*alone) == Status{fail(Error::Invalid)});
    EXPECT(join(flow.self, flow.self.handle()) == Status{fail(Error::Invalid)});
}

SELFTEST("SCH07", "a stale handle is refused after its record is used again") {
    TestFlow flow;
    auto nothing = [](ThreadContext&, void*) {};
    auto first = spawn({.name = "first", .affinity = 1}, nothing, nullptr);
    EXPECT(first.has_value() && join(flow.self, *first).has_value());
    auto second = spawn({.name = "second", .affinity = 1}, nothing, nullptr);
    EXPECT(second.has_value());
    EXPECT_EQ(second->record(), first->record());
    EXPECT(set_priority(*first, 3) == Status{fail(Error::Invalid)});
    EXPECT(set_affinity(*first, 1) == Status{fail(Error::Invalid)});
    EXPECT(join(flow.self, *first) == Status{fail(Error::Invalid)});
    EXPECT(join(flow.self, *second).has_value());
}

SELFTEST("SCH08", "a wake-up inside a section without preemption is carried out at the outermost end") {
    TestFlow flow;
    Semaphore gate;
    bool ran = false;
    TestThread higher{
        run, flow, {.name = "higher", .priority = test_priority + 1, .affinity = 1}, [&](ThreadContext& self) {
            static_cast<void>(gate.take(self));
            ran = true;
        }};
    {
        PreemptionDisabled outer;
        {
            PreemptionDisabled inner;
            EXPECT(gate.give().has_value());
            Instant end = after(now(), milliseconds(3));
            while (now() < end) EXPECT(!ran);
        }
        EXPECT(!ran);
    }
    EXPECT(ran);
}

SELFTEST("SCH12", "invalid arguments are refused") {
    auto nothing = [](ThreadContext&, void*) {};
    EXPECT(!spawn({.priority = 32}, nothing, nullptr).has_value());
    EXPECT(!spawn({.affinity = 0}, nothing, nullptr).has_value());
    EXPECT(!spawn({.affinity = 0x10}, nothing, nullptr).has_value());
    EXPECT(!spawn({.stack_size = 100}, nothing, nullptr).has_value());
    EXPECT(!spawn({}, nullptr, nullptr).has_value());
    static u64 data = 0;
    EXPECT(!spawn({}, __builtin_bit_cast(ThreadEntry, &data), nullptr).has_value());
    EXPECT(!spawn({}, __builtin_bit_cast(ThreadEntry, __builtin_bit_cast(uptr, +nothing) + 2), nullptr).has_value());
    EXPECT(!set_affinity(current(), 0).has_value());
    EXPECT(!set_priority(ThreadHandle{}, 1).has_value());
}

SELFTEST("SCH06", "10,000 spawn, exit and join lose no frame") {
    TestFlow flow;
    auto nothing = [](ThreadContext&, void*) {};
    auto warm = spawn({.name = "warm"}, nothing, nullptr);
    EXPECT(warm.has_value() && join(flow.self, *warm).has_value());
    u64 before = mm::kernel_frames.stats().free_frames;
    for (u32 n = 0; n < 10'000; ++n) {
        auto thread = spawn({.name = "brief", .affinity = n % 2 == 0 ? 1u : every_core}, nothing, nullptr);
        EXPECT(thread.has_value());
        if (thread) EXPECT(join(flow.self, *thread).has_value());
    }
    EXPECT_EQ(mm::kernel_frames.stats().free_frames, before);
}
