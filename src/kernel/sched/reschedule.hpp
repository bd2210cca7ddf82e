// SPDX-License-Identifier: MIT
//
// Where a switch begins that the running thread did not ask for: the tail of the interrupt path, and the
// request to another core to enter it.

#pragma once

#include <base/types.hpp>

// The interrupt slot calls this where `Core::reschedule` is set: on the interrupted thread's stack, masked, with
// no lock held and the interrupt complete. The only involuntary switch of the kernel happens here.
extern "C" void quartet_irq_reschedule() noexcept;

namespace quartet::kernel {

// How another core (or this one, with interrupts masked) is made to look at its run queue again. What was
// written before is seen there. Set once, before the second core enters.
using SendReschedule = void (*)(u32 core) noexcept;
void set_reschedule_sender(SendReschedule send) noexcept;

void send_reschedule(u32 core) noexcept;

}  // namespace quartet::kernel
