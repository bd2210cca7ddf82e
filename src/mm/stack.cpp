// SPDX-License-Identifier: MIT

#include <mm/stack.hpp>

namespace quartet::mm {

namespace {

// A stack is mapped from blocks of frames: its size in pages, as a sum of powers of two, largest first. The
// same walk finds them again when it is freed.
template <typename F>
Status for_each_block(usize size, F&& act) {
    for (usize offset = 0; offset < size;) {
        u32 order = max_order;
        while (block_bytes(order) > size - offset) --order;
        if (Status status = act(offset, order); !status) return status;
        offset += block_bytes(order);
    }
    return {};
}

}  // namespace

Result<std::span<std::byte>> Stacks::allocate(usize size) {
    size = align_up(size, page_size);
    if (size == 0 || size > Large::largest_stack) return fail(Error::Invalid);
    auto as_span = [size](uptr stack) { return std::span{reinterpret_cast<std::byte*>(stack), size}; };
    if (size == usual_size) {
        sync::IrqLockGuard guard{lock_};
        if (kept_count_ != 0) return as_span(kept_[--kept_count_]);
    }
    const uptr stack = TRY(take_slot(size));
    if (Status status = map_frames(stack, size); !status) {
        give_slot(stack);
        return fail(status.error());
    }
    return as_span(stack);
}

void Stacks::free(std::span<std::byte> memory) {
    const uptr stack = reinterpret_cast<uptr>(memory.data());
    const auto place = describe(stack);
    check(place && place->stack == stack, "a stack that is freed is one that was allocated");
    if constexpr (checks_enabled) expect_size(memory);
    {
        sync::IrqLockGuard guard{lock_};
        expect_live(stack);
        if (memory.size() == usual_size && kept_count_ < kept_.size()) {
            kept_[kept_count_++] = stack;
            return;
        }
    }
    free_frames(stack, memory.size());
    give_slot(stack);
}

std::optional<Stacks::Place> Stacks::describe(uptr address) const noexcept {
    const usize offset = address - window_;
    if (offset >= window_bytes) return std::nullopt;
    const bool small = offset < Small::window_bytes;
    const uptr slot = small ? window_ + align_down(offset, Small::slot_bytes)
                            : large_window() + align_down(offset - Small::window_bytes, Large::slot_bytes);
    return Place{slot + stack_guard, address - slot < stack_guard};
}

// Above a stack, to the end of its slot, nothing is ever mapped: the map tells the size. One of which nothing is mapped
// is not live, which is said elsewhere.
void Stacks::expect_size(std::span<std::byte> memory) const {
    const uptr stack = reinterpret_cast<uptr>(memory.data());
    if (!mapping_.mapped(stack)) return;
    const usize most = stack < large_window() ? Small::largest_stack : Large::largest_stack;
    check(!memory.empty() && memory.size() <= most && mapping_.mapped(stack + memory.size() - page_size) &&
              !mapping_.mapped(stack + memory.size()),
          "a stack is freed with the size that it was allocated with");
}

// Two threads on one stack are found by nothing else, so this is looked at in every build. It costs little: a thread
// that ends leaves its stack to the next one, and few are ever freed.
void Stacks::expect_live(uptr stack) const {
    bool live = stack < large_window() ? small_.taken(window_, stack) : large_.taken(large_window(), stack);
    for (u32 n = 0; n < kept_count_; ++n) live = live && kept_[n] != stack;
    check(live, "a stack is freed once");
}

u32 Stacks::count() const noexcept {
    sync::IrqLockGuard guard{lock_};
    return count_;
}

Result<uptr> Stacks::take_slot(usize size) {
    sync::IrqLockGuard guard{lock_};
    const uptr stack = size <= Small::largest_stack ? small_.take(window_) : large_.take(large_window());
    if (stack == 0) return fail(Error::NoMemory);
    ++count_;
    return stack;
}

void Stacks::give_slot(uptr stack) {
    sync::IrqLockGuard guard{lock_};
    --count_;
    if (stack < large_window()) return small_.give(window_, stack);
    large_.give(large_window(), stack);
}

Status Stacks::map_frames(uptr stack, usize size) {
    usize mapped = 0;
    const Status status = for_each_block(size, [&](usize offset, u32 order) -> Status {
        const PhysAddr block = TRY(frames_.allocate(order));
        if (Status one = mapping_.map(stack + offset, block, block_bytes(order)); !one) {
            frames_.free(block, order);
            return one;
        }
        mapped = offset + block_bytes(order);
        return {};
    });
    // What is mapped so far is whole blocks of the same walk: all of them are larger than what is missing.
    if (!status) free_frames(stack, mapped);
    return status;
}

void Stacks::free_frames(uptr stack, usize size) {
    (void)for_each_block(size, [&](usize offset, u32 order) -> Status {
        const PhysAddr block = mapping_.physical(stack + offset);
        mapping_.unmap(stack + offset, block_bytes(order));
        frames_.free(block, order);
        return {};
    });
}

}  // namespace quartet::mm
