// SPDX-License-Identifier: MIT
//
// The models' barriers. The full fence is relacy's of sequential consistency; what is published before a device is told is a
// release, whose acquire is the interrupt that the device makes. The others order memory against devices and the
// instruction stream, which no model of memory has: they order nothing here, and `orders.toml` lists their calls.

#pragma once

#include <arch/model_atomics.hpp>
#include <arch/sim_point.hpp>

#include <source_location>

namespace quartet::arch {

inline void complete_all() noexcept { sim_point(); }
inline void publish_before_device_write(std::source_location where = std::source_location::current()) noexcept {
    sim_point();
    model::publish(where);
}
inline void order_after_device_read() noexcept { sim_point(); }
inline void full_fence(std::source_location where = std::source_location::current()) noexcept { model::fence(where); }
inline void synchronise_context() noexcept { sim_point(); }
inline void compiler_fence() noexcept {}

}  // namespace quartet::arch
