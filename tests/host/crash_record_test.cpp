// SPDX-License-Identifier: MIT
//
// The record that a crash leaves for the next run: what was written is read again, and whatever a reset or a flipped bit did
// to it is never taken for something that was written.

#include <arch/cache.hpp>
#include <debug/crash_record.hpp>
#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

using namespace quartet;
using debug::CrashRecord;
using debug::RecordHeader;
using kernel::CrashPiece;
using End = CrashRecord::End;

namespace {

constexpr usize room_bytes = 2048;

struct Room {
    alignas(64) std::array<std::byte, room_bytes> bytes{};
    std::span<std::byte> span() { return bytes; }
};

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

const std::string unfinished = "the record ends here: the run was over before it was whole\n";
const std::string damaged = "the record is damaged from here on\n";

struct Printed {
    std::string text;
    End end;
};

Printed print(std::span<std::byte> room) {
    Printed printed;
    char piece[100];
    Writer out{piece, [](void* to, std::string_view text) { static_cast<std::string*>(to)->append(text); },
               &printed.text};
    printed.end = CrashRecord{room}.print(out);
    out.flush();
    return printed;
}

std::string registers_text() {
    std::string text;
    char room[32];
    for (unsigned n = 0; n < 31; ++n) {
        std::snprintf(room, sizeof room, "x%u: 0x%016x%c", n, 0x1000 + n, n % 3 == 2 || n == 30 ? '\n' : ' ');
        text += room;
    }
    return text;
}

std::array<u64, 31> registers() {
    std::array<u64, 31> x;
    for (unsigned n = 0; n < 31; ++n) x[n] = 0x1000 + n;
    return x;
}

struct Part {
    CrashPiece kind;
    std::string text;  // as it is printed
};

const std::vector<Part>& parts() {
    static const std::vector<Part> all{
        {CrashPiece::Text, "fault: null-read: read at 0x10\n"},
        {CrashPiece::Text, "thread: shell core: 1\n"},
        {CrashPiece::Registers, registers_text()},
        {CrashPiece::Text, "end of report\n"},
        {CrashPiece::End, ""},
    };
    return all;
}

void append(CrashRecord& record, const Part& part) {
    const auto x = registers();
    if (part.kind == CrashPiece::Registers) record.append(part.kind, std::as_bytes(std::span{x}));
    else record.append(part.kind, bytes_of(part.text));
}

const std::string first = "crash record 1: image cafe0123, after 12.034567 s, crash 1 in a row\n";

// What is printed of the first `count` parts.
std::string text_of(usize count) {
    std::string text = first;
    for (usize n = 0; n < count; ++n) text += parts()[n].text;
    return text;
}

void write_all(Room& room, usize count = parts().size()) {
    CrashRecord record{room.span()};
    record.begin(0xcafe'0123, 12'034'567);
    for (usize n = 0; n < count; ++n) append(record, parts()[n]);
}

}  // namespace

TEST_CASE("DMP01 what was written is printed, and before its end that the end is missing") {
    for (usize count = 0; count <= parts().size(); ++count) {
        Room room;
        write_all(room, count);
        const Printed printed = print(room.span());
        const bool whole = count == parts().size();
        CHECK(printed.end == (whole ? End::Whole : End::Unfinished));
        CHECK(printed.text == text_of(count) + (whole ? "" : unfinished));
        CHECK(CrashRecord{room.span()}.first_line() == (count == 0 ? "" : "fault: null-read: read at 0x10"));
    }
}

TEST_CASE("DMP01 without a room, and in a room that nobody wrote, there is no record") {
    CrashRecord none;
    CHECK(!none.has_room());
    none.begin(1, 1);
    append(none, parts()[0]);
    none.mark(RecordHeader::told);
    none.clear();
    CHECK(none.header().error() == Error::NotFound);
    CHECK(print({}).text == "error: there is no crash record\n");
    for (int fill : {0, 0x55, 0xff}) {
        Room room;
        std::memset(room.bytes.data(), fill, room.bytes.size());
        CrashRecord record{room.span()};
        CHECK(record.header().error() == Error::NotFound);
        CHECK(record.first_line().empty());
        record.mark(RecordHeader::told);
        CHECK(print(room.span()).text == "error: there is no crash record\n");
    }
}

TEST_CASE("DMP01 each flipped bit is found: nothing is printed but what was written before it") {
    Room good;
    write_all(good);
    usize used = room_bytes;
    while (good.bytes[used - 1] == std::byte{0}) --used;
    const std::string whole = text_of(parts().size());
    usize unseen = 0;
    for (usize bit = 0; bit < used * 8; ++bit) {
        Room room = good;
        room.bytes[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
        const Printed printed = print(room.span());
        if (bit < 32) CHECK(printed.text == "error: there is no crash record\n");
        else if (bit < 40 * 8) CHECK(printed.text == "error: the crash record is damaged\n");
        else if (printed.end == End::Whole) {
            unseen += 1;  // between two pieces, where nothing is
            CHECK(printed.text == whole);
        } else {
            CHECK(printed.end == End::Damaged);
            REQUIRE(printed.text.ends_with(damaged));
            CHECK(whole.starts_with(printed.text.substr(0, printed.text.size() - damaged.size())));
        }
    }
    CHECK(unseen < 4 * 8 * 8);
}

TEST_CASE("DMP01 a reset in the middle of a write leaves what was written before, whichever lines reached memory") {
    for (usize count = 0; count < parts().size(); ++count) {
        Room room;
        // An older record lies below.
        for (usize n = 0; n < 3; ++n) write_all(room);
        CrashRecord record{room.span()};
        record.begin(0xcafe'0123, 12'034'567);
        for (usize n = 0; n < count; ++n) append(record, parts()[n]);
        const Room before = room;
        const Printed known = print(room.span());
        append(record, parts()[count]);
        const Printed after = print(room.span());
        for (u32 lines = 0; lines < 1u << 8; ++lines) {
            Room torn = before;
            for (usize line = 0; line < 8; ++line) {
                if ((lines >> line & 1) != 0) std::memcpy(&torn.bytes[line * 64], &room.bytes[line * 64], 64);
            }
            const Printed printed = print(torn.span());
            const usize end = printed.text.rfind("the record ");
            const std::string told = printed.end == End::Whole ? printed.text : printed.text.substr(0, end);
            CHECK((told == known.text.substr(0, known.text.rfind("the record ")) ||
                   told ==
                       (after.end == End::Whole ? after.text : after.text.substr(0, after.text.rfind("the record ")))));
        }
    }
}

TEST_CASE("DMP01 a piece of an older record is none of this one's, also at its place") {
    Room room;
    write_all(room);
    const Room old = room;
    CrashRecord record{room.span()};
    record.begin(0xcafe'0123, 12'034'567);
    // The line that ends the new record never reached memory.
    std::memcpy(&room.bytes[40], &old.bytes[40], room_bytes - 40);
    const Printed printed = print(room.span());
    CHECK(printed.end == End::Damaged);
    CHECK(printed.text == "crash record 2: image cafe0123, after 12.034567 s, crash 2 in a row\n" + damaged);
    CHECK(record.first_line().empty());
}

TEST_CASE("DMP01 a record of another version is not read") {
    Room room;
    write_all(room);
    room.bytes[8] = std::byte{2};
    CHECK(CrashRecord{room.span()}.header().error() == Error::Invalid);
}

TEST_CASE("DMP02 what does not fit is cut after a whole line, and the end always fits") {
    std::string line = "a line of the log that is as long as such lines are, number 0000\n";
    for (usize lines = 1; lines < 60; ++lines) {
        Room room;
        CrashRecord record{room.span()};
        record.begin(1, 1);
        std::string text, all;
        for (usize n = 0; n < lines; ++n) text += line;
        for (usize piece = 0; piece < 4; ++piece) {
            record.append(CrashPiece::Text, bytes_of(text));
            all += text;
        }
        const auto x = registers();
        record.append(CrashPiece::Registers, std::as_bytes(std::span{x}));
        record.append(CrashPiece::End, {});
        record.append(CrashPiece::Text, bytes_of("behind the end\n"));
        const Printed printed = print(room.span());
        CHECK(printed.end == End::Whole);
        std::string told = printed.text.substr(printed.text.find('\n') + 1);
        if (told.ends_with(registers_text())) told.resize(told.size() - registers_text().size());
        else CHECK(all.size() + sizeof x + 100 > room_bytes);
        CHECK(all.starts_with(told));
        CHECK((told.empty() || told.back() == '\n'));
        CHECK((told == all || told.size() + line.size() + sizeof x + 100 > room_bytes));
    }
    // A text that ends in any of the last bytes.
    for (usize size = room_bytes - 200; size < room_bytes; ++size) {
        Room full;
        CrashRecord record{full.span()};
        record.begin(1, 1);
        record.append(CrashPiece::Text, bytes_of(std::string(size, 'a') + "\n"));
        record.append(CrashPiece::End, {});
        CHECK(print(full.span()).end == End::Whole);
    }
    // A line that is longer than all that is left is left out.
    Room room;
    CrashRecord record{room.span()};
    record.begin(1, 1);
    record.append(CrashPiece::Text, bytes_of(std::string(3000, 'a') + "\n"));
    record.append(CrashPiece::End, {});
    CHECK(print(room.span()).text == "crash record 1: image 00000001, after 0.000001 s, crash 1 in a row\n");
}

TEST_CASE("DMP01 sequence, crashes in a row and flags go on from the record before, and end with it") {
    Room room;
    CrashRecord record{room.span()};
    record.begin(1, 5'000'000);
    CHECK(record.header()->sequence == 1);
    CHECK(record.header()->previous_ms == 0);
    record.mark(RecordHeader::told);
    record.mark(RecordHeader::told);
    CHECK(record.header()->flags == RecordHeader::told);
    record.begin(1, 7'000'000);
    CHECK(record.header()->sequence == 2);
    CHECK(record.header()->crashes == 2);
    CHECK(record.header()->previous_ms == 5000);
    CHECK(record.header()->flags == 0);
    record.mark(RecordHeader::ended);
    record.begin(1, 9'000'000);
    CHECK(record.header()->sequence == 3);
    CHECK(record.header()->crashes == 1);
    CHECK(record.header()->previous_ms == 0);
    record.begin(1, u64{1} << 60);
    record.begin(1, 1);
    CHECK(record.header()->previous_ms == ~u32{0});
    record.clear();
    CHECK(record.header().error() == Error::NotFound);
    record.begin(1, 1);
    CHECK(record.header()->sequence == 1);
    // A damaged one is no beginning of anything.
    room.bytes[13] ^= std::byte{1};
    record.begin(1, 1);
    CHECK(record.header()->sequence == 1);
    CHECK(record.header()->crashes == 1);
}

TEST_CASE("DMP01 three crashes within a minute of running are too many, and one that was told to end is none") {
    RecordHeader last{.crashes = 3, .previous_ms = 20'000, .lasted_us = 40'000'999};
    CHECK(debug::wants_safe_mode(last));
    last.crashes = 200;
    CHECK(debug::wants_safe_mode(last));
    last.crashes = 2;
    CHECK(!debug::wants_safe_mode(last));
    last.crashes = 3;
    last.lasted_us = 40'001'000;
    CHECK(!debug::wants_safe_mode(last));
    last.lasted_us = 1;
    last.previous_ms = 60'001;
    CHECK(!debug::wants_safe_mode(last));
    last.previous_ms = ~u32{0};
    CHECK(!debug::wants_safe_mode(last));
    last.previous_ms = 0;
    last.flags = RecordHeader::told;
    CHECK(debug::wants_safe_mode(last));
    last.flags |= RecordHeader::ended;
    CHECK(!debug::wants_safe_mode(last));
}

TEST_CASE("DMP01 all that is written is cleaned to memory before the call is over") {
    Room room;
    CrashRecord record{room.span()};
    const auto cleaned_after = [&](auto&& act) {
        const Room before = room;
        arch::sim_cache_operations.clear();
        act();
        std::vector<bool> clean(room_bytes);
        for (const auto& each : arch::sim_cache_operations) {
            CHECK(each.kind == arch::CacheOperation::Kind::Clean);
            const auto at = static_cast<usize>(static_cast<const std::byte*>(each.begin) - room.bytes.data());
            for (usize n = 0; n < each.size; ++n) clean[at + n] = true;
        }
        usize changed = 0;
        for (usize n = 0; n < room_bytes; ++n) {
            if (room.bytes[n] == before.bytes[n]) continue;
            changed += 1;
            CHECK(clean[n]);
        }
        CHECK(changed > 0);
    };
    std::memset(room.bytes.data(), 0xff, room.bytes.size());
    cleaned_after([&] { record.begin(1, 2); });
    for (const Part& part : parts()) cleaned_after([&] { append(record, part); });
    cleaned_after([&] { record.mark(RecordHeader::told); });
    cleaned_after([&] { record.clear(); });
}
