// SPDX-License-Identifier: MIT

#include <kernel/thread/stack_mark.hpp>
#include <kernel/thread/thread_records.hpp>

namespace quartet::kernel {
namespace {

// No address, no small number, no ASCII: what code leaves on a stack by itself.
constexpr u64 paint = 0xa5c3'5a3c'c3a5'3c5a;
constexpr usize words_at_once = 64;

}  // namespace

void paint_stack(Thread& thread) noexcept {
    for (usize at = 0; at + sizeof paint <= thread.stack.size(); at += sizeof paint)
        __builtin_memcpy(&thread.stack[at], &paint, sizeof paint);
}

Result<usize> stack_high_water(ThreadHandle handle) noexcept {
    if (handle.empty()) return fail(Error::Invalid);
    Thread& thread = *handle.record();
    for (usize painted = 0;;) {
        // The stack is the thread's as long as the handle is fresh, and that is as long as this lock is held.
        sync::IrqLockGuard guard{thread.end_lock};
        if (!fresh(thread, handle)) return fail(Error::Invalid);
        if (!thread.stack_marked) return fail(Error::Unsupported);
        usize end = painted + words_at_once * sizeof paint;
        if (end > thread.stack.size()) end = thread.stack.size();
        for (; painted < end; painted += sizeof paint) {
            u64 word = 0;
            __builtin_memcpy(&word, &thread.stack[painted], sizeof word);
            if (word != paint) return thread.stack.size() - painted;
        }
        if (painted == thread.stack.size()) return 0;
    }
}

}  // namespace quartet::kernel
