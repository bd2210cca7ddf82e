// SPDX-License-Identifier: MIT

#include <base/assert.hpp>
#include <mm/bump.hpp>

#include <algorithm>

namespace quartet::mm {

using arch::Order;

void Bump::give(Unsafe, std::span<std::byte> memory) noexcept {
    begin_ = address(memory.data());
    // Relaxed: one core runs, and starting the others orders everything before it.
    end_.store(begin_ + memory.size(), Order::Relaxed);
    mark_.store(begin_, Order::Relaxed);
}

Result<void*> Bump::allocate(usize size, usize align) noexcept {
    if (!is_power_of_two(align)) return fail(Error::Invalid);
    if (size == 0) size = 1;
    // Relaxed throughout: the mark only divides addresses; it publishes no contents, which each
    // owner passes on by its own means.
    uptr mark = mark_.load(Order::Relaxed);
    for (;;) {
        const uptr end = end_.load(Order::Relaxed);
        const uptr start = align_up(mark, align);
        if (start < mark || start > end || size > end - start) return fail(Error::NoMemory);
        if (mark_.compare_exchange_weak(mark, start + size, Order::Relaxed, Order::Relaxed)) {
            count_.fetch_add(1, Order::Relaxed);
            return reinterpret_cast<void*>(start);
        }
    }
}

std::span<std::byte> Bump::close() noexcept {
    // The exchange decides against allocations that run at this moment: either theirs came first and
    // `mark` lies behind it, or they find the mark at the end and fail. Relaxed as in `allocate`.
    const uptr end = end_.load(Order::Relaxed);
    const uptr mark = mark_.exchange(end, Order::Relaxed);
    const uptr tail = align_up(mark, page_size);
    const uptr tail_end = align_down(end, page_size);
    if (tail < mark || tail >= tail_end) return {};
    // The mark stays beyond the new end, so nothing fits any more. A ragged end (less than a page) is
    // not worth a second range: it stays with nobody.
    end_.store(tail, Order::Relaxed);
    return {reinterpret_cast<std::byte*>(tail), tail_end - tail};
}

Bump::Report Bump::report() const noexcept {
    const uptr end = end_.load(Order::Relaxed);
    const uptr mark = std::min(mark_.load(Order::Relaxed), end);
    return {.used = mark - begin_, .remaining = end - mark, .count = count_.load(Order::Relaxed)};
}

}  // namespace quartet::mm
