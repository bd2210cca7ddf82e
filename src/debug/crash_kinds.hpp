// SPDX-License-Identifier: MIT
//
// One fault each, caused by whoever calls `cause`.

#pragma once

#include <base/result.hpp>

#include <span>
#include <string_view>

namespace quartet::debug {

struct CrashKind {
    std::string_view name;  // the KIND of the report that it ends in, but for stack-jump
    // Context: any that `crash` offers. Returns where the machine did not mind.
    void (*cause)() noexcept;
    // What `cause` needs and cannot have in a handler: memory, mappings. Null: nothing. Context: thread.
    Status (*prepare)() noexcept = nullptr;
};

std::span<const CrashKind> crash_kinds() noexcept;

}  // namespace quartet::debug
