// SPDX-License-Identifier: MIT
//
// Where a thread ends because others ask for it (`terminate`), and where it does not. It never happens between two
// instructions that know nothing of it: only where the thread waits or has waited, where it yields, at `safe_point`, and
// before it begins. So what it does between two such points is done whole. See docs/adr/0010.

#pragma once

#include <kernel/thread/thread_context.hpp>

namespace quartet::kernel {

// Whether a wait of `thread` ends early, because of what was asked of it. Context: the thread itself; or the run-queue
// lock of its core, while it is blocked.
inline bool waits_end(const Thread& thread) noexcept {
    if (thread.waits_kept != 0) return false;
    // Relaxed: it is written under the lock under which a wait begins.
    u32 asked = thread.asked.load(arch::Order::Relaxed);
    return (asked & asked_to_end) != 0 || (asked != 0 && thread.stop_ends_waits != 0);
}

void safe_point_slowly(ThreadContext& self) noexcept;

// Ends the thread, if others asked for it. For loops that neither wait nor yield.
// Context: thread, with nothing in its hands that only it can give back. Cost: 2 instructions.
[[gnu::always_inline]] inline void safe_point(ThreadContext& self) noexcept {
    // Relaxed: a wish, it orders nothing.
    if (self.thread().asked.load(arch::Order::Relaxed) != 0) [[unlikely]]
        safe_point_slowly(self);
}

// A stretch in which the thread is not ended and its waits last, whatever is asked of it: for who has something in hand
// that must be given back. Nests. Context: thread. Cost: 3 instructions to begin, 3 to end.
class [[nodiscard]] WaitsKept {
public:
    explicit WaitsKept(ThreadContext& self) noexcept : thread_(self.thread()) { thread_.waits_kept += 1; }
    ~WaitsKept() { thread_.waits_kept -= 1; }
    WaitsKept(const WaitsKept&) = delete;
    WaitsKept& operator=(const WaitsKept&) = delete;

private:
    friend class WaitsEnd;

    Thread& thread_;
};

// Inside such a stretch, one wait before which everything was given back that `kept` was for. Where others last, so does
// the wait. Context: thread, around that wait. Cost: 6 instructions.
class [[nodiscard]] WaitsEnd {
public:
    explicit WaitsEnd(WaitsKept& kept) noexcept : thread_(kept.thread_) { thread_.waits_kept -= 1; }
    ~WaitsEnd() { thread_.waits_kept += 1; }
    WaitsEnd(const WaitsEnd&) = delete;
    WaitsEnd& operator=(const WaitsEnd&) = delete;

private:
    Thread& thread_;
};

}  // namespace quartet::kernel
