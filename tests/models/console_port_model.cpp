// SPDX-License-Identifier: MIT
//
// The console's port when a report begins: a core that moves bytes to the wire, and the one that closes it.

#include "engine.hpp"

#include <kernel/console/console_port.hpp>

namespace quartet::model {
namespace {

// A port with room for one byte at a time. What is on the wire is plain memory: two who write it in no order are a data race.
class Wire final : public kernel::Uart {
public:
    std::string_view name() const noexcept override { return "wire"; }
    u32 interrupt_id() const noexcept override { return 33; }
    void put_polled(u8 byte) noexcept override { last = byte; }
    void drain_polled() noexcept override {}
    kernel::Received receive() noexcept override { return {}; }
    kernel::Accepted transmit(u8 byte) noexcept override {
        require(last != 'r', "a byte stands behind the first one of the report");
        last = byte;
        return kernel::Accepted::Yes;
    }
    void unmask_receive() noexcept override {}
    void mask_receive() noexcept override {}
    void unmask_transmit() noexcept override {}
    void mask_transmit() noexcept override {}
    kernel::LineErrors line_errors() const noexcept override { return {}; }

    u8 last = 0;
};

struct ReportStandsAlone {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"EXC08", "B2: nobody writes to the wire beside a report that found no writer there"};

    Wire wire;
    kernel::ConsolePort port;

    void before() {
        port.use(wire);
        for (char letter : {'x', 'y'}) (void)port.offer(static_cast<u8>(letter));
    }
    void core(u32 number) {
        if (number == 0) {
            port.flush();
            return;
        }
        port.close_transmitter();
        for (u32 tries = 0; port.writer() < 4; ++tries) {
            if (tries == 4) return;
            yield();
        }
        port.send_polled('r');
    }
};
const Model<ReportStandsAlone> alone{"console-port"};

}  // namespace
}  // namespace quartet::model
