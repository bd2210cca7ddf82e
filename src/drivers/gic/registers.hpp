// SPDX-License-Identifier: MIT
//
// GICv2 registers, named as in the architecture specification (IHI 0048B): the distributor, one for
// all, and the CPU interface, which each core sees at the same address.

#pragma once

#include <base/field.hpp>

namespace quartet::drivers::gicd {

// 4.3.1. Bit 0 is EnableGrp0 where there is no security extension, and EnableGrp1 in the
// non-secure view of one that has it: either way the group that our interrupts are in.
struct Ctlr : ReadWrite<u32, 0x000> {
    using Enable = Field<Ctlr, 0, 0>;
};

// 4.3.2
struct Typer : ReadOnly<u32, 0x004> {
    using SecurityExtn = Field<Typer, 10, 10>;
    using CpuNumber = Field<Typer, 7, 5>;      // CPU interfaces, less one
    using ItLinesNumber = Field<Typer, 4, 0>;  // ids = 32 * (this + 1), at most 1020
};

// 4.3.5-4.3.10: one bit an id; writing ones sets or clears, zeros do nothing, so that no
// read-modify-write and no lock is needed. The first of each array is banked for each core.
struct Isenabler : ReadWrite<u32, 0x100, 32> {};
struct Icenabler : ReadWrite<u32, 0x180, 32> {};
struct Ispendr : ReadWrite<u32, 0x200, 32> {};
struct Icpendr : ReadWrite<u32, 0x280, 32> {};
struct Isactiver : ReadWrite<u32, 0x300, 32> {};
struct Icactiver : ReadWrite<u32, 0x380, 32> {};

// 4.3.11, 4.3.12: one byte an id. The first eight are banked; of the targets they are read-only
// and name the core that reads.
struct Ipriorityr : ReadWrite<u32, 0x400, 255> {};
struct Itargetsr : ReadWrite<u32, 0x800, 255> {};

// 4.3.13: two bits an id, the upper one says edge. Changed only while the id is disabled.
struct Icfgr : ReadWrite<u32, 0xc00, 64> {};

// 4.3.15
struct Sgir : WriteOnly<u32, 0xf00> {
    enum class Filter : u32 { Listed = 0, AllOthers = 1, Self = 2 };
    using To = Field<Sgir, 25, 24, Filter>;
    using CpuList = Field<Sgir, 23, 16>;
    using IntId = Field<Sgir, 3, 0>;
};
// 4.3.16: one byte an id of 0-15, one bit a sender; banked.
struct Cpendsgir : ReadWrite<u32, 0xf10, 4> {};
static_assert((Sgir::To::of(Sgir::Filter::Self) | Sgir::IntId::of(5)).bits == 0x0200'0005);

}  // namespace quartet::drivers::gicd

namespace quartet::drivers::gicc {

// 4.4.1. As GICD_CTLR: bit 0 is our group. EOImode 0: EOIR both drops the priority and deactivates.
struct Ctlr : ReadWrite<u32, 0x000> {
    using Enable = Field<Ctlr, 0, 0>;
};

// 4.4.2: ids of a priority value below this are signalled.
struct Pmr : ReadWrite<u32, 0x004> {
    using Priority = Field<Pmr, 7, 0>;
};

// 4.4.3
struct Bpr : ReadWrite<u32, 0x008> {
    using BinaryPoint = Field<Bpr, 2, 0>;
};

// 4.4.4
struct Iar : ReadOnly<u32, 0x00c> {
    using CpuId = Field<Iar, 12, 10>;  // who sent it, for a software interrupt
    using IntId = Field<Iar, 9, 0>;
};

// 4.4.5: takes the complete word that was read from IAR.
struct Eoir : WriteOnly<u32, 0x010> {};

// 4.4.14: active priorities, one bit a level.
struct Apr : ReadWrite<u32, 0x0d0, 4> {};

}  // namespace quartet::drivers::gicc
