// SPDX-License-Identifier: MIT

#include <kernel/time/timer_queue.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

using namespace quartet;
using kernel::TimerNode;
using kernel::TimerQueue;

TEST_CASE("TMR05 10,000 timers at random times, some past 2^32 counts, come in order of time and arrival") {
    std::mt19937_64 random{5};
    std::vector<TimerNode> nodes(10'000);
    TimerQueue queue;
    for (auto& node : nodes) {
        u64 far = random() % 8 == 0 ? u64{1} << 34 : 0;
        node.deadline = far + random() % 5'000;
        queue.arm(node);
    }
    u64 last_deadline = 0;
    u64 last_sequence = 0;
    for (usize n = 0; n < nodes.size(); ++n) {
        CHECK(queue.next_deadline() != ~u64{0});
        TimerNode* node = queue.pop_due(~u64{0} - 1);
        REQUIRE(node != nullptr);
        bool in_order =
            node->deadline > last_deadline || (node->deadline == last_deadline && node->sequence >= last_sequence);
        CHECK(in_order);
        last_deadline = node->deadline;
        last_sequence = node->sequence;
    }
    CHECK(queue.empty());
}

TEST_CASE("TMR05 nothing is due before its time, and 10,000 of one moment come in order of arrival") {
    std::vector<TimerNode> nodes(10'000);
    TimerQueue queue;
    for (auto& node : nodes) {
        node.deadline = 77;
        queue.arm(node);
    }
    CHECK(queue.pop_due(76) == nullptr);
    for (auto& node : nodes) CHECK(queue.pop_due(77) == &node);
    CHECK(queue.pop_due(~u64{0} - 1) == nullptr);
}

TEST_CASE("TMR05 random arming, cancelling and expiring equals a sorted set") {
    std::mt19937_64 random{17};
    std::vector<TimerNode> nodes(300);
    TimerQueue queue;
    auto before = [](const TimerNode* a, const TimerNode* b) {
        return a->deadline != b->deadline ? a->deadline < b->deadline : a->sequence < b->sequence;
    };
    std::set<TimerNode*, decltype(before)> model{before};
    u64 now = 0;
    for (int step = 0; step < 60'000; ++step) {
        TimerNode& node = nodes[random() % nodes.size()];
        switch (random() % 3) {
            case 0:
                if (node.armed()) break;
                node.deadline = now + random() % 1'000;
                CHECK(queue.arm(node) == (model.empty() || node.deadline < (*model.begin())->deadline));
                model.insert(&node);
                break;
            case 1: CHECK(queue.cancel(node) == (model.erase(&node) == 1)); break;
            case 2: {
                now += random() % 30;
                TimerNode* due = queue.pop_due(now);
                bool expected = !model.empty() && (*model.begin())->deadline <= now;
                REQUIRE((due != nullptr) == expected);
                if (due == nullptr) break;
                CHECK(due == *model.begin());
                model.erase(model.begin());
                break;
            }
        }
        CHECK(queue.next_deadline() == (model.empty() ? ~u64{0} : (*model.begin())->deadline));
    }
}

TEST_CASE("TMR05 masked time is bounded: no way down the right side is longer than log2 of the number of timers") {
    std::mt19937_64 random{3};
    std::vector<TimerNode> nodes(10'000);
    TimerQueue queue;
    for (auto& node : nodes) {
        node.deadline = random() % 100'000;
        queue.arm(node);
    }
    TimerNode* root = &nodes[0];
    while (root->parent != nullptr) root = root->parent;
    u32 longest = 0;
    for (auto& node : nodes) {
        u32 length = 0;
        for (TimerNode* at = &node; at != nullptr; at = at->right) ++length;
        longest = std::max(longest, length);
    }
    CHECK(longest <= 14);
    CHECK(root->rank <= 14);
}
