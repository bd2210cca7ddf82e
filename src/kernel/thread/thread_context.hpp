// SPDX-License-Identifier: MIT
//
// The proof that the caller is a thread, and so may block. A thread's entry function is given one; an
// interrupt handler cannot come by it, because it is given an IrqContext and this has no public
// constructor. Everything that may block takes a `ThreadContext&`.

#pragma once

#include <base/unsafe.hpp>
#include <kernel/thread/thread.hpp>

namespace quartet::kernel {

class ThreadContext {
public:
    ThreadContext(const ThreadContext&) = delete;
    ThreadContext& operator=(const ThreadContext&) = delete;

    // For flows that were not started by `spawn`: the boot flow, and callers in C.
    // Safety: the caller is a thread, not a handler, and holds no spin lock where it blocks.
    [[gnu::always_inline]] static ThreadContext current(Unsafe) noexcept { return ThreadContext{current_thread()}; }

    Thread& thread() const noexcept { return thread_; }
    ThreadHandle handle() const noexcept {
        // Relaxed: the generation of a running thread's own record does not change.
        return {thread_, thread_.generation.load(arch::Order::Relaxed)};
    }

private:
    friend void run_thread(Thread& thread) noexcept;

    [[gnu::always_inline]] explicit ThreadContext(Thread& thread) noexcept : thread_(thread) {}

    Thread& thread_;
};

}  // namespace quartet::kernel
