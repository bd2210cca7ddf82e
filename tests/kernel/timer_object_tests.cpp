// SPDX-License-Identifier: MIT
//
// What a timer does to its callback: when, how often, in which order, and never again. Where time is counted, how late.

#include "threads.hpp"

#include <kernel/irq/irq.hpp>
#include <kernel/time/counted_time.hpp>
#include <kernel/time/timer.hpp>
#include <mm/heap.hpp>

#include <new>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

constexpr Duration tick_length = milliseconds(1);

// Counts its callbacks, and does one thing in each.
struct Counting {
    u32 calls = 0;
    Instant last{};
    HandlerTimer* other = nullptr;
    bool prevented = false;
    u32 again = 0;
};

Counting& counting(HandlerTimer& timer) { return *static_cast<Counting*>(timer.argument()); }

void count_call(HandlerTimer& timer) noexcept {
    counting(timer).calls += 1;
    counting(timer).last = now();
}
void cancel_itself(HandlerTimer& timer) noexcept {
    counting(timer).calls += 1;
    counting(timer).prevented = timer.cancel();
}
void start_itself(HandlerTimer& timer) noexcept {
    Counting& it = counting(timer);
    it.calls += 1;
    if (it.calls <= it.again) static_cast<void>(timer.start(microseconds(100)));
}
void cancel_other(HandlerTimer& timer) noexcept {
    Counting& it = counting(timer);
    it.calls += 1;
    it.prevented = it.other->cancel();
}
void end_itself(HandlerTimer& timer) noexcept {
    Counting& it = counting(timer);
    it.calls += 1;
    timer.~HandlerTimer();
    // Whoever looks at it again finds this.
    auto* bytes = static_cast<unsigned char*>(static_cast<void*>(&timer));
    for (usize n = 0; n < sizeof(HandlerTimer); ++n) bytes[n] = 0xdb;
}

bool called(const Counting& it, u32 calls) {
    return comes_true([&] { return *const_cast<const volatile u32*>(&it.calls) == calls; });
}

}  // namespace

SELFTEST("TMR04", "a callback cancels its own period, and starts itself anew as often as it likes") {
    TestFlow flow;
    Counting once;
    HandlerTimer stops{cancel_itself, &once};
    EXPECT(stops.start(microseconds(100), microseconds(100)).has_value());
    Counting often{.again = 5};
    HandlerTimer restarts{start_itself, &often};
    EXPECT(restarts.start(microseconds(100)).has_value());
    EXPECT(called(once, 1));
    EXPECT(called(often, 6));
    sleep_for(flow.self, milliseconds(2));
    EXPECT_EQ(once.calls, 1u);
    EXPECT(once.prevented);
    EXPECT(!stops.armed());
    EXPECT_EQ(often.calls, 6u);
    EXPECT(!restarts.armed());
}

SELFTEST("TMR04", "of two that are due at the same count the first cancels the second, which never comes") {
    TestFlow flow;
    Counting first;
    Counting second;
    HandlerTimer a{cancel_other, &first};
    HandlerTimer b{count_call, &second};
    first.other = &b;
    for (u64 n : run.rounds(20'000)) {
        const Instant due = after(now(), microseconds(20 + n % 7 * 50));
        {
            arch::IrqsMasked both;
            EXPECT(a.start_at(due).has_value());
            EXPECT(b.start_at(due).has_value());
        }
        EXPECT(called(first, static_cast<u32>(n) + 1));
        EXPECT(first.prevented);
        EXPECT(!b.armed());
    }
    sleep_for(flow.self, milliseconds(1));
    EXPECT_EQ(second.calls, 0u);
}

SELFTEST("TMR04", "a callback ends the life of its timer, once or in its period, and nobody looks at it again") {
    TestFlow flow;
    alignas(HandlerTimer) std::byte room[sizeof(HandlerTimer)];
    Counting it;
    for (Duration period : {Duration::zero(), microseconds(50)}) {
        auto* timer = ::new (static_cast<void*>(room)) HandlerTimer{end_itself, &it};
        const u32 before = it.calls;
        EXPECT(timer->start(microseconds(50), period).has_value());
        EXPECT(called(it, before + 1));
        sleep_for(flow.self, milliseconds(2));
        EXPECT_EQ(it.calls, before + 1);
        for (std::byte byte : room) EXPECT(byte == std::byte{0xdb});
    }
}

namespace {

// 10,000 timers, and in which order they came.
struct Crowd {
    struct Member {
        HandlerTimer timer;
        Crowd* crowd;
        u64 due;
        u32 number;
    };
    static constexpr usize size = 10'000;

    Member* members = nullptr;
    arch::Atomic<u32> came{0};
    u32 out_of_order = 0;
    u32 early = 0;
    u64 last_due = 0;
    u32 last_number = 0;

    static void note(HandlerTimer& timer) noexcept {
        Member& member = *static_cast<Member*>(timer.argument());
        Crowd& crowd = *member.crowd;
        bool later = member.due > crowd.last_due || (member.due == crowd.last_due && member.number > crowd.last_number);
        if (crowd.came.load(arch::Order::Relaxed) != 0 && !later) crowd.out_of_order += 1;
        if (arch::counter() < member.due) crowd.early += 1;
        crowd.last_due = member.due;
        crowd.last_number = member.number;
        crowd.came.fetch_add(1, arch::Order::Relaxed);
    }

    Crowd() {
        auto room = mm::kernel_heap.allocate(size * sizeof(Member));
        if (!room) return;
        members = static_cast<Member*>(*room);
        for (u32 n = 0; n < size; ++n)
            ::new (static_cast<void*>(members + n)) Member{HandlerTimer{note, members + n}, this, 0, n};
    }
    ~Crowd() {
        if (members == nullptr) return;
        for (usize n = 0; n < size; ++n) members[n].~Member();
        mm::kernel_heap.free_sized(members, size * sizeof(Member));
    }
    void forget() {
        came.store(0, arch::Order::Relaxed);
        last_due = last_number = 0;
    }
};

u32 timer_interrupts(u32 core) { return irq::info(27)->counts[core]; }

}  // namespace

SELFTEST("TMR05", "10,000 timers of one count come in order of arrival, 16 an interrupt at most") {
    TestFlow flow;
    Crowd crowd;
    REQUIRE(crowd.members != nullptr);
    const u32 interrupts = timer_interrupts(0);
    // So late that all are started before.
    const u64 due = after(now(), milliseconds(300)).counts;
    for (u32 n = 0; n < Crowd::size; ++n) {
        crowd.members[n].due = due;
        EXPECT(crowd.members[n].timer.start_at({due}).has_value());
    }
    EXPECT(comes_true([&] { return crowd.came.load(arch::Order::Relaxed) == Crowd::size; }, seconds(60)));
    EXPECT_EQ(crowd.out_of_order, 0u);
    EXPECT_EQ(crowd.early, 0u);
    EXPECT(timer_interrupts(0) - interrupts >= Crowd::size / 16);
}

SELFTEST("TMR05", "10,000 timers at random, a tenth of them past 2^32 ticks: order and number are exact") {
    TestFlow flow;
    Crowd crowd;
    REQUIRE(crowd.members != nullptr);
    u64 random = 0x9e37'79b9'7f4a'7c15 * (run.pass() + 1);
    const u64 ticks = clock_scale.counts(tick_length);
    // Where the machine stalls until the first is due, before all are started, the order is not judged: then later ones.
    bool judged = false;
    for (u64 lead = 300; lead <= 20'000 && !judged; lead *= 4) {
        const u64 begin = after(now(), milliseconds(lead)).counts;
        crowd.forget();
        crowd.out_of_order = 0;
        u32 near = 0;
        for (u32 n = 0; n < Crowd::size; ++n) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            const bool far = n % 10 == 0;
            // A million counts, so that some are equal; the far ones from 2^32 ticks on.
            crowd.members[n].due = (far ? begin + (ticks << 32) : begin) + random % 1'000'000;
            near += far ? 0 : 1;
            EXPECT(crowd.members[n].timer.start_at({crowd.members[n].due}).has_value());
        }
        judged = now().counts < begin;
        EXPECT(comes_true([&] { return crowd.came.load(arch::Order::Relaxed) == near; }, seconds(60)));
        sleep_for(flow.self, milliseconds(2));
        EXPECT_EQ(crowd.came.load(arch::Order::Relaxed), near);
        EXPECT_EQ(crowd.early, 0u);
        for (u32 n = 0; n < Crowd::size; ++n) EXPECT(crowd.members[n].timer.cancel() == (n % 10 == 0));
    }
    EXPECT(judged);
    EXPECT_EQ(crowd.out_of_order, 0u);
}

SELFTEST("TMR05", "timers start and cancel among 10,000 armed, where time is counted at the cost of one alone") {
    TestFlow flow;
    const bool counted = time_is_counted(flow.self);
    Crowd crowd;
    REQUIRE(crowd.members != nullptr);
    Counting it;
    // The longest of many, each a timer's first start, and each for another time.
    auto worst = [&](u64 distance) {
        u64 longest = 0;
        for (u64 n = 0; n < 200; ++n) {
            HandlerTimer timer{count_call, &it};
            arch::IrqsMasked masked;
            const u64 begin = arch::counter();
            EXPECT(timer.start(microseconds(distance + n * 997)).has_value());
            EXPECT(timer.cancel());
            const u64 cost = arch::counter() - begin;
            if (cost > longest) longest = cost;
        }
        return longest;
    };
    const u64 alone = worst(1'000'000);
    for (u32 n = 0; n < Crowd::size; ++n) EXPECT(crowd.members[n].timer.start(seconds(1 + n % 100)).has_value());
    const u64 among_many = worst(1'000'000);
    if (counted) EXPECT(among_many <= alone + 50);
    EXPECT_EQ(it.calls, 0u);
}

SELFTEST("TMR06",
         "a paused timer keeps what was left to the count, and goes on with that; a cancelled one keeps nothing") {
    TestFlow flow;
    const bool counted = time_is_counted(flow.self);
    Counting it;
    HandlerTimer timer{count_call, &it};
    EXPECT(!timer.resume().has_value());
    EXPECT(timer.start(seconds(3600)).has_value());
    EXPECT(timer.pause());
    EXPECT(!timer.pause());
    const Duration left = timer.remaining();
    EXPECT(left <= seconds(3600) && left >= seconds(3500));
    sleep_for(flow.self, milliseconds(3));
    EXPECT(timer.remaining() == left);
    EXPECT(!timer.armed());
    EXPECT(timer.resume().has_value());
    EXPECT(timer.armed());
    EXPECT(timer.remaining() <= left);
    EXPECT(timer.cancel());
    EXPECT(timer.remaining() == Duration::zero());
    EXPECT_EQ(timer.resume().error(), Error::Invalid);
    // Its time goes on where it stood.
    {
        arch::IrqsMasked not_yet;
        EXPECT(timer.start(milliseconds(20)).has_value());
        EXPECT(timer.pause());
    }
    const Duration rest = timer.remaining();
    sleep_for(flow.self, milliseconds(30));
    EXPECT_EQ(it.calls, 0u);
    const Instant resumed = now();
    EXPECT(timer.resume().has_value());
    EXPECT(called(it, 1));
    EXPECT(it.last >= after(resumed, {rest.ns - 16}));
    if (counted) EXPECT(it.last <= after(resumed, {rest.ns + tick_length.ns}));
    arch::IrqsMasked not_yet;
    EXPECT(timer.restart().has_value());
    EXPECT(timer.remaining() <= milliseconds(20));
    EXPECT(timer.cancel());
}

SELFTEST("TMR07", "a timer whose time is past comes at once, once; of a period only what is to come") {
    TestFlow flow;
    const bool counted = time_is_counted(flow.self);
    Counting it;
    HandlerTimer timer{count_call, &it};
    for (Instant past : {Instant{0}, Instant{1}, Instant{now().counts - 1}}) {
        const u32 before = it.calls;
        EXPECT(timer.start_at(past).has_value());
        EXPECT(called(it, before + 1));
        EXPECT(!timer.cancel());
        EXPECT(!timer.armed());
    }
    sleep_for(flow.self, milliseconds(2));
    EXPECT_EQ(it.calls, 3u);
    // 100 periods ago: one call, and 100 left out, or one more, where the machine is not held up. As long as a quarter of an
    // hour is the machine's age, so that there was such a time.
    const Instant begin = now();
    const Duration period{clock_scale.nanoseconds(begin.counts) / 128};
    HandlerTimer periodic{count_call, &it};
    const u64 counts = clock_scale.nearest_counts(period);
    const Instant first{begin.counts - 100 * counts};
    EXPECT(periodic.start_at(first, period).has_value());
    EXPECT(comes_true([&] { return *const_cast<const volatile u32*>(&it.calls) >= 4; }));
    EXPECT(periodic.missed() >= 99);
    if (counted) EXPECT(periodic.missed() <= 101);
    EXPECT(periodic.remaining() <= period);
    EXPECT(periodic.cancel());
    EXPECT(!periodic.cancel());
    // However the machine was held up: each period was called or left out, and none of them twice.
    EXPECT(it.calls - 3 + periodic.missed() <= (now().counts - first.counts) / counts + 1);
}

SELFTEST("TMR08", "a timer that is cancelled from another core comes, or is prevented, and never both") {
    constexpr u32 pairs = 3;
    TestFlow flow{1u << 3};
    struct Pair {
        arch::Atomic<u32> calls{0};
    } made[pairs];
    const u64 rounds = run.scaled(10'000'000);
    auto work = [&](u32 number) {
        return [&, number](ThreadContext&) {
            Pair& pair = made[number];
            HandlerTimer timer{[](HandlerTimer& it) noexcept {
                                   static_cast<Pair*>(it.argument())->calls.fetch_add(1, arch::Order::Relaxed);
                               },
                               &pair};
            u64 random = number + 1 + 1000 * run.pass();
            for (u64 n = 0; n < rounds; ++n) {
                random = random * 6364136223846793005 + 1442695040888963407;
                const u32 before = pair.calls.load(arch::Order::Relaxed);
                // It stays on the core on which it is started; the thread goes to another one.
                static_cast<void>(set_affinity(current(), 1u << (random >> 33) % 3));
                EXPECT(timer.start(nanoseconds((random >> 40) % 40'000)).has_value());
                static_cast<void>(set_affinity(current(), 1u << (random >> 36) % 3));
                for (u64 k = (random >> 50) % 2'000; k > 0; --k) arch::relax();
                const bool prevented = timer.cancel_and_wait();
                const u32 calls = pair.calls.load(arch::Order::Relaxed) - before;
                EXPECT_EQ(calls + (prevented ? 1u : 0u), 1u);
            }
        };
    };
    ThreadOptions options{.name = "timed", .priority = test_priority, .affinity = 7};
    TestThread a{run, flow, options, work(0)};
    TestThread b{run, flow, options, work(1)};
    TestThread c{run, flow, options, work(2)};
}

SELFTEST("TMR02", "a period has no drift, though handlers are held up at random") {
    TestFlow flow;
    const bool counted = time_is_counted(flow.self);
    static constexpr u64 longest_way = 2'000;  // counts: where time is counted, instructions
    struct Drift {
        u64 begin;
        u64 period;
        u32 calls = 0;
        u64 missed = 0;
        u32 early = 0;
        u32 ahead = 0;
        u32 late = 0;
    } drift{};
    drift.period = clock_scale.nearest_counts(microseconds(500));
    const u64 rounds = run.scaled(1'000'000);
    HandlerTimer timer{[](HandlerTimer& it) noexcept {
                           Drift& seen = *static_cast<Drift*>(it.argument());
                           const u64 time = arch::counter();
                           seen.calls += 1;
                           // What was left out lies behind this one.
                           const u64 due = seen.begin + (seen.calls - 1 + seen.missed) * seen.period;
                           seen.missed = it.missed();
                           if (time < due) seen.early += 1;
                           if (time < seen.begin + (seen.calls - 1 + seen.missed) * seen.period) seen.ahead += 1;
                           // The next one may have become due on the way from the interrupt to here: not before that.
                           if (time >= seen.begin + (seen.calls + seen.missed) * seen.period + longest_way)
                               seen.late += 1;
                       },
                       &drift};
    // The kernel's own tick, which runs as long as this core does not idle.
    auto tick_at = [] {
        arch::IrqsMasked masked;
        return this_core(masked).tick_at;
    };
    const u64 tick = clock_scale.hertz() / ticks_per_second;
    const u64 first_tick = tick_at();
    drift.begin = after(now(), milliseconds(1)).counts;
    EXPECT(timer.start_at({drift.begin}, microseconds(500)).has_value());
    u64 random = 7 + run.pass();
    while (*const_cast<volatile u32*>(&drift.calls) + timer.missed() < rounds) {
        random = random * 6364136223846793005 + 1442695040888963407;
        arch::IrqsMasked masked;
        for (u64 n = (random >> 40) % 20'000; n > 0; --n) arch::relax();
    }
    EXPECT(timer.cancel_and_wait());
    EXPECT_EQ(drift.early, 0u);
    EXPECT_EQ(drift.ahead, 0u);
    // Elsewhere the host may stop the core between the interrupt and its callback.
    if (counted) EXPECT_EQ(drift.late, 0u);
    const u64 last_tick = tick_at();
    EXPECT(last_tick > first_tick);
    EXPECT_EQ((last_tick - first_tick) % tick, 0u);
}
