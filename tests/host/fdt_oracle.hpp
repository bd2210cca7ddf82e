// SPDX-License-Identifier: MIT
//
// What libfdt says of a blob, and the one list of what we refuse and it does not. Each entry says by libfdt's own reading
// where it applies, so that a fault which is called by such a name without being one is found. Host tests and tests/fuzz
// hold our reader against both.

#pragma once

#include <base/address.hpp>
#include <fdt/tree.hpp>

#include <libfdt.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace quartet::test {

enum class Verdict : u8 {
    Refuses,
    Accepts,
    NeverEnds,  // version 1.6.1, which is Debian 12's, adds 12 to a property's length in 32 bits: from 0xfffffff4 it stays
};

// A blob, its header as libfdt's accessors give it, and what its walk over the tokens meets until it ends or is refused.
struct LibfdtReading {
    explicit LibfdtReading(fdt::Bytes bytes) : copy(bytes.size()) {
        if (!bytes.empty()) std::memcpy(copy.data(), bytes.data(), bytes.size());
        // fdt_next_tag trusts the header, so only what fdt_check_full would walk is walked. An older header and the end of
        // a reserve map need more bytes than a header of today has.
        const bool walkable = copy.size() >= sizeof(fdt_header) && fdt_check_header(blob()) == 0 &&
                              copy.size() >= fdt_totalsize(blob()) && fdt_num_mem_rsv(blob()) >= 0;
        if (walkable) verdict = walk();
        if (verdict == Verdict::Accepts && fdt_check_full(blob(), copy.size()) != 0) verdict = Verdict::Refuses;
    }

    const void* blob() const { return copy.data(); }
    u64 word_pair(u64 at) const { return fdt::be64(std::as_bytes(std::span{copy}), static_cast<u32>(at)); }
    // First byte after two zeros on a line of the reserve map; 0: there are none.
    u64 map_end() const {
        for (u64 at = fdt_off_mem_rsvmap(blob()); at + 16 <= fdt_totalsize(blob()); at += 16)
            if (word_pair(at) == 0 && word_pair(at + 8) == 0) return at + 16;
        return 0;
    }
    bool blocks_overlap() const {
        struct Block {
            u64 begin;
            u64 end;
        };
        const u64 structure = fdt_off_dt_struct(blob());
        const u64 strings = fdt_off_dt_strings(blob());
        const Block blocks[] = {{fdt_off_mem_rsvmap(blob()), map_end()},
                                {structure, structure + fdt_size_dt_struct(blob())},
                                {strings, strings + fdt_size_dt_strings(blob())}};
        auto meet = [](const Block& a, const Block& b) { return a.begin < b.end && b.begin < a.end; };
        return meet(blocks[0], blocks[1]) || meet(blocks[0], blocks[2]) || meet(blocks[1], blocks[2]);
    }

    std::vector<char> copy;  // aligned as libfdt wants it
    Verdict verdict = Verdict::Refuses;
    bool root = false;
    u32 deepest = 0;  // the root's is 1
    bool late_property = false;  // after a child of its node
    bool outer_property = false;  // before the root
    bool length_wraps = false;
    u32 end = 0;  // first byte after the end token, in the struct block; 0: none was met

private:
    // As fdt_check_full walks, so far as it does. Accepts: it can be asked, and will say.
    Verdict walk() {
        u32 depth = 0;
        bool closed = false;
        for (int at = 0, next = 0;; at = next) {
            const u32 tag = fdt_next_tag(blob(), at, &next);
            if (next < 0 || (closed && depth == 0 && tag != FDT_END)) return Verdict::Refuses;
            switch (tag) {
                case FDT_BEGIN_NODE:
                    // Before version 16 it follows the null pointer that a name without a slash gives.
                    if (depth++ == 0 && fdt_get_name(blob(), at, nullptr) == nullptr) return Verdict::Refuses;
                    if (depth == 1 && *fdt_get_name(blob(), at, nullptr) != '\0') return Verdict::Refuses;
                    deepest = std::max(deepest, depth);
                    root = true;
                    closed = false;
                    break;
                case FDT_END_NODE:
                    if (depth-- == 0) return Verdict::Refuses;
                    closed = true;
                    break;
                case FDT_PROP: {
                    const char* name = nullptr;
                    int length = 0;
                    if (fdt_getprop_by_offset(blob(), at, &name, &length) == nullptr) return Verdict::Refuses;
                    outer_property |= depth == 0;
                    late_property |= closed;
                    length_wraps |= static_cast<u32>(length) >= 0xffff'fff4u;
                    break;
                }
                case FDT_END: end = static_cast<u32>(next); return Verdict::Accepts;
                default: break;
            }
            if (next <= at) return Verdict::NeverEnds;
        }
    }
};

// Where libfdt accepts and we do not.
struct Stricter {
    fdt::Fault::Kind kind;
    bool (*applies)(const LibfdtReading&);
    const char* reason;
};

inline constexpr Stricter stricter[] = {
    {fdt::Fault::Kind::TooOld, [](const LibfdtReading& it) { return fdt_version(it.blob()) < 17; },
     "versions before 17 have no struct block size: there is nothing to check the walk against"},
    {fdt::Fault::Kind::SizeTooLarge,
     [](const LibfdtReading& it) { return fdt_totalsize(it.blob()) > fdt::max_tree_bytes; },
     "2 MiB, Linux' limit: it bounds what early boot maps"},
    {fdt::Fault::Kind::ReserveMapMisaligned,
     [](const LibfdtReading& it) { return fdt_off_mem_rsvmap(it.blob()) % 8 != 0; }, "the specification wants 8"},
    {fdt::Fault::Kind::ReserveMapUnterminated, [](const LibfdtReading& it) { return it.map_end() == 0; },
     "the terminator is two zeros; libfdt ends at any size of 0, so at the map's first odd entry"},
    {fdt::Fault::Kind::StructMisaligned, [](const LibfdtReading& it) { return fdt_off_dt_struct(it.blob()) % 4 != 0; },
     "the specification wants 4; libfdt only needs tokens aligned among themselves"},
    {fdt::Fault::Kind::StructSizeOdd, [](const LibfdtReading& it) { return fdt_size_dt_struct(it.blob()) % 4 != 0; },
     "the block is made of 4-byte tokens; another size is a damaged header"},
    {fdt::Fault::Kind::BlocksOverlap, [](const LibfdtReading& it) { return it.blocks_overlap(); },
     "blocks that lie over each other are a damaged header, whatever they still spell"},
    {fdt::Fault::Kind::NoRoot, [](const LibfdtReading& it) { return !it.root; },
     "libfdt has no root to give either, and says so at each call"},
    {fdt::Fault::Kind::PropertyOutsideNode, [](const LibfdtReading& it) { return it.outer_property; },
     "nobody could ask for it; libfdt refuses it behind the root, not before"},
    {fdt::Fault::Kind::PropertyAfterChild, [](const LibfdtReading& it) { return it.late_property; },
     "libfdt's iteration never comes to it: silently lost"},
    {fdt::Fault::Kind::PropertyTooLong, [](const LibfdtReading& it) { return it.length_wraps; },
     "a length that wraps: libfdt stays where it is, or goes on in the middle of the property"},
    {fdt::Fault::Kind::TokenCut, [](const LibfdtReading& it) { return it.length_wraps; },
     "such a property, cut by the block's end before its name: libfdt comes back to where it began, and sees no cut"},
    {fdt::Fault::Kind::NestedTooDeep, [](const LibfdtReading& it) { return it.deepest > fdt::max_depth; },
     "a node with its ancestors has a fixed size here"},
    {fdt::Fault::Kind::BytesAfterEnd,
     [](const LibfdtReading& it) { return it.end != 0 && it.end != fdt_size_dt_struct(it.blob()); },
     "the specification puts the end token at the end; what follows it nobody checked"},
};

// Whether the list has it that this is refused by that name.
inline bool is_stricter(fdt::Fault::Kind kind, const LibfdtReading& libfdt) {
    return std::any_of(std::begin(stricter), std::end(stricter),
                       [&](const Stricter& entry) { return entry.kind == kind && entry.applies(libfdt); });
}

// What we refused by `kind` was refused rightly: libfdt refuses it, too, or the list has it.
inline bool refused_rightly(fdt::Fault::Kind kind, const LibfdtReading& libfdt) {
    return libfdt.verdict == Verdict::Refuses || is_stricter(kind, libfdt);
}

}  // namespace quartet::test
