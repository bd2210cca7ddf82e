// SPDX-License-Identifier: MIT
//
// Flows of control of the simulation, on boost.context. A kernel thread's SavedContext::sp holds the address of
// one of these; a simulated core that is not being simulated right now is left in one too.

#pragma once

#include <base/types.hpp>

#include <cstddef>

namespace quartet::sim {

struct Fiber {
    void* context = nullptr;             // boost's
    const void* stack_bottom = nullptr;  // what the address sanitizer has to know
    usize stack_size = 0;
    void* fake_stack = nullptr;
    void (*entry)(void*) = nullptr;
    void* argument = nullptr;
    bool active = false;  // some core is on its stack
};

// The flow that runs now.
Fiber& running_fiber();

// Leave the running flow for `to`, which is not active, or is only paused with its core.
void jump(Fiber& to);

// A flow on memory of its own that begins with `entry(argument)`.
Fiber& make_fiber(void* stack, usize size, void (*entry)(void*), void* argument);

}  // namespace quartet::sim
