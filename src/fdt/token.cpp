// SPDX-License-Identifier: MIT

#include <fdt/token.hpp>

namespace quartet::fdt {
namespace {

// True if one of the four bytes is 0 (the classic borrow trick, exact for "any").
constexpr bool has_zero_byte(u32 word) { return ((word - 0x0101'0101u) & ~word & 0x8080'8080u) != 0; }

}  // namespace

Blocks::Blocks(Bytes structure, Bytes strings) : structure_(structure), strings_(strings) {
    usize end = strings.size();
    while (end != 0 && strings[end - 1] != std::byte{0}) --end;
    strings_end_ = static_cast<u32>(end);
}

std::expected<Token, Fault::Kind> Blocks::scan(u32 offset) const {
    using enum Fault::Kind;
    const u64 size = structure_.size();
    if (u64{offset} + 4 > size) return std::unexpected{TokenCut};
    const u32 word = be32(structure_, offset);
    switch (static_cast<Tag>(word)) {
        case Tag::EndNode:
        case Tag::Nop:
        case Tag::End: return Token{.tag = static_cast<Tag>(word), .next = offset + 4};
        case Tag::BeginNode: {
            u32 end = offset + 4;
            while (u64{end} + 4 <= size && !has_zero_byte(be32(structure_, end))) end += 4;
            if (u64{end} + 4 > size) return std::unexpected{NodeNameCut};
            const u32 next = end + 4;
            while (structure_[end] != std::byte{0}) ++end;
            return Token{.tag = Tag::BeginNode, .next = next, .data = offset + 4, .size = end - (offset + 4)};
        }
        case Tag::Property: {
            if (u64{offset} + 12 > size) return std::unexpected{TokenCut};
            const u32 length = be32(structure_, offset + 4);
            const u32 name = be32(structure_, offset + 8);
            const u64 next = align_up(u64{offset} + 12 + length, 4);  // 64 bits: no length wraps it
            if (next > size) return std::unexpected{PropertyTooLong};
            if (name >= strings_.size()) return std::unexpected{PropertyNameOutside};
            if (name >= strings_end_) return std::unexpected{PropertyNameUnterminated};
            return Token{.tag = Tag::Property,
                         .next = static_cast<u32>(next),
                         .data = offset + 12,
                         .size = length,
                         .name = name};
        }
    }
    return std::unexpected{UnknownToken};
}

Token Blocks::next(u32 offset) const {
    auto token = scan(offset);
    while (token && token->tag == Tag::Nop) token = scan(token->next);
    return token ? *token : Token{.tag = Tag::End, .next = static_cast<u32>(structure_.size())};
}

std::string_view Blocks::node_name(const Token& node) const {
    return {text_at(structure_.subspan(node.data, node.size)), node.size};
}

std::string_view Blocks::string(u32 offset) const {
    if (offset >= strings_end_) return {};
    const Bytes rest = strings_.subspan(offset);
    usize size = 0;
    while (rest[size] != std::byte{0}) ++size;
    return {text_at(rest), size};
}

bool Blocks::string_is(u32 offset, std::string_view wanted) const {
    if (u64{offset} + wanted.size() >= strings_end_) return false;
    const char* text = text_at(strings_.subspan(offset));
    for (usize i = 0; i != wanted.size(); ++i) {
        if (text[i] != wanted[i]) return false;
    }
    return text[wanted.size()] == '\0';
}

Bytes Blocks::value(const Token& property) const { return structure_.subspan(property.data, property.size); }

}  // namespace quartet::fdt
