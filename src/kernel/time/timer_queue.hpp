// SPDX-License-Identifier: MIT
//
// What is due when: one queue a core, ordered by deadline and, among equals, by arrival. A leftist heap
// with its links in the nodes: arming, cancelling and expiring each touch O(log n) nodes in the worst
// case, not on average, because interrupts are masked meanwhile. (A pairing heap arms faster, but its
// next expiry may touch all 10,000; a wheel bounds nothing where timers share a slot.)

#pragma once

#include <base/assert.hpp>
#include <base/types.hpp>

namespace quartet::kernel {

struct TimerNode {
    // Context: handler of the timer interrupt, under the queue's lock, once for each arming.
    using Fire = void (*)(TimerNode& node) noexcept;

    u64 deadline = 0;  // counter value
    u64 sequence = 0;
    TimerNode* left = nullptr;
    TimerNode* right = nullptr;
    TimerNode* parent = nullptr;
    u32 rank = 0;  // length of the shortest way down to a missing child; 0 where it is in no queue
    u32 core = 0;  // whose queue it is in, or was in last
    Fire fire = nullptr;
    void* owner = nullptr;

    constexpr bool armed() const { return rank != 0; }
};

// Context: guarded by its owner's lock.
class TimerQueue {
public:
    constexpr TimerQueue() = default;
    TimerQueue(const TimerQueue&) = delete;
    TimerQueue& operator=(const TimerQueue&) = delete;

    constexpr bool empty() const { return root_ == nullptr; }
    constexpr u64 next_deadline() const { return root_ != nullptr ? root_->deadline : ~u64{0}; }

    // `node.deadline` says when. Returns whether it is now the first, so that the compare register is due
    // for a change.
    constexpr bool arm(TimerNode& node) {
        debug_check(!node.armed(), "a timer is armed once at a time");
        node.sequence = next_sequence_++;
        node.left = node.right = node.parent = nullptr;
        node.rank = 1;
        root_ = merge(root_, &node);
        return root_ == &node;
    }

    // Returns whether it was armed. The compare register may stay as it is: an interrupt that finds
    // nothing due is harmless.
    constexpr bool cancel(TimerNode& node) {
        if (!node.armed()) return false;
        TimerNode* parent = node.parent;
        TimerNode* rest = join_children(node);
        node.rank = 0;
        if (parent == nullptr) {
            root_ = rest;
            return true;
        }
        (parent->left == &node ? parent->left : parent->right) = rest;
        if (rest != nullptr) rest->parent = parent;
        // Ranks above change as far as the shortest way went through here: at most log n of them.
        for (TimerNode* at = parent; at != nullptr && settle(*at); at = at->parent) {}
        return true;
    }

    // The first one whose deadline is not after `now`, taken out; null where none is.
    constexpr TimerNode* pop_due(u64 now) {
        TimerNode* first = root_;
        if (first == nullptr || first->deadline > now) return nullptr;
        root_ = join_children(*first);
        first->rank = 0;
        return first;
    }

private:
    static constexpr bool before(const TimerNode& a, const TimerNode& b) {
        return a.deadline != b.deadline ? a.deadline < b.deadline : a.sequence < b.sequence;
    }
    static constexpr u32 rank_of(const TimerNode* node) { return node != nullptr ? node->rank : 0; }

    // The shorter way lies right. Returns whether anything changed.
    static constexpr bool settle(TimerNode& node) {
        bool swap = rank_of(node.left) < rank_of(node.right);
        if (swap) {
            TimerNode* left = node.left;
            node.left = node.right;
            node.right = left;
        }
        u32 rank = rank_of(node.right) + 1;
        bool changed = swap || rank != node.rank;
        node.rank = rank;
        return changed;
    }

    static constexpr TimerNode* join_children(TimerNode& node) {
        if (node.left != nullptr) node.left->parent = nullptr;
        if (node.right != nullptr) node.right->parent = nullptr;
        TimerNode* rest = merge(node.left, node.right);
        node.left = node.right = node.parent = nullptr;
        return rest;
    }

    // Both right spines, woven by time: each is at most log n long.
    static constexpr TimerNode* merge(TimerNode* a, TimerNode* b) {
        if (a == nullptr) return b;
        if (b == nullptr) return a;
        if (before(*b, *a)) {
            TimerNode* first = b;
            b = a;
            a = first;
        }
        TimerNode* root = a;
        while (a->right != nullptr) {
            TimerNode* below = a->right;
            if (before(*b, *below)) {
                a->right = b;
                b->parent = a;
                a = b;
                b = below;
            } else {
                a = below;
            }
        }
        a->right = b;
        b->parent = a;
        for (; a != nullptr; a = a->parent) settle(*a);
        return root;
    }

    TimerNode* root_ = nullptr;
    u64 next_sequence_ = 0;
};

}  // namespace quartet::kernel
