// SPDX-License-Identifier: MIT
//
// The ring of a trace: one core writes, another one reads beside it.

#include "engine.hpp"

#include <sync/trace_ring.hpp>

namespace quartet::model {
namespace {

using sync::TraceEvent;
using sync::TraceKind;
using sync::TraceRing;

template <u32 Shift>
struct Ring {
    TraceRing::Slot slots[1 << Shift];
    TraceRing ring;

    void before() { ring.give(slots, Shift); }
    void write(u32 count) {
        for (u32 n = 0; n < count; ++n) ring.put(TraceKind::Mark, n, n);
    }
    // False: it is not to be had.
    bool check(u64 at) {
        u64 first = 0;
        u64 second = 0;
        if (!ring.read(at, first, second)) return false;
        const TraceEvent event = TraceRing::event_of(first, second);
        require(event.kind == TraceKind::Mark, "an event has not been written yet");
        require(event.subject == at && event.detail == at, "an event is made of two");
        return true;
    }
};

// Two slots, five events: the writer overtakes the reader.
struct EventsAreReadWhole : Ring<1> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"TRC02", "an event of the trace is read whole or not at all while its core writes on"};

    void core(u32 number) {
        if (number == 0) return write(5);
        for (u32 tries = 0; tries < 3; ++tries) {
            const u64 next = ring.next();
            for (u64 at = ring.oldest(next); at < next; ++at) (void)check(at);
        }
    }
};
const Model<EventsAreReadWhole> whole{"trace"};

// Nothing is overwritten.
struct WhatIsCountedIsThere : Ring<2> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"TRC01", "each event of the trace that is counted is there"};

    void core(u32 number) {
        if (number == 0) return write(3);
        const u64 next = ring.next();
        for (u64 at = 0; at < next; ++at) require(check(at), "an event that is counted is not there");
    }
};
const Model<WhatIsCountedIsThere> counted{"trace-counted"};

}  // namespace
}  // namespace quartet::model
