// SPDX-License-Identifier: MIT
//
// Mutexes with many waiters: the order in which they are served, and the log's account of a ring of them.

#include "threads.hpp"

#include <base/format.hpp>
#include <kernel/console/log.hpp>
#include <kernel/wait/mutex.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

// Waits for one mutex, and notes when it had it.
struct Waiter {
    Mutex* mutex;
    u32* order;
    u32* count;
    u32 number;

    static void wait(ThreadContext& self, void* argument) {
        Waiter& me = *static_cast<Waiter*>(argument);
        MutexGuard guard{*me.mutex, self};
        me.order[(*me.count)++ % 12] = me.number;
    }
};

// Thread n owns mutex n, and waits for mutex n + 1 when it is told to.
struct Ring {
    Mutex mutexes[8];
    Semaphore go[8];
    u32 size = 0;
    u32 owned = 0;
    u32 refused = 0;
};

struct Link {
    Ring* ring;
    u32 number;

    static void close(ThreadContext& self, void* argument) {
        Link& me = *static_cast<Link*>(argument);
        Ring& ring = *me.ring;
        Mutex& mine = ring.mutexes[me.number];
        Mutex& next = ring.mutexes[(me.number + 1) % ring.size];
        if (!mine.lock(self).has_value()) return;
        ring.owned += 1;
        if (!ring.go[me.number].take(self).has_value()) return;
        const Status both = next.lock(self);
        if (both.has_value()) static_cast<void>(next.unlock(self));
        else ring.refused += both == Status{fail(Error::Deadlock)} ? 1u : 100u;
        static_cast<void>(mine.unlock(self));
    }
};

// The next line of the history behind `cursor` that is about dead-locks, without the time; empty where `mark` comes first.
// Asleep until it comes: the thread that moves lines there has a lower priority than the tests.
std::string_view next_deadlock_line(u64& cursor, std::span<char> room, std::string_view mark) {
    std::string_view line;
    while (comes_true_asleep([&] { return !(line = the_log.history_line(cursor, room)).empty(); })) {
        if (line.ends_with(mark)) return {};
        const usize at = line.find("] deadlock: ");
        if (at != std::string_view::npos) return line.substr(at + 2);
    }
    return "the mark did not come";
}

}  // namespace

SELFTEST("MTX10", "twelve waiters of four priorities: served by priority, equals as they came, changes of order kept") {
    TestFlow flow;
    Mutex mutex;
    u32 order[12] = {};
    u32 count = 0;
    Waiter waiters[12];
    ThreadHandle threads[12];
    EXPECT(mutex.lock(flow.self).has_value());
    for (u32 n = 0; n < 12; ++n) {
        waiters[n] = {&mutex, order, &count, n};
        const auto priority = static_cast<u8>(test_priority + 1 + n % 4);
        auto thread = spawn({.name = "waiter", .priority = priority, .affinity = 1}, &Waiter::wait, &waiters[n]);
        EXPECT(thread.has_value());
        if (thread) threads[n] = *thread;
        EXPECT(thread.has_value() && comes_to_wait(*thread));
    }
    // At 4: 3 7 11, at 3: 2 6 10, at 2: 1 5 9, at 1: 0 4 8.
    EXPECT(set_priority(threads[0], test_priority + 4).has_value());  // 3 7 11 0
    EXPECT(set_priority(threads[7], test_priority + 2).has_value());  // 1 5 9 7
    EXPECT(set_priority(threads[6], test_priority + 5).has_value());  // 6 before all
    EXPECT(set_priority(threads[8], test_priority + 3).has_value());  // 2 10 8
    EXPECT(set_priority(threads[1], test_priority + 1).has_value());  // 4 1
    // And there and back: behind its equals.
    EXPECT(set_priority(threads[3], test_priority + 1).has_value());
    EXPECT(set_priority(threads[3], test_priority + 4).has_value());  // 11 0 3
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority + 5);
    EXPECT_EQ(count, 0u);
    EXPECT(mutex.unlock(flow.self).has_value());
    for (ThreadHandle thread : threads) EXPECT(join(flow.self, thread).has_value());
    constexpr u32 wanted[12] = {6, 11, 0, 3, 2, 10, 8, 5, 9, 7, 4, 1};
    EXPECT_EQ(count, 12u);
    for (u32 n = 0; n < 12; ++n) EXPECT_EQ(order[n], wanted[n]);
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority);
}

SELFTEST("MTX08", "the log names who is refused and everybody in the ring of 2 to 8, in order, each once") {
    TestFlow flow;
    for (u32 size = 2; size <= 8; ++size) {
        Ring ring;
        ring.size = size;
        Link links[8];
        ThreadHandle threads[8];
        char names[8][8] = {};
        for (u32 n = 0; n < size; ++n) {
            links[n] = {&ring, n};
            const std::string_view name = format_to(names[n], "r{}of{}", n, size);
            const auto priority = static_cast<u8>(test_priority + 1 + n % 3);
            auto thread = spawn({.name = name, .priority = priority, .affinity = 1}, &Link::close, &links[n]);
            EXPECT(thread.has_value());
            if (thread) threads[n] = *thread;
        }
        EXPECT_EQ(ring.owned, size);
        char room[Log::max_line];
        char begin_room[32], end_room[32];
        const std::string_view begin = format_to(begin_room, "ring of {} begins", size);
        const std::string_view end = format_to(end_room, "ring of {} ends", size);
        u64 cursor = 0;
        log("{}", begin);
        std::string_view line = "deadlock: of a test before this one";
        while (line.starts_with("deadlock: ")) line = next_deadlock_line(cursor, room, begin);
        EXPECT(line.empty());
        // The last one closes it, whichever that is.
        const u32 last = size / 2;
        for (u32 n = 1; n <= size; ++n) EXPECT(ring.go[(last + n) % size].give().has_value());
        for (u32 n = 0; n < size; ++n) EXPECT(join(flow.self, threads[n]).has_value());
        EXPECT_EQ(ring.refused, 1u);
        log("{}", end);
        char expected[Log::max_line];
        EXPECT(next_deadlock_line(cursor, room, end) ==
               format_to(expected, "deadlock: {} is not made to wait, because each of these waits for the next:",
                         std::string_view{names[last]}));
        for (u32 n = 1; n <= size; ++n)
            EXPECT(next_deadlock_line(cursor, room, end) ==
                   format_to(expected, "deadlock: {}", std::string_view{names[(last + n) % size]}));
        EXPECT(next_deadlock_line(cursor, room, end).empty());
    }
}
