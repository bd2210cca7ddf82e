// SPDX-License-Identifier: MIT
//
// An interrupt controller for the simulated cores, as a GICv2 does it: an id is enabled, pending and active, a level is pending as
// long as its device holds it, a software interrupt has a sender, and what is active on one core comes on no other. And
// the devices that pull its lines.

#pragma once

#include "machine.hpp"

#include <kernel/iface/interrupt_controller.hpp>

namespace quartet::sim {

inline constexpr u32 controller_lines = 64;

// From here on the first cores take its interrupts, and the kernel knows of it; the others when they call irq::start_core. Once,
// by the boot flow, before it releases other cores; calls to other cores work after it.
void start_interrupts(u32 cores = max_cores);

// The line of a device: up until it is let down, or a pulse.
void raise_line(u32 id);
void lower_line(u32 id);
void pulse_line(u32 id);
bool line_enabled(u32 id);

}  // namespace quartet::sim
