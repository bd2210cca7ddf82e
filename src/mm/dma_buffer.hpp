// SPDX-License-Identifier: MIT
//
// Memory that a device reads or writes beside our caches: physically contiguous, and whole cache lines at both ends, so
// that nobody else's data shares a line with it. The caches are told by name at each change of hands:
//
//     buffer.clean();                    // we wrote: the device may read
//     start(buffer.physical());
//
//     buffer.clean_and_invalidate();     // no dirty line of ours is left that could be written over what comes
//     start(buffer.physical());
//     …the device says that it is done…
//     buffer.invalidate();               // the device wrote: we may read
//
// The second pair is needed whole. Without the first half a dirty line is evicted over the device's bytes; without the
// second a line that was fetched by speculation meanwhile hides them. A new buffer has been through the first half.

#pragma once

#include <base/address.hpp>
#include <base/result.hpp>
#include <mm/memory.hpp>

#include <expected>
#include <span>
#include <string_view>

namespace quartet::mm {

// A part of a buffer that was refused, and the smallest one in whole lines that holds it, as far as the buffer goes.
struct DmaPartError {
    usize offset;
    usize size;
    usize right_offset;
    usize right_size;
    usize buffer_size;

    // Where only the error's kind is wanted, as by TRY.
    constexpr operator Error() const { return Error::Invalid; }
    // In words, with the numbers that would be right. Context: any.
    std::string_view words(std::span<char> room) const;
    bool operator==(const DmaPartError&) const = default;
};
using DmaStatus = std::expected<void, DmaPartError>;

class DmaBuffer {
public:
    // A cache line of the Cortex-A72. That no cache of this machine writes back more at once is checked.
    static constexpr usize line = 64;

    // At least `bytes`, rounded up to whole lines, contents undefined; of a buffer with Reach::Low every byte is below
    // 1 GiB. It is whole frames of the frame allocator, up to 4 MiB. Context: thread or boot. Errors: Invalid (no
    // bytes), NoMemory (there is none so large, or none within reach). Cost: the frames', and one operation a line.
    static Result<DmaBuffer> allocate(usize bytes, Reach reach = Reach::Any, FrameAllocator& frames = kernel_frames);

    constexpr DmaBuffer() = default;
    DmaBuffer(DmaBuffer&& other) noexcept;
    DmaBuffer& operator=(DmaBuffer&& other);
    // Pre: no device uses it any more. Context: thread or boot.
    ~DmaBuffer() { reset(); }
    void reset();

    bool empty() const noexcept { return size_ == 0; }
    usize size() const noexcept { return size_; }
    // Where we reach it, cached as all RAM. Context: any.
    std::byte* data() const noexcept { return data_; }
    std::span<std::byte> bytes() const noexcept { return {data_, size_}; }

    // Where the 40-bit DMA engines, EMMC2, PCIe and the network see it. Context: any.
    PhysAddr physical() const noexcept { return physical_; }
    // Where the mailbox, the legacy DMA engines and other masters behind the VideoCore's bus see it: through the alias of
    // the first GiB that passes by the VideoCore's own cache (BCM2711 peripherals, 1.2.4; the tree's dma-ranges).
    // Context: any. Errors: Unsupported (not all of it is below 1 GiB: it was not asked for with Reach::Low).
    Result<u32> bus_address() const noexcept;

    // Before a device reads what we wrote. Context: any. Cost: as arch::clean_to_poc.
    void clean() const noexcept;
    // Before we read what a device wrote. What we wrote to it since the last clean is lost. Context: any.
    void invalidate() const noexcept;
    // Before a device writes, and where it reads and writes. Context: any.
    void clean_and_invalidate() const noexcept;

    // The same for `size` bytes from `offset` on. Errors: a part that is not whole lines, or leaves the buffer; then
    // nothing was done. Context: any.
    DmaStatus clean(usize offset, usize size) const noexcept;
    DmaStatus invalidate(usize offset, usize size) const noexcept;
    DmaStatus clean_and_invalidate(usize offset, usize size) const noexcept;

private:
    DmaStatus expect_whole_lines(usize offset, usize size) const noexcept;

    std::byte* data_ = nullptr;
    usize size_ = 0;
    PhysAddr physical_;
    FrameAllocator* frames_ = nullptr;
};

}  // namespace quartet::mm
