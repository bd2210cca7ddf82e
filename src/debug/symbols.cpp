// SPDX-License-Identifier: MIT

#include "symbols.hpp"

#include <base/checksum.hpp>

namespace quartet::debug {

namespace {

constexpr usize header_size = 32;
constexpr usize marks_at = header_size;
constexpr usize mark_size = 8;
constexpr usize functions_a_mark = 32;
constexpr usize deepest = 16;  // how many codes may wait while a pair is taken apart; the script makes 12 at most

}  // namespace

u32 SymbolTable::word(usize at) const noexcept {
    u32 value = 0;
    for (u32 i = 4; i-- != 0;) value = value << 8 | static_cast<u32>(byte(at + i));
    return value;
}

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
    table.characters_ = table.word(28) & 0xffff;
    const usize pairs = table.word(28) >> 16;
    table.codes_ = table.characters_ + pairs;
    if (table.count_ == 0) return fail(Error::NotFound);
    // In 64 bits nothing of this wraps.
    table.lengths_at_ = marks_at + (usize{table.count_} + functions_a_mark - 1) / functions_a_mark * mark_size;
    table.characters_at_ = table.lengths_at_ + 16;
    table.pairs_at_ = table.characters_at_ + table.characters_;
    table.records_at_ = table.pairs_at_ + pairs * 2;
    if (!table.whole()) return fail(Error::Invalid);
    return table;
}

// The record at `at`, which then is the next one's. False: it does not lie in the table.
bool SymbolTable::read(usize& at, Record& record) const noexcept {
    record.instructions = 0;
    for (u32 shift = 0;; shift += 7) {
        if (at >= bytes_.size() || shift > 28) return false;
        const usize part = byte(at++);
        record.instructions |= static_cast<u32>(part & 127) << shift;
        if (part < 128) break;
    }
    if (at >= bytes_.size()) return false;
    const usize kind = byte(at++);
    record.shared = byte(lengths_at_ + (kind >> 4));
    usize codes = kind & 15;
    if (codes == 15) {
        if (at >= bytes_.size()) return false;
        codes = byte(at++);
    }
    if (codes > bytes_.size() - at) return false;
    record.codes = bytes_.subspan(at, codes);
    at += codes;
    return true;
}

// Whether everything that a look-up follows stays inside: each mark and each record. What a code stands for is looked
// at by who takes it apart.
bool SymbolTable::whole() const noexcept {
    if (records_at_ > bytes_.size()) return false;
    usize at = records_at_;
    u64 offset = 0;
    Record record;
    for (u32 i = 0; i < count_; ++i) {
        if (i % functions_a_mark == 0) {
            const usize mark = marks_at + i / functions_a_mark * mark_size;
            if (word(mark) != offset || word(mark + 4) != at - records_at_) return false;
        }
        if (!read(at, record) || record.instructions == 0) return false;
        offset += u64{record.instructions} * 4;
        if (offset > span_) return false;
    }
    return offset == span_;
}

// The name of `record` over that of the one before it, of which `room` has `used` characters. What is no code ends it.
void SymbolTable::expand(const Record& record, std::span<char> room, usize& used) const noexcept {
    if (used > record.shared) used = record.shared;
    u8 waiting[deepest];
    for (std::byte first : record.codes) {
        waiting[0] = static_cast<u8>(first);
        for (usize depth = 1; depth != 0 && used < room.size();) {
            const usize code = waiting[--depth];
            if (code < characters_) {
                room[used++] = static_cast<char>(byte(characters_at_ + code));
            } else {
                if (code >= codes_ || depth + 2 > deepest) return;
                const usize pair = pairs_at_ + (code - characters_) * 2;
                waiting[depth++] = static_cast<u8>(byte(pair + 1));
                waiting[depth++] = static_cast<u8>(byte(pair));
            }
        }
    }
}

std::optional<kernel::NamedAddress> SymbolTable::find(uptr address, std::span<char> room) const noexcept {
    if (address < base_ || address - base_ >= span_) return {};
    const u32 wanted = static_cast<u32>(address - base_);
    usize low = marks_at;
    for (usize high = lengths_at_; high - low > mark_size;) {
        const usize middle = low + (high - low) / (2 * mark_size) * mark_size;
        if (word(middle) <= wanted) low = middle;
        else high = middle;
    }
    u32 offset = word(low);
    usize at = records_at_ + word(low + 4);
    usize used = 0;
    Record record;
    while (read(at, record)) {
        expand(record, room, used);
        if (wanted - offset < record.instructions * 4)
            return kernel::NamedAddress{{room.data(), used}, wanted - offset};
        offset += record.instructions * 4;
    }
    return {};
}

}  // namespace quartet::debug
