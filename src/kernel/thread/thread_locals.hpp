// SPDX-License-Identifier: MIT
//
// A pointer that each thread has of its own, by a key that all share: 8 of them, in the record, so that neither setting
// nor reading one allocates or takes a lock. A key may have a destructor, which the thread runs on its end for the value
// that it leaves.

#pragma once

#include <base/result.hpp>
#include <kernel/thread/thread_context.hpp>

namespace quartet::kernel {

// One that was given back is refused: the next key of the same slot has another generation.
struct LocalKey {
    u32 slot = 0;
    u32 generation = 0;  // 0: none
    constexpr bool operator==(const LocalKey&) const = default;
};

// Context: the thread that ends, with nothing asked of it any more: it may wait, and set values.
using LocalDestructor = void (*)(ThreadContext& self, void* value) noexcept;

// How often a thread looks for values again that destructors have set. What is set after that is forgotten.
inline constexpr u32 local_rounds = 4;

// Context: thread. Errors: NoMemory (all 8 keys are in use).
Result<LocalKey> make_local(LocalDestructor destructor = nullptr) noexcept;

// The values of all threads are forgotten, without a destructor. Pre: no thread that has one is ending now, or its
// destructor may still be running. Context: thread. Errors: Invalid (stale key).
Status drop_local(LocalKey key) noexcept;

// Context: thread. Errors: Invalid (stale key).
Status set_local(ThreadContext& self, LocalKey key, void* value) noexcept;

// What this thread has set, null where it has not. Context: thread. Cost: 8 instructions.
inline void* local(const ThreadContext& self, LocalKey key) noexcept {
    const Thread& thread = self.thread();
    if (key.slot >= local_slots || (thread.locals_set & (1u << key.slot)) == 0) return nullptr;
    const LocalValue& it = thread.locals[key.slot];
    return it.generation == key.generation ? it.value : nullptr;
}

// For the end of a thread that has set some, or keeps its argument (spawn_keeping): that goes first, so that its
// destructor finds the values, and may set some.
void destroy_locals(ThreadContext& self) noexcept;

}  // namespace quartet::kernel
