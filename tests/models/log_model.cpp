// SPDX-License-Identifier: MIT
//
// The log: records go in from every core, one flow at a time takes them out, and what it tells is the doorbell's business.

#include "engine.hpp"

#include <kernel/console/log.hpp>

namespace quartet::model {
namespace {

// Written anew in each run.
u32 rung_for;

void ring_it() noexcept { require(rung_for == 7, "the doorbell finds nothing"); }

struct DoorbellIsThere {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"CON04", "what the log's doorbell uses is there when it is rung", 1000};

    void before() { kernel::the_log.set_doorbell(nullptr); }
    void core(u32 number) {
        if (number == 0) {
            rung_for = 7;
            kernel::the_log.set_doorbell(ring_it);
        } else {
            for (u32 n = 0; n < 3; ++n) {
                kernel::log("x");
                yield();
            }
        }
    }
};
const Model<DoorbellIsThere> doorbell{"log-doorbell"};

u32 shown;
void show_it(std::string_view line) { shown += static_cast<u32>(line.size()); }

struct OneDrains {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"CON04", "one flow at a time takes records out of the log and shows its lines", 300, 20'000};

    void core(u32 number) {
        kernel::log("a");
        if (number != 2) {
            kernel::the_log.drain();
            kernel::the_log.show(show_it);
            kernel::the_log.drain();
        } else {
            kernel::log("b");
            kernel::the_log.drain();
        }
    }
};
const Model<OneDrains> one_drains{"log-drain"};

}  // namespace
}  // namespace quartet::model
