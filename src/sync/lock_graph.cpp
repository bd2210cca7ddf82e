// SPDX-License-Identifier: MIT

#include <arch/core_local.hpp>
#include <arch/irq_mask.hpp>
#include <base/assert.hpp>
#include <sync/lock_graph.hpp>

#include <bit>

namespace quartet::sync {
namespace {

using arch::Order;

constexpr usize most_steps = 8;

// Each core's own: two that find an inversion at once do not write over each other's.
struct BrokenOrder {
    OrderStep steps[most_steps];
    usize count = 0;
};

constinit arch::CoreLocal<BrokenOrder> broken_orders;
constinit TraceHook trace_hook = nullptr;
constinit arch::Atomic<u32> any_orders{0};

// Masked for its life, so that no handler of this core asks for the lock.
class Inside {
public:
    explicit Inside(TicketLock<>& lock) : lock_(lock) { lock_.take(); }
    ~Inside() { lock_.release(); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

private:
    arch::IrqsMasked masked_;
    TicketLock<>& lock_;
};

// A file's name may be there twice, from two objects: then its class is.
bool same(const LockName& a, const LockName& b) {
    if (a.kind != b.kind) return false;
    if (a.kind == LockName::Kind::Mutex) return a.number == b.number;
    return a.rank == b.rank && a.made_at.file_name() == b.made_at.file_name() && a.made_at.line() == b.made_at.line();
}

}  // namespace

constinit LockGraph lock_graph;

void set_trace_hook(TraceHook hook) noexcept { trace_hook = hook; }

// The one place from which the hook is called: scripts/callgraph_checks.txt names it.
[[gnu::noinline]] Trace take_trace(uptr frame) noexcept {
    Trace trace;
    trace.core = arch::core_id();
    if (trace_hook != nullptr) trace.count = static_cast<u32>(trace_hook(frame, std::span<uptr>{trace.frames}));
    return trace;
}

std::span<const OrderStep> broken_order() noexcept {
    BrokenOrder& mine = broken_orders.mine();
    return {mine.steps, mine.count};
}

// Relaxed, here and where it is read: a test sets it before it starts what it exempts.
AnyOrder::AnyOrder() noexcept { any_orders.fetch_add(1, Order::Relaxed); }
AnyOrder::~AnyOrder() { any_orders.fetch_sub(1, Order::Relaxed); }

LockNode LockGraph::add_locked(const LockName& name) noexcept {
    LockNode free = 0;
    for (LockNode node = handlers + 1; node < most_nodes; ++node) {
        if (same(names_[node], name)) return node;
        if (free == 0 && names_[node].kind == LockName::Kind::Free) free = node;
    }
    if (free == 0) passed_over_.fetch_add(1, Order::Relaxed);
    else names_[free] = name;
    return free;
}

LockNode LockGraph::class_of(LockRank rank, const Place& made_at) noexcept {
    Inside inside{lock_};
    return add_locked({.kind = LockName::Kind::Spin, .rank = rank, .made_at = made_at});
}

LockNode LockGraph::node_of(u32 mutex, const void* address) noexcept {
    Inside inside{lock_};
    return add_locked({.kind = LockName::Kind::Mutex, .number = mutex, .address = address});
}

void LockGraph::set_locked(LockNode held, LockNode taken, bool seen) noexcept {
    u64& word = ways_[held][taken / 64];
    const u64 bit = u64{1} << (taken % 64);
    word = seen ? word | bit : word & ~bit;
    after_[held][taken / 64].store(word, Order::Relaxed);  // see `known`
}

void LockGraph::forget(LockNode node) noexcept {
    if (node == 0) return;
    Inside inside{lock_};
    for (Edge& edge : edges_) {
        if (edge.held != node && edge.taken != node) continue;
        set_locked(edge.held, edge.taken, false);
        edge = Edge{};
    }
    names_[node] = {};
}

bool LockGraph::add_edge_locked(LockNode held, LockNode taken, const Trace& trace) noexcept {
    for (Edge& edge : edges_) {
        if (edge.held != 0) continue;
        edge = {held, taken, trace};
        set_locked(held, taken, true);
        return true;
    }
    return false;
}

const Trace* LockGraph::trace_locked(LockNode held, LockNode taken) const noexcept {
    for (const Edge& edge : edges_)
        if (edge.held == held && edge.taken == taken) return &edge.trace;
    return nullptr;
}

// Breadth first, so that the report has the shortest ring.
bool LockGraph::find_way_locked(LockNode from, LockNode to) noexcept {
    for (LockNode& node : came_from_) node = 0;
    u32 begin = 0;
    u32 end = 0;
    line_[end++] = from;
    came_from_[from] = from;
    while (begin < end) {
        const LockNode at = line_[begin++];
        for (u32 word = 0; word < words; ++word) {
            for (u64 bits = ways_[at][word]; bits != 0; bits &= bits - 1) {
                const LockNode next = word * 64 + static_cast<u32>(std::countr_zero(bits));
                if (came_from_[next] != 0) continue;
                came_from_[next] = at;
                if (next == to) return true;
                line_[end++] = next;
            }
        }
    }
    return false;
}

// The way leads from `taken` to `held`; it is told from its beginning. Of one that is longer than the room the end is
// left out: whoever reads it begins with the first steps.
void LockGraph::tell_locked(LockNode held, LockNode taken, const Trace& now, bool way) noexcept {
    BrokenOrder& told = broken_orders.mine();
    usize length = 0;
    if (way)
        for (LockNode at = held; at != taken; at = came_from_[at]) ++length;
    usize place = length;
    for (LockNode at = held; place > 0; at = came_from_[at]) {
        if (--place >= most_steps - 1) continue;
        const Trace* trace = trace_locked(came_from_[at], at);
        told.steps[place] = {names_[came_from_[at]], names_[at], trace != nullptr ? *trace : Trace{}};
    }
    told.count = length < most_steps - 1 ? length : most_steps - 1;
    told.steps[told.count++] = {names_[held], names_[taken], now};
}

void LockGraph::learn_slowly(LockNode held, LockNode taken, uptr frame, const Place& where) noexcept(false) {
    if (any_orders.load(Order::Relaxed) != 0) return;
    // Up to the report: what is told is found by the core that tells it.
    arch::IrqsMasked masked;
    const Trace now = take_trace(frame);
    bool handlers_too = false;
    {
        Inside inside{lock_};
        names_[handlers].kind = LockName::Kind::Handlers;
        if (known(held, taken)) return;
        if (!find_way_locked(taken, held)) {
            if (!add_edge_locked(held, taken, now)) passed_over_.fetch_add(1, Order::Relaxed);
            return;
        }
        tell_locked(held, taken, now, true);
        for (const OrderStep& step : broken_order()) handlers_too |= step.held.kind == LockName::Kind::Handlers;
    }
    check_failed(handlers_too ? "a lock that handlers take, or wait behind, is held with interrupts open"
                              : "locks are taken in one order here, and in the other one before",
                 where);
}

void LockGraph::note_forbidden(LockNode held, LockNode taken, uptr frame) noexcept {
    if (held == 0 || taken == 0) return;
    const Trace now = take_trace(frame);
    Inside inside{lock_};
    tell_locked(held, taken, now, held != taken && find_way_locked(taken, held));
}

}  // namespace quartet::sync
