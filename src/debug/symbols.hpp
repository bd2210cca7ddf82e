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

// The table, little-endian:
//   u32 magic, checksum (FNV-1a of all that follows), size, count; u64 base; u32 span; u16 characters, pairs
//   u32 offset, record          for each 32nd function: where it begins from base, and its record behind the first
//   u8 length[16]               how many characters a name may have from the one before it
//   u8 character[characters], pair[pairs][2]   what a code stands for: first the characters, then two codes each
//   records                     how many instructions the function has (7 bits a byte, lowest first), u8 which length << 4 |
//                               how many codes (15: the next byte says it), then these codes: the rest of the name
//   u32 lines                   CRC-32 of the ELF file's line tables: what else the checksum, which names an image, is to tell apart
class SymbolTable {
public:
    static constexpr u32 magic = 0x324d'5951;  // "QYM2"

    // Context: any. Cost: one pass over the table, for its checksum.
    // Errors: Invalid where it is cut, damaged or of another version; NotFound where it is empty.
    static Result<SymbolTable> open(std::span<const std::byte> bytes);

    // The function that holds `address`: the last that begins at or below it. Nothing below the first
    // one and from the end of the last on. A name that does not fit is cut.
    // Context: any. Cost: a binary search and at most 32 names.
    std::optional<kernel::NamedAddress> find(uptr address, std::span<char> room) const noexcept;

    u32 sum() const noexcept { return word(4); }
    u32 count() const { return count_; }
    // All functions lie in here.
    kernel::AddressRange range() const { return {base_, base_ + span_}; }

private:
    SymbolTable() = default;

    struct Record {
        u32 instructions = 0;
        usize shared = 0;
        std::span<const std::byte> codes;
    };

    bool whole() const noexcept;
    usize byte(usize at) const noexcept { return static_cast<usize>(bytes_[at]); }
    u32 word(usize at) const noexcept;
    bool read(usize& at, Record& record) const noexcept;
    void expand(const Record& record, std::span<char> room, usize& used) const noexcept;

    std::span<const std::byte> bytes_;
    u64 base_ = 0;
    u32 span_ = 0;
    u32 count_ = 0;
    usize characters_ = 0;
    usize codes_ = 0;  // characters and pairs
    usize lengths_at_ = 0;
    usize characters_at_ = 0;
    usize pairs_at_ = 0;
    usize records_at_ = 0;
};

}  // namespace quartet::debug
