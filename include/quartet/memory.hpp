// SPDX-License-Identifier: MIT
//
// Memory: objects that have one owner, and sources of memory that are chosen at run time. Out of memory is a value.
//
//     Owned<Filter> filter = TRY(make<Filter>(48'000));

#pragma once

#include <mm/memory_resource.hpp>
#include <mm/owned.hpp>
#include <quartet/result.hpp>

namespace quartet {

// The one owner of one object of the heap: moved, not copied; destroys and frees it on any core. `*`, `->`, `get()`,
// `release()`.
using mm::Owned;

// `make<T>(arguments…)`: a new T on the heap, a Result<Owned<T>>. Context: thread. Errors: NoMemory.
// Cost: 13 instructions and the constructor where this core has an object of that size at hand.
using mm::make;

// Of the shape of std::pmr::memory_resource: `allocate(bytes, align = 16)`, `deallocate(memory, bytes, align)`,
// `is_equal(other)`. One difference: memory that cannot be had is a null pointer. Context: as the source says.
using mm::MemoryResource;

// The heap that `make` takes from. Context: thread.
[[nodiscard]] inline MemoryResource& heap_memory() noexcept { return mm::kernel_memory(); }

}  // namespace quartet
