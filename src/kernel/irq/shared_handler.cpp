// SPDX-License-Identifier: MIT
//
// The walk over a shared line. It takes the table's lock for each step and none while a handler runs. Handlers of one
// core do not nest, so each core has one walk at most; it says whom it comes to next, which who leaves the list corrects,
// and who runs, which who leaves waits for.

#include <kernel/irq/shared_handler.hpp>

#include <arch/handler.hpp>
#include <kernel/irq/irq_lines.hpp>
#include <sync/clock.hpp>

namespace quartet::kernel::irq {

namespace {

using Order = arch::Order;
using Lock = sync::LockGuard<sync::LockRank::IrqTable>;
using Guard = sync::IrqLockGuard<sync::LockRank::IrqTable>;

constexpr u32 patience_ms = 100;

struct alignas(64) Walk {
    SharedHandler* next = nullptr;  // guarded by the table's lock
    arch::Atomic<const SharedHandler*> running{nullptr};
};
constinit std::array<Walk, max_cores> walks{};

bool runs_nowhere(const SharedHandler& handler) noexcept {
    return sync::wait_until(patience_ms, [&] {
        for (const Walk& walk : walks) {
            // Relaxed: it changes under the table's lock, which whoever asks had before, so that it cannot miss a run, and takes
            // again when it knows: then what the handler did is over for it too.
            if (walk.running.load(Order::Relaxed) == &handler) return false;
        }
        return true;
    });
}

}  // namespace

// What may touch the fields of a handler.
struct SharedLine {
    static bool is_shared(const IrqLine& line) noexcept {
        return line.attachment.load(Order::Relaxed) == Attachment::Kept && line.handler == dispatch_shared;
    }

    // The next one of the walk runs from here on, and the one before it does not.
    static SharedHandler* advance_locked(Walk& walk) noexcept REQUIRES_LOCK(table_lock) {
        SharedHandler* handler = walk.next;
        walk.next = handler != nullptr ? handler->next_ : nullptr;
        walk.running.store(handler, Order::Relaxed);  // the lock orders it: see runs_nowhere
        return handler;
    }
    static SharedHandler* first(Walk& walk, const IrqLine& line, const arch::IrqsMasked& masked) noexcept {
        Lock lock{table_lock, masked};
        walk.next = line.sharers;
        return advance_locked(walk);
    }
    static SharedHandler* next(Walk& walk, const arch::IrqsMasked& masked) noexcept {
        Lock lock{table_lock, masked};
        return advance_locked(walk);
    }

    [[gnu::always_inline]] static bool call(SharedHandler& handler, IrqContext& context) noexcept {
        context.redirect(Unsafe{"the handler's own, which is called next"}, handler.argument_);
        return handler.function_(context) == Claim::Mine;  // it may have ended the handler's life
    }

    static Status attach(u32 id, SharedHandler& handler, const Options& options) noexcept REQUIRES_LOCK(table_lock) {
        if (id < shared_irqs_begin || id >= max_irqs) return fail(Error::Invalid);
        if (handler.id_ != SharedHandler::no_line) return fail(Error::Busy);
        IrqLine& line = irq_lines[id];
        if (!is_shared(line)) {
            TRY(claim_locked(id, Attachment::Kept, dispatch_shared, nullptr, options));
        } else if (line.core != options.core || line.priority != options.priority || line.trigger != options.trigger) {
            return fail(Error::Invalid);
        }
        SharedHandler** end = &line.sharers;
        while (*end != nullptr) end = &(*end)->next_;
        handler.next_ = nullptr;
        *end = &handler;
        handler.id_ = id;
        handler.listed_ = true;
        return {};
    }

    static void leave_list(SharedHandler& handler) noexcept REQUIRES_LOCK(table_lock) {
        if (!handler.listed_) return;
        SharedHandler** place = &irq_lines[handler.id_].sharers;
        while (*place != &handler) place = &(*place)->next_;
        *place = handler.next_;
        // It may be the next one of a walk that is at the one before it.
        for (Walk& walk : walks) {
            if (walk.next == &handler) walk.next = handler.next_;
        }
        handler.listed_ = false;
    }

    static Status detach(SharedHandler& handler) noexcept {
        u32 id = SharedHandler::no_line;
        bool last = false;
        {
            Guard guard{table_lock};
            id = handler.id_;
            if (id == SharedHandler::no_line) return fail(Error::Invalid);
            leave_list(handler);
            last = is_shared(irq_lines[id]) && irq_lines[id].sharers == nullptr;
            if (last) begin_leaving_locked(id, guard.masked());
        }
        // With interrupts open and no lock held, because what is waited for may want both.
        if (last && !finish_leaving(id, Attachment::Kept)) return fail(Error::Timeout);
        if (!runs_nowhere(handler)) return fail(Error::Timeout);
        Guard guard{table_lock};
        handler.id_ = SharedHandler::no_line;
        return {};
    }

    static Status detach(SharedHandler& handler, u32 id) noexcept REQUIRES_LOCK(table_lock) {
        if (handler.id_ != id || !handler.listed_) return fail(Error::Invalid);
        // An id is active on one core at a time, and that is this one: nobody but the caller itself can be running.
        leave_list(handler);
        handler.id_ = SharedHandler::no_line;
        if (irq_lines[id].sharers == nullptr) leave_in_handler_locked(id);
        return {};
    }
};

void dispatch_shared(IrqContext& context) noexcept {
    arch::IrqsMasked masked;
    const u32 id = context.id();
    IrqLine& line = irq_lines[id];
    Walk& walk = walks[context.core()];
    bool claimed = false;
    for (SharedHandler* handler = SharedLine::first(walk, line, masked); handler != nullptr;
         handler = SharedLine::next(walk, masked)) {
        claimed |= SharedLine::call(*handler, context);
    }
    if (claimed) line.unclaimed_in_row.store(0, Order::Relaxed);
    else count_unclaimed(line, id);
}

Status attach_shared(u32 id, SharedHandler& handler, const Options& options) noexcept {
    Guard guard{table_lock};
    return SharedLine::attach(id, handler, options);
}

Status detach_shared(SharedHandler& handler) noexcept {
    if (arch::in_handler()) return fail(Error::InHandler);
    return SharedLine::detach(handler);
}

Status detach_shared(SharedHandler& handler, IrqContext& context) noexcept {
    Guard guard{table_lock};
    return SharedLine::detach(handler, context.id());
}

}  // namespace quartet::kernel::irq
