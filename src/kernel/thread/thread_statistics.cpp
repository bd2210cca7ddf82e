// SPDX-License-Identifier: MIT

#include <kernel/sched/thread_lock.hpp>
#include <kernel/thread/thread_records.hpp>
#include <kernel/thread/thread_statistics.hpp>

namespace quartet::kernel {

Result<ThreadStatistics> statistics_of(ThreadHandle handle) noexcept {
    if (handle.empty()) return fail(Error::Invalid);
    Thread& thread = *handle.record();
    ThreadStatistics result;
    u64 counts = 0;
    {
        arch::IrqsMasked masked;
        sync::LockGuard guard{thread.end_lock, masked};
        if (!fresh(thread, handle)) return fail(Error::Invalid);
        // A switch changes them under this lock: all of them are of the same moment.
        QueueLock lock{thread, masked};
        const Core& core = lock.core();
        counts = thread.run_counts;
        if (core.current == &thread) counts += now().counts - core.switched_at;
        result.switches = thread.switches;
        result.preemptions = thread.preemptions;
        result.migrations = thread.migrations;
        // Relaxed: the thread itself counts, and nothing else is read by it.
        result.deadline_misses = thread.deadline_misses.load(arch::Order::Relaxed);
    }
    result.run_time = {clock_scale.nanoseconds(counts)};
    return result;
}

}  // namespace quartet::kernel
