// SPDX-License-Identifier: MIT
//
// A spin lock below all ranks, for tables of the checks: whoever has it takes no other lock, so it needs no place in their
// order, and the checks themselves may take it. Its guard masks interrupts, so that no handler of this core asks for it.

#pragma once

#include <arch/irq_mask.hpp>
#include <base/thread_safety.hpp>
#include <sync/ticket_lock.hpp>

namespace quartet::sync {

class LOCKABLE("leaf lock") LeafLock {
private:
    friend class LeafGuard;
    void take() TAKES_LOCK() UNCHECKED_LOCKING { lock_.take(); }
    void release() RELEASES_LOCK() UNCHECKED_LOCKING { lock_.release(); }

    TicketLock<> lock_;
};

// Context: any, where nothing is locked until it ends.
class SCOPED_GUARD [[nodiscard]] LeafGuard {
public:
    explicit LeafGuard(LeafLock& lock) TAKES_LOCK(lock) : lock_(lock) { lock_.take(); }
    ~LeafGuard() RELEASES_LOCK() { lock_.release(); }
    LeafGuard(const LeafGuard&) = delete;
    LeafGuard& operator=(const LeafGuard&) = delete;

private:
    arch::IrqsMasked masked_;  // first: masked before the lock is taken
    LeafLock& lock_;
};

}  // namespace quartet::sync
