// SPDX-License-Identifier: MIT
//
// What a fault report uses of rooms that stand above the kernel: names, the walk up a stack, the record that the next run
// reads, and what the cores did last. The boot list sets it; before that a report has numbers only.

#pragma once

#include <base/types.hpp>
#include <base/writer.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace quartet::kernel {

// A stretch of addresses, half-open. An empty one contains nothing.
struct AddressRange {
    uptr begin = 0;
    uptr end = 0;

    constexpr bool contains(uptr address, usize bytes = 1) const {
        return begin <= address && address < end && bytes <= end - address;
    }
};

struct NamedAddress {
    std::string_view name;
    u64 offset;  // from the start of the function
};

// What a crash record is made of, in this order: a Begin, any number of the others, an End.
enum class CrashPiece : u16 {
    Begin,  // nothing: what was recorded before is forgotten
    Text,  // lines of the report, each ended by '\n'
    Registers,  // x0-x30
    End,  // nothing: the report is complete
};

struct CrashHooks {
    // The function that holds `address`; its name is written into `room`. Nothing for an address that is
    // in no function. Context: any, after a fault too: no lock, no allocation.
    using Name = std::optional<NamedAddress> (*)(uptr address, std::span<char> room) noexcept;

    // Return addresses, innermost first, from the frame record at `frame` on; their number.
    // `stacks` are where records may lie, in the order in which the chain may pass through them.
    // Context: any, after a fault too.
    using Backtrace = usize (*)(uptr frame, std::span<const AddressRange> stacks, AddressRange code,
                                std::span<uptr> found) noexcept;

    // Keeps a piece of the report for the next run, where there is room for that.
    // Context: after a fault, or a panic's prompt.
    using Record = void (*)(CrashPiece piece, std::span<const std::byte> content) noexcept;

    // Writes the record, or why there is none, in lines that end in '\n'. Context: any.
    using Show = void (*)(Writer& out) noexcept;

    // Writes the last `most` trace events of all cores, a line each that ends in '\n', the oldest first.
    // Context: after a fault, the other cores stopped: no lock, no allocation.
    using Events = void (*)(Writer& out, u32 most) noexcept;

    Name name = nullptr;
    Backtrace backtrace = nullptr;
    Record record = nullptr;
    Show show = nullptr;
    Events events = nullptr;
    u32 image = 0;  // which one this is, as its ELF file says too; 0: nobody knows
};

// Context: boot.
void set_crash_hooks(const CrashHooks& hooks) noexcept;
// Whoever has one more to add: trace, say. Context: boot.
CrashHooks& crash_hooks() noexcept;

}  // namespace quartet::kernel
