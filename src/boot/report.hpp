// SPDX-License-Identifier: MIT
//
// The boot report: one log line for each thing that was found, in forms that scripts and people rely on.
// The phases call these as each thing becomes true. Context: boot.

#pragma once

#include <base/address.hpp>
#include <base/types.hpp>
#include <boot/given_tree.hpp>
#include <platform/advice.hpp>
#include <platform/machine.hpp>

namespace quartet::boot {

// `quartet VERSION (COMPILER)`, `entry: EL2`, `load address: 0x…`
void report_entry(u32 exception_level, PhysAddr load_address);

// `device tree: x0|address 0|built-in, N bytes`
void report_tree(TreeSource source, usize bytes);

// `ram: 0x…-0x… (N MiB)` for each bank, `reserved: 0x…-0x… WHY` for each area; ends are the first address behind.
void report_memory(const platform::Machine& machine);

// `interrupt controller: gicv2 0x… N lines`
void report_interrupt_controller(const platform::Machine& machine, u32 lines);

// `timer: N Hz`; and an `advice:` line where CNTFRQ_EL0 told something else.
void report_timer(u64 told, u64 hertz);

// `console: pl011|mini-uart 0x…`
void report_console(const platform::Machine& machine);

// `allocator: bump -> slab`, `scheduler: boot -> priority`
void report_allocator_swap();
void report_scheduler_swap();

// `given back: N KiB of the image`: what only the start-up ran, and the guards of stacks, are free frames now.
void report_given_back(u64 bytes);

enum class CoreFate : u8 { Online, Missing };

// `cpuN: online` or `cpuN: missing`
void report_core(u32 core, CoreFate fate);

// `advice: …` for each line.
void report_advice(const platform::Advice& advice);

}  // namespace quartet::boot
