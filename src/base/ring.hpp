// SPDX-License-Identifier: MIT
//
// The two rings between an interrupt and a thread. Neither waits, neither takes a lock, and both are all
// zero bytes when empty, so that they cost no room in the image.
//
// What they need of the machine is a policy, so that the models of memory order run the same source:
// `Counter` (an atomic u64), `Order`, and for ItemRing `Stored<Item>` (what an item is stored as).

#pragma once

#include <base/types.hpp>

#include <span>

namespace quartet {

// One writer, one reader, items that are copied.
//
// Context: any, but `put` is called by one flow at a time and so is `take`.
template <typename Item, usize Size, typename Atomics>
class ItemRing {
    static_assert(Size > 0 && (Size & (Size - 1)) == 0, "the index is a mask");
    using Order = typename Atomics::Order;

public:
    constexpr ItemRing() = default;

    // False: full, nothing was stored.
    bool put(const Item& item) noexcept {
        u64 end = end_.load(Order::Relaxed);  // only we write it
        // Acquire pairs with the release in `take`: the reader is done with the item that we overwrite.
        if (end - begin_.load(Order::Acquire) == Size) return false;
        items_[end & (Size - 1)] = item;
        end_.store(end + 1, Order::Release);  // pairs with the acquire in `take`
        return true;
    }

    // False: empty.
    bool take(Item& item) noexcept {
        u64 begin = begin_.load(Order::Relaxed);  // only we write it
        // Acquire pairs with the release in `put`: the item is there.
        if (end_.load(Order::Acquire) == begin) return false;
        item = items_[begin & (Size - 1)];
        begin_.store(begin + 1, Order::Release);  // pairs with the acquire in `put`
        return true;
    }

    // The item that `take` would take. Context: the reader's.
    bool peek(Item& item) const noexcept {
        u64 begin = begin_.load(Order::Relaxed);  // only we write it
        // Acquire pairs with the release in `put`: the item is there.
        if (end_.load(Order::Acquire) == begin) return false;
        item = items_[begin & (Size - 1)];
        return true;
    }

    // Snapshots. Relaxed: whoever acts on them goes through `put` or `take`, or holds off the other side.
    bool empty() const noexcept { return size() == 0; }
    bool full() const noexcept { return size() == Size; }
    usize size() const noexcept {
        u64 begin = begin_.load(Order::Relaxed);  // first: it never passes `end_`
        return static_cast<usize>(end_.load(Order::Relaxed) - begin);
    }
    static constexpr usize capacity() { return Size; }

private:
    typename Atomics::Counter begin_{};  // items taken since the beginning; 64 bits never wrap
    typename Atomics::Counter end_{};    // items put
    typename Atomics::template Stored<Item> items_[Size] = {};
};

template <usize Size, typename Atomics>
using ByteRing = ItemRing<u8, Size, Atomics>;

// Many writers, one reader, records. A writer claims a slot by one compare-and-exchange and fills it; the
// reader takes slots in the order in which they were claimed and stops at one that is not filled yet.
//
// Context: `push` any, handlers and other cores included, with interrupts masked (a claimed slot that
// waits for a preempted writer holds up the reader). `pop` one flow at a time.
template <typename Record, usize Slots, typename Atomics>
class RecordRing {
    static_assert(Slots > 0 && (Slots & (Slots - 1)) == 0, "the index is a mask");
    using Order = typename Atomics::Order;

public:
    constexpr RecordRing() = default;

    // `stamp()` is called before the slot is claimed and again where the claim fails, so that stamps ascend
    // in ring order; `fill(record, stamp)` once, in the claimed slot. False: full, `fill` was not called.
    template <typename Stamp, typename Fill>
    bool push(Stamp&& stamp, Fill&& fill) noexcept {
        u64 position = claimed_.load(Order::Relaxed);
        for (;;) {
            Slot& slot = slots_[position & (Slots - 1)];
            // Acquire pairs with the release in `pop`: the reader is done with the slot.
            u64 turn = slot.turn.load(Order::Acquire);
            u64 ours = 2 * (position / Slots);
            if (turn < ours) return false;  // still filled from the last lap
            if (turn == ours) {
                auto now = stamp();
                // Relaxed: the slot's turn publishes, the claim only tells writers apart.
                if (claimed_.compare_exchange(position, position + 1, Order::Relaxed, Order::Relaxed)) {
                    fill(slot.record, now);
                    slot.turn.store(ours + 1, Order::Release);  // pairs with the acquire in `pop`
                    return true;
                }
            } else {
                position = claimed_.load(Order::Relaxed);  // another writer was faster
            }
        }
    }

    // `use(record)` for the oldest record, which is free again afterwards. False: there is none.
    template <typename Use>
    bool pop(Use&& use) {
        u64 next = next_.load(Order::Relaxed);  // only the reader writes it
        Slot& slot = slots_[next & (Slots - 1)];
        u64 ours = 2 * (next / Slots) + 1;
        if (slot.turn.load(Order::Acquire) != ours) return false;  // pairs with the release in `push`
        use(slot.record);
        slot.turn.store(ours + 1, Order::Release);  // pairs with the acquire in `push`
        next_.store(next + 1, Order::Relaxed);
        return true;
    }

    // Whether `pop` would find one: for the reader. For others a guess about a moment that is over, as the reader goes on.
    // Relaxed: who acts on it goes through `pop`.
    bool pending() const noexcept {
        u64 next = next_.load(Order::Relaxed);
        return slots_[next & (Slots - 1)].turn.load(Order::Relaxed) == 2 * (next / Slots) + 1;
    }

private:
    // Lap L of the ring: 2L the slot is free for it, 2L + 1 filled in it.
    struct Slot {
        typename Atomics::Counter turn{};
        Record record{};
    };

    typename Atomics::Counter claimed_{};
    typename Atomics::Counter next_{};  // the reader's
    Slot slots_[Slots] = {};
};

}  // namespace quartet
