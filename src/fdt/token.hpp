// SPDX-License-Identifier: MIT
//
// The struct block as a row of tokens (Devicetree Specification 5.4.1). One scanner serves the check
// of a whole tree and every walk after it, and it checks each token against the block every time:
// a walk over bytes that changed after the check still cannot leave the blob.

#pragma once

#include <base/types.hpp>
#include <fdt/bytes.hpp>
#include <fdt/fault.hpp>

#include <expected>
#include <string_view>

namespace quartet::fdt {

enum class Tag : u32 { BeginNode = 1, EndNode = 2, Property = 3, Nop = 4, End = 9 };

// Offsets count from the start of the struct block. For a node, `data` and `size` are its name's; for a
// property, its value's, and `name` is an offset in the strings block.
struct Token {
    Tag tag;
    u32 next;
    u32 data = 0;
    u32 size = 0;
    u32 name = 0;
};

// The two blocks that tokens point into.
class Blocks {
public:
    constexpr Blocks() = default;
    Blocks(Bytes structure, Bytes strings);

    Bytes structure() const { return structure_; }

    // The token at `offset`, or why there is none. Cost: about 25 instructions, and 2 for each byte of a node's name.
    std::expected<Token, Fault::Kind> scan(u32 offset) const;
    // The same with NOPs skipped and a fault read as the end.
    Token next(u32 offset) const;

    // The property token at `offset`, NOPs skipped; any other tag where there is none. The look-ups' inner loop.
    Token next_property(u32 offset) const {
        const u64 size = structure_.size();
        while (be32(structure_, offset) == static_cast<u32>(Tag::Nop)) offset += 4;
        if (be32(structure_, offset) != static_cast<u32>(Tag::Property)) return {.tag = Tag::End, .next = offset};
        const u32 length = be32(structure_, u64{offset} + 4);
        const u64 next = align_up(u64{offset} + 12 + length, 4);
        if (next > size) return {.tag = Tag::End, .next = offset};
        return {.tag = Tag::Property,
                .next = static_cast<u32>(next),
                .data = offset + 12,
                .size = length,
                .name = be32(structure_, u64{offset} + 8)};
    }

    std::string_view node_name(const Token& node) const;
    // Up to its NUL; empty for an offset outside.
    std::string_view string(u32 offset) const;
    // True if the string at `offset` is exactly `wanted`. Cost: ends at the first difference.
    bool string_is(u32 offset, std::string_view wanted) const;
    Bytes value(const Token& property) const;

private:
    Bytes structure_;
    Bytes strings_;
    // One past the last NUL: each string that starts before it ends inside the block.
    u32 strings_end_ = 0;
};

}  // namespace quartet::fdt
