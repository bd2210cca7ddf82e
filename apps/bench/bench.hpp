// SPDX-License-Identifier: MIT
//
// The counted figures: instructions of the kernel's hot paths, in a fixed order, a line a figure. They mean something
// only where the counter counts instructions (scripts/run.sh --count, scripts/bench.sh); elsewhere one line says so.

#pragma once

#include <kernel/thread/thread_context.hpp>

#include <string_view>

namespace quartet::bench {

// Where lines go, without their end.
struct Sink {
    void (*line)(void* argument, std::string_view text);
    void* argument;
};

// Measures what begins with `name` (all where it is empty), then prints. The work is done by a thread of its own on
// the last core that is online, so that the console's interrupts are not in it; its tick is held off.
// Context: thread.
void run(std::string_view name, Sink sink, kernel::ThreadContext& self);

}  // namespace quartet::bench
