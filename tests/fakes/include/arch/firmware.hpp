// SPDX-License-Identifier: MIT
//
// Host twin: calls to firmware are recorded, and answered with what the test has put there.

#pragma once

#include <arch/conduit.hpp>
#include <arch/sim_point.hpp>
#include <base/unsafe.hpp>

#include <array>
#include <vector>

namespace quartet::arch {

struct FirmwareCall {
    Conduit conduit;
    std::array<u64, 4> words;  // x0-x3
    bool operator==(const FirmwareCall&) const = default;
};

inline std::vector<FirmwareCall> sim_firmware_calls;
inline i64 sim_firmware_answer = 0;

inline i64 firmware_call(Unsafe, Conduit conduit, u64 function, u64 a, u64 b, u64 c) noexcept {
    sim_point();
    sim_firmware_calls.push_back({conduit, {function, a, b, c}});
    return sim_firmware_answer;
}

}  // namespace quartet::arch
