// SPDX-License-Identifier: MIT
//
// The machine as a value: what the device tree says, read once, checked, with every address translated and
// every interrupt turned into a GIC id. Nobody after it reads the tree to find hardware.
//
// A tree is used whole or not at all: `read_machine` gives the machine or says why the tree is unusable, and
// then the caller reads the built-in tree instead. What is wrong but can be lived with is an Advice line.

#pragma once

#include <arch/conduit.hpp>
#include <base/address.hpp>
#include <base/fixed_vector.hpp>
#include <base/types.hpp>
#include <fdt/tree.hpp>
#include <platform/advice.hpp>

#include <expected>
#include <optional>
#include <string_view>

namespace quartet::platform {

// RAM beyond this is left alone. BCM2711 has 35 bits of physical address (ARM peripherals, 1.2), and the records
// of so much RAM (a byte a frame: 8 MiB) can be mapped with the tables that the image brings along.
inline constexpr u64 ram_limit = u64{1} << 35;

inline constexpr u32 max_banks = 16;
inline constexpr u32 max_reservations = 64;

// Why an area of RAM is never handed out.
enum class ReservedFor : u8 { MemReserve, ReservedMemory, NoMap, FirstPage, Tree, Image, CrashRecord };

std::string_view words(ReservedFor why);

// Whole pages that hold the area asked for, below ram_limit. NoMap is not to be mapped either.
struct Reservation {
    PhysRange range;
    ReservedFor why = ReservedFor::MemReserve;

    constexpr bool operator==(const Reservation&) const = default;
};

enum class EnableMethod : u8 {
    None,       // only the running core, which needs none
    SpinTable,  // write the entry to `release_address`, then SEV; several cores may share one address
    Psci,       // CPU_ON with `mpidr`
};

std::string_view words(EnableMethod method);

struct CoreNode {
    u64 mpidr = 0;  // affinity bits alone (`affinity_mask`)
    EnableMethod method = EnableMethod::None;
    PhysAddr release_address;
    bool running = false;  // the core that reads this

    constexpr bool operator==(const CoreNode&) const = default;
};

// Aff3 and Aff2-0 of MPIDR_EL1 (Arm ARM D19.2.97).
inline constexpr u64 affinity_mask = 0xFF'00FF'FFFF;

using arch::Conduit;

// A device that is found by its registers. The interrupt is a GIC id (32 and up: shared).
struct Device {
    PhysRange registers;
    std::optional<u32> interrupt;

    constexpr bool operator==(const Device&) const = default;
};

struct Gic {
    PhysRange distributor;
    PhysRange cpu_interface;
    u32 node = 0;  // its offset in the tree
};

struct Timer {
    u32 virtual_interrupt = 27;    // BOARD: PPI 11; the architecture's recommendation too
    std::optional<u32> frequency;  // Hz, only where firmware left CNTFRQ_EL0 wrong; else read the register
};

enum class ConsoleKind : u8 { Pl011, MiniUart };

std::string_view words(ConsoleKind kind);

// One pin of the console, from brcm,pins / brcm,function / brcm,pull of its pinctrl-0.
struct Pin {
    u8 number = 0;
    u8 function = 0;         // FSEL code: 0 input, 1 output, 4 ALT0, 5 ALT1, 6 ALT2, 7 ALT3, 3 ALT4, 2 ALT5
    std::optional<u8> pull;  // 0 none, 1 down, 2 up

    constexpr bool operator==(const Pin&) const = default;
};

struct Console {
    ConsoleKind kind = ConsoleKind::Pl011;
    Device device;              // without an interrupt the console polls
    FixedVector<Pin, 8> pins;   // empty: leave the pins as they are
};

// What /chosen/bootargs asks for; the tree's own bytes.
struct BootArguments {
    std::string_view run;  // run=COMMAND;COMMAND: the shell's first lines, `_` for a blank; of several the last counts
    // For images that have a load (apps/torture).
    std::optional<u64> seed;  // seed=N: of all that is random
    std::string_view inject;  // inject=WHAT;WHAT: what to do wrong from the start, `,` for a blank
    std::optional<u64> load;  // load=SECONDS: how long to work
    std::optional<u64> hang;  // hang=MS: a core that stands still for so long is reported; 0: none is
    std::optional<u64> watchdog;  // watchdog=SECONDS: it is on from the start
    std::optional<u64> attend;  // attend=SECONDS: how long `panic> ` waits for a key where the watchdog is on
    bool contain = false;  // crash=contain, not crash=stop: a thread's fault ends the thread, where it can
};

struct Machine {
    FixedVector<PhysRange, max_banks> ram;  // whole pages, sorted, disjoint, not adjacent
    FixedVector<Reservation, max_reservations + 1> reserved;  // the tree's, the kernel's own, and one of the start-up's
    FixedVector<CoreNode, max_cores> cores;  // the usable ones in the tree's order, the running one among them
    std::optional<Conduit> psci;  // firmware that starts cores, resets and switches off, from version 0.2 on
    Gic gic;
    Timer timer;
    Console console;
    std::optional<Device> mailbox;
    std::optional<Device> power;  // brcm,bcm2835-pm-wdt: reset, watchdog
    std::optional<Device> gpio;
    std::optional<Device> aux;  // AUX_ENABLES: the mini-UART's switch
    std::string_view model;  // the tree's own bytes, like the arguments
    BootArguments arguments;

    const CoreNode* running_core() const {
        for (const CoreNode& core : cores) {
            if (core.running) return &core;
        }
        return nullptr;
    }
};

// What the tree cannot know, or is not trusted with.
struct MachineInputs {
    PhysRange image;  // with bss: its bank must exist
    bool image_is_ram = false;  // where no bank holds the image, its own place is one more
    PhysRange tree;  // the blob's physical place; empty if it lies in the image
    u64 mpidr;  // MPIDR_EL1 of the core that runs; boot_cpuid_phys is not looked at
};

enum class Unusable : u8 {
    NoRamForImage,
    NoRunningCore,
    NoInterruptController,
    NoConsole,
    TooManyReservations,
};

std::string_view words(Unusable why);

// Context: boot, one core; reads the tree's bytes and writes only `advice`. The strings in the result point
// into the tree. Cost: about 200,000 instructions for quartet.dtb, 600,000 for Debian's tree.
std::expected<Machine, Unusable> read_machine(const fdt::Tree& tree, const MachineInputs& inputs, Advice& advice);

// Takes out of the machine what RAM lies outside `sure`, but for the image's own place. Context: as above.
void limit_ram(Machine& machine, PhysRange sure, PhysRange image, Advice& advice);

}  // namespace quartet::platform
