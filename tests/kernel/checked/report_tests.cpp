// SPDX-License-Identifier: MIT
//
// The context that a fault report names: where locks are checked, `lock` means that one is held.

#include "../selftest.hpp"

#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>
#include <kernel/fault/fault_report.hpp>
#include <sync/spin_lock.hpp>

#include <array>

using namespace quartet;
using namespace quartet::kernel;

namespace {

// Of a thread that runs with interrupts masked, on this core.
bool reported_as(std::string_view context) {
    std::array<char, 128> room;
    Writer out{room};
    ReportSubject subject;
    subject.core = arch::core_id();
    subject.frame.slot = 4;
    subject.frame.spsr = 1 << 7;
    write_section(out, subject, ReportSection::Thread);
    return out.text().ends_with(context);
}

}  // namespace

SELFTEST("EXC08", "with interrupts masked a report says lock where a spin lock is held, and nowhere else") {
    sync::SpinLock<sync::LockRank::Console> lock;
    arch::IrqsMasked masked;
    EXPECT(reported_as("context: thread\n"));
    {
        sync::LockGuard guard{lock, masked};
        EXPECT(reported_as("context: lock\n"));
    }
    EXPECT(reported_as("context: thread\n"));
}
