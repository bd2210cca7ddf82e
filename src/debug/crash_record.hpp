// SPDX-License-Identifier: MIT
//
// What a fault report leaves behind for the next run: in RAM that a reset keeps, as pieces each of which has a checksum of
// its own. Whatever moment the reset comes at, what was written before it can be read, and what cannot be read is known for
// that. Reads and writes bytes alone, so that a host can do the same (scripts/crash.py).
//
// Everything is little-endian and lies at multiples of 8. A header of 40 bytes:
//   u32 magic, u32 check (FNV-1a of all that follows in the header), u16 version, u16 bytes of the header
//   u32 sequence          one more than that of the record before
//   u32 flags             1: its advice line was written; 2: no run of crashes goes on behind it
//   u32 image             which image it was: the checksum of its symbol table
//   u32 crashes           how many runs in a row ended so, this one included
//   u32 previous_ms       how long the run before this one had lasted, where that one is among them
//   u64 lasted_us         how long this run had lasted
// and then pieces: u16 kind, u16 bytes, u32 check, and the content. The check is FNV-1a of the record's sequence and
// lasted_us, the piece's place, kind and size, and the content: a piece of another record, or of another place, is none of
// this one. Where writing stopped are 8 bytes of 0.

#pragma once

#include <base/result.hpp>
#include <base/writer.hpp>
#include <kernel/iface/crash_hooks.hpp>

#include <cstddef>

namespace quartet::debug {

struct RecordHeader {
    static constexpr u32 right_magic = 0x3152'4351;  // "QCR1"
    static constexpr u16 right_version = 1;
    static constexpr u32 told = 1;
    static constexpr u32 ended = 2;

    u32 magic = 0;
    u32 check = 0;
    u16 version = right_version;
    u16 bytes = 40;
    u32 sequence = 0;
    u32 flags = 0;
    u32 image = 0;
    u32 crashes = 0;
    u32 previous_ms = 0;
    u64 lasted_us = 0;
};
static_assert(sizeof(RecordHeader) == 40);

class CrashRecord {
public:
    // How a record ends.
    enum class End : u8 {
        Whole,
        Unfinished,  // the run ended while it was written
        Damaged,  // what follows are not the bytes that were written
    };

    constexpr CrashRecord() = default;
    // `room` is a multiple of 64 bytes, at one, and survives a reset. An empty one holds no record and takes none.
    constexpr explicit CrashRecord(std::span<std::byte> room) : room_(room) {}

    bool has_room() const noexcept { return !room_.empty(); }

    // The record's header. Errors: NotFound (no record), Invalid (a damaged one, or of another version).
    // Cost: 300 instructions where there is one, 10 where there is none.
    Result<RecordHeader> header() const noexcept;
    // Bits of `flags` are set. Nothing happens where there is no record.
    void mark(u32 flags) noexcept;
    // No record.
    void clear() noexcept;

    // A new one in place of the old one: it has no pieces yet. Context: any, a fault too: neither lock nor allocation.
    void begin(u32 image, u64 lasted_us) noexcept;
    // The next piece, complete for whoever reads memory when this returns. One that does not fit is cut, and later ones of
    // text are left out; there is always room for the end. Context: as `begin`.
    void append(kernel::CrashPiece kind, std::span<const std::byte> content) noexcept;

    // The first piece of text without its line's end: what it was. Nothing where it cannot be read.
    std::string_view first_line() const noexcept;
    // The whole, in lines that end in '\n'; returns how it ends, which the last line tells too.
    End print(Writer& out) const noexcept;

private:
    struct Piece {
        u16 kind = 0;
        u16 bytes = 0;
        u32 check = 0;
    };
    static constexpr usize first_piece = sizeof(RecordHeader);
    // What every piece but the last leaves free: for that, and for the 8 bytes behind it.
    static constexpr usize end_room = 2 * sizeof(Piece);

    std::span<const std::byte> content_at(usize at, u32 seed, Piece& piece) const noexcept;
    u32 check_of(u32 seed, usize at, const Piece& piece, std::span<const std::byte> content) const noexcept;
    void put_header(RecordHeader header) noexcept;

    std::span<std::byte> room_;
    usize at_ = 0;  // where the next piece goes; 0: none is being written
    u32 seed_ = 0;  // of the record that is being written
};

// Whether so many crashes came so fast that the next run leaves out what the application does: three within a minute of
// running. Time between two runs is not counted: there is no clock that goes on.
constexpr bool wants_safe_mode(const RecordHeader& last) {
    if ((last.flags & RecordHeader::ended) != 0 || last.crashes < 3) return false;
    return last.lasted_us / 1000 + last.previous_ms <= 60'000;
}

}  // namespace quartet::debug
