// SPDX-License-Identifier: MIT
//
// The allocators from four cores at once, and under preemption, where the host's tests cannot go.

#include "threads.hpp"

#include <arch/linear_map.hpp>
#include <arch/restart.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/time/timer.hpp>
#include <mm/magazine.hpp>
#include <mm/cache.hpp>
#include <mm/heap.hpp>
#include <mm/owned.hpp>

#include <array>
#include <cstring>
#include <new>

using namespace quartet;
using kernel::SelfTestRun;
using kernel::ThreadContext;
using namespace quartet::selftest_detail;

namespace {

// A generator each, so that a failure comes again.
class Random {
public:
    explicit Random(u64 seed) : state_(seed * 0x9e37'79b9'7f4a'7c15 + 1) {}
    u64 below(u64 limit) {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return (state_ >> 16) % limit;
    }

private:
    u64 state_;
};

struct Worker {
    SelfTestRun* run;
    u32 number;  // its core
    u64 rounds;
};

// A worker on each core, `rounds` among them.
void share(SelfTestRun& run, u64 rounds, void (*body)(Worker& self)) {
    on_every_core(run, [&](u32 core) {
        Worker worker{&run, core, rounds / max_cores + 1};
        body(worker);
    });
}

// Every word of a block carries its owner.
void stamp(void* memory, usize bytes, u64 value) {
    auto* word = static_cast<u64*>(memory);
    for (usize i = 0; i < bytes / sizeof(u64); ++i) word[i] = value + i;
}

bool stamped(const void* memory, usize bytes, u64 value) {
    const auto* word = static_cast<const u64*>(memory);
    for (usize i = 0; i < bytes / sizeof(u64); ++i) {
        if (word[i] != value + i) return false;
    }
    return true;
}

u64 stamp_of(const Worker& worker, u64 round) { return (u64{worker.number} + 1) << 56 | round << 16; }

struct HeldBlock {
    std::byte* memory = nullptr;
    usize bytes = 0;
    u32 order = 0;
    u64 stamp = 0;
};

void hammer_frames(Worker& worker) {
    SelfTestRun& run = *worker.run;
    Random random{worker.number + 1 + 1000 * run.pass()};
    std::array<HeldBlock, 12> held{};
    auto give_back = [&](HeldBlock& block) {
        EXPECT(stamped(block.memory, block.bytes, block.stamp));
        mm::kernel_frames.free(arch::linear_physical(Unsafe{"it came from there"}, block.memory), block.order);
        block.memory = nullptr;
    };
    for (u64 n = 0; n < worker.rounds; ++n) {
        HeldBlock& block = held[random.below(held.size())];
        if (block.memory != nullptr) {
            give_back(block);
            continue;
        }
        const u32 order = static_cast<u32>(random.below(4));
        auto got = mm::kernel_frames.allocate(order);
        EXPECT(got.has_value());
        if (!got) continue;
        EXPECT(is_aligned(got->value(), mm::block_bytes(order)));
        auto* memory = static_cast<std::byte*>(arch::linear_pointer(Unsafe{"frames are in the linear map"}, *got));
        block = {memory, mm::block_bytes(order), order, stamp_of(worker, n)};
        stamp(block.memory, block.bytes, block.stamp);
    }
    for (HeldBlock& block : held) {
        if (block.memory != nullptr) give_back(block);
    }
}

void hammer_heap(Worker& worker) {
    SelfTestRun& run = *worker.run;
    Random random{worker.number + 100 + 1000 * run.pass()};
    std::array<HeldBlock, 40> held{};
    auto give_back = [&](HeldBlock& block) {
        EXPECT(stamped(block.memory, block.bytes, block.stamp));
        if (block.stamp & (1 << 16)) mm::kernel_heap.free(block.memory);
        else mm::kernel_heap.free_sized(block.memory, block.bytes);
        block.memory = nullptr;
    };
    for (u64 n = 0; n < worker.rounds; ++n) {
        HeldBlock& block = held[random.below(held.size())];
        if (block.memory != nullptr) {
            give_back(block);
            continue;
        }
        const usize bytes = 8 * (1 + (random.below(8) == 0 ? random.below(1000) : random.below(40)));
        auto got = mm::kernel_heap.allocate(bytes);
        EXPECT(got.has_value());
        if (!got) continue;
        block = {static_cast<std::byte*>(*got), bytes, 0, stamp_of(worker, n)};
        stamp(block.memory, block.bytes, block.stamp);
    }
    for (HeldBlock& block : held) {
        if (block.memory != nullptr) give_back(block);
    }
}

// Objects that wander from core to core: each takes what its neighbour left, and leaves something new.
struct Parcel {
    u64 stamp;
    u64 words[7];
};
constinit mm::Cache parcels{"test-parcel", sizeof(Parcel), alignof(Parcel)};
constinit std::array<arch::Atomic<Parcel*>, 64> shelf{};

void wander(Worker& worker) {
    SelfTestRun& run = *worker.run;
    Random random{worker.number + 200 + 1000 * run.pass()};
    for (u64 n = 0; n < worker.rounds; ++n) {
        auto got = parcels.allocate();
        EXPECT(got.has_value());
        if (!got) continue;
        auto* parcel = static_cast<Parcel*>(*got);
        parcel->stamp = stamp_of(worker, n);
        stamp(parcel->words, sizeof(parcel->words), parcel->stamp);
        // Release passes the contents to, acquire takes them from, whichever core exchanges next.
        Parcel* found = shelf[random.below(shelf.size())].exchange(parcel, arch::Order::AcqRel);
        if (found == nullptr) continue;
        EXPECT(stamped(found->words, sizeof(found->words), found->stamp));
        found->stamp = 0;
        parcels.free(found);
    }
}

}  // namespace

SELFTEST("BUD05", "frames from every core at once: none has two owners, none is lost") {
    const u64 before = mm::kernel_frames.stats().free_frames;
    share(run, run.scaled(10'000'000), hammer_frames);
    // The workers' stacks stay mapped for reuse, and tables for them are never given back.
    const u64 after = mm::kernel_frames.stats().free_frames;
    EXPECT(after <= before);
    EXPECT(before - after < 64);
}

SELFTEST("SLB01", "the heap from every core at once, every byte checked") {
    share(run, run.scaled(10'000'000), hammer_heap);
    EXPECT_EQ(mm::kernel_heap.usable_size(&run), 0u);
}

SELFTEST("SLB04", "objects allocated on one core and freed on another stay whole, and all come back") {
    share(run, run.scaled(10'000'000), wander);
    for (auto& place : shelf) {
        Parcel* left = place.exchange(nullptr, arch::Order::AcqRel);  // pairs with `wander`
        if (left == nullptr) continue;
        EXPECT(stamped(left->words, sizeof(left->words), left->stamp));
        parcels.free(left);
    }
    EXPECT_EQ(parcels.stats().live, 0u);
    EXPECT(parcels.destroy().has_value());
}

namespace {

// Threads that change cores all the time, and pass on what they have: a block is mostly freed by another thread, on another
// core, than it was allocated by.
struct Passed {
    u32 bytes;  // all of it
    u32 source;
    u64 stamp;
};
constinit mm::Cache small_moved{"test-moved-48", 48};
constinit mm::Cache large_moved{"test-moved-1000", 1000};
constinit std::array<arch::Atomic<Passed*>, 24> moved_shelf{};

Passed* take_passed(SelfTestRun& run, Random& random, u64 stamp_value) {
    const u32 source = static_cast<u32>(random.below(4));
    u32 bytes = source == 0 ? 48 : source == 1 ? 1000 : 0;
    Result<void*> got = fail(Error::NoMemory);
    if (source == 0) {
        got = small_moved.allocate();
    } else if (source == 1) {
        got = large_moved.allocate();
    } else if (source == 2) {
        bytes = static_cast<u32>(24 + random.below(random.below(8) == 0 ? 6000 : 300));
        got = mm::kernel_heap.allocate(bytes);
    } else {
        bytes = page_size;
        if (auto frame = mm::kernel_frames.allocate(0))
            got = arch::linear_pointer(Unsafe{"frames are in the linear map"}, *frame);
    }
    EXPECT(got.has_value());
    if (!got) return nullptr;
    auto* passed = new (*got) Passed{bytes, source, stamp_value};
    auto* rest = reinterpret_cast<u8*>(passed + 1);
    for (usize n = 0; n < bytes - sizeof(Passed); ++n) rest[n] = static_cast<u8>(stamp_value + n);
    return passed;
}

void give_passed(SelfTestRun& run, Random& random, Passed* passed) {
    auto* rest = reinterpret_cast<const u8*>(passed + 1);
    bool whole = true;
    for (usize n = 0; n < passed->bytes - sizeof(Passed); ++n)
        whole = whole && rest[n] == static_cast<u8>(passed->stamp + n);
    EXPECT(whole);
    const u32 bytes = passed->bytes;
    switch (passed->source) {
        case 0: small_moved.free(passed); break;
        case 1: large_moved.free(passed); break;
        case 2:
            if (random.below(2) == 0) mm::kernel_heap.free(passed);
            else mm::kernel_heap.free_sized(passed, bytes);
            break;
        default: mm::kernel_frames.free(arch::linear_physical(Unsafe{"it came from there"}, passed), 0); break;
    }
}

struct Mover {
    SelfTestRun* run;
    u32 number;
    u64 rounds;
};

void move_about(ThreadContext& self, void* argument) {
    auto& mover = *static_cast<Mover*>(argument);
    SelfTestRun& run = *mover.run;
    Random random{mover.number + 300 + 1000 * run.pass()};
    for (u64 n = 0; n < mover.rounds && !run.failed(); ++n) {
        Passed* mine = take_passed(run, random, (u64{mover.number} << 40) + n * 7);
        if (mine == nullptr) return;
        // Release passes the contents to, acquire takes them from, whoever exchanges next.
        Passed* found = moved_shelf[random.below(moved_shelf.size())].exchange(mine, arch::Order::AcqRel);
        if (found != nullptr) give_passed(run, random, found);
        if (n % 16 == 0) EXPECT(kernel::set_affinity(self.handle(), 1u << random.below(max_cores)).has_value());
    }
}

}  // namespace

SELFTEST("SLB04", "blocks that are freed on other cores, by threads that move, keep every byte, and no frame is lost") {
    if (kernel::cores_online() != max_cores) SKIP("not all cores are online");
    constexpr u32 movers = 8;
    const u64 before = mm::kernel_frames.stats().free_frames;
    Mover each[movers];
    kernel::ThreadHandle threads[movers];
    for (u32 n = 0; n < movers; ++n) {
        each[n] = {&run, n, run.scaled(10'000'000) / movers + 1};
        auto thread = kernel::spawn({.name = "mover", .priority = 10}, move_about, &each[n]);
        EXPECT(thread.has_value());
        if (thread) threads[n] = *thread;
    }
    ThreadContext self = this_thread();
    for (kernel::ThreadHandle thread : threads) {
        if (!thread.empty()) EXPECT(kernel::join(self, thread).has_value());
    }
    Random random{1};
    for (auto& place : moved_shelf) {
        if (Passed* left = place.exchange(nullptr, arch::Order::AcqRel)) give_passed(run, random, left);
    }
    for (mm::Cache* cache : {&small_moved, &large_moved}) {
        EXPECT_EQ(cache->stats().live, 0u);
        EXPECT(cache->destroy().has_value());
        EXPECT_EQ(cache->stats().slabs, 0u);
    }
    // The threads' stacks stay mapped for reuse, and the heap's caches keep what magazines and empty slabs hold.
    const u64 after = mm::kernel_frames.stats().free_frames;
    EXPECT(after + 128 >= before);
}

SELFTEST("SLB04", "inside a magazine's sequence the program counter goes back to its start, and nowhere else") {
    for (const arch::RestartRange& range : arch::quartet_restart_ranges) {
        EXPECT(range.done - range.start >= 6 * 4);
        for (uptr pc = range.start - 4; pc <= range.done; pc += 4) {
            EXPECT_EQ(arch::quartet_restart_pc(pc), pc >= range.start && pc < range.done ? range.start : pc);
        }
    }
}

namespace {

// The one of low priority loops over the sequences; the other one wakes by the timer wherever the first one is,
// and uses the same magazine.
constinit mm::Cache contested{"test-contested", 64};
struct Contest {
    SelfTestRun* run;
    u64 rounds;
    arch::Atomic<u32> over{0};
    mm::Magazine* magazine = nullptr;  // of the core that both are on
};

void take_and_give(SelfTestRun& run, u64 owner) {
    std::array<u64*, 3> mine{};
    for (u64*& object : mine) {
        auto got = contested.allocate();
        EXPECT(got.has_value());
        if (!got) return;
        object = static_cast<u64*>(*got);
        object[3] = owner;
    }
    for (u64* object : mine) {
        EXPECT_EQ(object[3], owner);
        contested.free(object);
    }
}

void disturb(ThreadContext& self, void* argument) {
    auto& contest = *static_cast<Contest*>(argument);
    for (u64 n = 0; n < contest.rounds; ++n) {
        kernel::sleep_for(self, kernel::microseconds(20 + n % 7));
        take_and_give(*contest.run, 2);
    }
    contest.over.store(1, arch::Order::Release);  // pairs with the acquire in the test
}

}  // namespace

SELFTEST("SLB04", "a thread that is preempted inside a magazine's sequence starts it again") {
    Contest contest{&run, run.scaled(2'000'000)};
    // A thread of its own, so that both are on one core whatever the caller may be.
    auto loop = [](ThreadContext&, void* argument) {
        auto& mine = *static_cast<Contest*>(argument);
        // Acquire: pairs with the release in `disturb`.
        while (mine.over.load(arch::Order::Acquire) == 0) take_and_give(*mine.run, 1);
    };
    auto high = kernel::spawn({.name = "disturb", .priority = 20, .affinity = 1}, disturb, &contest);
    auto low = kernel::spawn({.name = "loop", .priority = 3, .affinity = 1}, loop, &contest);
    EXPECT(high.has_value() && low.has_value());
    ThreadContext self = this_thread();
    if (high) EXPECT(kernel::join(self, *high).has_value());
    contest.over.store(1, arch::Order::Release);
    if (low) EXPECT(kernel::join(self, *low).has_value());
    EXPECT_EQ(contested.stats().live, 0u);
    EXPECT(contested.destroy().has_value());
}

namespace {

// What is left by a handler that takes two objects and gives them back in the other order: done by hand, as what takes and
// gives is proved to be in no handler.
void turn_over(kernel::HandlerTimer& timer) noexcept {
    auto& contest = *static_cast<Contest*>(timer.argument());
    auto* top = reinterpret_cast<void**>(contest.magazine->top);
    if (top < &contest.magazine->bottom + 2) return;
    void* first = top[0];
    top[0] = top[-1];
    top[-1] = first;
    contest.over.store(contest.over.load(arch::Order::Relaxed) + 1, arch::Order::Relaxed);
}

}  // namespace

SELFTEST("SLB04", "a thread that is interrupted inside a magazine's sequence starts it again, whoever runs next") {
    Contest contest{&run, run.scaled(5'000'000)};
    auto loop = [](ThreadContext&, void* argument) {
        auto& mine = *static_cast<Contest*>(argument);
        take_and_give(*mine.run, 1);  // from here on the cache has magazines
        {
            arch::IrqsMasked masked;
            mine.magazine = &mm::this_magazine(*reinterpret_cast<const u64*>(&contested), masked);  // CACHE_SLOT
        }
        kernel::HandlerTimer timer{turn_over, &mine};
        if (!timer.start(kernel::microseconds(23), kernel::microseconds(23)).has_value()) return;
        // Relaxed: the handler runs on this core.
        while (mine.over.load(arch::Order::Relaxed) < mine.rounds) take_and_give(*mine.run, 1);
        static_cast<void>(timer.cancel_and_wait());
    };
    auto thread = kernel::spawn({.name = "loop", .affinity = 1}, loop, &contest);
    EXPECT(thread.has_value());
    ThreadContext self = this_thread();
    if (thread) EXPECT(kernel::join(self, *thread).has_value());
    EXPECT(contest.over.load(arch::Order::Relaxed) >= contest.rounds);
    EXPECT_EQ(contested.stats().live, 0u);
    EXPECT(contested.destroy().has_value());
}

namespace {

struct Noisy {
    explicit Noisy(u32& count) : count_(count) { ++count_; }
    ~Noisy() { --count_; }
    u32& count_;
    u64 room[6] = {};
};

struct alignas(256) Wide {
    std::byte bytes[300];
};

// A handler could call this: no unwinding, no tables, an answer.
bool none_left() noexcept {
    std::byte* memory = new (std::nothrow) std::byte[64_MiB];
    delete[] memory;
    return memory == nullptr;
}

}  // namespace

SELFTEST("SLB06", "new and delete in every form give aligned memory and take it back") {
    u32 alive = 0;
    {
        auto owned = mm::make<Noisy>(alive);
        EXPECT(owned.has_value());
        EXPECT_EQ(alive, 1u);
    }
    EXPECT_EQ(alive, 0u);
    auto* single = new Noisy{alive};
    auto* array = new (std::nothrow) Wide[3];
    auto* wide = new (std::nothrow) Wide;
    auto* cookies = static_cast<Noisy*>(operator new[](sizeof(Noisy) * 2));
    EXPECT(array != nullptr && wide != nullptr);
    EXPECT(is_aligned(std::bit_cast<uptr>(array), alignof(Wide)));
    EXPECT(is_aligned(std::bit_cast<uptr>(wide), alignof(Wide)));
    delete single;
    delete[] array;
    delete wide;
    operator delete[](cookies);
    delete static_cast<Noisy*>(nullptr);
    EXPECT_EQ(alive, 0u);
    alignas(Noisy) std::byte room[sizeof(Noisy)];
    auto* placed = new (room) Noisy{alive};
    EXPECT_EQ(alive, 1u);
    placed->~Noisy();
    EXPECT_EQ(alive, 0u);
}

SELFTEST("SLB07", "memory that cannot be had inside a noexcept function is an answer, not an exception") {
    EXPECT(none_left());
    EXPECT(mm::kernel_heap.allocate(SIZE_MAX) == fail(Error::NoMemory));
}

SELFTEST("SLB01", "the block functions that compilers call agree with loops, at every offset") {
    static constinit std::array<u8, 700> from{};
    static constinit std::array<u8, 700> to{};
    static constinit std::array<u8, 700> model{};
    Random random{3 + run.pass()};
    for (u64 n : run.rounds(2'000'000)) {
        (void)n;
        const usize size = random.below(2) == 0 ? random.below(70) : random.below(400);
        const usize source = random.below(260);
        const usize target = random.below(260);
        const u8 value = random.below(2) == 0 ? u8{0} : static_cast<u8>(random.below(256));
        for (usize i = 0; i < to.size(); ++i) to[i] = model[i] = from[i] = static_cast<u8>(random.below(256));
        volatile usize opaque = size;  // NOLINT: or the calls would be expanded in place
        for (usize i = 0; i < size; ++i) model[target + i] = from[source + i];
        EXPECT(std::memcpy(&to[target], &from[source], opaque) == &to[target]);
        EXPECT(std::memmove(&from[target], &from[source], opaque) == &from[target]);
        bool same = true;
        for (usize i = 0; i < to.size(); ++i) same = same && to[i] == model[i];
        for (usize i = 0; i < size; ++i) same = same && from[target + i] == model[target + i];
        EXPECT(same);
        EXPECT_EQ(std::memcmp(&to[target], &from[target], opaque), 0);
        EXPECT(std::memset(&to[target], value, opaque) == &to[target]);
        for (usize i = 0; i < to.size(); ++i) {
            if (to[i] != (i >= target && i < target + size ? value : model[i])) same = false;
        }
        EXPECT(same);
    }
}
