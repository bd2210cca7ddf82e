// SPDX-License-Identifier: MIT
//
// Memory: objects that have one owner, caches of them, sources of memory that are chosen at run time, and buffers
// that devices share. Out of memory is a value.
//
//     Owned<Filter> filter = TRY(make<Filter>(48'000));

#pragma once

#include <kernel/wait/pool_resource.hpp>
#include <mm/dma_buffer.hpp>
#include <mm/memory_resource.hpp>
#include <mm/monotonic_resource.hpp>
#include <mm/named_cache.hpp>
#include <mm/owned.hpp>
#include <mm/owned_array.hpp>
#include <quartet/result.hpp>

namespace quartet {

// The one owner of one object of the heap: moved, not copied; destroys and frees it on any core. `*`, `->`, `get()`,
// `release()`, `reset()`. Becomes an owner of a base where that one's destructor is virtual.
using mm::Owned;

// `make<T>(arguments…)`: a new T on the heap, a Result<Owned<T>>. Context: thread. Errors: NoMemory.
// Cost: 11 instructions and the constructor where this core has an object of that size at hand.
using mm::make;

// `make_array<T>(count)`: a Result<OwnedArray<T>>, each element made as by T(). Context: thread. Errors: Invalid (their size
// is no number), NoMemory.
using mm::make_array;
using mm::OwnedArray;

// A slab cache of one type, under a name that `slabs` lists: `constinit NamedCache<Packet> packets{"packet"};`,
// `packets.make(…)`. For what is made and destroyed often. Context: thread. Errors: NoMemory; `destroy()`: Busy with live objects.
using mm::NamedCache;

// Blocks of one size in room of the caller's, and a resource over them.
using kernel::BlockPool;
using kernel::PoolResource;

// Memory that a device reads or writes: contiguous, whole cache lines, `clean()` before the device reads,
// `clean_and_invalidate()` before it writes, `invalidate()` before we read. Reach::Low: below 1 GiB, for masters that reach
// no further. Context: any, but to allocate and free. Errors: Invalid, NoMemory, DmaPartError with the numbers that would be right.
using mm::DmaBuffer;
using mm::DmaPartError;
using mm::DmaStatus;
using mm::Reach;

// Of the shape of std::pmr::memory_resource: `allocate(bytes, align = 16)`, `deallocate(memory, bytes, align)`,
// `is_equal(other)`. One difference: memory that cannot be had is a null pointer. Context: as the source says.
using mm::MemoryResource;

// Over one buffer of the caller's, from front to back; all is given back at once.
using mm::MonotonicResource;

// The heap that `make` takes from. Context: thread.
[[nodiscard]] inline MemoryResource& heap_memory() noexcept { return mm::kernel_memory(); }

}  // namespace quartet
