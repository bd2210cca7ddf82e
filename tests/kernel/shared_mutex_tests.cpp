// SPDX-License-Identifier: MIT

#include "threads.hpp"

#include <arch/cpu.hpp>
#include <kernel/wait/shared_mutex.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

Status error(Error what) { return fail(what); }

ThreadOptions above(u8 by, const char* name) {
    return {.name = name, .priority = static_cast<u8>(test_priority + by), .affinity = 1};
}

}  // namespace

SELFTEST("RWL01", "readers share, a writer is alone: what they read is never half written, on four cores") {
    if (cores_online() != max_cores) SKIP("not all cores are online");
    TestFlow flow{every_core};
    SharedMutex mutex;
    u64 value[4] = {};
    const u64 rounds = run.scaled(10'000'000);
    arch::Atomic<u32> together{0};
    arch::Atomic<u32> most{0};
    auto write = [&](ThreadContext& self) {
        for (u64 n = 0; n < rounds && !run.failed(); ++n) {
            WriteGuard guard{mutex, self};
            EXPECT_EQ(together.load(Order::Relaxed), 0u);
            for (u64& part : value) part += 1;
        }
    };
    auto read = [&](ThreadContext& self) {
        for (u64 n = 0; n < rounds && !run.failed(); ++n) {
            ReadGuard guard{mutex, self};
            const u32 others = together.fetch_add(1, Order::Relaxed);
            if (others > most.load(Order::Relaxed)) most.store(others, Order::Relaxed);
            const u64 seen = value[0];
            for (u64 part : value) EXPECT_EQ(part, seen);
            if (n % 64 == 0) yield(self);
            together.fetch_sub(1, Order::Relaxed);
        }
    };
    {
        const ThreadOptions options{.name = "shares", .priority = test_priority - 1};
        TestThread a{run, flow, options, write}, b{run, flow, options, write};
        TestThread c{run, flow, options, read}, d{run, flow, options, read}, e{run, flow, options, read};
    }
    for (u64 part : value) EXPECT_EQ(part, 2 * rounds);
}

SELFTEST("RWL02", "a writer that waits holds back readers of its priority, not those above it, and goes first") {
    TestFlow flow;
    SharedMutex mutex;
    u32 order[4] = {};
    u32 count = 0;
    auto come = [&](u32 number) { order[count++ % 4] = number; };
    EXPECT(mutex.lock_shared(flow.self).has_value());
    {
        TestThread writer{run, flow, above(2, "writer"), [&](ThreadContext& self) {
                              WriteGuard guard{mutex, self};
                              come(1);
                          }};
        TestThread equal{run, flow, above(2, "equal"), [&](ThreadContext& self) {
                             ReadGuard guard{mutex, self};
                             come(2);
                         }};
        TestThread lower{run, flow, above(1, "lower"), [&](ThreadContext& self) {
                             ReadGuard guard{mutex, self};
                             come(3);
                         }};
        EXPECT_EQ(count, 0u);
        EXPECT(mutex.try_lock_shared(flow.self) == error(Error::WouldBlock));
        TestThread higher{run, flow, above(3, "higher"), [&](ThreadContext& self) {
                              ReadGuard guard{mutex, self};
                              come(4);
                          }};
        EXPECT_EQ(count, 1u);
        EXPECT(mutex.unlock_shared(flow.self).has_value());
    }
    EXPECT(order[0] == 4 && order[1] == 1 && order[2] == 2 && order[3] == 3);
}

SELFTEST("RWL03", "times run out for readers and writers; a writer that gives up lets those behind it in") {
    TestFlow flow;
    SharedMutex mutex;
    EXPECT(mutex.lock_shared(flow.self).has_value());
    u32 entered = 0;
    {
        TestThread writer{run, flow, above(2, "writer"), [&](ThreadContext& self) {
                              Instant begin = now();
                              EXPECT(mutex.lock_for(self, milliseconds(2)) == error(Error::Timeout));
                              EXPECT(between(begin, now()) >= milliseconds(2));
                          }};
        TestThread reader{run, flow, above(1, "reader"), [&](ThreadContext& self) {
                              ReadGuard guard{mutex, self};
                              entered += 1;
                          }};
        writer.join();
        reader.join();
        EXPECT_EQ(entered, 1u);
    }
    EXPECT(mutex.unlock_shared(flow.self).has_value());
    EXPECT(mutex.lock(flow.self).has_value());
    {
        TestThread reader{run, flow, above(1, "reader"), [&](ThreadContext& self) {
                              EXPECT(mutex.try_lock_shared(self) == error(Error::WouldBlock));
                              EXPECT(mutex.lock_shared_for(self, microseconds(100)) == error(Error::Timeout));
                              EXPECT(mutex.try_lock(self) == error(Error::WouldBlock));
                          }};
    }
    EXPECT(mutex.unlock(flow.self).has_value());
}

SELFTEST("RWL04",
         "who does not have it does not unlock it; the writer is told of a deadlock; close wakes with Deleted") {
    TestFlow flow;
    SharedMutex mutex;
    EXPECT(mutex.unlock(flow.self) == error(Error::NotOwner));
    EXPECT(mutex.unlock_shared(flow.self) == error(Error::NotOwner));
    EXPECT(mutex.lock(flow.self).has_value());
    EXPECT(mutex.lock(flow.self) == error(Error::Deadlock));
    EXPECT(mutex.lock_shared(flow.self) == error(Error::Deadlock));
    EXPECT(mutex.unlock_shared(flow.self) == error(Error::NotOwner));
    u32 deleted = 0;
    {
        TestThread reader{run, flow, above(1, "reader"), [&](ThreadContext& self) {
                              EXPECT(mutex.unlock(self) == error(Error::NotOwner));
                              deleted += mutex.lock_shared(self) == error(Error::Deleted) ? 1u : 0u;
                          }};
        TestThread writer{run, flow, above(2, "writer"),
                          [&](ThreadContext& self) { deleted += mutex.lock(self) == error(Error::Deleted) ? 1u : 0u; }};
        mutex.close();
        EXPECT_EQ(deleted, 2u);
    }
    EXPECT(mutex.unlock(flow.self).has_value());
    EXPECT(mutex.lock_shared(flow.self) == error(Error::Deleted));
}

SELFTEST("RWL05", "a writer that unlocks lets in all readers up to the next writer, twenty of them in several steps") {
    TestFlow flow;
    SharedMutex mutex;
    u32 inside = 0;
    u32 together = 0;
    Semaphore go;
    struct Reader {
        SharedMutex* mutex;
        u32* inside;
        u32* together;
        Semaphore* go;
    } argument{&mutex, &inside, &together, &go};
    auto read = [](ThreadContext& self, void* pointer) {
        Reader& reader = *static_cast<Reader*>(pointer);
        static_cast<void>(reader.mutex->lock_shared(self));
        *reader.inside += 1;
        if (*reader.inside > *reader.together) *reader.together = *reader.inside;
        static_cast<void>(reader.go->take(self));
        *reader.inside -= 1;
        static_cast<void>(reader.mutex->unlock_shared(self));
    };
    EXPECT(mutex.lock(flow.self).has_value());
    ThreadHandle threads[20];
    for (ThreadHandle& each : threads) {
        auto thread = spawn({.name = "reader", .priority = test_priority + 1, .affinity = 1}, read, &argument);
        EXPECT(thread.has_value());
        if (thread) each = *thread;
    }
    {
        TestThread writer{run, flow, above(1, "writer"), [&](ThreadContext& self) {
                              WriteGuard guard{mutex, self};
                              EXPECT_EQ(inside, 0u);
                          }};
        EXPECT(mutex.unlock(flow.self).has_value());
        for (u32 n = 0; n < 20; ++n) EXPECT(go.give().has_value());
        for (ThreadHandle thread : threads) EXPECT(join(flow.self, thread).has_value());
    }
    EXPECT_EQ(together, 20u);
}
