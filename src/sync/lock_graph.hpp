// SPDX-License-Identifier: MIT
//
// What a debug build learns about locks while it runs: which was held when which other one was taken. An edge "held,
// taken" is kept with the backtrace of its first time; a ring of edges is an inversion, reported the first time that its
// last edge is seen, whenever and wherever the others were, and whether or not anybody ever had to wait.
//
// Nodes. A spin lock is of a class: its rank and the place that constructs it. A mutex stands for itself alone, because
// applications make mutexes of one kind by the dozen and order them by rules of their own. And one node is the handlers:
// a lock that a handler takes is "taken while the handlers are held", one that is held while interrupts are open is
// "held while the handlers are taken". So a lock of both kinds is a ring of two (LCK05), and one that is reached from a
// handler's through others a longer one.
//
// What is no edge, and why. Into a lock that was only tried for, or waited for with a limit: who gives up by himself
// closes no ring. From one spin lock to another of its rank: the rank forbids it, and LockPair, which may, sorts them.
// A run queue's lock that is handed over a switch stays the core's, so nothing changes. A mutex that is handed to its
// next owner is his from when his wait returns. A mutex under a spin lock, or in a handler, is refused before (LCK07).
//
// Learning takes no lock that is checked, and allocates nothing. What has no room is not learned, and counted.

#pragma once

#include <arch/atomic.hpp>
#include <base/source_place.hpp>
#include <base/types.hpp>
#include <sync/lock_rank.hpp>
#include <sync/ticket_lock.hpp>

#include <span>

namespace quartet::sync {

using Place = SourcePlace;

// Index of a node; 0: none.
using LockNode = u32;

// What a node is, for reports.
struct LockName {
    enum class Kind : u8 { Free, Handlers, Spin, Mutex };

    Kind kind = Kind::Free;
    LockRank rank{};  // of a spin lock
    Place made_at{};  // and where its class is constructed
    u32 number = 0;  // of a mutex: its own, never another's
    const void* address = nullptr;  // of a mutex
};

// Return addresses, innermost first, from the frame record at `frame` on; their number. Context: any.
using TraceHook = usize (*)(uptr frame, std::span<uptr> found) noexcept;
// Until then edges have no backtraces. Context: boot, once; tests.
void set_trace_hook(TraceHook hook) noexcept;

inline constexpr usize trace_depth = 8;

struct Trace {
    uptr frames[trace_depth] = {};
    u32 count = 0;
    u32 core = 0;

    std::span<const uptr> span() const { return {frames, count}; }
};

// The chain from the frame record at `frame` on: empty until a hook was set. Context: any.
Trace take_trace(uptr frame) noexcept;

// One step of a ring: `taken` was taken while `held` was held, there.
struct OrderStep {
    LockName held;
    LockName taken;
    Trace trace;
};

// The ring that a core is about to report: the steps that were seen before, and last the one that closes it. Empty where
// there is none. Context: the core itself, masked, or in its report.
std::span<const OrderStep> broken_order() noexcept;

// As long as one exists nothing is learned: for tests that lock in rings on purpose.
class [[nodiscard]] AnyOrder {
public:
    AnyOrder() noexcept;
    ~AnyOrder();
    AnyOrder(const AnyOrder&) = delete;
    AnyOrder& operator=(const AnyOrder&) = delete;
};

class LockGraph {
public:
    static constexpr u32 most_nodes = 192;
    static constexpr u32 most_edges = 512;
    static constexpr LockNode handlers = 1;

    constexpr LockGraph() = default;

    // The class of spin locks of `rank` that `made_at` constructs. 0: there is no room.
    LockNode class_of(LockRank rank, const Place& made_at) noexcept;
    // The node of the mutex with that number, which no other has ever had. 0: there is no room.
    LockNode node_of(u32 mutex, const void* address) noexcept;
    // Its mutex is gone: node and edges are free for others.
    void forget(LockNode node) noexcept;

    // `taken` is about to be taken, or was, while `held` is held. Ends in `check_failed` where that closes a ring, and
    // broken_order then tells it. `frame`: the frame record of the caller's; `where`: what the report names.
    // Context: any. Cost: 5 instructions for an edge that is known.
    void learn(LockNode held, LockNode taken, uptr frame, const Place& where) noexcept(false) {
        if (!known(held, taken)) [[unlikely]]
            learn_slowly(held, taken, frame, where);
    }

    // Another rule forbids to take `taken` while `held` is held: if the other order was seen, broken_order tells both.
    void note_forbidden(LockNode held, LockNode taken, uptr frame) noexcept;

    // How many edges and nodes there was no room for.
    u32 passed_over() const noexcept { return passed_over_.load(arch::Order::Relaxed); }

private:
    static constexpr u32 words = most_nodes / 64;

    struct Edge {
        LockNode held = 0;
        LockNode taken = 0;
        Trace trace;
    };

    // Relaxed: the answer no is looked at again under the lock; the answer yes leads to nothing that is read. The bits of a
    // node that was given to another mutex were cleared before that one's number was there to be seen.
    bool known(LockNode held, LockNode taken) const noexcept {
        if (held == 0 || taken == 0) return true;
        return (after_[held][taken / 64].load(arch::Order::Relaxed) >> (taken % 64) & 1) != 0;
    }
    [[gnu::noinline]] void learn_slowly(LockNode held, LockNode taken, uptr frame, const Place& where) noexcept(false);
    LockNode add_locked(const LockName& name) noexcept;
    void set_locked(LockNode held, LockNode taken, bool seen) noexcept;
    bool add_edge_locked(LockNode held, LockNode taken, const Trace& trace) noexcept;
    // Whether `to` was ever taken, step by step, under `from`; then `came_from_` leads back from it.
    bool find_way_locked(LockNode from, LockNode to) noexcept;
    void tell_locked(LockNode held, LockNode taken, const Trace& now, bool way) noexcept;
    const Trace* trace_locked(LockNode held, LockNode taken) const noexcept;

    // Not a SpinLock: those are what is learned about. Taken with interrupts masked; nothing else is taken under it.
    TicketLock<> lock_;
    arch::Atomic<u64> after_[most_nodes][words]{};  // written under the lock
    arch::Atomic<u32> passed_over_{0};

    // --- Guarded by the lock
    u64 ways_[most_nodes]
             [words]{};  // as `after_`, for the search: it makes no atomic access, each a point of the simulation
    LockName names_[most_nodes]{};
    Edge edges_[most_edges]{};
    LockNode came_from_[most_nodes]{};
    LockNode line_[most_nodes]{};
};

extern constinit LockGraph lock_graph;

}  // namespace quartet::sync
