// SPDX-License-Identifier: MIT

#include <kernel/trace/trace.hpp>

#include <quartet.h>

extern "C" {

void qt_trace_mark(const char* name, uint32_t value) { quartet::kernel::trace::mark(name, value); }

}  // extern "C"
