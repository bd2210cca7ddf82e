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

u32 lines_in_history() {
    char room[kernel::Log::max_line];
    u32 lines = 0;
    for (u64 cursor = 0; !kernel::the_log.history_line(cursor, room).empty();) lines += 1;
    return lines;
}

// Each leaves a record; who comes while another one drains leaves his to that one.
struct NothingIsLeft {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"CON04",
                                 "no record stays in the log when all who put one have drained, and none twice", 3000};

    void core(u32) {
        kernel::log("a");
        kernel::the_log.drain();
    }
    void after() {
        require(!kernel::the_log.pending(), "a record was left by everybody");
        require(lines_in_history() == 2, "a record was drained twice");
    }
};
const Model<NothingIsLeft> nothing_left{"log-drain"};

// Written by who shows, one after the other.
u32 shown;
void show_it(std::string_view line) { shown += static_cast<u32>(line.size()); }

struct EverythingIsShown {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"CON04", "no line stays unshown when all who put one have shown, one at a time", 2000,
                                 20'000};

    void before() { shown = 0; }
    void core(u32 number) {
        for (u32 n = number * choose(150); n > 0; --n) yield();  // about where the other one ends
        kernel::log("a");
        kernel::the_log.show(show_it);
    }
    void after() {
        const u32 before = shown;
        kernel::the_log.show(show_it);
        require(shown == before, "a line was left by everybody");
    }
};
const Model<EverythingIsShown> all_shown{"log-show"};

// Shown by polling as long as that is allowed. Who forbids it, and finds that nobody shows, has to himself what was shown with.
arch::Atomic<u32> may_poll{1};
u32 used;  // by whoever shows
bool may() noexcept { return may_poll.load(arch::Order::Relaxed) != 0; }
void use_it(std::string_view line) { used += static_cast<u32>(line.size()); }

void forbid() {
    for (u32 n = choose(100); n > 0; --n) yield();
    may_poll.store(0, arch::Order::Relaxed);
    while (kernel::the_log.showing()) yield();
    used = 0;
}

struct PollingEnds {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"CON04", "who ends the polled log, and waited, has the device to himself", 2000,
                                 20'000};

    void before() { used = 0; }
    void core(u32 number) {
        if (number == 1) return forbid();
        kernel::log("a");
        (void)kernel::the_log.show_while(use_it, may);
    }
};
const Model<PollingEnds> polling_ends{"log-polled"};

// One showed before the end, and another one asks behind it: what he finds he passes on.
struct PollingIsRefused {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"CON04", "who ends the polled log is not misled by one who was refused it", 4000,
                                 20'000};

    void before() { used = 0; }
    void core(u32 number) {
        if (number == 2) return forbid();
        if (number == 0) kernel::log("a");
        (void)kernel::the_log.show_while(use_it, may);
    }
};
const Model<PollingIsRefused> polling_refused{"log-polled-by-two"};

}  // namespace
}  // namespace quartet::model
