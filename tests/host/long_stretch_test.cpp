// SPDX-License-Identifier: MIT
//
// What is kept of masked stretches and handlers, and what is said of one that is too long.

#include "../fakes/apart.hpp"

#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <doctest/doctest.h>
#include <kernel/console/log.hpp>
#include <kernel/irq/long_stretch.hpp>

#include <string>

using namespace quartet;
using namespace quartet::kernel;
using fakes::Apart;

namespace {

void mask_for(u64 counts) {
    quartet_masking_begins();
    arch::sim_counter += counts;
    quartet_masking_ends();
}

void start() { arch::sim_counter = 1000; }

}  // namespace

TEST_CASE(
    "IRQ09 the longest masked stretch and the longest handler of each core are kept until they are taken, with their "
    "places") {
    const Apart apart = fakes::run_apart([] {
        start();
        mask_for(70);
        mask_for(300);
        mask_for(20);
        note_handler(0x1230, 40);
        note_handler(0x4560, 900);
        note_handler(0x7890, 80);
        arch::sim_core_id = 2;
        mask_for(5);
        const LongStretches zero = take_longest(0), two = take_longest(2), three = take_longest(3);
        APART_CHECK(zero.masked.counts == 300 && zero.masked.place != 0);
        APART_CHECK(zero.handler.counts == 900 && zero.handler.place == 0x4560);
        APART_CHECK(two.masked.counts == 5 && two.handler.counts == 0);
        APART_CHECK(three.masked.counts == 0 && three.handler.counts == 0);
        APART_CHECK(take_longest(0).masked.counts == 0);
    });
    CHECK(apart.end == Apart::End::Returned);
    CHECK(apart.said.empty());
}

TEST_CASE("IRQ09 of what was masked when nobody measured yet nothing is kept, and a sleep in between is none") {
    const Apart apart = fakes::run_apart([] {
        start();
        quartet_masking_ends();
        APART_CHECK(take_longest(0).masked.counts == 0);
        quartet_masking_begins();
        arch::sim_counter += 1'000'000;
        quartet_masking_begins();
        arch::sim_counter += 7;
        quartet_masking_ends();
        APART_CHECK(take_longest(0).masked.counts == 7);
    });
    CHECK(apart.said.empty());
}

TEST_CASE(
    "IRQ09 the first stretch above the limit is warned of, once a core, with its time and place; without a limit none "
    "is") {
    const Apart apart = fakes::run_apart([] {
        start();
        const u64 millisecond = clock_scale.counts(milliseconds(1));
        mask_for(50 * millisecond);
        warn_of_stretch();
        set_stretch_limit(milliseconds(2));
        mask_for(millisecond);
        warn_of_stretch();
        note_handler(0x1230, 3 * millisecond);
        warn_of_stretch();
        mask_for(8 * millisecond);
        warn_of_stretch();
        arch::sim_core_id = 1;
        note_handler(0x4560, 5 * millisecond);
        warn_of_stretch();
        // Anew from the next limit on.
        set_stretch_limit(milliseconds(1));
        note_handler(0x7890, 4 * millisecond);
        warn_of_stretch();
        set_stretch_limit(Duration::zero());
        note_handler(0x7890, 4 * millisecond);
        warn_of_stretch();
        the_log.show([](std::string_view line) {
            fakes::say_apart(line.substr(line.find(']') + 2));
            if (!line.ends_with('\n')) fakes::say_apart("\n");
        });
    });
    CHECK(apart.said ==
          "cpu0: no interrupt was taken for 3000 us, until 0x1230: `irqs -l` names the longest\n"
          "cpu1: no interrupt was taken for 5000 us, until 0x4560: `irqs -l` names the longest\n"
          "cpu1: no interrupt was taken for 4000 us, until 0x7890: `irqs -l` names the longest\n");
}
