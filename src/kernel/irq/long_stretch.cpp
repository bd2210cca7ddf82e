// SPDX-License-Identifier: MIT

#include <kernel/irq/long_stretch.hpp>

#include <arch/atomic.hpp>
#include <arch/cpu.hpp>
#include <kernel/console/log.hpp>

#include <bit>

namespace quartet::kernel {

namespace {

using arch::Order;

// Relaxed throughout: numbers for people, each written by its core alone but for what takes them.
struct Longest {
    arch::Atomic<u64> counts{0};
    arch::Atomic<uptr> place{0};

    void note(u64 took, uptr where) noexcept {
        if (took <= counts.load(Order::Relaxed)) return;
        counts.store(took, Order::Relaxed);
        place.store(where, Order::Relaxed);
    }
    LongStretch take() noexcept { return {counts.exchange(0, Order::Relaxed), place.exchange(0, Order::Relaxed)}; }
};

struct alignas(64) Measured {
    u64 since = 0;
    Longest masked;
    Longest handler;
    Longest over;  // the first above the limit, until it is said
    arch::Atomic<u32> said{0};  // for which limit
};
constinit Measured measured[max_cores];

constinit arch::Atomic<u64> limit_counts{~u64{0}};
constinit arch::Atomic<u32> limit_number{1};

Measured& mine() noexcept { return measured[arch::core_id()]; }

void note_over(Measured& core, u64 took, uptr place) noexcept {
    if (took > limit_counts.load(Order::Relaxed) && core.over.place.load(Order::Relaxed) == 0)
        core.over.note(took, place);
}

}  // namespace

LongStretches take_longest(u32 core) noexcept { return {measured[core].masked.take(), measured[core].handler.take()}; }

void set_stretch_limit(Duration limit) noexcept {
    limit_counts.store(limit == Duration::zero() ? ~u64{0} : clock_scale.counts(limit), Order::Relaxed);
    limit_number.fetch_add(1, Order::Relaxed);
}

void warn_of_stretch() noexcept {
    Measured& core = mine();
    if (core.over.place.load(Order::Relaxed) == 0) return;
    const LongStretch over = core.over.take();
    const u32 number = limit_number.load(Order::Relaxed);
    if (core.said.exchange(number, Order::Relaxed) == number) return;
    log("cpu{}: no interrupt was taken for {} us, until {:#x}: `irqs -l` names the longest", arch::core_id(),
        clock_scale.nanoseconds(over.counts) / 1000, over.place);
}

void note_handler(uptr handler, u64 counts) noexcept {
    Measured& core = mine();
    core.handler.note(counts, handler);
    note_over(core, counts, handler);
}

}  // namespace quartet::kernel

extern "C" {

void quartet_masking_begins() noexcept { quartet::kernel::mine().since = quartet::arch::counter_about(); }

// Not inlined, so that it returns to where interrupts were masked.
[[gnu::noinline]] void quartet_masking_ends() noexcept {
    using namespace quartet;
    kernel::Measured& core = kernel::mine();
    if (core.since == 0) return;  // it was masked from the start
    const u64 took = arch::counter_about() - core.since;
    const uptr place = std::bit_cast<uptr>(__builtin_return_address(0));
    core.masked.note(took, place);
    kernel::note_over(core, took, place);
}

}  // extern "C"
