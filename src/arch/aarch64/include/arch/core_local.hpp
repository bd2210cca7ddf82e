// SPDX-License-Identifier: MIT
//
// A value for each core, found by the core's number in MPIDR_EL1: for what has to work before there are threads.

#pragma once

#include <arch/cpu.hpp>
#include <base/types.hpp>

namespace quartet::arch {

template <typename T>
class CoreLocal {
public:
    constexpr CoreLocal() = default;
    CoreLocal(const CoreLocal&) = delete;
    CoreLocal& operator=(const CoreLocal&) = delete;

    // Context: masked, or the answer is another core's by the time that it is used.
    T& mine() noexcept { return values_[core_id()]; }
    // Another core's. Context: that core stands still, or a report that bears what is being written.
    T& of(u32 core) noexcept { return values_[core]; }

private:
    T values_[max_cores]{};
};

}  // namespace quartet::arch
