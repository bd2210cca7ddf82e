// SPDX-License-Identifier: MIT
//
// What a fault report uses of rooms that stand above the kernel: names, and the walk up a stack.
// The boot list sets it once; before that a report has numbers only.

#pragma once

#include <base/types.hpp>
#include <base/writer.hpp>

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

struct CrashHooks {
    // The function that holds `address`; its name is written into `room`. Nothing for an address that is
    // in no function. Context: any, after a fault too: no lock, no allocation.
    using Name = std::optional<NamedAddress> (*)(uptr address, std::span<char> room) noexcept;

    // Return addresses, innermost first, from the frame record at `frame` on; their number.
    // `stacks` are where records may lie, in the order in which the chain may pass through them.
    // Context: any, after a fault too.
    using Backtrace = usize (*)(uptr frame, std::span<const AddressRange> stacks, AddressRange code,
                                std::span<uptr> found) noexcept;

    // The last `most` recorded events of all cores, a line each (kernel/trace/trace.hpp). Nothing where none were recorded.
    // Context: any, after a fault too, other cores still writing.
    using LastEvents = void (*)(Writer& out, u32 most) noexcept;

    Name name = nullptr;
    Backtrace backtrace = nullptr;
    LastEvents last_events = nullptr;
};

// Context: boot, once.
void set_crash_hooks(const CrashHooks& hooks) noexcept;

}  // namespace quartet::kernel
