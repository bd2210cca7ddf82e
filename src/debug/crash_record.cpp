// SPDX-License-Identifier: MIT
//
// On the board memory keeps what reached it, and the caches lose what they hold: every write is cleaned to the point of
// coherency before the next one begins. The range is mapped as all RAM is; nobody else writes to its lines, and a reset
// comes up with empty caches (Cortex-A72 TRM 100095, 2.4), so the next run reads what was cleaned.

#include "crash_record.hpp"

#include <arch/cache.hpp>
#include <base/checksum.hpp>
#include <base/format.hpp>
#include <kernel/fault/fault_words.hpp>

#include <array>

namespace quartet::debug {

namespace {

using kernel::CrashPiece;

template <typename T>
std::span<const std::byte> bytes_of(const T& value) {
    return std::as_bytes(std::span{&value, 1});
}

u32 seed_of(const RecordHeader& header) {
    return checksum(bytes_of(header.lasted_us), checksum(bytes_of(header.sequence)));
}

// Behind `magic` and `check` themselves.
u32 check_of_header(const RecordHeader& header) { return checksum(bytes_of(header).subspan(8)); }

std::string_view text_of(std::span<const std::byte> bytes) {
    return {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()};
}

}  // namespace

u32 CrashRecord::check_of(u32 seed, usize at, const Piece& piece, std::span<const std::byte> content) const noexcept {
    const u64 place = u64{at} << 32 | u64{piece.kind} << 16 | piece.bytes;
    return checksum(content, checksum(bytes_of(place), seed));
}

Result<RecordHeader> CrashRecord::header() const noexcept {
    RecordHeader header;
    if (room_.empty()) return fail(Error::NotFound);
    __builtin_memcpy(&header, room_.data(), sizeof header);
    if (header.magic != RecordHeader::right_magic) return fail(Error::NotFound);
    const bool right = header.version == RecordHeader::right_version && header.bytes == sizeof header;
    if (!right || header.check != check_of_header(header)) return fail(Error::Invalid);
    return header;
}

void CrashRecord::put_header(RecordHeader header) noexcept {
    header.magic = RecordHeader::right_magic;
    header.check = check_of_header(header);
    __builtin_memcpy(room_.data(), &header, sizeof header);
    arch::clean_to_poc(room_.data(), sizeof header + sizeof(Piece));
}

void CrashRecord::mark(u32 flags) noexcept {
    auto found = header();
    if (!found || (found->flags & flags) == flags) return;
    found->flags |= flags;
    put_header(*found);
}

void CrashRecord::clear() noexcept {
    if (room_.empty()) return;
    __builtin_memset(room_.data(), 0, sizeof(RecordHeader));
    arch::clean_to_poc(room_.data(), sizeof(RecordHeader));
}

void CrashRecord::begin(u32 image, u64 lasted_us) noexcept {
    if (room_.empty()) return;
    RecordHeader next{.sequence = 1, .image = image, .crashes = 1, .lasted_us = lasted_us};
    if (auto last = header()) {
        next.sequence = last->sequence + 1;
        if ((last->flags & RecordHeader::ended) == 0) {
            next.crashes = last->crashes + 1;
            const u64 milliseconds = last->lasted_us / 1000;
            next.previous_ms = milliseconds < ~u32{0} ? static_cast<u32>(milliseconds) : ~u32{0};
        }
    }
    __builtin_memset(&room_[first_piece], 0, sizeof(Piece));
    put_header(next);
    seed_ = seed_of(next);
    at_ = first_piece;
}

void CrashRecord::append(CrashPiece kind, std::span<const std::byte> content) noexcept {
    if (at_ == 0) return;
    const usize taken = at_ + sizeof(Piece) + (kind == CrashPiece::End ? sizeof(Piece) : end_room);
    if (taken > room_.size()) return;
    const usize left = room_.size() - taken;
    if (content.size() > left) {
        if (kind != CrashPiece::Text) return;
        content = content.first(left);
        // Whole lines; none where the first one is longer.
        while (!content.empty() && content.back() != std::byte{'\n'}) content = content.first(content.size() - 1);
        if (content.empty()) return;
    }
    Piece piece{static_cast<u16>(kind), static_cast<u16>(content.size()), 0};
    piece.check = check_of(seed_, at_, piece, content);
    const usize next = align_up(at_ + sizeof piece + content.size(), 8);
    // Its end first, and its head last: what a reset leaves is one that stops, or one whose check is wrong.
    __builtin_memset(&room_[next], 0, sizeof piece);
    if (!content.empty()) __builtin_memcpy(&room_[at_ + sizeof piece], content.data(), content.size());
    __builtin_memcpy(&room_[at_], &piece, sizeof piece);
    arch::clean_to_poc(&room_[at_], next + sizeof piece - at_);
    at_ = kind == CrashPiece::End ? 0 : next;
}

// Of a piece that is none, or not what was written, `piece.kind` is 0 and `piece.check` tells which.
std::span<const std::byte> CrashRecord::content_at(usize at, u32 seed, Piece& piece) const noexcept {
    piece = {.check = 1};
    if (at + sizeof piece > room_.size()) return {};
    __builtin_memcpy(&piece, &room_[at], sizeof piece);
    if (piece.kind == 0 && piece.bytes == 0 && piece.check == 0) return {};
    const usize begin = at + sizeof piece;
    if (piece.bytes <= room_.size() - begin) {
        const auto content = std::span<const std::byte>{room_}.subspan(begin, piece.bytes);
        if (piece.kind != 0 && piece.check == check_of(seed, at, piece, content)) return content;
    }
    piece = {.check = 1};
    return {};
}

std::string_view CrashRecord::first_line() const noexcept {
    auto found = header();
    if (!found) return {};
    Piece piece;
    const std::string_view text = text_of(content_at(first_piece, seed_of(*found), piece));
    if (piece.kind != static_cast<u16>(CrashPiece::Text)) return {};
    return text.substr(0, text.find('\n'));
}

CrashRecord::End CrashRecord::print(Writer& out) const noexcept {
    auto found = header();
    if (!found) {
        out.put(found.error() == Error::Invalid ? "error: the crash record is damaged\n"
                                                : "error: there is no crash record\n");
        return End::Damaged;
    }
    format(out, "crash record {}: image {:08x}, after {}.{:06} s, crash {} in a row\n", found->sequence, found->image,
           found->lasted_us / 1'000'000, found->lasted_us % 1'000'000, found->crashes);
    const u32 seed = seed_of(*found);
    Piece piece;
    for (usize at = first_piece;; at = align_up(at + sizeof piece + piece.bytes, 8)) {
        const auto content = content_at(at, seed, piece);
        if (piece.kind == 0) {
            out.put(piece.check == 0 ? "the record ends here: the run was over before it was whole\n"
                                     : "the record is damaged from here on\n");
            return piece.check == 0 ? End::Unfinished : End::Damaged;
        }
        if (piece.kind == static_cast<u16>(CrashPiece::End)) return End::Whole;
        if (piece.kind == static_cast<u16>(CrashPiece::Text)) out.put(text_of(content));
        std::array<u64, 31> x;
        if (piece.kind != static_cast<u16>(CrashPiece::Registers) || content.size() != sizeof x) continue;
        __builtin_memcpy(x.data(), content.data(), sizeof x);
        kernel::put_registers(out, x);
    }
}

}  // namespace quartet::debug
