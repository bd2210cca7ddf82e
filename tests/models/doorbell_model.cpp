// SPDX-License-Identifier: MIT
//
// The ring of a handler, whose reader sleeps: an item that is put while he lies down wakes him.

#include "machine.hpp"

#include <kernel/wait/handler_ring.hpp>

namespace quartet::model {
namespace {

struct NobodySleepsBesideAnItem : OnMachine<NobodySleepsBesideAnItem> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"RNG01", "B2: the reader of a handler's ring does not sleep beside an item", 4000,
                                 3000};

    struct Item {
        u32 number;
        u32 same;
    };
    kernel::HandlerRing<Item, 2> ring;

    void before() {
        start();
        thread<&NobodySleepsBesideAnItem::put>(0);
        thread<&NobodySleepsBesideAnItem::get>(1);
    }
    void put(kernel::ThreadContext&) {
        for (u32 n = 1; n <= 2; ++n) require(ring.put({n, n}).has_value(), "an item was refused");
    }
    void get(kernel::ThreadContext& self) {
        for (u32 n = 1; n <= 2; ++n) {
            const auto item = ring.get(self);
            require(item.has_value() && item->number == n && item->same == n,
                    "an item is not the next one, or not whole");
        }
    }
};
const Model<NobodySleepsBesideAnItem> beside{"handler-ring"};

}  // namespace
}  // namespace quartet::model
