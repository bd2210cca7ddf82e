// SPDX-License-Identifier: MIT
//
// The sections of a fault report behind its first screen that tell of others than the flow that faulted. Each is a list that
// may be damaged: it is read only where it can be, and has an end.

#pragma once

#include <kernel/fault/fault_report.hpp>
#include <kernel/thread/thread.hpp>

namespace quartet::kernel {

// `thread` where a record of one can be read there; else null.
const Thread* readable_thread(const Thread* thread) noexcept;

// Context of all: after a fault, the other cores stopped.
void put_locks(Writer& out) noexcept;
void put_cores(Writer& out, const ReportSubject& subject) noexcept;
void put_threads(Writer& out) noexcept;

}  // namespace quartet::kernel
