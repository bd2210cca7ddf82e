// SPDX-License-Identifier: MIT
//
// The effective priority of a thread: its base, or what it inherits through a mutex that it owns, whichever is
// higher. The scheduler's own files only.

#pragma once

#include <arch/irq_mask.hpp>
#include <kernel/wait/mutex.hpp>
#include <kernel/sched/run_queue.hpp>
#include <kernel/thread/thread.hpp>
#include <kernel/sched/thread_lock.hpp>

namespace quartet::kernel {

// Where a thread goes among its new equals when its priority changes while it runs.
enum class AmongEquals : u8 { First, Last };

// Base and inheritance as they are now become the effective priority, and the queue is mended. `lock` is that of
// the thread's core; returns whether that core has to look again.
bool apply_priority(Thread& thread, QueueLock& lock, AmongEquals where) noexcept;

// The owner that `word` names inherits `level` (0: nothing) through `mutex`, whose lock is held. Masked. Cost: a walk over as
// many mutexes as there are distinct levels at most, whatever the owner holds.
Lent lend_priority(u64 word, Mutex& mutex, Level level, const arch::IrqsMasked& masked) noexcept;

// The effective priority of `first` may have changed: where it waits, its place there follows, and what it lends by that
// place, and so on along the chain of owners, as far as anything changes. Context: any, no lock held. Cost: a step an owner;
// between two steps no lock is held and interrupts are as the caller has them, so only the steps are masked.
void follow_priority(Thread& first) noexcept;

// The running thread is about to end: whatever mutex it owns goes to the first waiter, who is told, or is found to be
// nobody's by the next taker. Context: thread, no lock held. Cost: one mutex at a time, interrupts open in between.
void abandon_mutexes(Thread& self) noexcept;

// What `thread` inherits at most, as a Level. The lock of its core is held.
Level inherited_level(const Thread& thread) noexcept;

}  // namespace quartet::kernel
