// SPDX-License-Identifier: MIT
//
// What happens on each core, event by event, in memory that is taken when recording starts (docs/debugging/trace.md).
//
// Switched off it costs: a switch nothing, because it is one of `Core::duties`' neighbours that a switch looks at anyway; an
// interrupt nothing, because recording gives the core another table of handlers (docs/adr/0024); a wake-up, and all else, one
// predicted branch.

#pragma once

#include <arch/atomic.hpp>
#include <arch/image.hpp>
#include <arch/irq_mask.hpp>
#include <base/result.hpp>
#include <base/types.hpp>
#include <base/writer.hpp>
#include <kernel/thread/thread_context.hpp>
#include <sync/trace_ring.hpp>

namespace quartet::kernel {
struct Core;
}

namespace quartet::kernel::trace {

using sync::TraceKind;

// Whether any core records: a hint that may be a moment old. `record` asks its own core.
extern constinit arch::Atomic<bool> recording;

// What is kept of an address: the linker puts the image, whose functions and constants are meant, into the 4 GiB from
// arch::image_base on.
template <typename T>
[[gnu::always_inline]] inline u32 lower_half(T* address) noexcept {
    return static_cast<u32>(__builtin_bit_cast(uptr, address));
}

// The event goes into the calling core's ring, where it has one. Context: any. Cost: some 40 instructions.
void record(TraceKind kind, u32 subject, u32 detail) noexcept;

// A place where something happens. Context: any. Cost: 3 instructions and a predicted branch when nothing is recorded.
[[gnu::always_inline]] inline void point(TraceKind kind, u32 subject, u32 detail) noexcept {
    // Relaxed: it orders nothing, and what it guards is asked for again.
    if (recording.load(arch::Order::Relaxed)) [[unlikely]]
        record(kind, subject, detail);
}

// `quartet::trace_mark`: `name` is a constant of the image; of `value` 24 bits are kept. Context: any.
[[gnu::always_inline]] inline void mark(const char* name, u32 value) noexcept {
    point(TraceKind::Mark, lower_half(name), value);
}

// Samples: at the tick, where it found the thread and who had called that.
enum class What : u8 { Events, Samples };

inline constexpr u32 least_shift = 6;
inline constexpr u32 default_shift = 10;
inline constexpr u32 most_shift = 16;

// Every core that has started records from now on, in a ring of 2^shift events; what was recorded before is forgotten.
// Context: thread, interrupts open, one at a time. Errors: Invalid (shift), NoMemory; Timeout: a core did not answer,
// and none records.
Status start(ThreadContext& self, u32 shift, What what) noexcept;
// None records any more when this returns; what was recorded stays. Context: as `start`. Errors: Timeout, as above:
// that core goes on until it looks.
Status stop(ThreadContext& self) noexcept;

// A sample of `core`, the calling one, whose timer interrupted the running thread: where that was, and its callers as far as the
// stack shows them. Context: the timer's handler. Cost: some 30 instructions, and 30 a caller.
void sample(Core& core) noexcept;

// Whose it is: core `n`'s. Empty before the first `start`.
const sync::TraceRing& ring_of(u32 core) noexcept;

// The last `most` events of all cores, a line each, the oldest first, with times in microseconds before the last one. Nothing
// is written where nothing was recorded. Context: any, after a fault too, while other cores still record: what is
// being written then is left out. No lock, no allocation. Cost: about 400 instructions an event and the writing.
void write_last(Writer& out, u32 most) noexcept;

}  // namespace quartet::kernel::trace
