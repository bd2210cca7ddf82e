// SPDX-License-Identifier: MIT
//
// The interrupt controller's driver: a write to a device may overtake what was written to memory before it, so who sends a software
// interrupt publishes first.

#include "engine.hpp"

#include <arch/model_atomics.hpp>
#include <drivers/gic/gic.hpp>

namespace quartet::model {
namespace {

// One register of it counts: who writes GICD_SGIR interrupts somebody.
class Distributor final : public arch::MmioDevice {
public:
    [[gnu::no_sanitize_thread]] u32 read(u32) override { return 0; }
    [[gnu::no_sanitize_thread]] void write(u32 offset, u32) override {
        if (offset == drivers::gicd::Sgir::offset) raised_ = true;
    }
    [[gnu::no_sanitize_thread, gnu::noinline]] bool raised() const { return raised_; }

private:
    bool raised_ = false;
};

struct SentBySgir {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"IRQ04", "who is sent a software interrupt sees what its sender wrote before", 200};

    Distributor device;
    drivers::Gic gic{arch::MmioRegion{device}, arch::MmioRegion{device}};
    u32 written = 0;

    void core(u32 number) {
        if (number == 0) {
            written = 1;
            gic.send(1, 1);
        } else {
            while (!device.raised()) yield();
            after_interrupt();
            require(written == 1, "what was written is not there");
        }
    }
};
const Model<SentBySgir> sent{"gic-send"};

}  // namespace
}  // namespace quartet::model
