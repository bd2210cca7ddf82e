// SPDX-License-Identifier: MIT
//
// The table that scripts/symbols.py makes of data/symbols.txt, read by the kernel's reader.

#include <debug/symbols.hpp>
#include <doctest/doctest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

using namespace quartet;
using debug::SymbolTable;

namespace {

std::vector<std::byte> table_bytes() {
    std::ifstream file{SYMBOLS_BIN, std::ios::binary};
    std::vector<char> chars{std::istreambuf_iterator<char>{file}, {}};
    std::vector<std::byte> bytes;
    for (char c : chars) bytes.push_back(static_cast<std::byte>(c));
    return bytes;
}

std::string found(const SymbolTable& table, uptr address) {
    std::array<char, 64> room;
    auto named = table.find(address, room);
    return named ? std::string{named->name} + "+" + std::to_string(named->offset) : "nothing";
}

void set_word(std::vector<std::byte>& bytes, usize at, u32 value) {
    for (usize i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::byte>(value >> (8 * i));
}

// As the script computes it: damage that a checksum finds shows nothing about the other checks.
void mend_checksum(std::vector<std::byte>& bytes) {
    u32 sum = 0x811c'9dc5;
    for (usize i = 8; i < bytes.size(); ++i) sum = (sum ^ static_cast<u32>(bytes[i])) * 0x0100'0193;
    set_word(bytes, 4, sum);
}

constexpr uptr base = 0xffff'ffc0'0000'0000;

}  // namespace

TEST_CASE("DMP03 first, last, between and outside addresses") {
    auto bytes = table_bytes();
    auto table = SymbolTable::open(bytes);
    REQUIRE(table);
    CHECK(table->count() == 35);
    CHECK(found(*table, base) == "_start+0");
    CHECK(found(*table, base + 0x3f) == "_start+63");
    CHECK(found(*table, base + 0x40) == "quartet::boot::early_map+0");
    CHECK(found(*table, base + 0xfff) == "quartet::boot::early_map+4031");
    CHECK(found(*table, base + 0x1000) == "quartet::kernel::yield+0");
    CHECK(found(*table, base + 0x1004) == "quartet::kernel::Scheduler::pick+0");
    CHECK(found(*table, base + 0x1580) == "operator new+128");
    CHECK(found(*table, base + 0x1614) == "f+0");
    CHECK(found(*table, base + 0x1618) == "g+0");
    CHECK(found(*table, base + 0x16ff) == "quartet::shell::LineEditor::accept+227");
    CHECK(found(*table, base + 0x1700) == "quartet::shell::LineEditor::accept_escape+0");
    CHECK(found(*table, base + 0x187f) == "quartet_last+127");
    CHECK(found(*table, base + 0x1880) == "nothing");
    CHECK(found(*table, base - 1) == "nothing");
    CHECK(found(*table, 0) == "nothing");
    CHECK(found(*table, ~uptr{0}) == "nothing");
}

TEST_CASE("DMP03 each function has its name, and whole") {
    auto bytes = table_bytes();
    auto table = SymbolTable::open(bytes);
    REQUIRE(table);
    std::ifstream names{SYMBOLS_TXT};
    u32 functions = 0;
    for (std::string line; std::getline(names, line);) {
        if (line.starts_with('#') || line.ends_with(" .")) continue;
        std::array<char, 255> room;
        auto named = table->find(std::stoull(line, nullptr, 16), room);
        REQUIRE(named);
        CHECK(named->name == line.substr(line.find(' ') + 1));
        CHECK(named->offset == 0);
        ++functions;
    }
    CHECK(functions == table->count());
}

TEST_CASE("DMP03 a name that does not fit is cut") {
    auto bytes = table_bytes();
    auto table = SymbolTable::open(bytes);
    REQUIRE(table);
    std::array<char, 9> room;
    CHECK(table->find(base + 0x1000, room)->name == "quartet::");
    CHECK(table->find(base + 0x1000, {})->name.empty());
}

TEST_CASE("DMP03 each damaged byte is found by the checksum") {
    const auto whole = table_bytes();
    for (usize i = 0; i < whole.size(); ++i) {
        auto bytes = whole;
        bytes[i] ^= std::byte{0x10};
        CHECK_MESSAGE(!SymbolTable::open(bytes), "byte ", i);
    }
    for (usize size = 0; size < whole.size(); ++size) {
        CHECK_FALSE(SymbolTable::open(std::span{whole}.first(size)));
    }
    CHECK(SymbolTable::open({}).error() == Error::NotFound);
}

TEST_CASE("DMP03 a table that lies with a right checksum is refused or read inside its bytes") {
    const auto whole = table_bytes();
    std::mt19937 random{20};
    std::array<char, 300> room;
    for (u32 round = 0; round < 20'000; ++round) {
        // On the heap at its exact size: AddressSanitizer sees a read past it.
        std::vector<std::byte> bytes = whole;
        for (u64 n = random() % 3 + 1; n != 0; --n) {
            usize at = 8 + random() % (bytes.size() - 8);
            if (random() % 2 == 0) at = 8 + random() % 120;
            bytes[at] = static_cast<std::byte>(random() % 4 == 0 ? 0xff : random());
        }
        mend_checksum(bytes);
        auto table = SymbolTable::open(bytes);
        if (!table) continue;
        uptr begin = table->range().begin;
        for (uptr offset = 0; offset < 0x1900; offset += 0x3c) (void)table->find(begin + offset, room);
    }
}

TEST_CASE("DMP03 parts that lie outside are refused") {
    const auto whole = table_bytes();
    struct Field {
        usize at;
        std::vector<u32> bad;
    };
    for (const Field& field :
         std::vector<Field>{{8, {0, 1, 31, 0x7fff'ffff, 0xffff'ffff}},    // size
                            {12, {0, 1, 34, 36, 0x7fff'ffff, 0xffff'ffff}},  // count
                            {24, {0, 1, 0x1800, 0x1881, 0xffff'ffff}},    // span: the last function ends there
                            {28, {0xffff'0000, 0x0000'ffff}},             // pairs, characters
                            {32, {1, 0xffff'ffff}},                       // the first offset is 0
                            {36, {1, 0xffff'ffff}},                       // so is the first record
                            {40, {0, 0x1000, 0xffff'ffff}},               // the next mark's offset
                            {44, {0, 1, 0xffff'ffff}}}) {                 // and record
        for (u32 value : field.bad) {
            auto bytes = whole;
            set_word(bytes, field.at, value);
            mend_checksum(bytes);
            CHECK_MESSAGE(!SymbolTable::open(bytes), "field ", field.at, " value ", value);
        }
    }
}
