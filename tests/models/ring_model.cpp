// SPDX-License-Identifier: MIT
//
// The two rings between a handler and a thread: what is put is taken once, whole and in order.

#include "engine.hpp"

#include <base/ring.hpp>
#include <sync/ring_atomics.hpp>

namespace quartet::model {
namespace {

struct Pair {
    u32 number;
    u32 same;
};

// Two slots, three items: the reader's place is used again by the writer.
struct ItemsAreTakenWhole {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"RNG01", "what is put into the ring of one writer is taken once, whole and in order"};

    ItemRing<Pair, 2, sync::RingAtomics> ring;

    void core(u32 number) { number == 0 ? write() : read(); }
    void write() {
        for (u32 n = 1; n <= 3; ++n) {
            for (u32 tries = 0; !ring.put({n, n}); ++tries) {
                if (tries == 4) return;
                yield();
            }
        }
    }
    void read() {
        u32 next = 1;
        for (u32 tries = 0; tries < 6 && next <= 3; ++tries) {
            Pair seen{};
            Pair item{};
            const bool looked = choose(2) == 0 && ring.peek(seen);
            if (!ring.take(item)) {
                require(!looked, "what was seen is gone");
                yield();
                continue;
            }
            require(item.number == next && item.same == next, "an item is not the next one");
            require(!looked || seen.number == next, "what was seen is not what is taken");
            next += 1;
        }
    }
};
const Model<ItemsAreTakenWhole> items{"items"};

// `peek` alone sees the item.
struct ItemsAreSeenWhole {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"RNG01", "what is seen in the ring of one writer is whole"};

    ItemRing<Pair, 2, sync::RingAtomics> ring;

    void core(u32 number) {
        Pair seen{};
        if (number == 0) (void)ring.put({1, 1});
        else if (ring.peek(seen)) require(seen.number == 1 && seen.same == 1, "an item is not whole");
    }
};
const Model<ItemsAreSeenWhole> seen_items{"seen-items"};

// Two writers, one reader, two slots.
struct RecordsAreTakenWhole {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"CON04", "records of the log's ring are taken once and whole, each writer's in order",
                                 4000};

    RecordRing<Pair, 2, sync::RingAtomics> ring;

    void core(u32 number) {
        if (number == 2) {
            read();
            return;
        }
        for (u32 n = 1; n <= 2; ++n) {
            (void)ring.push([] { return 0; }, [&](Pair& record, int) { record = {number, n}; });
        }
    }
    void read() {
        u32 last[2] = {};
        for (u32 tries = 0; tries < 6; ++tries) {
            const bool expected = choose(2) == 0 && ring.pending();
            const bool taken = ring.pop([&](Pair& record) {
                require(record.number < 2 && record.same > last[record.number],
                        "a record is not the writer's next one");
                last[record.number] = record.same;
            });
            require(taken || !expected, "a record that was pending is gone");
            if (!taken) yield();
        }
    }
};
const Model<RecordsAreTakenWhole> records{"records"};

}  // namespace
}  // namespace quartet::model
