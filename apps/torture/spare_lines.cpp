// SPDX-License-Identifier: MIT

#include "spare_lines.hpp"

#include <quartet/irq.hpp>

#include <array>

namespace quartet::torture {

namespace {

constexpr u32 shared_lines_begin = 32;

constinit std::array<u32, worker_lines + worker_count> spare{};

}  // namespace

void find_spare_lines() noexcept {
    u32 id = kernel::irq::lines();
    for (u32& each : spare) {
        while (id > shared_lines_begin && each == 0) {
            id -= 1;
            const auto info = irq::info(id);
            if (info && !info->attached) each = id;
        }
    }
}

u32 spare_line(u32 index) noexcept { return spare[index]; }

}  // namespace quartet::torture
