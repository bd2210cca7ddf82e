// SPDX-License-Identifier: MIT

#include <arch/cache.hpp>
#include <arch/linear_map.hpp>
#include <base/assert.hpp>
#include <base/format.hpp>
#include <mm/dma_buffer.hpp>
#include <mm/memory_fault.hpp>

#include <algorithm>
#include <utility>

namespace quartet::mm {

namespace {

// The VideoCore's uncached view of the low GiB.
constexpr u64 bus_alias = 0xc000'0000;

}  // namespace

std::string_view DmaPartError::words(std::span<char> room) const {
    if (right_size == 0)
        return format_to(room, "{} bytes at {} begin behind a buffer of {}", size, offset, buffer_size);
    if (offset > buffer_size || size > buffer_size - offset) {
        return format_to(room, "{} bytes at {} leave a buffer of {}: right would be {} bytes at {}", size, offset,
                         buffer_size, right_size, right_offset);
    }
    return format_to(room, "{} bytes at {} are not whole cache lines of {}: right would be {} bytes at {}", size,
                     offset, DmaBuffer::line, right_size, right_offset);
}

Result<DmaBuffer> DmaBuffer::allocate(usize bytes, Reach reach, FrameAllocator& frames) {
    refuse_handlers();
    check(arch::write_back_granule() <= line, "a cache of this machine writes back more than a DMA buffer's line");
    if (bytes == 0) return fail(Error::Invalid);
    if (bytes > block_bytes(max_order)) return fail(Error::NoMemory);
    DmaBuffer buffer;
    buffer.physical_ = TRY(frames.allocate(order_for(bytes), FrameUse::Plain, reach));
    buffer.data_ = static_cast<std::byte*>(
        arch::linear_pointer(Unsafe{"frames of the allocator are in the linear map"}, buffer.physical_));
    buffer.size_ = align_up(bytes, line);
    buffer.frames_ = &frames;
    // Whoever had these frames before may have left dirty lines.
    buffer.clean_and_invalidate();
    return buffer;
}

DmaBuffer::DmaBuffer(DmaBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      physical_(std::exchange(other.physical_, PhysAddr{})),
      frames_(other.frames_) {}

DmaBuffer& DmaBuffer::operator=(DmaBuffer&& other) {
    if (this != &other) {
        reset();
        data_ = std::exchange(other.data_, nullptr);
        size_ = std::exchange(other.size_, 0);
        physical_ = std::exchange(other.physical_, PhysAddr{});
        frames_ = other.frames_;
    }
    return *this;
}

// Stale lines may stay in the caches: the next owner finds undefined bytes as in all memory that is given out, and what he
// writes is written over them.
void DmaBuffer::reset() {
    if (empty()) return;
    refuse_handlers();
    frames_->free(physical_, order_for(size_));
    data_ = nullptr;
    size_ = 0;
    physical_ = PhysAddr{};
}

Result<u32> DmaBuffer::bus_address() const noexcept {
    if (empty() || physical_.value() + size_ > low_end) return fail(Error::Unsupported);
    return static_cast<u32>(physical_.value() | bus_alias);
}

void DmaBuffer::clean() const noexcept { arch::clean_to_poc(data_, size_); }
void DmaBuffer::invalidate() const noexcept {
    arch::invalidate_to_poc(
        Unsafe{"the buffer is whole granules and nobody else's; whoever asks gives up what he wrote"}, data_, size_);
}
void DmaBuffer::clean_and_invalidate() const noexcept { arch::clean_invalidate_to_poc(data_, size_); }

DmaStatus DmaBuffer::clean(usize offset, usize size) const noexcept {
    DmaStatus status = expect_whole_lines(offset, size);
    if (status) arch::clean_to_poc(data_ + offset, size);
    return status;
}

DmaStatus DmaBuffer::invalidate(usize offset, usize size) const noexcept {
    DmaStatus status = expect_whole_lines(offset, size);
    if (status)
        arch::invalidate_to_poc(Unsafe{"the part was found to be whole granules; whoever asks gives up what he wrote"},
                                data_ + offset, size);
    return status;
}

DmaStatus DmaBuffer::clean_and_invalidate(usize offset, usize size) const noexcept {
    DmaStatus status = expect_whole_lines(offset, size);
    if (status) arch::clean_invalidate_to_poc(data_ + offset, size);
    return status;
}

DmaStatus DmaBuffer::expect_whole_lines(usize offset, usize size) const noexcept {
    const bool inside = offset <= size_ && size <= size_ - offset;
    if (inside && is_aligned(offset, line) && is_aligned(size, line)) return {};
    // `size_` is whole lines, so neither step leaves the buffer.
    const usize begin = std::min<usize>(align_down(offset, line), size_);
    const usize end = inside ? align_up(offset + size, line) : size_;
    return std::unexpected{DmaPartError{offset, size, begin, end - begin, size_}};
}

}  // namespace quartet::mm
