// SPDX-License-Identifier: MIT
//
// Function names for addresses, from the table that scripts/symbols.py puts into the image. The
// table is bytes: every number in it is checked when it is opened, so that a damaged one costs
// names, never a second fault.

#pragma once

#include <base/result.hpp>
#include <kernel/iface/crash_hooks.hpp>

#include <cstddef>

namespace quartet::debug {

// The table, little-endian, every part 4-byte aligned:
//   u32 magic, checksum (FNV-1a of all that follows), size, count; u64 base; u32 span, names
//   u32 offset[count]           start of each function from base, ascending
//   u32 mark[(count + 15) / 16] where in the names each sixteenth begins
//   u16 token[257], padded      a name is a row of bytes that stand for tokens; where each begins and ends
//   bytes of tokens, padded
//   names                       u8 length, then that many bytes
class SymbolTable {
public:
    static constexpr u32 magic = 0x314d'5951;  // "QYM1"

    // Context: any. Cost: one pass over the table, for its checksum.
    // Errors: Invalid where it is cut, damaged or of another version; NotFound where it is empty.
    static Result<SymbolTable> open(std::span<const std::byte> bytes);

    // The function that holds `address`: the last that begins at or below it. Nothing below the first
    // one and from the end of the last on. A name that does not fit is cut.
    // Context: any. Cost: a binary search and at most 16 names.
    std::optional<kernel::NamedAddress> find(uptr address, std::span<char> room) const noexcept;

    u32 count() const { return count_; }
    // All functions lie in here.
    kernel::AddressRange range() const { return {base_, base_ + span_}; }

private:
    SymbolTable() = default;

    bool whole() const noexcept;
    u32 word(usize at) const noexcept;
    u32 half(usize at) const noexcept;
    u32 offset_of(u32 index) const noexcept { return word(offsets_at_ + index * usize{4}); }
    std::string_view name_of(u32 index, std::span<char> room) const noexcept;

    std::span<const std::byte> bytes_;
    u64 base_ = 0;
    u32 span_ = 0;
    u32 count_ = 0;
    usize offsets_at_ = 0;
    usize marks_at_ = 0;
    usize tokens_at_ = 0;
    usize token_text_at_ = 0;
    usize names_at_ = 0;
};

}  // namespace quartet::debug
