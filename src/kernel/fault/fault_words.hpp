// SPDX-License-Identifier: MIT
//
// What went wrong, in one word and in one sentence: from the syndrome and from what lies at the
// address. No machine in it, so that every case is tested on the host.

#pragma once

#include <arch/layout/fault_frame.hpp>
#include <base/types.hpp>
#include <base/writer.hpp>

#include <optional>
#include <span>
#include <string_view>

namespace quartet::kernel {

enum class Place : u8 { Unmapped, NullPage, Text, Rodata, Data, Stack, StackGuard, Heap, Tree, Device };

std::string_view words(Place place);

struct TouchedPlace {
    Place place = Place::Unmapped;
    std::string_view owner = {};  // of a stack or its guard: `thread shell`, `the overflow stack of core 1`
};

// What `panic` leaves for the report.
struct PanicNote {
    std::string_view kind;
    std::string_view what;
    std::string_view file;
    u32 line = 0;
};

// What the report found out beside the frame.
struct FaultScene {
    TouchedPlace touched;            // what lies at FAR (for a jump: at the pc)
    std::optional<u32> instruction;  // at the pc, where it can be read
    const PanicNote* note = nullptr; // of a panic
    std::optional<u32> handled = {};  // the interrupt whose handler it was, where it was one
};

// From here to 64 KiB an address is a null pointer with an offset.
inline constexpr uptr null_end = 64_KiB;

// Whether the frame is a panic's: then x0 is its note.
bool is_panic(const arch::FaultFrame& frame);

// The report's KIND: one word with dashes, that of the `crash` command that causes it.
std::string_view fault_kind(const arch::FaultFrame& frame, const FaultScene& scene);
// The report's WORDS.
void put_fault_words(Writer& out, const arch::FaultFrame& frame, const FaultScene& scene);
// The syndrome alone: class, access, status, level.
void put_syndrome(Writer& out, u64 esr);
// x0-x30, three in a line.
void put_registers(Writer& out, std::span<const u64, 31> x) noexcept;

}  // namespace quartet::kernel
