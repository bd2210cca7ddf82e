// SPDX-License-Identifier: MIT

#include <arch/core_local.hpp>
#include <arch/cpu.hpp>
#include <arch/frame.hpp>
#include <arch/handler.hpp>
#include <arch/irq_mask.hpp>
#include <base/format.hpp>
#include <sync/lock_order.hpp>

namespace quartet::sync {
namespace {

struct Held {
    const CheckedLockOrder* lock = nullptr;
    LockRank rank{};
    Place where{};
    LockNode node = 0;     // 0: not asked for yet
    bool handler = false;  // taken by one
};

struct HeldLocks {
    // The most that the rules allow: of every rank one, or the two of a pair.
    static constexpr u32 limit = 2 * lock_ranks;
    Held locks[limit];
    u32 count = 0;
    char words[320] = {};
};

constinit arch::CoreLocal<HeldLocks> held_locks;

[[noreturn]] void broken(HeldLocks& mine, const char* rule, const Place& here, const Place& there) {
    std::string_view text = format_to(std::span{mine.words, sizeof mine.words - 1}, "{}: at {}:{}, and at {}:{}", rule,
                                      here.file_name(), here.line(), there.file_name(), there.line());
    mine.words[text.size()] = 0;
    check_failed(mine.words, here);
}

}  // namespace

void CheckedLockOrder::before_take(LockRank rank, SameRank same, const Place& where) noexcept(false) {
    HeldLocks& mine = held_locks.mine();
    for (u32 at = 0; at < mine.count; ++at) {
        const Held& other = mine.locks[at];
        if (other.lock == this)
            broken(mine, "a spin lock is taken again by the core that holds it", where, other.where);
        if (other.rank < rank || (other.rank == rank && same == SameRank::Forbidden)) {
            lock_graph.note_forbidden(other.lock->node(other.rank), node(rank), arch::frame_address());
            broken(mine, "a spin lock is taken under one of its own or a lower rank", where, other.where);
        }
    }
    learn(rank, where, arch::frame_address());
}

void CheckedLockOrder::before_try(LockRank rank, const Place& where) noexcept(false) {
    if (!arch::in_handler() && !arch::irqs_masked())
        lock_graph.learn(node(rank), LockGraph::handlers, arch::frame_address(), where);
}

// Relaxed: each core that asks finds the same.
LockNode CheckedLockOrder::node(LockRank rank) const noexcept {
    LockNode found = node_.load(arch::Order::Relaxed);
    if (found == 0) {
        found = lock_graph.class_of(rank, made_at_);
        node_.store(found, arch::Order::Relaxed);
    }
    return found;
}

void CheckedLockOrder::learn(LockRank rank, const Place& where, uptr frame) const noexcept(false) {
    HeldLocks& mine = held_locks.mine();
    const bool handler = arch::in_handler();
    if (handler) lock_graph.learn(LockGraph::handlers, node(rank), frame, where);
    else if (!arch::irqs_masked()) lock_graph.learn(node(rank), LockGraph::handlers, frame, where);
    for (u32 at = 0; at < mine.count; ++at) {
        Held& other = mine.locks[at];
        if (other.node == 0) other.node = other.lock->node(other.rank);
        // What a thread holds was held with interrupts open, or this handler would not run here.
        if (handler && !other.handler) lock_graph.learn(other.node, LockGraph::handlers, frame, where);
        if (other.rank != rank) lock_graph.learn(other.node, node(rank), frame, where);
    }
}

void CheckedLockOrder::after_take(LockRank rank, const Place& where) noexcept(false) {
    taken_at_ = where;
    taken_by_ = arch::core_id();
    HeldLocks& mine = held_locks.mine();
    // Only locks that were tried for, which have no order, can be so many. One that is not written down would be said
    // to be released by a core that does not hold it.
    if (mine.count == HeldLocks::limit)
        broken(mine, "a core holds more spin locks than ranks and pairs allow", where, mine.locks[0].where);
    mine.locks[mine.count++] = Held{this, rank, where, node_.load(arch::Order::Relaxed), arch::in_handler()};
}

void CheckedLockOrder::not_to_be_had(LockRank rank, const Place& where) noexcept(false) {
    HeldLocks& mine = held_locks.mine();
    char rule[96];
    // The holder's notes may change while they are read: this is a report on a machine that stands still.
    std::string_view text = format_to(std::span{rule, sizeof rule - 1},
                                      "the {} spin lock did not come free: core {} holds it", name_of(rank), taken_by_);
    rule[text.size()] = 0;
    broken(mine, rule, where, taken_at_);
}

void CheckedLockOrder::before_release(const Place& where) noexcept(false) {
    HeldLocks& mine = held_locks.mine();
    for (u32 at = mine.count; at > 0; --at) {
        if (mine.locks[at - 1].lock != this) continue;
        for (; at < mine.count; ++at) mine.locks[at - 1] = mine.locks[at];
        mine.count -= 1;
        return;
    }
    broken(mine, "a spin lock is released by a core that does not hold it", where, taken_at_);
}

u32 locks_held() noexcept { return checks_enabled ? held_locks.mine().count : 0; }

std::optional<HeldLock> held_lock(u32 core, u32 at) noexcept {
    if constexpr (!checks_enabled) return {};
    const HeldLocks& theirs = held_locks.of(core);
    if (at >= theirs.count || at >= HeldLocks::limit) return {};
    return HeldLock{theirs.locks[at].rank, theirs.locks[at].where};
}

void check_no_lock_held() noexcept(false) {
    if constexpr (!checks_enabled) return;
    HeldLocks& mine = held_locks.mine();
    if (mine.count == 0) return;
    broken(mine, "a thread blocks while its core holds a spin lock", Place::current(), mine.locks[0].where);
}

}  // namespace quartet::sync
