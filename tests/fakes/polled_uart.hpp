// SPDX-License-Identifier: MIT
//
// A port that is polled, as after a fault, and asks for no interrupt: what it sends and receives is the test's.

#pragma once

#include <kernel/iface/uart.hpp>

namespace quartet::fakes {

class PolledUart : public kernel::Uart {
public:
    std::string_view name() const noexcept final { return "polled"; }
    u32 interrupt_id() const noexcept final { return 33; }
    kernel::Accepted transmit(u8) noexcept override { return kernel::Accepted::No; }
    void unmask_receive() noexcept final {}
    void mask_receive() noexcept final {}
    void unmask_transmit() noexcept final {}
    void mask_transmit() noexcept final {}
    kernel::LineErrors line_errors() const noexcept final { return {}; }

protected:
    ~PolledUart() = default;
};

}  // namespace quartet::fakes
