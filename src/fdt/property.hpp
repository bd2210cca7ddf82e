// SPDX-License-Identifier: MIT
//
// A property: its name and its value's bytes, and the three ways in which values are read: as cells,
// as one text, as a list of texts. Each reader is total: a value of the wrong form gives nothing.

#pragma once

#include <base/types.hpp>
#include <fdt/bytes.hpp>

#include <optional>
#include <string_view>

namespace quartet::fdt {

// A row of big-endian 32-bit cells. Bytes after the last whole cell are not seen here.
class Cells {
public:
    constexpr Cells() = default;
    constexpr explicit Cells(Bytes bytes) : bytes_(bytes) {}

    constexpr u32 count() const { return static_cast<u32>(bytes_.size() / 4); }
    constexpr bool whole() const { return bytes_.size() % 4 == 0; }
    // 0 past the end.
    constexpr u32 operator[](u32 index) const { return be32(bytes_, u64{index} * 4); }
    // The number in `cells` (0, 1 or 2) cells from `index` on; nothing past the end or for other widths.
    constexpr std::optional<u64> number(u32 index, u32 cells) const {
        if (cells > 2 || u64{index} + cells > count()) return {};
        if (cells == 0) return 0;
        return cells == 1 ? u64{(*this)[index]} : (u64{(*this)[index]} << 32) | (*this)[index + 1];
    }

private:
    Bytes bytes_;
};

// The texts of a string list in turn; a last one without NUL is not among them.
class Strings {
public:
    class Iterator {
    public:
        explicit Iterator(Bytes rest) : rest_(rest) { measure(); }
        std::string_view operator*() const { return {text_at(rest_), size_}; }
        Iterator& operator++() {
            rest_ = rest_.subspan(size_ + 1);
            measure();
            return *this;
        }
        bool operator==(std::nullptr_t) const { return rest_.empty(); }

    private:
        void measure() {
            size_ = 0;
            while (size_ != rest_.size() && rest_[size_] != std::byte{0}) ++size_;
            if (size_ == rest_.size()) rest_ = {};
        }
        Bytes rest_;
        usize size_ = 0;
    };

    explicit Strings(Bytes bytes) : bytes_(bytes) {}
    Iterator begin() const { return Iterator{bytes_}; }
    std::nullptr_t end() const { return nullptr; }
    bool contains(std::string_view wanted) const {
        for (const std::string_view text : *this) {
            if (text == wanted) return true;
        }
        return false;
    }

private:
    Bytes bytes_;
};

struct Property {
    std::string_view name;
    Bytes value;

    Cells cells() const { return Cells{value}; }
    Strings strings() const { return Strings{value}; }
    // Exactly one cell.
    std::optional<u32> number32() const {
        if (value.size() != 4) return {};
        return be32(value, 0);
    }
    // One cell or two.
    std::optional<u64> number() const {
        if (value.size() != 4 && value.size() != 8) return {};
        return cells().number(0, cells().count());
    }
    // The first text of the value; nothing if no NUL ends it.
    std::optional<std::string_view> text() const {
        for (const std::string_view first : strings()) return first;
        return {};
    }
};

}  // namespace quartet::fdt
