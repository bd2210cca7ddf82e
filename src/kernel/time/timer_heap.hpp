// SPDX-License-Identifier: MIT
//
// Timers in exact order: by time and, among equals, by when they were started. A leftist heap with its links in the
// nodes: adding and taking out touch O(log n) nodes in the worst case, not on average, because interrupts are masked
// meanwhile. (A pairing heap adds faster, but its next expiry may touch all.) It holds what is due very soon; the
// wheel in front of it (timer_queue.hpp) keeps it small.

#pragma once

#include <base/assert.hpp>
#include <kernel/time/timer_node.hpp>

namespace quartet::kernel {

// Context: guarded by its owner's lock.
class TimerHeap {
public:
    constexpr TimerHeap() = default;
    TimerHeap(const TimerHeap&) = delete;
    TimerHeap& operator=(const TimerHeap&) = delete;

    constexpr TimerNode* first() const { return root_; }
    static constexpr bool contains(const TimerNode& node) { return node.rank != 0; }

    void add(TimerNode& node) {
        debug_check(!contains(node), "a timer is in its heap once");
        node.left = node.right = node.parent = nullptr;
        node.rank = 1;
        root_ = merge(root_, &node);
    }

    void remove(TimerNode& node) {
        TimerNode* parent = node.parent;
        TimerNode* rest = join_children(node);
        node.rank = 0;
        if (parent == nullptr) {
            root_ = rest;
            return;
        }
        (parent->left == &node ? parent->left : parent->right) = rest;
        if (rest != nullptr) rest->parent = parent;
        // Ranks above change as far as the shortest way went through here: at most log n of them.
        for (TimerNode* at = parent; at != nullptr && settle(*at); at = at->parent) {}
    }

private:
    static u64 key_of(const TimerNode& node) { return node.key.load(arch::Order::Relaxed); }
    static bool before(const TimerNode& a, const TimerNode& b) {
        if (key_of(a) != key_of(b)) return key_of(a) < key_of(b);
        return a.arrival != b.arrival ? a.arrival < b.arrival : a.sequence < b.sequence;
    }
    static u32 rank_of(const TimerNode* node) { return node != nullptr ? node->rank : 0; }

    // The shorter way lies right. Returns whether anything changed.
    static bool settle(TimerNode& node) {
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

    static TimerNode* join_children(TimerNode& node) {
        if (node.left != nullptr) node.left->parent = nullptr;
        if (node.right != nullptr) node.right->parent = nullptr;
        TimerNode* rest = merge(node.left, node.right);
        node.left = node.right = node.parent = nullptr;
        return rest;
    }

    // Both right spines, woven by time: each is at most log n long.
    static TimerNode* merge(TimerNode* a, TimerNode* b) {
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
};

}  // namespace quartet::kernel
