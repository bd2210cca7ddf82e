// SPDX-License-Identifier: MIT
//
// The lines of the report that may still come when the start-up's code was given back.

#include <boot/report.hpp>

#include <kernel/console/log.hpp>

namespace quartet::boot {

using kernel::log;

void report_given_back(u64 bytes) { log("given back: {} KiB of the image", bytes / 1_KiB); }

void report_core(u32 core, CoreFate fate) { log("cpu{}: {}", core, fate == CoreFate::Online ? "online" : "missing"); }

void report_advice(const platform::Advice& advice) {
    for (const auto& line : advice) log("advice: {}", line.text());
    if (advice.dropped() != 0) log("advice: {} more things are wrong than fit here", advice.dropped());
}

}  // namespace quartet::boot
