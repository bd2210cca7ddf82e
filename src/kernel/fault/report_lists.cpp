// SPDX-License-Identifier: MIT

#include "report_lists.hpp"

#include <arch/probe.hpp>
#include <base/format.hpp>
#include <kernel/fault/core_stop.hpp>
#include <kernel/fault/memory_place.hpp>
#include <kernel/fault/thread_frame.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/thread/thread_records.hpp>
#include <kernel/wait/mutex.hpp>
#include <sync/lock_order.hpp>

#include <array>
#include <bit>

namespace quartet::kernel {

namespace {

constexpr usize core_frames = 8;
// Whatever a list holds: far more than a report has room for.
constexpr u32 most_rows = 128;

template <typename T>
const T* if_readable(const T* object) {
    const uptr address = std::bit_cast<uptr>(object);
    const bool readable =
        is_aligned(address, alignof(T)) && arch::readable(address) && arch::readable(address + sizeof(T) - 1);
    return readable ? object : nullptr;
}

void put_mutex(Writer& out, const Mutex* mutex) {
    format(out, " mutex {}", static_cast<const void*>(mutex));
    if (if_readable(mutex) == nullptr) return;
    if (const Thread* owner = readable_thread(mutex->owner_seen())) format(out, " of {}", thread_name(*owner));
}

void put_stopped(Writer& out, const ReportSubject& subject, u32 core) {
    const StoppedCore& found = subject.cores[core];
    uptr pc = found.pc;
    switch (found.how) {
        case StoppedCore::How::NotAsked: break;
        case StoppedCore::How::Stopped: out.put("stopped at "); break;
        case StoppedCore::How::Faulted: out.put("stopped by a fault of its own at "); break;
        case StoppedCore::How::Silent:
            out.put("not responding");
            pc = cores[core].last_tick_pc.load(arch::Order::Relaxed);
            out.put(pc != 0 ? ", last tick at " : ", no tick yet");
            break;
    }
    if (pc != 0) put_code_address(out, pc, CodeAddress::Exact, subject.name_width);
}

// Of a core that stands its callers, of one that does not the thread that it ran.
void put_core(Writer& out, const ReportSubject& subject, u32 core) {
    const StoppedAt at = stopped_frame(core);
    const Thread* thread = readable_thread(at.frame != nullptr ? at.thread : cores[core].current);
    if (thread != nullptr) format(out, ", thread {}", thread_name(*thread));
    out.put('\n');
    if (at.frame == nullptr || subject.brief) return;
    std::array<uptr, core_frames> found;
    u32 number = 0;
    for (uptr address : std::span{found}.first(trace_frame(*at.frame, core, thread, found))) {
        format(out, "#{} ", ++number);
        put_code_address(out, address, CodeAddress::Return, subject.name_width);
        out.put('\n');
    }
}

void put_thread_row(Writer& out, const Thread& thread) {
    // Relaxed: the cores stand still.
    const Core* core = thread.core.load(arch::Order::Relaxed);
    const bool known = core >= &cores[0] && core < &cores[max_cores];
    const bool running = known && core->current == &thread && thread.state == ThreadState::Ready;
    format(out, "{:>4} {:<16} {:>2} {:<9} {}", thread.id, thread_name(thread), thread.priority,
           running ? std::string_view{"running"} : words(thread.state), known ? core->id : max_cores);
    if (thread.state == ThreadState::Blocked) {
        if (thread.blocked_on != nullptr) put_mutex(out, thread.blocked_on);
        else if (thread.waits_for != nullptr) format(out, " object {}", thread.waits_for);
    }
    out.put('\n');
}

}  // namespace

const Thread* readable_thread(const Thread* thread) noexcept { return if_readable(thread); }

// Spin locks are known where their order is checked; and so is every mutex of the thread, elsewhere those that others
// wait for.
void put_locks(Writer& out) noexcept {
    bool any = false;
    for (u32 core = 0; core < max_cores; ++core) {
        for (u32 at = 0;; ++at) {
            auto held = sync::held_lock(core, at);
            if (!held) break;
            format(out, "lock: core {} holds a {} spin lock, taken at {}:{}\n", core, sync::name_of(held->rank),
                   held->where.file_name(), held->where.line());
            any = true;
        }
    }
    const Thread* thread = thread_if_readable();
    auto put = [&](const void* mutex) {
        format(out, "lock: {} holds mutex {}\n", thread_name(*thread), mutex);
        any = true;
    };
    if (thread != nullptr) {
        for (const auto& held : thread->held_mutexes.span()) put(held.address);
        const Lending* lending = checks_enabled ? nullptr : if_readable(thread->contended.front());
        for (u32 row = 0; lending != nullptr && row < most_rows; ++row) {
            put(&lending->mutex);
            lending = if_readable(Lendings::next(*lending));
        }
    }
    if (!any) out.put(checks_enabled ? "lock: none\n" : "lock: no mutex that others wait for\n");
}

void put_cores(Writer& out, const ReportSubject& subject) noexcept {
    for (u32 core = 0; core < max_cores; ++core) {
        if (core == subject.core || subject.cores[core].how == StoppedCore::How::NotAsked) continue;
        format(out, "core {}: ", core);
        put_stopped(out, subject, core);
        put_core(out, subject, core);
    }
}

void put_threads(Writer& out) noexcept {
    out.put("threads:\n");
    const Thread* thread = readable_thread(first_record());
    for (u32 row = 0; thread != nullptr && row < most_rows; ++row) {
        if (thread->state != ThreadState::Free) put_thread_row(out, *thread);
        thread = readable_thread(thread->next_record.load(arch::Order::Relaxed));
    }
}

}  // namespace quartet::kernel
