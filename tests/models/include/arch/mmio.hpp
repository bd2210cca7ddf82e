// SPDX-License-Identifier: MIT
//
// The models' device registers: the device is a model's, and is told of each read and write. What it keeps is no memory of the cores:
// its functions are [[gnu::no_sanitize_thread]], so that no race is looked for in it.

#pragma once

#include <arch/sim_point.hpp>
#include <base/types.hpp>

namespace quartet::arch {

class MmioDevice {
public:
    virtual u32 read(u32 offset) = 0;
    virtual void write(u32 offset, u32 value) = 0;

protected:
    ~MmioDevice() = default;
};

class MmioRegion {
public:
    explicit MmioRegion(MmioDevice& device) : device_(&device) {}

    u32 read32(u32 offset) const noexcept {
        sim_point();
        return device_->read(offset);
    }
    void write32(u32 offset, u32 value) const noexcept {
        sim_point();
        device_->write(offset, value);
    }

private:
    MmioDevice* device_;
};

}  // namespace quartet::arch
