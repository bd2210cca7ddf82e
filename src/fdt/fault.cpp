// SPDX-License-Identifier: MIT

#include <fdt/fault.hpp>

namespace quartet::fdt {

std::string_view Fault::words() const {
    switch (kind) {
        case Kind::TooShort: return "too short for a header";
        case Kind::BadMagic: return "bad magic";
        case Kind::TooOld: return "version too old (before 17)";
        case Kind::TooNew: return "version too new (not compatible with 17)";
        case Kind::BadVersions: return "version below its own last compatible version";
        case Kind::SizeTooSmall: return "total size smaller than the header";
        case Kind::SizeTooLarge: return "total size above 2 MiB";
        case Kind::Truncated: return "total size larger than the memory it lies in";
        case Kind::ReserveMapMisaligned: return "reserve map not 8-aligned";
        case Kind::ReserveMapOutside: return "reserve map outside the tree";
        case Kind::ReserveMapUnterminated: return "reserve map without terminator";
        case Kind::StructMisaligned: return "struct block not 4-aligned";
        case Kind::StructOutside: return "struct block outside the tree";
        case Kind::StructSizeOdd: return "size of the struct block not a multiple of 4";
        case Kind::StringsOutside: return "strings block outside the tree";
        case Kind::BlocksOverlap: return "header, reserve map, struct and strings blocks overlap";
        case Kind::TokenCut: return "token runs past the struct block";
        case Kind::UnknownToken: return "unknown token in the struct block";
        case Kind::NodeNameCut: return "node name without end in the struct block";
        case Kind::PropertyTooLong: return "property longer than the struct block";
        case Kind::PropertyNameOutside: return "property name outside the strings block";
        case Kind::PropertyNameUnterminated: return "property name without end in the strings block";
        case Kind::PropertyOutsideNode: return "property outside any node";
        case Kind::PropertyAfterChild: return "property after a child node";
        case Kind::NamedRoot: return "root node with a name";
        case Kind::TwoRoots: return "two root nodes";
        case Kind::NoRoot: return "no root node";
        case Kind::ClosedTooOften: return "node closed more often than opened";
        case Kind::NotClosed: return "struct block ends inside a node";
        case Kind::NestedTooDeep: return "nodes nested deeper than 32";
        case Kind::MissingEnd: return "struct block without end token";
        case Kind::BytesAfterEnd: return "bytes after the end token";
    }
    return "unknown fault";
}

}  // namespace quartet::fdt
