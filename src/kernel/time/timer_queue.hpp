// SPDX-License-Identifier: MIT
//
// What is due when: one queue a core. A hierarchical wheel in front of a heap (docs/adr/0012): adding and taking out
// is a list operation however many there are, and the order in which they come out is exact all the same, because
// whatever comes out was in the heap first.
//
// Seven levels of 64 slots. A slot of the lowest level is 2^14 counts wide, 262 us at 62.5 MHz, and each level's 64
// times as wide as the one below. A timer lies in the lowest level that reaches it from `position_`, the time up to
// which everything has been looked at. When a slot's time comes, its timers go to lower levels or to the heap, a few
// at a time. A slot with one timer in it is left alone until that timer is due, so that one sleeper is one interrupt.

#pragma once

#include <base/assert.hpp>
#include <kernel/time/timer_heap.hpp>
#include <kernel/time/timer_node.hpp>

#include <bit>

namespace quartet::kernel {

// Context: guarded by its owner's lock. All zero when empty, so that it costs an image nothing.
class TimerQueue {
public:
    static constexpr u64 never = ~u64{0};

    constexpr TimerQueue() = default;
    TimerQueue(const TimerQueue&) = delete;
    TimerQueue& operator=(const TimerQueue&) = delete;

    // When to look again: not after the first that is due, and where that one stands alone in its slot, exactly then.
    constexpr u64 next() const { return ~not_next_; }

    // `node.key` says for when. Returns whether `next` is earlier now, so that the compare register is due for a
    // change. Cost: constant.
    bool add(TimerNode& node, u64 now) {
        node.arrival = node.started.load(arch::Order::Relaxed);
        node.sequence = next_sequence_++;
        // Nothing is due up to now, so everything up to now has been looked at.
        if (now < next() && now > position_) position_ = now;
        u64 key = key_of(node);
        Place place = place_of(key);
        bool alone = insert(node, place);
        u64 begin = begin_of(key, place.level);
        // In the slot of the present it is due by itself, whoever else is there.
        u64 look = alone || begin <= position_ ? key : begin;
        if (look >= next()) return false;
        not_next_ = ~look;
        return true;
    }

    // It was added. `next` may stay as it is: who looks and finds nothing does no harm. Cost: constant in the wheel,
    // the logarithm of how many are in the heap there.
    void remove(TimerNode& node) {
        if (TimerHeap::contains(node)) return heap_.remove(node);
        unlink(node);
    }

    enum class Step : u8 {
        Due,  // `node` was the first, and is taken out
        Sorted,  // a few were put where they belong: step again
        Nothing,  // is due; `next` says when
    };
    struct Stepped {
        Step step;
        TimerNode* node;
    };
    // One bounded piece of work. Cost: 7 levels looked at, and 8 timers moved at most.
    Stepped step(u64 now) {
        Slot slot = first_slot();
        TimerNode* first = heap_.first();
        // Of equals one may be in the slot and have been started before.
        if (first != nullptr && key_of(*first) < slot.look) {
            u64 due = key_of(*first);
            if (due <= now) {
                heap_.remove(*first);
                return {Step::Due, first};
            }
            return nothing(now, due);
        }
        if (slot.look > now || slot.look == never) return nothing(now, slot.look);
        if (slot.begin > position_) position_ = slot.begin;
        for (u32 moved = 0; moved < moved_at_once; ++moved) {
            TimerNode* node = slots_[slot.number];
            if (node == nullptr) break;
            unlink(*node);
            if (slot.number < slots_a_level || key_of(*node) <= now) heap_.add(*node);
            else static_cast<void>(insert(*node, place_of(key_of(*node))));
        }
        return {Step::Sorted, nullptr};
    }

private:
    static constexpr u32 levels = 7;
    static constexpr u32 slot_bits = 6;
    static constexpr u32 slots_a_level = 1u << slot_bits;
    static constexpr u32 grain_bits = 14;
    static constexpr u32 moved_at_once = 8;
    static_assert(grain_bits + levels * slot_bits == 56, "every time that a word can hold has a slot");

    struct Place {
        u32 level;
        u32 number;  // of the slot, among all
    };
    struct Slot {
        u32 number;
        u64 begin;
        u64 look;  // when it has to be looked at; no timer in it is due before
    };

    static u64 key_of(const TimerNode& node) { return node.key.load(arch::Order::Relaxed); }
    static constexpr u32 shift_of(u32 level) { return grain_bits + level * slot_bits; }
    static constexpr u64 begin_of(u64 key, u32 level) { return key >> shift_of(level) << shift_of(level); }

    constexpr Place place_of(u64 key) const {
        // What is past goes where the present is.
        if (key < position_) key = position_;
        u64 distance = (key - position_) >> (grain_bits + slot_bits);
        u32 level = distance == 0 ? 0 : static_cast<u32>(std::bit_width(distance) + slot_bits - 1) / slot_bits;
        // 64 slots ahead would be the slot of the present.
        if ((key >> shift_of(level)) - (position_ >> shift_of(level)) >= slots_a_level) ++level;
        u32 slot = static_cast<u32>(key >> shift_of(level)) % slots_a_level;
        return {level, level * slots_a_level + slot};
    }

    // Returns whether it is alone there.
    bool insert(TimerNode& node, Place place) {
        TimerNode* head = slots_[place.number];
        node.place = place.number;
        node.right = nullptr;
        node.left = head;
        if (head != nullptr) head->right = &node;
        slots_[place.number] = &node;
        occupied_[place.level] |= u64{1} << place.number % slots_a_level;
        used_ |= 1u << place.level;
        return head == nullptr;
    }

    void unlink(TimerNode& node) {
        if (node.left != nullptr) node.left->right = node.right;
        if (node.right != nullptr) {
            node.right->left = node.left;
        } else {
            debug_check(slots_[node.place] == &node, "a timer is taken out of the queue that it is in");
            slots_[node.place] = node.left;
            if (node.left == nullptr) clear(node.place);
        }
        node.left = node.right = nullptr;
    }

    void clear(u32 number) {
        u32 level = number / slots_a_level;
        occupied_[level] &= ~(u64{1} << number % slots_a_level);
        if (occupied_[level] == 0) used_ &= ~(1u << level);
    }

    // The one that has to be looked at first; `never` where there is none.
    Slot first_slot() const {
        Slot first{0, 0, never};
        for (u32 left = used_; left != 0; left &= left - 1) {
            u32 level = static_cast<u32>(std::countr_zero(left));
            u64 present = position_ >> shift_of(level);
            int turn = static_cast<int>(present % slots_a_level);
            u32 ahead = static_cast<u32>(std::countr_zero(std::rotr(occupied_[level], turn)));
            u32 number = level * slots_a_level + static_cast<u32>((present + ahead) % slots_a_level);
            u64 begin = (present + ahead) << shift_of(level);
            const TimerNode* head = slots_[number];
            u64 look = head->left == nullptr ? key_of(*head) : level == 0 && ahead == 0 ? 0 : begin;
            if (look < first.look) first = {number, begin, look};
        }
        return first;
    }

    Stepped nothing(u64 now, u64 next) {
        if (now > position_) position_ = now;
        not_next_ = ~next;
        return {Step::Nothing, nullptr};
    }

    u64 not_next_ = 0;  // inverted, for the sake of all zero
    u64 position_ = 0;
    u64 next_sequence_ = 0;
    TimerHeap heap_;
    u32 used_ = 0;  // levels that have a timer
    u64 occupied_[levels] = {};
    TimerNode* slots_[levels * slots_a_level] = {};
};

}  // namespace quartet::kernel
