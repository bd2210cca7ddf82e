// SPDX-License-Identifier: MIT
//
// The thread that calls the callbacks of `Timer`. The interrupt clears `settled` in the word of a timer that is due and
// puts the timer into a list; the thread takes it out and sets `settled`. Whoever changes `settled` first decides: one
// who cancels between the two prevents the callback, and what is left in the list is passed over.

#include <kernel/time/timer.hpp>

#include <base/static_room.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/time/timer_thread.hpp>
#include <kernel/wait/mutex.hpp>
#include <kernel/wait/semaphore.hpp>
#include <sync/spin_lock.hpp>

namespace quartet::kernel {

using Order = arch::Order;

constinit arch::Atomic<Thread*> timer_thread{nullptr};

namespace {

constinit arch::Atomic<const Timer*> running{nullptr};

bool in_timer_thread() noexcept { return timer_thread.load(Order::Relaxed) == &current_thread(); }

}  // namespace

struct TimerThread {
    sync::SpinLock<sync::LockRank::TimerQueue> lock;
    using Due = PriorityList<Timer, &Timer::due_link_>;  // all equals: in order of arrival
    Due due GUARDED_BY(lock);
    Semaphore listed{0};
    // Held around each callback: who waits for the end of one waits for this, and lends the thread his priority.
    Mutex callback_runs;

    // Whether it was not in the list.
    bool add(Timer& timer) noexcept {
        sync::IrqLockGuard guard{lock};
        if (Due::listed(timer)) return false;
        due.insert(timer, 0);
        return true;
    }
    void remove(Timer& timer) noexcept {
        sync::IrqLockGuard guard{lock};
        if (Due::listed(timer)) due.remove(timer);
    }
    // From here on it is what runs.
    Timer* take() noexcept {
        sync::IrqLockGuard guard{lock};
        Timer* timer = due.pop_front();
        if (timer == nullptr) return nullptr;
        // Release, as at the end of a callback: who waits for the one before may find this instead.
        running.store(timer, Order::Release);
        return timer;
    }

    void call_next(ThreadContext& self) noexcept {
        MutexGuard guard{callback_runs, self};
        Timer* timer = take();
        if (timer == nullptr) return;
        // Release pairs with `disarm`: who comes after this finds it in `running`. Acquire pairs with the interrupt that
        // cleared `settled`: it may be a later one than the one that listed it, where it was cancelled and started anew
        // between `take` and here, and the callback is to see what that start was preceded by.
        bool wanted = (timer->node_.word.fetch_or(timer_word::settled, Order::AcqRel) & timer_word::settled) == 0;
        if (wanted) timer->callback_(self, *timer);  // it may end the timer's life
        // Release pairs with the acquire in await_end: what the callback did is seen.
        running.store(nullptr, Order::Release);
    }

    void await_end(const Timer& timer, ThreadContext& self) noexcept {
        if (in_timer_thread()) return;
        while (running.load(Order::Acquire) == &timer) MutexGuard guard{callback_runs, self};
    }

    static void entry(ThreadContext& self, void* argument) {
        auto& thread = *static_cast<TimerThread*>(argument);
        for (;;) {
            static_cast<void>(thread.listed.take(self));
            thread.call_next(self);
        }
    }
};

namespace {

constinit StaticRoom<TimerThread> the_thread;

}  // namespace

Status start_timer_thread() noexcept {
    static constinit arch::Atomic<bool> started{false};
    // Acquire pairs with the release below: who tried before and got no thread has left what it made.
    if (started.exchange(true, Order::Acquire)) {
        // Somebody else has made it, or is about to: it exists when this returns. Relaxed: who uses it looks at `timer_thread`
        // himself.
        ThreadContext self = ThreadContext::current(Unsafe{"the caller is a thread, as the contract says"});
        while (timer_thread.load(Order::Relaxed) == nullptr && started.load(Order::Relaxed))
            sleep_for(self, milliseconds(1));
        return timer_thread.load(Order::Relaxed) != nullptr ? Status{} : fail(Error::NoMemory);
    }
    if (the_thread.get() == nullptr) the_thread.make();
    auto thread = spawn({.name = "timers", .priority = timer_thread_priority, .on_fault = OnFault::Stop},
                        TimerThread::entry, the_thread.get());
    if (!thread) {
        started.store(false, Order::Release);  // pairs with the exchange of who tries next
        return fail(thread.error());
    }
    // Release pairs with the acquires in TimerControl::arm_first and of whoever ends a timer: what it works with is made.
    timer_thread.store(thread->record(), Order::Release);
    return {};
}

void Timer::fire(TimerNode& node) noexcept {
    // More than once in the list would be as much as once: the word counts.
    TimerThread& thread = *the_thread.get();
    if (thread.add(*static_cast<Timer*>(node.owner))) static_cast<void>(thread.listed.give());
}

bool Timer::cancel_and_wait(ThreadContext& self) noexcept {
    bool prevented = cancel();
    // Acquire pairs with the release in start_timer_thread.
    if (timer_thread.load(Order::Acquire) != nullptr) the_thread.get()->await_end(*this, self);
    return prevented;
}

Timer::~Timer() {
    withdraw_timer(node_);
    if (timer_thread.load(Order::Acquire) == nullptr) return;
    the_thread.get()->remove(*this);
    ThreadContext self = ThreadContext::current(Unsafe{"the destructor's caller is a thread, as its contract says"});
    the_thread.get()->await_end(*this, self);
}

}  // namespace quartet::kernel
