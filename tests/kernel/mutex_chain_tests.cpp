// SPDX-License-Identifier: MIT
//
// Chains of owners: each thread owns one mutex and waits for the next one's. What comes in at one end is lent to the other,
// goes when it goes, and a chain that would come back to its beginning is refused.

#include "threads.hpp"

#include <kernel/wait/lock_chain.hpp>
#include <kernel/wait/mutex.hpp>
#include <sync/lock_graph.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

constexpr u32 longest = 29;

// Thread 0 owns mutex 0 and waits until it is let go; thread n owns mutex n and waits for mutex n - 1.
struct Chain {
    struct Link {
        Chain* chain = nullptr;
        u32 number = 0;
        ThreadHandle thread;
    };

    explicit Chain(SelfTestRun& of) : run(of) {}

    SelfTestRun& run;
    Mutex mutexes[longest];
    Link links[longest];
    Semaphore let_go{0};
    u32 length = 0;
    u32 unlocked = 0;
    bool in_order = true;  // from number 0 up: each gives up its mutex when it had the one below
    u32 affinity = 1;
    Duration patience = Duration::forever();  // of number 1

    static constexpr u8 base_of(u32 number) { return static_cast<u8>(1 + number % 4); }

    static void hold(ThreadContext& self, void* argument) {
        Link& link = *static_cast<Link*>(argument);
        Chain& chain = *link.chain;
        SelfTestRun& run = chain.run;
        EXPECT(chain.mutexes[link.number].lock(self).has_value());
        if (link.number == 0) {
            EXPECT(chain.let_go.take(self).has_value());
        } else {
            Mutex& below = chain.mutexes[link.number - 1];
            Status had = link.number == 1 ? below.lock_for(self, chain.patience) : below.lock(self);
            if (had.has_value()) EXPECT(below.unlock(self).has_value());
        }
        EXPECT(chain.unlocked++ == link.number || !chain.in_order);
        EXPECT(chain.mutexes[link.number].unlock(self).has_value());
        EXPECT_EQ(*priority_of(self.handle()), base_of(link.number));
    }

    // Each one stands where it waits before the next one begins. Number 0 may be the test's own flow, and then `first` is 1.
    void build(u32 count, u32 first = 0) {
        length = count;
        unlocked = first;
        for (u32 n = first; n < count; ++n) {
            char name[] = "link00";
            name[4] = static_cast<char>('0' + n / 10);
            name[5] = static_cast<char>('0' + n % 10);
            links[n].chain = this;
            links[n].number = n;
            auto thread = spawn({.name = name, .priority = base_of(n), .affinity = affinity}, &hold, &links[n]);
            EXPECT(thread.has_value());
            if (thread) links[n].thread = *thread;
            // Asleep: a flow that is number 0 itself was lent what is above this one's base.
            EXPECT(comes_true_asleep([&] { return blocked(n) || unlocked > first; }));
        }
    }

    bool blocked(u32 number) const {
        bool is = false;
        for_each_thread([&](const ThreadInfo& info) {
            is |= info.id == links[number].thread.record()->id && info.state == ThreadState::Blocked;
        });
        return is;
    }

    void join_all(TestFlow& flow, u32 first = 0) {
        for (u32 n = first; n < length; ++n) EXPECT(join(flow.self, links[n].thread).has_value());
    }

    u8 priority(u32 number) const { return *priority_of(links[number].thread); }

    // The highest base from `number` to `end`: what it has while nobody else lends.
    u8 own(u32 number, u32 end) const {
        u8 highest = 0;
        for (u32 n = number; n < end; ++n)
            if (base_of(n) > highest) highest = base_of(n);
        return highest;
    }
};

// Low enough that the chain's threads run when the test waits for them.
struct LowFlow : TestFlow {
    explicit LowFlow(u32 affinity = 1) : TestFlow(affinity) { static_cast<void>(set_priority(self.handle(), 0)); }
};

}  // namespace

SELFTEST("MTX02", "a chain of 2, 3, 16, 29 owners is boosted to its end, and restored step by step") {
    LowFlow flow;
    for (u32 length : {2u, 3u, 16u, 29u}) {
        Chain chain{run};
        chain.build(length);
        for (u32 n = 0; n < length; ++n) EXPECT_EQ(chain.priority(n), chain.own(n, chain.length));
        bool had_it = false;
        bool had_it_last = false;
        TestThread high{run, flow, {.name = "high", .priority = 25, .affinity = 1}, [&](ThreadContext& self) {
                            EXPECT(chain.mutexes[length - 1].lock(self).has_value());
                            had_it = true;
                            had_it_last = chain.unlocked == length;
                            EXPECT(chain.mutexes[length - 1].unlock(self).has_value());
                        }};
        EXPECT(comes_true([&] { return chain.priority(0) == 25; }));
        for (u32 n = 0; n < length; ++n) EXPECT_EQ(chain.priority(n), 25);
        // A base that changes far from the end is lent there, whatever came in between.
        EXPECT(set_priority(high.handle, 28).has_value());
        for (u32 n = 0; n < length; ++n) EXPECT_EQ(chain.priority(n), 28);
        EXPECT(set_priority(high.handle, 26).has_value());
        for (u32 n = 0; n < length; ++n) EXPECT_EQ(chain.priority(n), 26);
        // Each checks at its end that it is at its base again, and that its turn has come.
        EXPECT(chain.let_go.give().has_value());
        chain.join_all(flow);
        high.join();
        EXPECT(had_it && had_it_last);
    }
}

SELFTEST("MTX02", "a waiter that gives up takes back what it lent along the whole chain") {
    LowFlow flow;
    Chain chain{run};
    chain.build(longest);
    // A machine that stalls until it has given up has judged nothing: then with more patience.
    bool lent = false;
    for (u64 patience = 20; patience <= 5000 && !lent; patience *= 4) {
        Status result{};
        {
            TestThread high{run, flow, {.name = "high", .priority = 25, .affinity = 1}, [&](ThreadContext& self) {
                                result = chain.mutexes[longest - 1].lock_for(self, milliseconds(patience));
                            }};
            lent = comes_true([&] { return chain.priority(0) == 25; }, milliseconds(patience));
        }
        EXPECT(result == Status{fail(Error::Timeout)});
    }
    EXPECT(lent);
    for (u32 n = 0; n < longest; ++n) EXPECT_EQ(chain.priority(n), chain.own(n, chain.length));
    EXPECT(chain.let_go.give().has_value());
    chain.join_all(flow);
}

SELFTEST("MTX02", "a mutex in the middle of a chain is closed: what came from above is taken back below") {
    LowFlow flow;
    Chain chain{run};
    chain.build(8);
    Status result{};
    TestThread high{run, flow, {.name = "high", .priority = 25, .affinity = 1}, [&](ThreadContext& self) {
                        result = chain.mutexes[4].lock(self);
                    }};
    EXPECT(comes_true([&] { return chain.priority(0) == 25; }));
    chain.in_order = false;  // number 5 is told, and goes on at once
    chain.mutexes[4].close();
    for (u32 n = 0; n < 5; ++n) EXPECT_EQ(chain.priority(n), chain.own(n, 5));
    high.join();
    EXPECT(result == Status{fail(Error::Deleted)});
    EXPECT(chain.let_go.give().has_value());
    chain.join_all(flow);
}

SELFTEST("MTX05", "an owner that runs on another core is boosted and put in its new place there") {
    TestFlow flow;
    Mutex mutex;
    arch::Atomic<u32> stage{0};
    u32 medium_at = 0;
    u32 owner_at = 0;
    auto spin_until = [&](u32 wanted) {
        const Instant end = after(now(), seconds(10));
        while (stage.load(arch::Order::Acquire) < wanted && now() < end) arch::relax();
    };
    TestThread owner{run, flow, {.name = "owner", .priority = 10, .affinity = 2}, [&](ThreadContext& self) {
                         EXPECT(mutex.lock(self).has_value());
                         stage.store(1, arch::Order::Release);
                         spin_until(3);
                         owner_at = stage.fetch_add(1, arch::Order::AcqRel);
                         EXPECT(mutex.unlock(self).has_value());
                         EXPECT_EQ(*priority_of(self.handle()), 10);
                     }};
    EXPECT(comes_true([&] { return stage.load(arch::Order::Acquire) == 1; }));
    // From core 0: the owner's core learns of it.
    TestThread high{
        run, flow, {.name = "high", .priority = test_priority + 4, .affinity = 1}, [&](ThreadContext& self) {
            MutexGuard guard{mutex, self};
        }};
    EXPECT_EQ(*priority_of(owner.handle), test_priority + 4);
    // Above the owner's base: it would have run at once.
    TestThread medium{run, flow, {.name = "medium", .priority = 15, .affinity = 2}, [&](ThreadContext&) {
                          medium_at = stage.fetch_add(1, arch::Order::AcqRel);
                      }};
    // Time to do it wrong.
    sleep_for(flow.self, milliseconds(5));
    stage.store(3, arch::Order::Release);
    owner.join();
    high.join();
    medium.join();
    EXPECT_EQ(owner_at, 3u);
    EXPECT_EQ(medium_at, 4u);
}

SELFTEST("MTX05", "a chain over four cores: the owner at its end runs before what is between") {
    LowFlow flow;
    Chain chain{run};
    chain.affinity = every_core;
    chain.build(12);
    TestThread high{run, flow, {.name = "high", .priority = 25, .affinity = every_core}, [&](ThreadContext& self) {
                        EXPECT(chain.mutexes[11].lock(self).has_value());
                        EXPECT_EQ(chain.unlocked, 12u);
                        EXPECT(chain.mutexes[11].unlock(self).has_value());
                    }};
    EXPECT(comes_true([&] { return chain.priority(0) == 25; }));
    for (u32 n = 0; n < 12; ++n) EXPECT_EQ(chain.priority(n), 25);
    EXPECT(chain.let_go.give().has_value());
    chain.join_all(flow);
}

SELFTEST("MTX08", "a ring of 2 to 8 and of 29 is refused at the call that closes it, and everybody in it is named") {
    LowFlow flow;
    for (u32 length : {2u, 3u, 4u, 5u, 6u, 7u, 8u, 29u}) {
        // This flow is one of them.
        Chain chain{run};
        EXPECT(chain.mutexes[0].lock(flow.self).has_value());
        chain.build(length, 1);
        Mutex& top = chain.mutexes[length - 1];
        EXPECT(top.lock(flow.self) == Status{fail(Error::Deadlock)});
        EXPECT(!top.owned_by(flow.self.thread()));
        u32 names = 0;
        u32 wrong = 0;
        LockChain::for_each_owner(top, [&](std::string_view name) {
            const u32 expected = length - 1 - names++;
            const bool right = expected == 0 ? name == thread_name(flow.self.thread())
                                             : name == thread_name(*chain.links[expected].thread.record());
            wrong += right ? 0u : 1u;
        });
        EXPECT_EQ(names, length);
        EXPECT_EQ(wrong, 0u);
        // A limit to its patience is no dead-lock.
        EXPECT(top.lock_for(flow.self, milliseconds(2)) == Status{fail(Error::Timeout)});
        EXPECT_EQ(*priority_of(flow.self.handle()), chain.own(1, length));
        EXPECT(chain.mutexes[0].unlock(flow.self).has_value());
        chain.join_all(flow, 1);
        EXPECT_EQ(*priority_of(flow.self.handle()), 0);
    }
}

SELFTEST("MTX08", "somebody in the ring gives up after a while: no dead-lock, and everybody goes on") {
    LowFlow flow;
    Chain chain{run};
    chain.patience = milliseconds(100);
    chain.in_order = false;  // where 100 ms are over before all of them are there
    EXPECT(chain.mutexes[0].lock(flow.self).has_value());
    chain.build(4, 1);
    EXPECT(chain.mutexes[3].lock(flow.self).has_value());
    EXPECT(chain.mutexes[3].unlock(flow.self).has_value());
    EXPECT(chain.mutexes[0].unlock(flow.self).has_value());
    chain.join_all(flow, 1);
    EXPECT_EQ(*priority_of(flow.self.handle()), 0);
}

SELFTEST("MTX08", "two threads on two cores close a ring at once: one of them is refused, each time") {
    TestFlow flow{every_core};
    sync::AnyOrder any;
    const u64 rounds = run.scaled(20'000);
    Mutex mutexes[2];
    arch::Atomic<u32> arrived{0};
    arch::Atomic<u32> refused{0};
    auto meet = [&](u32 count) {
        arrived.fetch_add(1, arch::Order::AcqRel);
        const Instant end = after(now(), seconds(10));
        while (arrived.load(arch::Order::Acquire) < count && now() < end) arch::relax();
    };
    auto cross = [&](u32 mine) {
        return [&, mine](ThreadContext& self) {
            for (u32 n = 0; n < rounds; ++n) {
                EXPECT(mutexes[mine].lock(self).has_value());
                meet(4 * n + 2);
                Status other = mutexes[1 - mine].lock(self);
                if (other.has_value()) EXPECT(mutexes[1 - mine].unlock(self).has_value());
                else refused.fetch_add(other == Status{fail(Error::Deadlock)} ? 1 : 1000, arch::Order::Relaxed);
                EXPECT(mutexes[mine].unlock(self).has_value());
                meet(4 * n + 4);
            }
        };
    };
    {
        TestThread a{run, flow, {.name = "a", .priority = 12, .affinity = 2}, cross(0)};
        TestThread b{run, flow, {.name = "b", .priority = 12, .affinity = 4}, cross(1)};
    }
    EXPECT_EQ(refused.load(arch::Order::Relaxed), rounds);
}
