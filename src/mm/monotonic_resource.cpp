// SPDX-License-Identifier: MIT

#include <mm/monotonic_resource.hpp>

#include <algorithm>
#include <new>

namespace quartet::mm {

void* MonotonicResource::do_allocate(usize bytes, usize align) {
    const uptr at = reinterpret_cast<uptr>(buffer_.data()) + used_;
    const usize gap = align_up(at, align) - at;
    // Nothing of no size: two blocks never have one address.
    const usize size = std::max<usize>(bytes, 1);
    if (gap > remaining() || size > remaining() - gap) return upstream_ != nullptr ? borrow(size, align) : nullptr;
    used_ += gap + size;
    return buffer_.data() + used_ - size;
}

void* MonotonicResource::borrow(usize bytes, usize align) {
    const usize whole_align = std::max(align, alignof(Borrowed));
    const usize lead = align_up(sizeof(Borrowed), whole_align);
    usize whole = 0;
    if (__builtin_add_overflow(bytes, lead, &whole)) return nullptr;
    auto* block = static_cast<std::byte*>(upstream_->allocate(whole, whole_align));
    if (block == nullptr) return nullptr;
    borrowed_ = new (block + lead - sizeof(Borrowed)) Borrowed{borrowed_, whole, whole_align, lead - sizeof(Borrowed)};
    return block + lead;
}

void MonotonicResource::release() noexcept {
    while (Borrowed* last = borrowed_) {
        borrowed_ = last->next;
        const Borrowed block = *last;
        upstream_->deallocate(reinterpret_cast<std::byte*>(last) - block.lead, block.bytes, block.align);
    }
    used_ = 0;
}

}  // namespace quartet::mm
