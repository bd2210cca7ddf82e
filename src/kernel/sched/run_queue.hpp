// SPDX-License-Identifier: MIT
//
// The threads of one core that want to run: a ring for each priority and a bitmap of the rings that
// have members. The running thread stays in its ring, at its head, so that it keeps its place when a
// higher priority displaces it, and a yield is one step of the head. Whatever is guarded here is
// guarded by the core's run-queue lock.

#pragma once

#include <arch/atomic.hpp>
#include <base/assert.hpp>
#include <base/types.hpp>
#include <kernel/thread/thread.hpp>

#include <bit>

namespace quartet::kernel {

// Where a core stands, as one number that others may compare without its lock.
// 0: idle, or nothing waits; else the priority plus one.
using Level = u8;
inline constexpr Level not_running = 255;  // a core that runs no threads: never the lowest
constexpr Level level_of(u8 priority) { return static_cast<Level>(priority + 1); }

class RunQueue {
    using Order = arch::Order;

public:
    constexpr RunQueue() = default;
    RunQueue(const RunQueue&) = delete;
    RunQueue& operator=(const RunQueue&) = delete;

    bool empty() const { return rings_ == 0; }

    // Who runs when nobody else wants to; it is never added.
    void set_idle(Thread& idle) { heads_[0] = &idle; }
    Thread* idle() const { return heads_[0]; }

    // The level of the thread that should run. Cost: 4 instructions.
    Level best_level() const { return static_cast<Level>(32 - static_cast<u32>(std::countl_zero(rings_))); }
    // That thread; the idle one where none wants to run. Cost: 5 instructions.
    Thread* best() const { return heads_[32 - static_cast<usize>(std::countl_zero(rings_))]; }
    Thread* head(u8 priority) const { return heads_[level_of(priority)]; }

    // Behind all others of its priority.
    void add(Thread& thread) { insert(thread, At::Back); }
    // Before them: for one that runs, or that was displaced and keeps its turn.
    void add_front(Thread& thread) { insert(thread, At::Front); }

    // The same for one that is bound to this core and above everybody in here. Cost: 9 instructions.
    void add_above_all(Thread& thread) {
        u32 priority = thread.priority;
        if constexpr (checks_enabled)
            check(!queued(thread) && !movable(thread) && rings_ >> priority == 0, "a thread is put above all others");
        thread.ring_next.store(&thread, Order::Relaxed);
        thread.ring_previous = &thread;
        heads_[priority + 1] = &thread;
        rings_ |= 1u << priority;
    }

    void remove(Thread& thread) {
        u8 priority = thread.priority;
        // Relaxed: guarded by the lock; the only reader without it is the thread itself (alone()).
        Thread* next = thread.ring_next.load(Order::Relaxed);
        debug_check(next != nullptr, "a thread leaves the run queue that it is in");
        if (next == &thread) {
            heads_[level_of(priority)] = nullptr;
            rings_ &= ~(1u << priority);
        } else {
            // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): who is in the queue has neighbours
            next->ring_previous = thread.ring_previous;
            thread.ring_previous->ring_next.store(next, Order::Relaxed);
            if (heads_[level_of(priority)] == &thread) heads_[level_of(priority)] = next;
        }
        thread.ring_next.store(nullptr, Order::Relaxed);
        if (movable(thread)) {
            movable_[priority] = static_cast<u16>(movable_[priority] - 1);
            all_movable_ -= 1;
        }
    }

    // The next of its priority has its turn. Cost: 3 instructions.
    Thread* rotate(Thread& thread) {
        Thread* next = thread.ring_next.load(Order::Relaxed);
        heads_[level_of(thread.priority)] = next;
        return next;
    }

    static bool queued(const Thread& thread) { return thread.ring_next.load(Order::Relaxed) != nullptr; }

    // May be asked by the running thread without the lock: a stale answer is the answer of a moment
    // ago, before the other one arrived, and who arrives with a higher priority interrupts.
    static bool alone(const Thread& thread) { return thread.ring_next.load(Order::Relaxed) == &thread; }

    // The highest level at which somebody other than `running` waits and could run on another core.
    // Cost: 6 instructions where all others are bound to this core.
    Level waiting_level(const Thread* running) const {
        u32 mine = running != nullptr && movable(*running) ? 1 : 0;
        return all_movable_ == mine ? Level{0} : search_waiting_level(running);
    }

    // The first of the highest level above `above` that may run on the cores of `allowed` and is not
    // `running`; null where none is. Cost: a walk over the threads above that level.
    Thread* find_waiting(const Thread* running, u32 allowed, Level above) const {
        for (u32 rings = rings_ & bits_from(above); rings != 0;) {
            u32 priority = 31 - static_cast<u32>(std::countl_zero(rings));
            rings &= ~(1u << priority);
            if (movable_[priority] == 0) continue;
            Thread* first = heads_[level_of(static_cast<u8>(priority))];
            Thread* at = first;
            do {
                if (at != running && (at->affinity & allowed) != 0) return at;
                at = at->ring_next.load(Order::Relaxed);
            } while (at != first);
        }
        return nullptr;
    }

    // One that may run on more than one core. Affinity changes only while it is not queued.
    static bool movable(const Thread& thread) { return thread.movable; }

    // Whether somebody other than `running`, who is in here or is the idle thread, could run on another core.
    // Cost: 4 instructions.
    bool others_movable(const Thread& running) const { return all_movable_ != u32{running.movable}; }

private:
    enum class At : u8 { Front, Back };

    static constexpr u32 bits_from(Level level) { return level >= 32 ? 0 : ~u32{0} << level; }

    Level search_waiting_level(const Thread* running) const {
        for (u32 rings = rings_; rings != 0;) {
            u32 priority = 31 - static_cast<u32>(std::countl_zero(rings));
            u32 waiting = movable_[priority];
            if (running != nullptr && running->priority == priority && movable(*running)) waiting -= 1;
            if (waiting != 0) return level_of(static_cast<u8>(priority));
            rings &= ~(1u << priority);
        }
        return 0;
    }

    void insert(Thread& thread, At at) {
        u8 priority = thread.priority;
        if constexpr (checks_enabled) check(!queued(thread), "a thread is in one run queue at most");
        Thread* head = heads_[level_of(priority)];
        if (head == nullptr) {
            thread.ring_next.store(&thread, Order::Relaxed);
            thread.ring_previous = &thread;
            heads_[level_of(priority)] = &thread;
            rings_ |= 1u << priority;
        } else {
            Thread* last = head->ring_previous;
            thread.ring_next.store(head, Order::Relaxed);
            thread.ring_previous = last;
            last->ring_next.store(&thread, Order::Relaxed);
            head->ring_previous = &thread;
            if (at == At::Front) heads_[level_of(priority)] = &thread;
        }
        if (movable(thread)) {
            movable_[priority] = static_cast<u16>(movable_[priority] + 1);
            all_movable_ += 1;
        }
    }

    u32 rings_ = 0;  // bit p: the ring of priority p has members
    u32 all_movable_ = 0;
    Thread* heads_[priority_count + 1] = {};  // by level; the idle thread is level 0
    u16 movable_[priority_count] = {};        // by priority: how many may run on more than one core
};

}  // namespace quartet::kernel
