// SPDX-License-Identifier: MIT
//
// Pools: who waits for an object, for how long, and what comes of giving one back that must not be given.

#include "threads.hpp"

#include <kernel/wait/object_pool.hpp>
#include <kernel/wait/pool_resource.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <optional>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

u32 alive = 0;
u32 most_alive = 0;

struct Token {
    explicit Token(u32 number) : owner(number) {
        ++alive;
        most_alive = alive > most_alive ? alive : most_alive;
    }
    ~Token() { --alive; }
    u32 owner;
    u64 words[5] = {};
};

// --- Together --------------------------------------------------------------------------------------------------------

constexpr u32 users = 6;
constexpr u32 tokens = 3;
std::optional<ObjectPool<Token, tokens>> pool;

ObjectPoolOf<Token>& any_pool() { return *pool; }  // its users need not know how many there are

auto make_somehow(ThreadContext& self, u32 me) {
    switch (choose(3)) {
        case 0: return any_pool().make(self, me);
        case 1: return any_pool().make_for(self, nanoseconds(choose(2000)), me);
        default: return any_pool().try_make(me);
    }
}

void use(ThreadContext& self, void* argument) {
    const u32 me = static_cast<u32>(std::bit_cast<uptr>(argument));
    for (u32 round = 0; round < 25; ++round) {
        auto got = make_somehow(self, me);
        if (!got) {
            SIM_CHECK(got.error() == Error::Timeout || got.error() == Error::WouldBlock);
            yield(self);
            continue;
        }
        Token& token = **got;
        for (u64& word : token.words) {
            word = me * 100 + round;
            arch::sim_point();
        }
        if (choose(4) == 0) sleep_for(self, nanoseconds(choose(1500)));
        SIM_CHECK(token.owner == me);
        for (u64 word : token.words) SIM_CHECK(word == me * 100 + round);
        if (choose(2) == 0) {
            Token* kept = got->release();
            SIM_CHECK(any_pool().destroy(kept).has_value());
        }
    }
}

void nothing_is_shared() {
    pool.emplace();
    start_all();
    auto self = boot_context();
    ThreadHandle threads[users];
    for (u32 n = 0; n < users; ++n)
        threads[n] = must_spawn("user", static_cast<u8>(10 + choose(4)), use, std::bit_cast<void*>(uptr{n}));
    for (ThreadHandle thread : threads) must_join(self, thread);
    SIM_CHECK(alive == 0);
    SIM_CHECK(most_alive <= tokens);
    SIM_CHECK(pool->live() == 0 && pool->available() == tokens);
    pool.reset();
}

// --- One after the other ---------------------------------------------------------------------------------------------

void waiters_by_priority() {
    start_all();
    auto self = boot_context();
    SIM_CHECK(set_priority(self.handle(), 25).has_value());
    ObjectPool<Token, 1> one;
    auto held = *one.try_make(0u);
    struct Waiter {
        ObjectPool<Token, 1>& from;
        u32 number;
        u32* order;
    };
    static u32 order = 0;
    u32 came[3] = {};
    Waiter waiters[3] = {{one, 1, &came[0]}, {one, 2, &came[1]}, {one, 3, &came[2]}};
    auto wait = [](ThreadContext& me, void* argument) {
        auto& waiter = *static_cast<Waiter*>(argument);
        auto got = waiter.from.make(me, waiter.number);
        SIM_CHECK(got.has_value());
        *waiter.order = ++order;
    };
    // The later ones are more important. Each is given time to begin its wait.
    ThreadHandle threads[3];
    for (u32 n = 0; n < 3; ++n) {
        threads[n] = must_spawn("waits", static_cast<u8>(10 + n), wait, &waiters[n]);
        sleep_for(self, microseconds(100));
    }
    SIM_CHECK(one.make_for(self, nanoseconds(500), 9u).error() == Error::Timeout);
    SIM_CHECK(one.make_for(self, Duration::zero(), 9u).error() == Error::WouldBlock);
    SIM_CHECK(one.try_make(9u).error() == Error::WouldBlock);
    held.reset();
    for (ThreadHandle thread : threads) must_join(self, thread);
    SIM_CHECK(came[2] == 1 && came[1] == 2 && came[0] == 3);
    SIM_CHECK(alive == 0);
}

void closed() {
    start_all();
    auto self = boot_context();
    ObjectPool<Token, 1> one;
    auto held = *one.try_make(0u);
    auto wait = [](ThreadContext& me, void* argument) {
        auto got = static_cast<ObjectPool<Token, 1>*>(argument)->make(me, 1u);
        SIM_CHECK(!got && got.error() == Error::Deleted);
    };
    ThreadHandle thread = must_spawn("waits", 20, wait, &one);
    if (choose(2) == 0) sleep_for(self, nanoseconds(choose(3000)));
    one.close();
    must_join(self, thread);
    SIM_CHECK(one.try_make(1u).error() == Error::Deleted);
    SIM_CHECK(one.make_for(self, Duration::zero(), 1u).error() == Error::Deleted);
    // What somebody has stays his, and comes back.
    SIM_CHECK(held->owner == 0 && one.live() == 1);
    held.reset();
    SIM_CHECK(alive == 0 && one.live() == 0);
}

// --- What must not be given back -------------------------------------------------------------------------------------

void refused() {
    start_all();
    constexpr usize count = 4;
    alignas(16) static std::byte room[*BlockPool::room_for(40, count)];
    BlockPool blocks{room, 40, count};
    SIM_CHECK(blocks.block_size() == 48);
    std::byte* taken[count];
    for (std::byte*& block : taken) block = static_cast<std::byte*>(blocks.try_take());
    SIM_CHECK(blocks.try_take() == nullptr && blocks.taken() == count);
    std::byte elsewhere[64];
    for (void* wrong :
         {static_cast<void*>(elsewhere), static_cast<void*>(taken[1] + 16), static_cast<void*>(taken[0] - 48),
          static_cast<void*>(taken[3] + 48), static_cast<void*>(nullptr)}) {
        SIM_CHECK(blocks.give(wrong) == Status{fail(Error::Invalid)});
    }
    // Twice, with others still taken and others in the list: in none of these may it be there twice.
    for (u32 n : {2u, 0u, 3u}) {
        SIM_CHECK(blocks.give(taken[n]).has_value());
        SIM_CHECK(blocks.give(taken[n]) == Status{fail(Error::Busy)});
        SIM_CHECK(blocks.give(taken[2]) == Status{fail(Error::Busy)});
    }
    SIM_CHECK(blocks.taken() == 1 && blocks.available() == 3);
    SIM_CHECK(blocks.give(taken[1]).has_value());
    SIM_CHECK(blocks.give(taken[1]) == Status{fail(Error::Busy)});
    // All are there, once each.
    for (u32 n = 0; n < count; ++n) {
        void* block = blocks.try_take();
        u32 found = 0;
        for (std::byte*& known : taken) {
            if (known != block) continue;
            known = nullptr;
            ++found;
        }
        SIM_CHECK(found == 1);
    }
    SIM_CHECK(blocks.try_take() == nullptr);
}

void objects_refused() {
    start_all();
    ObjectPool<Token, 3> own;
    ObjectPool<Token, 3> other;
    auto one = *own.try_make(1u);
    auto two = *other.try_make(2u);
    // Nothing is destroyed by it.
    SIM_CHECK(own.destroy(two.get()) == Status{fail(Error::Invalid)});
    SIM_CHECK(alive == 2);
    Token* gone = one.release();
    SIM_CHECK(own.destroy(gone).has_value());
    SIM_CHECK(alive == 1);
    SIM_CHECK(own.destroy(gone) == Status{fail(Error::Busy)});
    SIM_CHECK(alive == 1);
    two.reset();
    SIM_CHECK(alive == 0);
}

struct alignas(128) Wide {
    u64 word = 5;
};

void aligned() {
    start_all();
    ObjectPool<Wide, 5> wide;
    ObjectPool<Wide, 5>::Object objects[5];
    for (auto& object : objects) {
        object = *wide.try_make();
        SIM_CHECK(std::bit_cast<uptr>(object.get()) % 128 == 0 && object->word == 5);
    }
    SIM_CHECK(wide.try_make().error() == Error::WouldBlock);
    for (auto& object : objects) object.reset();
}

void no_room() {
    static_assert(!BlockPool::room_for(0, 4) && !BlockPool::room_for(16, 0) && !BlockPool::room_for(~usize{0}, 1));
    static_assert(!BlockPool::room_for(16, usize{1} << 31) && !BlockPool::room_for(usize{1} << 40, usize{1} << 30));
    static_assert(BlockPool::room_for(17, 3) == Result<usize>{3 * 32 + 16});
    start_all();
    std::byte room[16];
    expected_end = "a pool has blocks, of a size, and an address counts their bytes";
    BlockPool none{room, choose(2) == 0 ? usize{0} : ~usize{0}, 1};
    sim::fail("a pool without room was made");
}

void destroyed_too_early() {
    start_all();
    expected_end = "a pool is destroyed after its objects";
    pool.emplace();
    Token* left = pool->try_make(1u)->release();
    static_cast<void>(left);
    pool.reset();
    sim::fail("a pool with a live object was destroyed");
}

void over_a_pool() {
    start_all();
    alignas(16) static std::byte room[*BlockPool::room_for(64, 2)];
    BlockPool blocks{room, 64, 2};
    PoolResource memory{blocks};
    void* one = memory.allocate(64);
    void* two = memory.allocate(1, 1);
    SIM_CHECK(one != nullptr && two != nullptr && one != two);
    SIM_CHECK(memory.allocate(8) == nullptr);
    memory.deallocate(one, 64);
    SIM_CHECK(memory.allocate(65) == nullptr);
    SIM_CHECK(memory.allocate(8, 32) == nullptr);
    SIM_CHECK(blocks.available() == 1);
    memory.deallocate(two, 1, 1);
    SIM_CHECK(blocks.available() == 2);
}

}  // namespace

TEST_CASE("POOL01 no object of a pool has two owners, whoever waits, gives up or comes in between") {
    CHECK(run_seeds("POOL01", 100, {}, nothing_is_shared));
}
TEST_CASE("POOL02 who waits for an object has it by priority; who will not wait, or no longer, is told so") {
    CHECK(run_seeds("POOL02", 40, {}, waiters_by_priority));
}
TEST_CASE("POOL03 close ends every wait with Deleted, and objects that are out come back all the same") {
    CHECK(run_seeds("POOL03", 60, {}, closed));
}
TEST_CASE("POOL04 a block that is not the pool's, or is given twice, is refused, and is never in the list twice") {
    CHECK(run_seeds("POOL04", 3, {}, refused));
}
TEST_CASE("POOL04 an object that is not the pool's, or is destroyed already, is refused, and no destructor runs") {
    CHECK(run_seeds("POOL04", 3, {}, objects_refused));
}
TEST_CASE("POOL05 over-aligned objects of a pool are aligned") { CHECK(run_seeds("POOL05", 1, {}, aligned)); }
TEST_CASE("POOL06 a pool of no blocks, of no size, or of more than an address counts names the rule") {
    CHECK(run_seeds("POOL06", 4, {}, no_room));
}
TEST_CASE("POOL07 a pool that is destroyed before its objects stops in every build") {
    CHECK(run_seeds("POOL07", 1, {}, destroyed_too_early));
}
TEST_CASE("RES04 a resource over a pool gives its blocks, and null for what does not fit one") {
    CHECK(run_seeds("RES04", 1, {}, over_a_pool));
}
