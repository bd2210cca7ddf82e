// SPDX-License-Identifier: MIT

#include <debug/gdb/step.hpp>
#include <doctest/doctest.h>

#include <initializer_list>

using namespace quartet;
using debug::gdb::step_by_hand;

TEST_CASE("GDB06 instructions that see what a step masks are done by hand, as the core would") {
    arch::FaultFrame frame{};
    frame.elr = 0x1000;
    frame.spsr = 0x8000'0045;
    CHECK(step_by_hand(frame, 0xd53b'4223));  // mrs x3, daif
    CHECK(frame.x[3] == 0x40);
    CHECK(frame.elr == 0x1004);
    CHECK(step_by_hand(frame, 0xd503'42df));  // msr daifset, #2
    CHECK(frame.spsr == 0x8000'00c5);
    CHECK(step_by_hand(frame, 0xd503'4eff));  // msr daifclr, #14
    CHECK(frame.spsr == 0x8000'0045);
    frame.x[7] = 0xffff'ffff'ffff'ff80;
    CHECK(step_by_hand(frame, 0xd51b'4227));  // msr daif, x7
    CHECK(frame.spsr == 0x8000'0385);
    CHECK(step_by_hand(frame, 0xd51b'423f));  // msr daif, xzr
    CHECK(frame.spsr == 0x8000'0005);
    CHECK(step_by_hand(frame, 0xd53b'423f));  // mrs xzr, daif
    CHECK(step_by_hand(frame, 0xd503'207f));  // wfi
    CHECK(step_by_hand(frame, 0xd503'205f));  // wfe
    CHECK(frame.elr == 0x1020);
}

TEST_CASE("GDB06 every other instruction is the core's") {
    arch::FaultFrame frame{};
    // nop, add, ldr, brk, hvc, msr spsel, mrs of another register.
    for (u32 instruction :
         {0xd503201fu, 0x91000400u, 0xf9400000u, 0xd4200000u, 0xd4000002u, 0xd50040bfu, 0xd53b4200u, 0u, ~0u})
        CHECK(!step_by_hand(frame, instruction));
    CHECK(frame.elr == 0);
}
