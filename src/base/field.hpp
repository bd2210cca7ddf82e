// SPDX-License-Identifier: MIT
//
// Device registers as types. Offset, width, access and fields are one declaration, named as in the
// manual with its section; a read of a write-only register does not compile, and neither does a
// field of one register written to another.
//
//     // IHI 0048B 4.3.15: Software Generated Interrupt Register.
//     struct Sgir : WriteOnly<u32, 0xf00> {
//         using CpuList = Field<Sgir, 23, 16>;
//         using IntId = Field<Sgir, 3, 0>;
//     };
//     write(region, Sgir::CpuList::of(0b0100) | Sgir::IntId::of(5));
//
// A region is whatever has read32 and write32: arch::MmioRegion of the target and of the host twin.

#pragma once

#include <base/assert.hpp>
#include <base/types.hpp>

#include <concepts>

namespace quartet {

// `count` registers of one shape, `stride` bytes apart; a single register is an array of one.
template <typename WordType, u32 Offset, u32 Count, u32 Stride, bool Readable, bool Writable>
struct Register {
    using Word = WordType;
    static constexpr u32 offset = Offset;
    static constexpr u32 count = Count;
    static constexpr u32 stride = Stride;
    static constexpr bool readable = Readable;
    static constexpr bool writable = Writable;
};

template <typename Word, u32 Offset, u32 Count = 1, u32 Stride = sizeof(Word)>
using ReadOnly = Register<Word, Offset, Count, Stride, true, false>;
template <typename Word, u32 Offset, u32 Count = 1, u32 Stride = sizeof(Word)>
using WriteOnly = Register<Word, Offset, Count, Stride, false, true>;
template <typename Word, u32 Offset, u32 Count = 1, u32 Stride = sizeof(Word)>
using ReadWrite = Register<Word, Offset, Count, Stride, true, true>;

// What a register holds. Values of different registers do not mix.
template <typename Reg>
struct Value {
    typename Reg::Word bits = 0;

    constexpr Value operator|(Value other) const { return {bits | other.bits}; }
    constexpr bool operator==(const Value&) const = default;
    constexpr bool has_any(Value mask) const { return (bits & mask.bits) != 0; }
};

// Bits `Hi` down to `Lo` of a register, read and written as a `Type`.
template <typename Reg, u32 Hi, u32 Lo, typename Type = u32>
struct Field {
    static_assert(Hi >= Lo && Hi < 64);
    static constexpr u64 in_place = (~u64{0} >> (63 - (Hi - Lo))) << Lo;

    // The register with this field at `value` and zeros elsewhere; fields are combined with |.
    static constexpr Value<Reg> of(Type value) {
        u64 bits = static_cast<u64>(value) << Lo;
        debug_check((bits & ~in_place) == 0 && (bits >> Lo) == static_cast<u64>(value),
                    "a register field is written with a value that does not fit");
        return {static_cast<typename Reg::Word>(bits & in_place)};
    }
    static constexpr Type in(Value<Reg> value) { return static_cast<Type>((value.bits & in_place) >> Lo); }
    static constexpr Value<Reg> mask() { return {static_cast<typename Reg::Word>(in_place)}; }
    // `value` with this field replaced.
    static constexpr Value<Reg> put(Value<Reg> value, Type field) {
        return Value<Reg>{static_cast<typename Reg::Word>(value.bits & ~mask().bits)} | of(field);
    }

    using In = Reg;
    using As = Type;
};

template <typename Region>
concept RegisterSpace = requires(const Region region, u32 offset, u32 value) {
    { region.read32(offset) } -> std::same_as<u32>;
    region.write32(offset, value);
};

// Context: any. Cost: one device access, hundreds of cycles on silicon.
template <typename Reg, RegisterSpace Region>
    requires(Reg::readable && sizeof(typename Reg::Word) == 4)
[[nodiscard]] inline Value<Reg> read(const Region& region, u32 index = 0) {
    debug_check(index < Reg::count, "a register is read past the end of its array");
    return {region.read32(Reg::offset + index * Reg::stride)};
}

template <typename Reg, RegisterSpace Region>
    requires(Reg::writable && sizeof(typename Reg::Word) == 4)
inline void write(const Region& region, Value<Reg> value, u32 index = 0) {
    debug_check(index < Reg::count, "a register is written past the end of its array");
    region.write32(Reg::offset + index * Reg::stride, value.bits);
}

// Replace one field and keep the others: a read and a write. Who shares the register with others
// holds the lock that guards it.
template <typename F, RegisterSpace Region>
    requires(F::In::readable && F::In::writable)
inline void modify(const Region& region, typename F::As field, u32 index = 0) {
    write(region, F::put(read<typename F::In>(region, index), field), index);
}

}  // namespace quartet
