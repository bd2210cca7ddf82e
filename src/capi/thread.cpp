// SPDX-License-Identifier: MIT
//
// A caller in C knows a thread by a word that looks like a pointer and is none (kernel/thread/thread_word.hpp): the
// record's address, which is never freed, with a part of its generation. So a handle whose thread was joined is refused
// like any stale handle, nothing is allocated for it, and qt_thread_self makes one from nothing.

#include <arch/code.hpp>
#include <capi/calls.hpp>
#include <kernel/thread/thread_control.hpp>
#include <kernel/thread/thread_word.hpp>
#include <kernel/thread/threads.hpp>

#include <new>

using namespace quartet;

namespace {

// What a thread in C begins with; it lies on its own stack.
struct Start {
    void (*entry)(void*);
    void* argument;
};

void run_in_c(kernel::ThreadContext&, void* payload) {
    const Start& start = *static_cast<Start*>(payload);
    start.entry(start.argument);
}

qt_thread* token_of(kernel::ThreadHandle handle) noexcept {
    return __builtin_bit_cast(qt_thread*, kernel::thread_word(*handle.record(), handle.generation()));
}

// The kernel looks once more, under the record's lock, at the generation that is found here.
Result<kernel::ThreadHandle> handle_of(const qt_thread* token) noexcept {
    if (token == nullptr) return fail(Error::Invalid);
    const u64 word = __builtin_bit_cast(u64, token);
    kernel::Thread& record = *kernel::thread_of_word(word);
    const u32 generation = record.generation.load(arch::Order::Relaxed);
    if (kernel::thread_word(record, generation) != word) return fail(Error::Invalid);
    return kernel::ThreadHandle{record, generation};
}

// What every function that takes a handle does. `call(self, handle)` returns a Status.
template <typename Call>
qt_status from_thread(const qt_thread* token, Call call) noexcept {
    if (arch::in_handler()) return QT_IN_HANDLER;
    const Result<kernel::ThreadHandle> handle = handle_of(token);
    if (!handle) return capi::status_of(handle.error());
    kernel::ThreadContext self = capi::caller();
    return capi::status_of(call(self, *handle));
}

}  // namespace

extern "C" {

qt_status qt_thread_create(qt_thread** out, const qt_thread_options* options, void (*entry)(void*), void* arg) {
    if (out == nullptr || !arch::is_code(entry)) return QT_INVALID;
    if (arch::in_handler()) return QT_IN_HANDLER;
    constexpr qt_thread_options all_defaults{};
    const qt_thread_options& given = options != nullptr ? *options : all_defaults;
    if (given.priority >= kernel::priority_count) return QT_INVALID;
    kernel::ThreadOptions wanted;
    if (given.name != nullptr) wanted.name = given.name;
    if (given.priority != 0) wanted.priority = static_cast<u8>(given.priority);
    if (given.affinity != 0) wanted.affinity = given.affinity;
    if (given.stack_size != 0) wanted.stack_size = given.stack_size;
    wanted.slice = {given.slice_ns};
    Start start{entry, arg};
    const kernel::KeptArgument kept{
        .from = &start,
        .size = sizeof start,
        .align = alignof(Start),
        .move = [](void* to, void* from) noexcept { new (to) Start{*static_cast<const Start*>(from)}; },
        .destroy = [](void*) noexcept {}};
    const Result<kernel::ThreadHandle> thread = kernel::spawn_keeping(wanted, run_in_c, kept);
    if (!thread) return capi::status_of(thread.error());
    *out = token_of(*thread);
    return QT_OK;
}

qt_status qt_thread_join(qt_thread* thread, uint64_t timeout) {
    const qt_status joined = from_thread(thread, [=](kernel::ThreadContext& self, kernel::ThreadHandle handle) {
        return kernel::join(self, handle, {timeout});
    });
    return joined == QT_TIMEOUT && timeout == QT_NO_WAIT ? QT_WOULD_BLOCK : joined;
}

qt_status qt_thread_detach(qt_thread* thread) {
    return from_thread(thread,
                       [](kernel::ThreadContext&, kernel::ThreadHandle handle) { return kernel::detach(handle); });
}

qt_status qt_thread_suspend(qt_thread* thread) {
    return from_thread(
        thread, [](kernel::ThreadContext& self, kernel::ThreadHandle handle) { return kernel::suspend(self, handle); });
}

qt_status qt_thread_resume(qt_thread* thread) {
    const Result<kernel::ThreadHandle> handle = handle_of(thread);
    return capi::status_of(handle ? kernel::resume(*handle) : Status{fail(handle.error())});
}

qt_status qt_thread_set_priority(qt_thread* thread, unsigned priority) {
    if (priority >= kernel::priority_count) return QT_INVALID;
    return from_thread(thread, [=](kernel::ThreadContext&, kernel::ThreadHandle handle) {
        return kernel::set_priority(handle, static_cast<u8>(priority));
    });
}

qt_status qt_thread_set_affinity(qt_thread* thread, uint32_t affinity) {
    return from_thread(thread, [=](kernel::ThreadContext&, kernel::ThreadHandle handle) {
        return kernel::set_affinity(handle, affinity);
    });
}

qt_status qt_thread_terminate(qt_thread* thread) {
    return from_thread(thread, [](kernel::ThreadContext& self, kernel::ThreadHandle handle) {
        return kernel::terminate(self, handle);
    });
}

void qt_thread_exit(void) {
    check(!arch::in_handler(), "a handler must not end the thread that it interrupted");
    kernel::ThreadContext self = capi::caller();
    kernel::exit_thread(self);
}

qt_thread* qt_thread_self(void) { return arch::in_handler() ? nullptr : token_of(kernel::current()); }

}  // extern "C"
