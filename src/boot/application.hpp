// SPDX-License-Identifier: MIT
//
// The seam between the kernel and what runs on it.

#pragma once

#include <kernel/thread_context.hpp>

// The application defines it: the first thread that runs when everything is up. Its return ends that
// thread alone.
void quartet_application(quartet::kernel::ThreadContext& self);
