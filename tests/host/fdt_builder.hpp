// SPDX-License-Identifier: MIT
//
// Writes device trees for tests, good ones and, on purpose, bad ones: it checks nothing. `Guarded` puts
// bytes right before an unmapped page, so that a read one byte past a blob ends the test in any build.

#pragma once

#include <base/types.hpp>
#include <fdt/bytes.hpp>

#include <sys/mman.h>

#include <cstring>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quartet::test {

class TreeBuilder {
public:
    TreeBuilder& begin(std::string_view name) {
        word(1);
        return text(name);
    }
    TreeBuilder& end() { return word(2); }
    TreeBuilder& nop() { return word(4); }
    TreeBuilder& finish() { return word(9); }
    TreeBuilder& bytes(std::string_view name, std::string_view value) {
        word(3).word(static_cast<u32>(value.size())).word(name_offset(name));
        structure_ += value;
        return pad();
    }
    TreeBuilder& cells(std::string_view name, std::initializer_list<u32> values) {
        std::string value;
        for (const u32 cell : values) put(value, cell);
        return bytes(name, value);
    }
    TreeBuilder& string(std::string_view name, std::string_view value) {
        return bytes(name, std::string{value} + '\0');
    }
    // A property token with whatever length and name offset.
    TreeBuilder& raw_property(u32 length, u32 name) { return word(3).word(length).word(name); }
    TreeBuilder& word(u32 value) {
        put(structure_, value);
        return *this;
    }
    TreeBuilder& reserve(u64 address, u64 size) {
        for (const u64 half : {address, size}) {
            put(reserve_, static_cast<u32>(half >> 32));
            put(reserve_, static_cast<u32>(half));
        }
        return *this;
    }
    TreeBuilder& raw_strings(std::string_view all) {
        strings_ = all;
        return *this;
    }
    u32 name_offset(std::string_view name) {
        const auto known = names_.find(std::string{name});
        if (known != names_.end()) return known->second;
        const auto offset = static_cast<u32>(strings_.size());
        strings_.append(name) += '\0';
        return names_[std::string{name}] = offset;
    }

    // Header, reserve map with terminator, struct block, strings block, in that order.
    std::vector<std::byte> blob() const {
        std::string reserve = reserve_ + std::string(16, '\0');
        const auto structure_at = static_cast<u32>(40 + reserve.size());
        const auto strings_at = structure_at + static_cast<u32>(structure_.size());
        const auto total = strings_at + static_cast<u32>(strings_.size());
        std::string all;
        for (const u32 field : {0xD00D'FEEDu, total, structure_at, strings_at, 40u, 17u, 16u, 0u,
                                static_cast<u32>(strings_.size()), static_cast<u32>(structure_.size())}) {
            put(all, field);
        }
        all += reserve + structure_ + strings_;
        std::vector<std::byte> result(all.size());
        std::memcpy(result.data(), all.data(), all.size());
        return result;
    }

private:
    static void put(std::string& to, u32 value) {
        for (const u32 shift : {24u, 16u, 8u, 0u}) to += static_cast<char>(value >> shift);
    }
    TreeBuilder& text(std::string_view value) {
        structure_.append(value) += '\0';
        return pad();
    }
    TreeBuilder& pad() {
        while (structure_.size() % 4 != 0) structure_ += '\0';
        return *this;
    }

    std::string structure_;
    std::string strings_;
    std::string reserve_;
    std::map<std::string, u32> names_;
};

inline void store32(std::vector<std::byte>& blob, usize offset, u32 value) {
    for (u32 i = 0; i != 4; ++i) blob.at(offset + i) = static_cast<std::byte>(value >> (24 - 8 * i));
}

// A copy whose last byte is the last one before a page without any access.
class Guarded {
public:
    explicit Guarded(fdt::Bytes bytes) : size_(bytes.size()) {
        pages_ = align_up(bytes.size(), page_size) + page_size;
        base_ =
            static_cast<std::byte*>(mmap(nullptr, pages_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        mprotect(base_ + pages_ - page_size, page_size, PROT_NONE);
        if (size_ != 0) std::memcpy(start(), bytes.data(), size_);
    }
    ~Guarded() { munmap(base_, pages_); }
    Guarded(const Guarded&) = delete;
    Guarded& operator=(const Guarded&) = delete;

    fdt::Bytes bytes() const { return {start(), size_}; }

private:
    std::byte* start() const { return base_ + pages_ - page_size - size_; }
    std::byte* base_;
    usize pages_;
    usize size_;
};

}  // namespace quartet::test
