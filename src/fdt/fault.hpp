// SPDX-License-Identifier: MIT
//
// Why a device tree was refused. Each kind has words of its own, because they end up in the boot
// report's `advice:` line, and whoever reads that has nothing else to go by.

#pragma once

#include <base/types.hpp>

#include <string_view>

namespace quartet::fdt {

struct Fault {
    enum class Kind : u8 {
        TooShort,
        BadMagic,
        TooOld,
        TooNew,
        BadVersions,
        SizeTooSmall,
        SizeTooLarge,
        Truncated,
        ReserveMapMisaligned,
        ReserveMapOutside,
        ReserveMapUnterminated,
        StructMisaligned,
        StructOutside,
        StructSizeOdd,
        StringsOutside,
        BlocksOverlap,
        TokenCut,
        UnknownToken,
        NodeNameCut,
        PropertyTooLong,
        PropertyNameOutside,
        PropertyNameUnterminated,
        PropertyOutsideNode,
        PropertyAfterChild,
        NamedRoot,
        TwoRoots,
        NoRoot,
        ClosedTooOften,
        NotClosed,
        NestedTooDeep,
        MissingEnd,
        BytesAfterEnd,
    };

    Kind kind;
    u32 offset;  // in bytes from the start of the tree: where it was noticed

    std::string_view words() const;
    bool operator==(const Fault&) const = default;
};

}  // namespace quartet::fdt
