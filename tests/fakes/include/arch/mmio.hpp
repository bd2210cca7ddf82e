// SPDX-License-Identifier: MIT
//
// The host's device registers: reads come from a script or a table, writes are recorded in order.

#pragma once

#include <arch/sim_point.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

#include <deque>
#include <functional>
#include <map>
#include <vector>

namespace quartet::arch {

struct MmioTrace {
    struct Write {
        u32 offset;
        u32 value;
        bool operator==(const Write&) const = default;
    };

    std::map<u32, u32> values;              // what a register reads as, and what was written last
    std::map<u32, std::deque<u32>> script;  // reads that come first, in order, one each
    std::vector<Write> writes;
    std::vector<u32> reads;
    std::function<void(u32 offset, u32 value)> on_write;  // a device that reacts
};

class MmioRegion {
public:
    // No point: nothing is touched yet.
    explicit MmioRegion(MmioTrace& trace) : trace_(&trace) {}

    u32 read32(u32 offset) const noexcept {
        sim_point();
        trace_->reads.push_back(offset);
        auto scripted = trace_->script.find(offset);
        if (scripted != trace_->script.end() && !scripted->second.empty()) {
            u32 value = scripted->second.front();
            scripted->second.pop_front();
            return value;
        }
        return trace_->values[offset];
    }
    void write32(u32 offset, u32 value) const noexcept {
        sim_point();
        trace_->writes.push_back({offset, value});
        trace_->values[offset] = value;
        if (trace_->on_write) trace_->on_write(offset, value);
    }

private:
    MmioTrace* trace_;
};

}  // namespace quartet::arch
