// SPDX-License-Identifier: MIT
//
// A memory resource that hands out one buffer from front to back and takes nothing back before `release`: for containers
// that are filled, used and forgotten together. Where the buffer ends it goes on with another resource, if it has one.

#pragma once

#include <mm/memory_resource.hpp>

#include <span>

namespace quartet::mm {

class MonotonicResource final : public MemoryResource {
public:
    // `buffer` is nobody else's, and it and `upstream` live longer.
    constexpr explicit MonotonicResource(std::span<std::byte> buffer, MemoryResource* upstream = nullptr)
        : buffer_(buffer), upstream_(upstream) {}
    ~MonotonicResource() { release(); }

    // All is handed out anew: nobody uses anything any more that it gave. Context: the owner's; not beside other calls.
    void release() noexcept;

    // Bytes of the buffer that were not handed out yet. Context: the owner's.
    usize remaining() const noexcept { return buffer_.size() - used_; }

private:
    // In front of each block that came from upstream.
    struct Borrowed {
        Borrowed* next;
        usize bytes;
        usize align;
        usize lead;  // from the block's beginning to this
    };

    // Null where neither the buffer nor upstream has room; then nothing has changed. Context: one thread at a time; any where
    // there is no upstream, else as upstream's. Cost: about 15 instructions from the buffer.
    void* do_allocate(usize bytes, usize align) override;
    // Nothing.
    void do_deallocate(void*, usize, usize) override {}
    void* borrow(usize bytes, usize align);

    std::span<std::byte> buffer_;
    usize used_ = 0;
    MemoryResource* upstream_;
    Borrowed* borrowed_ = nullptr;
};

}  // namespace quartet::mm
