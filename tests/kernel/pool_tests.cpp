// SPDX-License-Identifier: MIT
//
// Pools where handlers use them, on every core.

#include "threads.hpp"

#include <arch/cpu.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/wait/object_pool.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

constexpr u32 software_id = 6;

struct Token {
    explicit Token(u64 number) : owner(number) {
        for (u64& word : words) word = number;
    }
    ~Token() { owner = 0; }
    bool whole() const {
        for (u64 word : words) {
            if (word != owner) return false;
        }
        return owner != 0;
    }
    u64 owner;
    u64 words[6];
};

// What a handler left, the next handler of its core finds. Six objects for four cores and three threads: sometimes
// there is none.
struct Side {
    ObjectPool<Token, 6> pool;
    arch::Atomic<Token*> shelf[max_cores]{};
    arch::Atomic<u64> made{0};
    arch::Atomic<u64> refused{0};
    arch::Atomic<u64> wrong{0};
};

void make_in_handler(IrqContext& context) noexcept {
    auto& side = *static_cast<Side*>(context.argument());
    ObjectPoolOf<Token>& pool = side.pool;
    auto token = pool.try_make(100 + context.core());
    if (!token) {
        const bool full = token.error() == Error::WouldBlock;
        (full ? side.refused : side.wrong).fetch_add(1, Order::Relaxed);
        return;
    }
    // Of this core's handlers, one after the other; acquire and release for whoever looks at the end.
    Token* left = side.shelf[context.core()].exchange(token->release(), Order::AcqRel);
    if (left != nullptr) {
        if (left->owner != 100 + context.core() || !left->whole() || !pool.destroy(left))
            side.wrong.fetch_add(1, Order::Relaxed);
    }
    // Release: the count is what the test waits for.
    side.made.fetch_add(1, Order::Release);
}

}  // namespace

SELFTEST("POOL01", "handlers of all cores and waiting threads share a pool, and no object has two owners") {
    if (cores_online() != max_cores) SKIP("not all cores are online");
    TestFlow flow{1};
    Side side;
    REQUIRE(irq::attach(software_id, make_in_handler, &side, {.storm_limit = 0, .name = "selftest"}).has_value());
    EXPECT(irq::enable(software_id).has_value());
    auto done = [&] { return side.made.load(Order::Acquire) + side.refused.load(Order::Acquire); };
    const u64 rounds = run.scaled(1'000'000);
    arch::Atomic<u32> over{0};
    u64 had[3] = {};
    auto user = [&](u32 which) {
        return [&, which](ThreadContext& self) {
            // Acquire pairs with the release below.
            while (over.load(Order::Acquire) == 0 && !run.failed()) {
                auto token = side.pool.make_for(self, seconds(20), u64{which} + 1);
                EXPECT(token.has_value());
                if (!token) return;
                yield(self);
                EXPECT((*token)->whole() && (*token)->owner == which + 1);
                had[which] += 1;
            }
        };
    };
    {
        TestThread a{run, flow, {.name = "user", .priority = 10, .affinity = 2}, user(0)};
        TestThread b{run, flow, {.name = "user", .priority = 10, .affinity = 4}, user(1)};
        TestThread c{run, flow, {.name = "user", .priority = 10, .affinity = 12}, user(2)};
        for (u64 n = 0; n < rounds && !run.failed(); ++n) {
            const u64 before = done();
            for (u32 core = 0; core < max_cores; ++core) EXPECT(irq::trigger(software_id, core).has_value());
            EXPECT(comes_true([&] { return done() == before + max_cores; }));
        }
        over.store(1, Order::Release);
    }
    EXPECT(irq::detach(software_id).has_value());
    EXPECT_EQ(side.wrong.load(Order::Relaxed), 0u);
    EXPECT(side.made.load(Order::Relaxed) >= max_cores);
    for (u64 count : had) EXPECT(count > 0);
    for (auto& place : side.shelf) {
        if (Token* left = place.exchange(nullptr, Order::AcqRel)) EXPECT(side.pool.destroy(left).has_value());
    }
    EXPECT_EQ(side.pool.live(), 0u);
    EXPECT_EQ(side.pool.available(), side.pool.capacity());
}

SELFTEST("POOL02", "a thread waits for an object as long as it said, and has it as soon as one is back") {
    TestFlow flow{1};
    ObjectPool<Token, 2> pool;
    auto one = pool.try_make(u64{1});
    auto two = pool.make(flow.self, u64{2});
    REQUIRE(one.has_value() && two.has_value());
    const Instant begin = now();
    auto none = pool.make_for(flow.self, microseconds(300), u64{3});
    EXPECT(!none.has_value() && none.error() == Error::Timeout);
    EXPECT(between(begin, now()) >= microseconds(300));
    bool had = false;
    TestThread waiter{
        run, flow, {.name = "waiter", .priority = test_priority + 1, .affinity = 1}, [&](ThreadContext& self) {
            had = pool.make(self, u64{4}).has_value();
        }};
    EXPECT(!had);
    one->reset();
    EXPECT(had);
    EXPECT(!(*one));
}
