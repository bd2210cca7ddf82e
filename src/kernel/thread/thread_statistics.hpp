// SPDX-License-Identifier: MIT
//
// What a thread has cost so far, and how often it was disturbed.

#pragma once

#include <base/result.hpp>
#include <kernel/thread/thread.hpp>
#include <kernel/time/time.hpp>

namespace quartet::kernel {

// All of one moment. Cost of counting: 3 instructions a switch, 3 more one that was not asked for, 3 a migration.
struct ThreadStatistics {
    Duration run_time;
    u64 switches = 0;     // how often it left a core
    u64 preemptions = 0;  // how often of these it had neither waited nor yielded
    u64 migrations = 0;   // how often it was moved to another core's queue
    u64 deadline_misses = 0;  // deadlines that its periodic loops passed over
};

// Also of a thread that has ended and is not joined yet. Context: thread. Errors: Invalid (stale handle).
Result<ThreadStatistics> statistics_of(ThreadHandle thread) noexcept;

}  // namespace quartet::kernel
