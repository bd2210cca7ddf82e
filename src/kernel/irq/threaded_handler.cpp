// SPDX-License-Identifier: MIT

#include <kernel/irq/threaded_handler.hpp>

#include <arch/barrier.hpp>
#include <kernel/irq/irq_lines.hpp>
#include <kernel/thread/safe_point.hpp>

namespace quartet::kernel::irq {

namespace {

using Order = arch::Order;
using Guard = sync::IrqLockGuard<sync::LockRank::IrqTable>;

}  // namespace

// What may touch the fields of a handler.
struct ThreadedLine {
    [[gnu::always_inline]] static void handle(ThreadedHandler& handler, IrqContext& context) noexcept {
        const u32 id = context.id();
        if (handler.masks_ && !may_begin(handler, id)) {
            send_back(handler, id);
            return;
        }
        if (handler.quick_ != nullptr) {
            context.redirect(Unsafe{"the handler's own, which is called next"}, handler.argument_);
            if (handler.quick_(context) == Quick::Done) return;
        }
        // Before the thread can run elsewhere and open it.
        if (handler.masks_) {
            handler.busy_.store(true, Order::Relaxed);
            the_controller->disable(id);
        }
        static_cast<void>(handler.wake_.give());  // Busy: the thread has not come to the one before
    }

    static void serve(ThreadContext& self, void* argument) {
        auto& handler = *static_cast<ThreadedHandler*>(argument);
        WaitsKept kept{self};
        for (;;) {
            static_cast<void>(handler.wake_.take(self));  // it is never closed, and the wait lasts
            // Relaxed: the take sees what was written before the give that it takes, or before one that found this one there.
            if (handler.stopping_.load(Order::Relaxed)) return;
            handler.work_(self, handler.argument_);
            if (!handler.masks_) continue;
            // Seen by whoever finds the line open: `let_in_again` has a barrier before it opens it.
            handler.busy_.store(false, Order::Relaxed);
            let_in_again(handler.id_);
        }
    }

    static Status attach(u32 id, ThreadedHandler& handler, const ThreadedOptions& options) noexcept;
    static Status detach(ThreadContext& self, ThreadedHandler& handler) noexcept;

private:
    static bool may_begin(const ThreadedHandler& handler, u32 id) noexcept {
        return irq_lines[id].lets_in() && !handler.busy_.load(Order::Relaxed);
    }

    // A level line was opened while its thread works, or by its thread at the moment at which somebody closed it. It is
    // closed again, and its interrupt stays pending: once more than needed, rather than lost. The thread or `enable` may have
    // changed its state and opened it since we looked, before our write; so we look again behind it, and they change the
    // state before they write.
    static void send_back(const ThreadedHandler& handler, u32 id) noexcept {
        the_controller->disable(id);
        the_controller->set_pending(id);
        arch::order_after_device_read();  // `disable` reads back
        if (may_begin(handler, id)) the_controller->enable(id);
    }

    static void stop_thread(ThreadContext& self, ThreadedHandler& handler) noexcept {
        if (handler.thread_.empty()) return;
        handler.stopping_.store(true, Order::Relaxed);  // the give shows it
        static_cast<void>(handler.wake_.give());
        // Whatever is asked of the caller: the thread uses `handler`, which may be gone as soon as this returns.
        WaitsKept kept{self};
        static_cast<void>(join(self, handler.thread_));
        handler.thread_ = {};
    }
};

void dispatch_threaded(IrqContext& context) noexcept {
    ThreadedLine::handle(*static_cast<ThreadedHandler*>(context.argument()), context);
}

Status ThreadedLine::attach(u32 id, ThreadedHandler& handler, const ThreadedOptions& options) noexcept {
    using State = ThreadedHandler::State;
    const bool banked = id >= software_irqs_end && id < shared_irqs_begin;
    if (banked || handler.work_ == nullptr) return fail(Error::Invalid);
    State state = State::Free;
    // Acquire pairs with the release in `detach`: the fields are nobody's.
    if (!handler.state_.compare_exchange(state, State::Attaching, Order::Acquire, Order::Relaxed))
        return fail(Error::Busy);
    handler.id_ = id;
    handler.masks_ = id >= shared_irqs_begin && options.line.trigger == Trigger::LevelSensitive;
    handler.stopping_.store(false, Order::Relaxed);
    handler.busy_.store(false, Order::Relaxed);
    while (handler.wake_.try_take()) continue;
    Status done;
    {
        Guard guard{table_lock};
        done = claim_locked(id, Attachment::Kept, dispatch_threaded, &handler, options.line);
    }
    if (done) {
        // Interrupts that come before the thread is there find the semaphore.
        if (Result<ThreadHandle> thread = spawn(options.thread, serve, &handler)) {
            handler.thread_ = *thread;
        } else {
            done = fail(thread.error());
            {
                Guard guard{table_lock};
                begin_leaving_locked(id, guard.masked());
            }
            check(finish_leaving(id, Attachment::Kept), "a line that is not enabled has no handler that runs");
        }
    }
    handler.state_.store(done ? State::Attached : State::Free, Order::Release);
    return done;
}

Status ThreadedLine::detach(ThreadContext& self, ThreadedHandler& handler) noexcept {
    using State = ThreadedHandler::State;
    State state = State::Attached;
    if (!handler.state_.compare_exchange(state, State::Leaving, Order::Acquire, Order::Relaxed))
        return fail(Error::Invalid);
    if (handler.thread_ == self.handle()) {
        handler.state_.store(State::Attached, Order::Release);
        return fail(Error::Deadlock);
    }
    // From here on nothing new begins, and the thread opens the line no more: so it ends before the line is somebody else's.
    static_cast<void>(disable(handler.id_));
    stop_thread(self, handler);
    {
        Guard guard{table_lock};
        begin_leaving_locked(handler.id_, guard.masked());
    }
    const bool left = finish_leaving(handler.id_, Attachment::Kept);
    handler.state_.store(left ? State::Free : State::Attached, Order::Release);
    return left ? Status{} : fail(Error::Timeout);
}

Status attach_threaded(u32 id, ThreadedHandler& handler, const ThreadedOptions& options) noexcept {
    return ThreadedLine::attach(id, handler, options);
}

Status detach_threaded(ThreadContext& self, ThreadedHandler& handler) noexcept {
    return ThreadedLine::detach(self, handler);
}

}  // namespace quartet::kernel::irq
