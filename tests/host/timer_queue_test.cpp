// SPDX-License-Identifier: MIT

#include "../fakes/effort.hpp"

#include <kernel/time/timer_queue.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

using namespace quartet;
using kernel::TimerNode;
using kernel::TimerQueue;

namespace {

using Order = arch::Order;

constexpr u64 end_of_time = kernel::timer_word::farthest;

u64 key_of(const TimerNode& node) { return node.key.load(Order::Relaxed); }

bool add(TimerQueue& queue, TimerNode& node, u64 key, u64 now = 0) {
    node.key.store(key, Order::Relaxed);
    return queue.add(node, now);
}

// The first that is due, taken out; null where none is.
TimerNode* pop_due(TimerQueue& queue, u64 now) {
    for (;;) {
        const TimerQueue::Stepped stepped = queue.step(now);
        if (stepped.step != TimerQueue::Step::Sorted) return stepped.node;
    }
}

struct Before {
    bool operator()(const TimerNode* a, const TimerNode* b) const {
        return key_of(*a) != key_of(*b) ? key_of(*a) < key_of(*b) : a->sequence < b->sequence;
    }
};

// Wide apart and close together: a distance whose highest bit is anywhere below `bits`.
u64 some_distance(std::mt19937_64& random, u32 bits) { return random() >> (64 - bits) >> random() % bits; }

}  // namespace

TEST_CASE("TMR05 10,000 timers at random times, some past 2^32 ticks, come in order of time and arrival") {
    std::mt19937_64 random{5};
    std::vector<TimerNode> nodes(10'000);
    TimerQueue queue;
    for (auto& node : nodes) {
        u64 far = random() % 8 == 0 ? (u64{1} << 32) * 62'500 : 0;
        add(queue, node, far + random() % 5'000);
    }
    u64 last_key = 0;
    u64 last_sequence = 0;
    for (usize n = 0; n < nodes.size(); ++n) {
        TimerNode* node = pop_due(queue, end_of_time);
        REQUIRE(node != nullptr);
        bool in_order = key_of(*node) > last_key || (key_of(*node) == last_key && node->sequence >= last_sequence);
        CHECK(in_order);
        last_key = key_of(*node);
        last_sequence = node->sequence;
    }
    CHECK(pop_due(queue, end_of_time) == nullptr);
    CHECK(queue.next() == TimerQueue::never);
}

TEST_CASE("TMR05 nothing is due before its time, and 10,000 of one moment come in order of arrival") {
    for (u64 moment : {u64{77}, u64{1} << 20, (u64{1} << 41) + 12'345}) {
        std::vector<TimerNode> nodes(10'000);
        TimerQueue queue;
        // The clock goes on while they arrive: early ones lie further up in the wheel than late ones.
        u64 now = 0;
        for (auto& node : nodes) {
            add(queue, node, moment, now);
            now += moment / 10'001;
            CHECK(pop_due(queue, now) == nullptr);
        }
        CHECK(pop_due(queue, moment - 1) == nullptr);
        for (auto& node : nodes) CHECK(pop_due(queue, moment) == &node);
        CHECK(pop_due(queue, end_of_time) == nullptr);
    }
}

TEST_CASE("TMR05 of equal times the one that was started first comes first, whenever it was queued") {
    TimerNode early;
    TimerNode late;
    TimerQueue queue;
    early.started.store(10, Order::Relaxed);
    late.started.store(20, Order::Relaxed);
    add(queue, late, 1000);
    add(queue, early, 1000);
    CHECK(pop_due(queue, 1000) == &early);
    CHECK(pop_due(queue, 1000) == &late);
}

TEST_CASE("TMR05 random adding, removing and expiring equals a sorted set, near and up to 2^55 counts away") {
    for (u32 bits : {10u, 16u, 22u, 30u, 40u, 55u}) {
        CAPTURE(bits);
        std::mt19937_64 random{17 + bits};
        std::vector<TimerNode> nodes(300);
        TimerQueue queue;
        std::set<TimerNode*, Before> model;
        u64 now = 0;
        for (u64 step : fakes::Rounds{"TMR05 random adding", 60'000'000}) {
            static_cast<void>(step);
            TimerNode& node = nodes[random() % nodes.size()];
            bool in = model.contains(&node);
            switch (random() % 3) {
                case 0: {
                    if (in) break;
                    u64 before = queue.next();
                    // One in eight is past when it comes.
                    u64 distance = some_distance(random, bits);
                    u64 key = random() % 8 == 0 && now > distance ? now - distance : now + distance;
                    bool earlier = add(queue, node, key, now);
                    REQUIRE(earlier == (queue.next() < before));
                    model.insert(&node);
                    break;
                }
                case 1:
                    if (!in) break;
                    queue.remove(node);
                    model.erase(&node);
                    break;
                case 2: {
                    if (random() % 2 == 0) now += some_distance(random, bits);
                    TimerNode* due = pop_due(queue, now);
                    bool expected = !model.empty() && key_of(**model.begin()) <= now;
                    REQUIRE((due != nullptr) == expected);
                    if (due == nullptr) break;
                    REQUIRE(due == *model.begin());
                    model.erase(model.begin());
                    break;
                }
            }
            // Whoever looks when it is told to is never late.
            REQUIRE(queue.next() <= (model.empty() ? TimerQueue::never : key_of(**model.begin())));
            if (now > end_of_time / 2) break;
        }
    }
}

TEST_CASE("TMR05 one sleeper is one look, exactly when it is due, however far away") {
    for (u64 distance : {u64{1}, u64{1} << 14, u64{1} << 20, (u64{1} << 33) + 5, u64{1} << 54}) {
        TimerQueue queue;
        TimerNode node;
        const u64 now = 1'000'003;
        CHECK(add(queue, node, now + distance, now));
        CHECK(queue.next() == now + distance);
        CHECK(queue.step(now + distance - 1).step == TimerQueue::Step::Nothing);
        CHECK(queue.next() == now + distance);
        CHECK(pop_due(queue, queue.next()) == &node);
    }
}

TEST_CASE("TMR05 looks are few: with 1,000 timers at most one for each level that each goes through") {
    std::mt19937_64 random{9};
    std::vector<TimerNode> nodes(1'000);
    TimerQueue queue;
    for (auto& node : nodes) add(queue, node, 1 + some_distance(random, 40));
    u32 looks = 0;
    u32 due = 0;
    while (queue.next() != TimerQueue::never) {
        const u64 now = queue.next();
        ++looks;
        while (pop_due(queue, now) != nullptr) ++due;
        REQUIRE(queue.next() > now);
    }
    CHECK(due == 1'000);
    CHECK(looks <= 5'000);
}

TEST_CASE("TMR05 masked time is bounded: one step moves at most 8 of 10,000 timers") {
    std::vector<TimerNode> nodes(10'000);
    TimerQueue queue;
    constexpr u64 moment = (u64{1} << 34) + 99;
    for (auto& node : nodes) add(queue, node, moment);
    auto place_of_all = [&] {
        std::vector<u32> places;
        for (auto& node : nodes) places.push_back(kernel::TimerHeap::contains(node) ? ~0u : node.place);
        return places;
    };
    auto before = place_of_all();
    u32 steps = 0;
    for (;; ++steps) {
        TimerQueue::Stepped stepped = queue.step(moment);
        if (stepped.step != TimerQueue::Step::Sorted) break;
        if (steps % 50 == 0) {
            auto after = place_of_all();
            u32 moved = 0;
            for (usize n = 0; n < after.size(); ++n) moved += after[n] != before[n] ? 1u : 0u;
            CHECK(moved <= 8 * 51);
            before = after;
        }
    }
    CHECK(steps >= 10'000 / 8);
}

TEST_CASE("TMR05 masked time is bounded: no way down the right side of the heap is longer than log2 of its size") {
    std::mt19937_64 random{3};
    std::vector<TimerNode> nodes(10'000);
    kernel::TimerHeap heap;
    for (auto& node : nodes) {
        node.key.store(random() % 100'000, Order::Relaxed);
        heap.add(node);
    }
    u32 longest = 0;
    for (auto& node : nodes) {
        u32 length = 0;
        for (TimerNode* at = &node; at != nullptr; at = at->right) ++length;
        longest = std::max(longest, length);
    }
    CHECK(longest <= 14);
    CHECK(heap.first()->rank <= 14);
}
