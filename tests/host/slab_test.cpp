// SPDX-License-Identifier: MIT
//
// Caches: what moves between cores, magazines and slabs, and how each mistake of a user is named.

#include "fake_heap.hpp"

#include <base/format.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>

using namespace quartet;
using fakes::as_core;
using fakes::FakeHeap;
using fakes::reported;

namespace {

std::string text(const void* pointer) {
    std::array<char, 32> room{};
    return std::string{format_to(room, "{}", pointer)};
}

std::string_view name_everything(std::span<char> room, uptr) { return format_to(room, "the_allocating_function"); }

bool has(const std::string& line, const std::string& part) { return line.find(part) != std::string::npos; }

// Objects of one cache, through all the stages: magazines of four cores, full and partial slabs.
std::vector<void*> take(mm::Cache& cache, usize count) {
    std::vector<void*> objects;
    while (objects.size() < count) objects.push_back(*cache.allocate());
    return objects;
}

// So many are freed that whatever was freed before has left the quarantine.
void end_rest(mm::Cache& cache) {
    for (void* object : take(cache, mm::Quarantine::room)) cache.free(object);
}

}  // namespace

TEST_CASE("SLB01 objects of a named cache are aligned, apart, and all come back") {
    FakeHeap machine;
    for (usize align : {usize{8}, usize{64}, usize{1024}}) {
        mm::Cache cache{"test", 72, align, machine.frames};
        auto objects = take(cache, 500);
        std::ranges::sort(objects);
        for (usize i = 0; i < objects.size(); ++i) {
            const uptr at = reinterpret_cast<uptr>(objects[i]);
            CHECK(at % align == 0);
            if (i > 0) CHECK(at - reinterpret_cast<uptr>(objects[i - 1]) >= 72);
        }
        CHECK(cache.stats().live == 500);
        for (void* object : objects) cache.free(object);
        CHECK(cache.stats().live == 0);
        CHECK(cache.check() == 0);
        REQUIRE(cache.destroy());
        CHECK(machine.frames.stats().free_blocks == machine.before.free_blocks);
    }
}

TEST_CASE("SLB01 a slab of every size holds objects and wastes little") {
    for (usize size = 1; size <= 2048; ++size) {
        for (bool checks : {false, true}) {
            const auto layout = mm::SlabLayout::make(size, 8, checks);
            CHECK(layout.capacity >= 2);
            CHECK(layout.capacity * size >= mm::block_bytes(layout.order) / (checks ? 8 : 2) / (size < 16 ? 8 : 1));
            CHECK(layout.stride >= size);
            CHECK(mm::object_offset(layout, layout.capacity) <= mm::block_bytes(layout.order));
            CHECK(layout.first >= sizeof(mm::Slab));
        }
    }
}

TEST_CASE("SLB01 objects freed on other cores are found again, and empty slabs go back to the frames") {
    FakeHeap machine;
    mm::Cache cache{"wandering", 128, 16, machine.frames};
    std::vector<void*> objects;
    as_core(1, [&] { objects = take(cache, 300); });
    for (usize i = 0; i < objects.size(); ++i) {
        as_core(static_cast<u32>(i % 4), [&] { cache.free(objects[i]); });
    }
    CHECK(cache.stats().live == 0);
    const u32 slabs = cache.stats().slabs;
    CHECK(slabs < 300 / cache.layout().capacity);
    std::set<void*> again;
    for (void* object : take(cache, 300)) again.insert(object);
    CHECK(again.size() == 300);
    for (void* object : again) cache.free(object);
    REQUIRE(cache.destroy());
    CHECK(machine.frames.stats().free_blocks == machine.before.free_blocks);
}

TEST_CASE("SLB01 more caches than magazines: the late ones work without") {
    FakeHeap machine;
    std::vector<std::unique_ptr<mm::Cache>> caches;
    for (u32 i = 0; i < mm::magazine_slots + 4; ++i) {
        caches.push_back(std::make_unique<mm::Cache>("one of many", 64, 16, machine.frames));
        void* object = *caches.back()->allocate();
        caches.back()->free(object);
        CHECK(caches.back()->check() == 0);  // nothing rests afterwards
        CHECK(caches.back()->allocate() == object);
        caches.back()->free(object);
    }
    CHECK(mm::cache_stats(1)->name == std::string_view{"one of many"});
    for (auto& cache : caches) REQUIRE(cache->destroy());
    CHECK_FALSE(mm::cache_stats(1));
    CHECK(machine.frames.stats().free_blocks == machine.before.free_blocks);
}

TEST_CASE("SLB02 one byte past either end is found on free, with object, cache and allocating function") {
    FakeHeap machine;
    mm::set_fault_hooks({.name_code = name_everything});
    for (int offset : {-1, 40, 47}) {
        mm::Cache cache{"timer", 40, 8, machine.frames};
        void* below = *cache.allocate();
        void* object = *cache.allocate();
        std::byte* victim = static_cast<std::byte*>(object) + offset;
        const std::byte old = *victim;
        *victim = std::byte{0x41};
        const std::string report = reported([&] { cache.free(object); });
        CHECK(has(report, "was overrun"));
        CHECK(has(report, text(object)));
        CHECK(has(report, "cache timer"));
        CHECK(has(report, "the_allocating_function"));
        CHECK(has(report, text(victim)));
        *victim = old;
        cache.free(below);
        CHECK(cache.stats().live == 1);
    }
}

TEST_CASE("SLB02 the heap's red zone begins behind the bytes that were asked for") {
    FakeHeap machine;
    auto* object = static_cast<std::byte*>(*machine.heap.allocate(50));
    object[50] = std::byte{7};
    const std::string report = reported([&] { machine.heap.free(object); });
    CHECK(has(report, "heap-64"));
    CHECK(has(report, "50 bytes"));
    auto* first = static_cast<std::byte*>(*machine.heap.allocate(16));
    first[-1] = std::byte{7};
    CHECK(has(reported([&] { machine.heap.free_sized(first, 16); }), "was overrun"));
}

TEST_CASE("SLB02 a large block too is overrun by one byte and found, and a whole number of frames as well") {
    FakeHeap machine;
    mm::set_fault_hooks({.name_code = name_everything});
    for (usize size : {usize{2049}, usize{3000}, usize{4063}, usize{4064}, usize{4065}, usize{4095}, usize{4096},
                       usize{4097}, usize{8192}, usize{10'000}, usize{65'536}, 1_MiB + 1, 4_MiB - 4096}) {
        auto* block = static_cast<std::byte*>(*machine.heap.allocate(size));
        std::memset(block, 0x5a, size);
        block[size] = std::byte{7};
        const std::string report = reported([&] { machine.heap.free(block); });
        CHECK(has(report, "was overrun"));
        CHECK(has(report, text(block)));
        CHECK(has(report, "the_allocating_function"));
        CHECK(has(report, text(block + size)));
        block[size] = std::byte{mm::red_zone_byte};
        machine.heap.free_sized(block, size);
    }
}

TEST_CASE("SLB02 a large block that is overrun beyond its record, or freed with another size, is found") {
    FakeHeap machine;
    auto* block = static_cast<std::byte*>(*machine.heap.allocate(3000));
    CHECK(has(reported([&] { machine.heap.free_sized(block, 3001); }), "was not allocated with that size"));
    CHECK(has(reported([&] { machine.heap.free_sized(block, 2999); }), "was not allocated with that size"));
    CHECK(machine.heap.usable_size(block) == 3000);
    std::memset(block + 3000, 0, 1096);
    CHECK(has(reported([&] { machine.heap.free(block); }), "was overrun"));
    machine.go_on();
    machine.heap.free(block);
    CHECK(machine.noticed("was overrun"));
    // It stays out of use.
    for (int n = 0; n < 20; ++n) CHECK(*machine.heap.allocate(3000) != block);
}

TEST_CASE("SLB02 under the policy to go on, an overrun object stays out of use") {
    FakeHeap machine;
    machine.go_on();
    mm::Cache cache{"patient", 64, 16, machine.frames};
    auto* object = static_cast<std::byte*>(*cache.allocate());
    object[64] = std::byte{0};
    cache.free(object);
    CHECK(machine.noticed("was overrun"));
    for (void* other : take(cache, 200)) CHECK(other != object);
}

TEST_CASE("SLB03 a damaged free-list link is found at the next allocation, its slab is kept out of use") {
    FakeHeap machine;
    machine.go_on();
    mm::Cache cache{"linked", 256, 16, machine.frames};
    auto objects = take(cache, 60);
    for (void* object : objects) cache.free(object);
    // The objects freed first went back to their slabs; one of them is at the head of a free list.
    const u32 slabs = cache.stats().slabs;
    void* stranger = &machine;
    std::memcpy(objects[0], &stranger, sizeof stranger);
    std::set<void*> again;
    for (void* object : take(cache, 120)) again.insert(object);
    CHECK(again.size() == 120);
    CHECK(machine.noticed("cache linked was written after it was freed"));
    CHECK(machine.noticed(text(objects[0])));
    CHECK(cache.stats().damaged == 1);
    CHECK(cache.stats().slabs > slabs);
}

TEST_CASE("SLB03 a damaged link is found by the check command's look at all slabs") {
    FakeHeap machine;
    machine.go_on();
    mm::Cache cache{"linked", 256, 16, machine.frames};
    auto objects = take(cache, 60);
    for (void* object : objects) cache.free(object);
    CHECK(cache.check() == 0);
    void* stranger = static_cast<std::byte*>(objects[0]) + 8;
    std::memcpy(objects[0], &stranger, sizeof stranger);
    CHECK(cache.check() == 1);
    CHECK(cache.stats().damaged == 1);
    CHECK(cache.check() == 0);
}

TEST_CASE("SLB03 damage is told with no lock held, wherever it is found") {
    FakeHeap machine;
    static u32 told;
    static u32 told_locked;
    told = told_locked = 0;
    mm::set_fault_hooks({.notice =
                             [](std::string_view) {
                                 ++told;
                                 if (sync::locks_held() != 0) ++told_locked;
                             },
                         .policy = mm::DamagePolicy::GoOn});
    mm::Cache cache{"spoken of", 256, 16, machine.frames};
    auto objects = take(cache, 60);
    for (usize n = 0; n < 30; ++n) cache.free(objects[n]);
    // A link of a free object, a byte behind two live ones of one slab and one of another, a free one's contents.
    void* stranger = &machine;
    std::memcpy(objects[0], &stranger, sizeof stranger);
    for (usize n : {usize{40}, usize{41}, usize{59}}) static_cast<std::byte*>(objects[n])[256] = std::byte{1};
    const u32 found = cache.check();
    CHECK(found >= 3);
    CHECK(told == found);
    cache.free(objects[40]);
    CHECK(told == found + 1);
    std::memcpy(objects[29], &stranger, sizeof stranger);
    (void)take(cache, 60);
    CHECK(told > found + 1);
    CHECK(told_locked == 0);
}

TEST_CASE("SLB03 a link that makes a circle is found") {
    FakeHeap machine;
    machine.go_on();
    mm::Cache cache{"circle", 256, 16, machine.frames};
    auto objects = take(cache, 60);
    for (void* object : objects) cache.free(object);
    std::memcpy(objects[0], &objects[0], sizeof(void*));
    CHECK(cache.check() >= 1);
}

TEST_CASE("SLB03 a write to a free object is found when it is given out again") {
    FakeHeap machine;
    machine.go_on();
    mm::Cache cache{"stale", 64, 16, machine.frames};
    auto* object = static_cast<std::byte*>(*cache.allocate());
    cache.free(object);
    end_rest(cache);
    object[20] = std::byte{1};
    for (void* other : take(cache, 200)) CHECK(other != object);
    CHECK(machine.noticed("was written after it was freed"));
}

TEST_CASE("SLB03 what was freed last rests: a write to it meets nobody, and is found when the rest is over") {
    FakeHeap machine;
    machine.go_on();
    mm::Cache cache{"resting", 64, 16, machine.frames};
    auto others = take(cache, mm::Quarantine::room - 1);
    auto* object = static_cast<std::byte*>(*cache.allocate());
    void* last = *cache.allocate();
    cache.free(object);
    for (int n = 0; n < 100; ++n) {
        void* next = *cache.allocate();
        CHECK(next != object);
        others.push_back(next);
    }
    object[20] = std::byte{1};
    for (usize n = 0; n < mm::Quarantine::room - 1; ++n) cache.free(others[n]);
    CHECK(machine.notices.empty());
    CHECK(cache.stats().cached >= mm::Quarantine::room);
    CHECK(cache.stats().live == 101);
    cache.free(last);
    CHECK(machine.noticed("was written after it was freed"));
    CHECK(machine.noticed(text(object)));
    // It is given to nobody any more.
    for (void* next : take(cache, 200)) CHECK(next != object);
    CHECK(machine.notices.size() == 1);
}

TEST_CASE("SLB03 what rests is looked at by the check command, and nobody rests afterwards") {
    FakeHeap machine;
    machine.go_on();
    mm::Cache cache{"resting", 64, 16, machine.frames};
    auto objects = take(cache, 3);
    for (void* object : objects) cache.free(object);
    CHECK(cache.check() == 0);
    std::set<void*> again;
    for (void* object : take(cache, 3)) again.insert(object);
    CHECK(again == std::set<void*>(objects.begin(), objects.end()));
    for (void* object : objects) cache.free(object);
    static_cast<std::byte*>(objects[1])[9] = std::byte{1};
    CHECK(cache.check() == 1);
    CHECK(machine.noticed(text(objects[1])));
    CHECK(cache.check() == 0);
}

TEST_CASE("SLB03 a cache that goes is looked at first: a write to what rests in it is told") {
    FakeHeap machine;
    machine.go_on();
    mm::Cache cache{"resting", 64, 16, machine.frames};
    auto* object = static_cast<std::byte*>(*cache.allocate());
    cache.free(object);
    object[9] = std::byte{1};
    CHECK(cache.destroy().error() == Error::Busy);  // it stays out of use
    CHECK(machine.noticed(text(object)));
}

TEST_CASE("SLB07 before there is no memory, what rests is given out") {
    FakeHeap machine{1_MiB};
    mm::Cache cache{"resting", 2048, 16, machine.frames};
    std::vector<void*> objects;
    while (auto object = cache.allocate()) objects.push_back(*object);
    for (int round = 0; round < 3; ++round) {
        void* object = objects[static_cast<usize>(round)];
        cache.free(object);
        CHECK(*cache.allocate() == object);
        CHECK(cache.allocate().error() == Error::NoMemory);
    }
    for (void* object : objects) cache.free(object);
    REQUIRE(cache.destroy());
    CHECK(machine.frames.stats().free_blocks == machine.before.free_blocks);
}

TEST_CASE("SLB04 a double free is found: at once, after another allocation, and from another core") {
    FakeHeap machine;
    mm::set_fault_hooks({.name_code = name_everything});
    mm::Cache cache{"twice", 64, 16, machine.frames};
    void* object = *cache.allocate();
    void* other = *cache.allocate();
    cache.free(object);
    CHECK(has(reported([&] { cache.free(object); }), "freed twice"));
    cache.free(other);
    std::string report;
    as_core(3, [&] { report = reported([&] { cache.free(object); }); });
    CHECK(has(report, "freed twice"));
    CHECK(has(report, "the_allocating_function"));
    void* next = *cache.allocate();
    CHECK(has(reported([&] { cache.free(next == object ? other : object); }), "freed twice"));
    cache.free(next);
    CHECK(cache.stats().live == 0);
}

TEST_CASE("SLB04 what was freed twice through the heap is found, also when its slab is gone") {
    FakeHeap machine;
    void* object = *machine.heap.allocate(100);
    machine.heap.free(object);
    CHECK(has(reported([&] { machine.heap.free(object); }), "freed twice"));
    REQUIRE(machine.heap.destroy());
    CHECK(has(reported([&] { machine.heap.free(object); }), "free"));
    void* large = *machine.heap.allocate(10'000);
    machine.heap.free(large);
    CHECK(has(reported([&] { machine.heap.free(large); }), "free already"));
}

TEST_CASE("SLB04 strangers are refused: other caches, the middle of objects, no heap memory at all") {
    FakeHeap machine;
    mm::Cache one{"one", 64, 16, machine.frames};
    mm::Cache two{"two", 64, 16, machine.frames};
    auto* object = static_cast<std::byte*>(*one.allocate());
    CHECK(has(reported([&] { two.free(object); }), "belongs to cache one"));
    CHECK(has(reported([&] { one.free(object + 8); }), "no object begins there"));
    CHECK(has(reported([&] { one.free(&machine); }), "in no slab"));
    CHECK(has(reported([&] { machine.heap.free(&machine); }), "not the heap's"));
    CHECK(has(reported([&] { machine.heap.free_sized(object, 300); }), "was not allocated with that size"));
    void* frames = machine.ram.at(*machine.frames.allocate(0));
    CHECK(has(reported([&] { machine.heap.free(frames); }), "not the heap's"));
    one.free(object);
    CHECK(one.stats().live == 0);
}

TEST_CASE("SLB05 a cache with live objects is not destroyed, and says how many there are") {
    FakeHeap machine;
    mm::Cache cache{"lively", 64, 16, machine.frames};
    auto objects = take(cache, 7);
    CHECK(cache.destroy() == fail(Error::Busy));
    CHECK(machine.noticed("cache lively is not destroyed: 7 objects are live"));
    for (void* object : objects) cache.free(object);
    REQUIRE(cache.destroy());
    CHECK(cache.stats().slabs == 0);
    // It may be used again.
    cache.free(*cache.allocate());
    REQUIRE(cache.destroy());
    CHECK(machine.frames.stats().free_blocks == machine.before.free_blocks);
}

namespace {

// Another thread of the same core that runs whenever the first one reaches a point of the simulation.
struct Intruder {
    static inline mm::Cache* cache = nullptr;
    static inline std::vector<void*> taken;
    static inline u64 countdown = 0;
    static inline u64 visits = 0;

    static void visit() noexcept {
        if (countdown == 0 || --countdown != 0) return;
        ++visits;
        ++arch::sim_preemptions;
        // Two out, one back: the magazine is another one when the first thread continues.
        taken.push_back(arch::quartet_magazine_pop(cache));
        taken.push_back(arch::quartet_magazine_pop(cache));
        arch::quartet_magazine_push(cache, taken.back());
        taken.pop_back();
    }
};

}  // namespace

TEST_CASE("SLB04 a thread that is preempted at any step of a magazine's sequence starts it again") {
    FakeHeap machine;
    mm::Cache cache{"preempted", 64, 16, machine.frames};
    Intruder::cache = &cache;
    Intruder::taken.clear();
    Intruder::visits = 0;
    std::vector<void*> mine;
    arch::sim_hook = Intruder::visit;
    for (u64 step = 1; step <= 400; ++step) {
        // Interrupts are masked inside the slow path: no preemption there.
        Intruder::countdown = 1 + step % 5;
        if (step % 3 != 0 || mine.empty()) {
            mine.push_back(arch::quartet_magazine_pop(&cache));
        } else {
            void* object = mine.back();
            mine.pop_back();
            arch::quartet_magazine_push(&cache, object);
        }
    }
    Intruder::countdown = 0;
    arch::sim_hook = nullptr;
    CHECK(Intruder::visits > 100);
    std::set<void*> all(mine.begin(), mine.end());
    all.insert(Intruder::taken.begin(), Intruder::taken.end());
    CHECK(all.size() == mine.size() + Intruder::taken.size());
    CHECK(all.count(nullptr) == 0);
    for (void* object : all) arch::quartet_magazine_push(&cache, object);
    CHECK(cache.stats().live == 0);
    REQUIRE(cache.destroy());
}
