// SPDX-License-Identifier: MIT
//
// Whether there is a timer thread: for `TimerControl`, which an image with `HandlerTimer` alone has without the rest.

#pragma once

#include <arch/atomic.hpp>
#include <kernel/thread/thread.hpp>

namespace quartet::kernel {

// Null until `start_timer_thread`.
extern constinit arch::Atomic<Thread*> timer_thread;

}  // namespace quartet::kernel
