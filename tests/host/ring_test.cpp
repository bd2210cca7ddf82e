// SPDX-License-Identifier: MIT
//
// The rings between interrupt and thread: order, fullness, and real threads at both ends.

#include <base/ring.hpp>
#include <sync/ring_atomics.hpp>

#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <random>
#include <thread>
#include <vector>

using namespace quartet;

TEST_CASE("CON01 byte ring keeps order and refuses the byte that does not fit") {
    ByteRing<16, sync::RingAtomics> ring;
    std::deque<u8> model;
    std::mt19937 random{1};
    for (int round = 0; round < 200'000; ++round) {
        if (random() % 2 == 0) {
            u8 byte = static_cast<u8>(random());
            bool fits = model.size() < 16;
            REQUIRE(ring.put(byte) == fits);
            if (fits) model.push_back(byte);
        } else {
            u8 byte = 0;
            REQUIRE(ring.take(byte) == !model.empty());
            if (!model.empty()) {
                REQUIRE(byte == model.front());
                model.pop_front();
            }
        }
        REQUIRE(ring.size() == model.size());
        REQUIRE(ring.full() == (model.size() == 16));
    }
}

TEST_CASE("CON01 byte ring between two threads loses and invents nothing") {
    auto ring = std::make_unique<ByteRing<64, sync::RingAtomics>>();
    constexpr u32 count = 500'000;
    std::thread writer{[&] {
        for (u32 i = 0; i < count;) {
            if (ring->put(static_cast<u8>(i * 7))) ++i;
            else std::this_thread::yield();
        }
    }};
    u32 wrong = 0;
    for (u32 i = 0; i < count;) {
        u8 byte = 0;
        if (!ring->take(byte)) {
            std::this_thread::yield();
            continue;
        }
        if (byte != static_cast<u8>(i * 7)) ++wrong;
        ++i;
    }
    writer.join();
    CHECK(wrong == 0);
    CHECK(ring->empty());
}

namespace {

struct Entry {
    u32 writer = 0;
    u32 number = 0;
    u64 echo[6] = {};
};

}  // namespace

TEST_CASE("CON04 record ring: whole records, each writer's in its order, with four writers at once") {
    auto ring = std::make_unique<RecordRing<Entry, 32, sync::RingAtomics>>();
    constexpr u32 writers = 4;
    constexpr u32 each = 50'000;
    std::vector<std::thread> threads;
    for (u32 w = 0; w < writers; ++w) {
        threads.emplace_back([&, w] {
            for (u32 i = 0; i < each;) {
                bool stored = ring->push([] { return 0; },
                                         [&](Entry& entry, int) {
                                             entry.writer = w;
                                             entry.number = i;
                                             for (u64& e : entry.echo) e = u64{w} << 32 | i;
                                         });
                if (stored) ++i;
                else std::this_thread::yield();
            }
        });
    }
    u32 next[writers] = {};
    u32 wrong = 0;
    for (u32 seen = 0; seen < writers * each;) {
        bool found = ring->pop([&](const Entry& entry) {
            if (entry.number != next[entry.writer]++) ++wrong;
            for (u64 e : entry.echo)
                if (e != (u64{entry.writer} << 32 | entry.number)) ++wrong;
        });
        if (found) ++seen;
        else std::this_thread::yield();
    }
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK_FALSE(ring->pending());
}

TEST_CASE("CON04 a slot that is claimed but not filled holds the reader, and is not lost") {
    RecordRing<int, 4, sync::RingAtomics> ring;
    auto stamp = [] { return 0; };
    // The second record arrives (as from a handler) while the first is being filled.
    ring.push(stamp, [&](int& first, int) {
        ring.push(stamp, [](int& second, int) { second = 2; });
        CHECK_FALSE(ring.pop([](int&) {}));
        first = 1;
    });
    std::vector<int> seen;
    while (ring.pop([&](int& value) { seen.push_back(value); })) {}
    CHECK(seen == std::vector<int>{1, 2});
    for (int lap = 0; lap < 10; ++lap) {
        for (int i = 0; i < 4; ++i) CHECK(ring.push(stamp, [&](int& value, int) { value = i; }));
        CHECK_FALSE(ring.push(stamp, [](int&, int) { FAIL("a full ring fills nothing"); }));
        for (int i = 0; i < 4; ++i) CHECK(ring.pop([&](int& value) { CHECK(value == i); }));
        CHECK_FALSE(ring.pop([](int&) {}));
    }
}
