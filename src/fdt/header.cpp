// SPDX-License-Identifier: MIT

#include <fdt/header.hpp>

namespace quartet::fdt {
namespace {

// Offsets of the header's words, Devicetree Specification 5.2.
enum Word : u32 {
    Magic = 0,
    TotalSize = 4,
    OffStruct = 8,
    OffStrings = 12,
    OffReserve = 16,
    Version = 20,
    LastCompatible = 24,
    SizeStrings = 32,
    SizeStruct = 36,
};

std::unexpected<Fault> refuse(Fault::Kind kind, u32 offset) { return std::unexpected{Fault{kind, offset}}; }

struct Block {
    u64 begin;
    u64 end;

    bool overlaps(const Block& other) const { return begin < other.end && other.begin < end; }
};

// First byte after the terminator (an entry of two zeros); 0 if there is none before the end of the tree.
u64 reserve_map_end(Bytes tree, u32 offset) {
    for (u64 entry = offset; entry + 16 <= tree.size(); entry += 16) {
        if (be64(tree, entry) == 0 && be64(tree, entry + 8) == 0) return entry + 16;
    }
    return 0;
}

}  // namespace

std::expected<u32, Fault> header_size(Bytes first) {
    using enum Fault::Kind;
    if (first.size() < header_bytes) return refuse(TooShort, 0);
    if (be32(first, Magic) != magic) return refuse(BadMagic, Magic);
    const u32 version = be32(first, Version);
    const u32 last_compatible = be32(first, LastCompatible);
    if (version < supported_version) return refuse(TooOld, Version);
    if (last_compatible > supported_version) return refuse(TooNew, LastCompatible);
    if (version < last_compatible) return refuse(BadVersions, LastCompatible);
    const u32 total = be32(first, TotalSize);
    if (total < header_bytes) return refuse(SizeTooSmall, TotalSize);
    if (total > max_tree_bytes) return refuse(SizeTooLarge, TotalSize);
    return total;
}

std::expected<Header, Fault> read_header(Bytes bytes) {
    using enum Fault::Kind;
    const auto total = header_size(bytes);
    if (!total) return std::unexpected{total.error()};
    if (*total > bytes.size()) return refuse(Truncated, TotalSize);
    const Bytes tree = bytes.first(*total);

    const Header header{.total_size = *total,
                        .struct_offset = be32(tree, OffStruct),
                        .struct_size = be32(tree, SizeStruct),
                        .strings_offset = be32(tree, OffStrings),
                        .strings_size = be32(tree, SizeStrings),
                        .reserve_offset = be32(tree, OffReserve)};
    // Sums of two 32-bit numbers in 64 bits: nothing wraps.
    const Block structure{header.struct_offset, u64{header.struct_offset} + header.struct_size};
    const Block strings{header.strings_offset, u64{header.strings_offset} + header.strings_size};

    if (header.reserve_offset < header_bytes || header.reserve_offset > *total)
        return refuse(ReserveMapOutside, OffReserve);
    if (!is_aligned(header.reserve_offset, 8)) return refuse(ReserveMapMisaligned, OffReserve);
    if (structure.begin < header_bytes || structure.end > *total) return refuse(StructOutside, OffStruct);
    if (!is_aligned(header.struct_offset, 4)) return refuse(StructMisaligned, OffStruct);
    if (!is_aligned(header.struct_size, 4)) return refuse(StructSizeOdd, SizeStruct);
    if (strings.begin < header_bytes || strings.end > *total) return refuse(StringsOutside, OffStrings);

    const u64 reserve_end = reserve_map_end(tree, header.reserve_offset);
    if (reserve_end == 0) return refuse(ReserveMapUnterminated, header.reserve_offset);
    const Block reserve{header.reserve_offset, reserve_end};
    if (reserve.overlaps(structure) || reserve.overlaps(strings)) return refuse(BlocksOverlap, OffReserve);
    if (structure.overlaps(strings)) return refuse(BlocksOverlap, OffStrings);
    return header;
}

}  // namespace quartet::fdt
