// SPDX-License-Identifier: MIT
//
// The records of all threads: made once, used again and again, never freed, so that a stale handle can be
// looked at and told from a live one. A record keeps its stack for the next thread that wants one of that
// size. The scheduler's own files only.

#pragma once

#include <arch/irq_mask.hpp>
#include <base/result.hpp>
#include <kernel/thread/thread.hpp>

#include <span>
#include <string_view>

namespace quartet::kernel {

// Where stacks and records come from (thread_memory.cpp on the target; a simulation brings its own).
Result<std::span<std::byte>> allocate_stack(usize size) noexcept;
void free_stack(std::span<std::byte> stack) noexcept;
Result<Thread*> allocate_record() noexcept;

// A record for a new thread, with a stack of at least `stack_size`. Errors: NoMemory.
Result<Thread*> take_record(usize stack_size) noexcept;

// `stack` is the record's from now on, and its highest bytes the room of the SIMD registers. It is in use by nobody.
void give_stack(Thread& thread, std::span<std::byte> stack) noexcept;

// Given back: stale handles are refused from now on. It is in no queue and its stack is not in use.
void recycle_record(Thread& thread) noexcept;

// Whether the handle still means this record. Under `end_lock`, so that it cannot be given back meanwhile.
inline bool fresh(const Thread& thread, ThreadHandle handle) noexcept REQUIRES_LOCK(thread.end_lock) {
    // Relaxed: changed under the lock. That alone tells: a handle is made for a thread that lives, and its record's next
    // life has another number. The state is not asked, which is the run queue's.
    return thread.generation.load(arch::Order::Relaxed) == handle.generation();
}

// Counted among all threads, from now to the end; gives it its id.
void register_record(Thread& thread) noexcept;
// The walk over all records, those that are free among them. They are never freed: following one that is free by now is sound, and its
// successor stays its successor.
Thread* first_record() noexcept;
inline Thread* record_behind(const Thread& thread) noexcept {
    // Acquire pairs with the release in register_record: it is read as it was registered.
    return thread.next_record.load(arch::Order::Acquire);
}

void name_record(Thread& thread, std::string_view name) noexcept;
// What a mutex holds while this thread owns it, and what wakes and joins compare.
void refresh_identity(Thread& thread) noexcept;

// The first flow of a thread: arch::ContextEntry of every thread, which calls `run_thread`.
void enter_thread(void* thread);
// Finishes the switch that started it, and runs its entry function.
void run_thread(Thread& thread) noexcept;

// The thread tells its joiner, on its way out. Masked.
void announce_end(Thread& self, const arch::IrqsMasked& masked) noexcept;
// Its stack is no longer in use. Masked, no lock held.
void release_flow(Thread& thread) noexcept;

}  // namespace quartet::kernel
