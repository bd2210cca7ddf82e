// SPDX-License-Identifier: MIT

#include <arch/frame.hpp>
#include <sync/mutex_order.hpp>

namespace quartet::sync {

namespace {

// Relaxed: that no two are the same is all that counts.
constinit arch::Atomic<u32> last_number{0};

}  // namespace

void CheckedMutexOrder::taken(CheckedHeldMutexes& mine, Patience patience) noexcept(false) {
    // Only the owner is here, and one follows the other.
    if (number_ == 0) number_ = last_number.fetch_add(1, arch::Order::Relaxed) + 1;
    owned_ = true;
    const u32 before = mine.count;
    if (before < CheckedHeldMutexes::limit) mine.held[mine.count++] = {number_, node_, this};
    if (before == 0 || patience == Patience::Limited) return;
    if (node_ == 0) node_ = lock_graph.node_of(number_, this);
    for (u32 at = 0; at < before; ++at) {
        CheckedHeldMutexes::Held& other = mine.held[at];
        // The mutex itself learns its node when it is released.
        if (other.node == 0) other.node = lock_graph.node_of(other.number, other.address);
        if (other.number != number_) lock_graph.learn(other.node, node_, arch::frame_address(), Place::current());
    }
    if (before < CheckedHeldMutexes::limit) mine.held[before].node = node_;
}

void CheckedMutexOrder::released(CheckedHeldMutexes& mine) noexcept {
    for (u32 at = mine.count; at > 0; --at) {
        if (mine.held[at - 1].number != number_) continue;
        node_ = mine.held[at - 1].node;
        for (; at < mine.count; ++at) mine.held[at - 1] = mine.held[at];
        mine.count -= 1;
        break;
    }
    owned_ = false;
}

}  // namespace quartet::sync
