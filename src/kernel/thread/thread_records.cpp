// SPDX-License-Identifier: MIT

#include <kernel/sched/scheduler_ops.hpp>
#include <kernel/thread/thread_records.hpp>
#include <kernel/thread/thread_word.hpp>
#include <kernel/wait/wait_queue.hpp>
#include <sync/spin_lock.hpp>

namespace quartet::kernel {
namespace {

using Order = arch::Order;

struct Records {
    sync::SpinLock<sync::LockRank::Threads> lock;
    Thread* last GUARDED_BY(lock) = nullptr;
    Thread* free GUARDED_BY(lock) = nullptr;
    u32 next_id GUARDED_BY(lock) = 0;
    // Append only: read without the lock. Relaxed: the first one is the boot flow, which sets it before it releases another
    // core; those behind it are found by their releases.
    arch::Atomic<Thread*> first{nullptr};
};
constinit Records records;

// Whoever ends a thread waits for this lock, masked: of any number of free records only these are looked at. They are
// those that were given back last, where one finds again what it has just ended.
constexpr u32 most_looks = 8;

// One whose stack is just right, if it is near, else any; null where none is free.
Thread* pop_free(usize stack_size) noexcept {
    sync::IrqLockGuard guard{records.lock};
    Thread** place = &records.free;
    Thread** at = place;
    for (u32 looks = 0; looks < most_looks && *at != nullptr; ++looks, at = &(*at)->next_free) {
        if ((*at)->stack.size() != stack_size) continue;
        place = at;
        break;
    }
    Thread* thread = *place;
    if (thread != nullptr) {
        *place = thread->next_free;
        thread->next_free = nullptr;
    }
    return thread;
}

void push_free(Thread& thread) noexcept {
    sync::IrqLockGuard guard{records.lock};
    thread.next_free = records.free;
    records.free = &thread;
}

}  // namespace

Thread* first_record() noexcept { return records.first.load(Order::Relaxed); }

void register_record(Thread& thread) noexcept {
    sync::IrqLockGuard guard{records.lock};
    thread.id = records.next_id++;
    if (records.last == nullptr) records.first.store(&thread, Order::Relaxed);
    else
        records.last->next_record.store(&thread, Order::Release);  // pairs with for_each_thread: the record is complete
    records.last = &thread;
}

void name_record(Thread& thread, std::string_view name) noexcept {
    usize length = name.size() < thread_name_size ? name.size() : thread_name_size - 1;
    __builtin_memset(thread.name, 0, thread_name_size);
    __builtin_memcpy(thread.name, name.data(), length);
}

void refresh_identity(Thread& thread) noexcept {
    // Release pairs with the acquire in Mutex::owner_ended: whoever meets a mutex of this record's last owner.
    thread.owner_word.store(thread_word(thread, thread.generation.load(Order::Relaxed)), Order::Release);
}

Result<Thread*> take_record(usize stack_size) noexcept {
    Thread* thread = pop_free(stack_size);
    if (thread != nullptr && thread->stack.size() == stack_size) return thread;
    if (thread == nullptr) {
        thread = TRY(allocate_record());
        register_record(*thread);
    } else if (thread->stack.data() != nullptr) {
        free_stack(thread->stack);
        thread->stack = {};
    }
    auto stack = allocate_stack(stack_size);
    if (!stack) {
        push_free(*thread);
        return fail(stack.error());
    }
    give_stack(*thread, *stack);
    return thread;
}

void give_stack(Thread& thread, std::span<std::byte> stack) noexcept {
    check(is_aligned(stack.size(), alignof(arch::SimdState)), "the end of a stack is aligned as its beginning is");
    thread.stack = stack;
    thread.simd = arch::simd_room(Unsafe{"the stack is this record's own as long as it is `stack`"}, stack);
}

void recycle_record(Thread& thread) noexcept {
    check(thread.contended.empty(), "a thread that ended holds no mutex that others wait for");
    {
        // Under the lock under which join and detach compare it.
        sync::IrqLockGuard guard{thread.end_lock};
        thread.generation.store(thread.generation.load(Order::Relaxed) + 1, Order::Relaxed);
        thread.state = ThreadState::Free;
        thread.claimed = false;
        thread.ended = false;
        thread.joiner = nullptr;
    }
    if (!thread.used_once) push_free(thread);
}

void enter_thread(void* thread) { run_thread(*static_cast<Thread*>(thread)); }

void announce_end(Thread& self, const arch::IrqsMasked& masked) noexcept {
    Thread* joiner = nullptr;
    {
        sync::LockGuard guard{self.end_lock, masked};
        self.ended = true;
        joiner = self.joiner;
        self.joiner = nullptr;
        if (joiner != nullptr && !claim_wait(*joiner, WaitResult::Woken)) joiner = nullptr;
    }
    if (joiner != nullptr) scheduler_ops().wake(*joiner, masked);
}

void release_flow(Thread& thread) noexcept {
    // Release pairs with the acquire of whoever gives the record back: the stack is no longer in use. Acquire,
    // where that is us: the handle's owner is done with it.
    if (thread.references.fetch_sub(1, Order::AcqRel) == 1) recycle_record(thread);
}

}  // namespace quartet::kernel
