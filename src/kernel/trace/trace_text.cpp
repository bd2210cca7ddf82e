// SPDX-License-Identifier: MIT
//
// The last events in words, for a report of a fault: the rings are walked backwards together, by time, to where the lines have
// to begin, and then forwards. Nothing is kept but a place in each.

#include <kernel/trace/trace.hpp>

#include <arch/image.hpp>
#include <base/format.hpp>
#include <kernel/fault/fault_report.hpp>
#include <kernel/thread/thread.hpp>
#include <sync/clock.hpp>

namespace quartet::kernel::trace {
namespace {

using sync::TraceEvent;
using sync::TraceRing;

enum class Way : u8 { Back, Forth };

// A walk through all rings together, by time.
struct Walk {
    u64 at[max_cores];
    u64 end[max_cores];  // where it ends, this way or that
    u32 core;  // of the event found
    TraceEvent event;

    // The earliest event from `at` on; or the latest one before it. False: there is none.
    bool find(Way way) noexcept {
        const bool forwards = way == Way::Forth;
        bool found = false;
        for (u32 n = 0; n < max_cores; ++n) {
            for (; at[n] != end[n]; at[n] += forwards ? 1 : ~u64{0}) {
                u64 first = 0;
                u64 second = 0;
                if (!ring_of(n).read(at[n] - (forwards ? 0 : 1), first, second)) continue;
                const TraceEvent one = TraceRing::event_of(first, second);
                if (!found || (one.time < event.time) == forwards) {
                    found = true;
                    core = n;
                    event = one;
                }
                break;
            }
        }
        return found;
    }
};

// By kind.
constexpr char words[][9] = {"?",        "switch", "wake", "irq",    "irq-end", "wait",
                             "wait-end", "timer",  "mark", "sample", "caller"};

void put_event(Writer& out, u32 core, const TraceEvent& event, u64 last) noexcept {
    const u64 before = (last - event.time) * 1'000'000 / sync::counter_hertz();
    const usize kind = static_cast<usize>(event.kind);
    format(out, "-{}us cpu{} {} ", before, core, &words[kind < std::size(words) ? kind : 0][0]);
    if (event.kind == TraceKind::Switch)
        format(out, "{} from {} {}", event.subject, event.detail >> 4,
               kernel::words(static_cast<ThreadState>(event.detail & 15)));
    else if (event.kind == TraceKind::Timer)
        put_code_address(out, arch::image_base | event.subject, CodeAddress::Exact, 60);
    else format(out, "{} {}", event.subject, event.detail);
    out.put("\n");
}

}  // namespace

void write_last(Writer& out, u32 most) noexcept {
    Walk walk;
    u64 next[max_cores];
    for (u32 core = 0; core < max_cores; ++core) {
        walk.at[core] = next[core] = ring_of(core).next();
        walk.end[core] = ring_of(core).oldest(next[core]);
    }
    u64 last = 0;
    for (u32 count = 0; count < most && walk.find(Way::Back); ++count) {
        if (count == 0) last = walk.event.time;
        walk.at[walk.core] -= 1;
    }
    for (u32 core = 0; core < max_cores; ++core) walk.end[core] = next[core];
    while (walk.find(Way::Forth)) {
        put_event(out, walk.core, walk.event, last);
        walk.at[walk.core] += 1;
    }
}

}  // namespace quartet::kernel::trace
