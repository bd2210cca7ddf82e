// SPDX-License-Identifier: MIT

#include "symbols.hpp"

namespace quartet::debug {

namespace {

constexpr usize header_size = 32;
constexpr usize token_count = 256;
constexpr u32 names_a_mark = 16;

u32 checksum(std::span<const std::byte> bytes) {
    u32 sum = 0x811c'9dc5;
    for (std::byte byte : bytes) sum = (sum ^ static_cast<u32>(byte)) * 0x0100'0193;
    return sum;
}

}  // namespace

u32 SymbolTable::half(usize at) const noexcept {
    return static_cast<u32>(bytes_[at]) | static_cast<u32>(bytes_[at + 1]) << 8;
}

u32 SymbolTable::word(usize at) const noexcept { return half(at) | half(at + 2) << 16; }

Result<SymbolTable> SymbolTable::open(std::span<const std::byte> bytes) {
    if (bytes.empty()) return fail(Error::NotFound);
    if (bytes.size() < header_size) return fail(Error::Invalid);
    SymbolTable table;
    table.bytes_ = bytes;
    if (table.word(0) != magic) return fail(Error::Invalid);
    u32 size = table.word(8);
    if (size < header_size || size > bytes.size()) return fail(Error::Invalid);
    table.bytes_ = bytes.first(size);
    if (table.word(4) != checksum(table.bytes_.subspan(8))) return fail(Error::Invalid);

    table.count_ = table.word(12);
    table.base_ = u64{table.word(20)} << 32 | table.word(16);
    table.span_ = table.word(24);
    table.names_at_ = table.word(28);
    if (table.count_ == 0) return fail(Error::NotFound);
    // In 64 bits nothing of this wraps.
    table.offsets_at_ = header_size;
    table.marks_at_ = table.offsets_at_ + usize{table.count_} * 4;
    table.tokens_at_ = table.marks_at_ + (usize{table.count_} + names_a_mark - 1) / names_a_mark * 4;
    table.token_text_at_ = table.tokens_at_ + align_up((token_count + 1) * 2, 4);
    if (!table.whole()) return fail(Error::Invalid);
    return table;
}

// Whether everything that a look-up follows stays inside: each offset, mark, token and name.
bool SymbolTable::whole() const noexcept {
    if (token_text_at_ > bytes_.size() || names_at_ < token_text_at_ || names_at_ > bytes_.size()) return false;
    if (offset_of(0) != 0) return false;
    for (u32 i = 1; i < count_; ++i) {
        if (offset_of(i - 1) >= offset_of(i)) return false;
    }
    if (offset_of(count_ - 1) >= span_) return false;
    for (usize i = 0; i < token_count; ++i) {
        if (half(tokens_at_ + i * 2) > half(tokens_at_ + i * 2 + 2)) return false;
    }
    if (half(tokens_at_ + token_count * 2) > names_at_ - token_text_at_) return false;
    usize at = names_at_;
    for (u32 i = 0; i < count_; ++i) {
        if (at >= bytes_.size()) return false;
        if (i % names_a_mark == 0 && word(marks_at_ + i / names_a_mark * usize{4}) != at - names_at_) return false;
        at += 1 + static_cast<usize>(bytes_[at]);
    }
    return at <= bytes_.size();
}

std::string_view SymbolTable::name_of(u32 index, std::span<char> room) const noexcept {
    usize at = names_at_ + word(marks_at_ + index / names_a_mark * usize{4});
    for (u32 skip = index % names_a_mark; skip != 0; --skip) at += 1 + static_cast<usize>(bytes_[at]);
    usize length = static_cast<usize>(bytes_[at]);
    usize used = 0;
    for (std::byte code : bytes_.subspan(at + 1, length)) {
        usize token = tokens_at_ + static_cast<usize>(code) * 2;
        for (usize from = half(token); from < half(token + 2) && used < room.size(); ++from) {
            room[used++] = static_cast<char>(bytes_[token_text_at_ + from]);
        }
    }
    return {room.data(), used};
}

std::optional<kernel::NamedAddress> SymbolTable::find(uptr address, std::span<char> room) const noexcept {
    if (address < base_ || address - base_ >= span_) return {};
    u32 offset = static_cast<u32>(address - base_);
    u32 low = 0;
    u32 high = count_;
    while (high - low > 1) {
        u32 middle = low + (high - low) / 2;
        if (offset_of(middle) <= offset) low = middle;
        else high = middle;
    }
    return kernel::NamedAddress{name_of(low, room), offset - offset_of(low)};
}

}  // namespace quartet::debug
