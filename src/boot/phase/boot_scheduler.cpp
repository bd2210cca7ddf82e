// SPDX-License-Identifier: MIT
//
// A second thread, in memory of the bump allocator: it waits for cores that come late, long after the
// boot scheduler that starts it was replaced.

#include <boot/late_cores.hpp>
#include <boot/phase/phases.hpp>

#include <base/assert.hpp>
#include <kernel/sched/boot_scheduler.hpp>
#include <kernel/thread/threads.hpp>
#include <mm/memory.hpp>

#include <new>

namespace quartet::boot {

Done<phase::BootScheduler> phase::BootScheduler::run(const Done<Bump>&) {
    auto record = mm::kernel_bump.allocate(sizeof(kernel::Thread), alignof(kernel::Thread));
    auto stack = mm::kernel_bump.allocate(late_cores_stack_size, page_size);
    check(record.has_value() && stack.has_value(), "the start memory has room for a boot thread");
    auto thread = kernel::spawn_boot_thread(*new (*record) kernel::Thread{},
                                            {static_cast<std::byte*>(*stack), late_cores_stack_size}, "cores",
                                            late_cores_priority, report_late_cores, nullptr);
    check(thread.has_value() && kernel::detach(*thread).has_value(), "the boot scheduler has room for a second thread");
    // Its turn: it runs until it waits for the verdict on the cores.
    auto self = kernel::ThreadContext::current(Unsafe{"the boot flow is a thread and holds no lock"});
    kernel::yield(self);
    return {};
}

}  // namespace quartet::boot
