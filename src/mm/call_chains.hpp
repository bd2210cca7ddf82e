// SPDX-License-Identifier: MIT
//
// Who called the allocators, in debug builds: each chain of callers is kept once and has a number, which the record of an
// object or a large block holds for its allocation and for its free. And, for `leaks`, how much of what each chain has
// allocated since a mark is live.
//
// Chains come from the trace hook (sync/lock_graph.hpp); where there is none, or no room for a chain, its number is 0 and
// nothing is known of it but the caller that the record itself has. Nothing here allocates.

#pragma once

#include <base/types.hpp>
#include <sync/lock_graph.hpp>

#include <span>
#include <string_view>

namespace quartet::mm {

// What the record of an allocated object or block says of those who had it.
struct Owners {
    u16 allocated_by;  // numbers of chains
    u16 freed_by;
    u32 mark;  // the last one when it was allocated
};

// The caller's frame record is at `frame`, and `caller` is where in its chain the allocator was called: what was called
// from there is the allocator itself, and is left out. Context: that of the allocation. Cost: a walk up the stack and a
// search of the table.
void note_allocation(Owners& owners, uptr frame, uptr caller, usize bytes) noexcept;
void note_free(Owners& owners, uptr frame, uptr caller, usize bytes) noexcept;

// A notice for each caller, allocation and free, if FaultHooks::callers says so. Context: memory_notice's.
void tell_owners(const Owners& owners);

// Where chain `number` freed or allocated, inside the call; 0 where nothing is known.
uptr place_of_chain(u16 number) noexcept;

// What one chain has allocated since the mark, and nobody freed.
struct Leak {
    u32 objects = 0;
    u64 bytes = 0;
    sync::Trace callers;
};

// From here on allocations are counted anew. Returns the mark's number. Context: thread.
u32 mark_leaks() noexcept;
// The next leak at or behind `cursor`, which is moved behind it. Objects 0: there is none. Context: thread; what is allocated
// meanwhile may be in it.
Leak next_leak(u32& cursor) noexcept;
// Chains for which there was no room: what they allocate is in no list.
u32 chains_passed_over() noexcept;

}  // namespace quartet::mm
