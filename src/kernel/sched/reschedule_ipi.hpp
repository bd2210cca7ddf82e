// SPDX-License-Identifier: MIT
//
// The scheduler's request to another core, carried by an inter-processor interrupt. A file of its own, so
// that neither side knows the other.

#pragma once

namespace quartet::kernel {

// From here on `send_reschedule` reaches other cores. Context: boot, once, after irq::start.
void connect_reschedule() noexcept;

}  // namespace quartet::kernel
