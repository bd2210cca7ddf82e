// SPDX-License-Identifier: MIT

#include <arch/counter.hpp>
#include <arch/mmio.hpp>
#include <arch/sim_point.hpp>
#include <doctest/doctest.h>
#include <drivers/uart/mini_uart.hpp>
#include <drivers/uart/mini_uart_registers.hpp>

using namespace quartet;
using namespace quartet::drivers;
using namespace quartet::drivers::mini_uart;
using Kind = kernel::Received::Kind;
using Write = arch::MmioTrace::Write;

namespace {

constexpr u32 idle_and_ready = 0x60;

struct Port {
    arch::MmioTrace aux;
    arch::MmioTrace trace;
    MiniUart uart{arch::MmioRegion{aux}, arch::MmioRegion{trace}, 125};
};

}  // namespace

TEST_CASE("UART02 the divisor follows the core clock, to the nearest") {
    CHECK(MiniUart::divisor(500'000'000, 115200) == Result<u32>{542});
    CHECK(MiniUart::divisor(250'000'000, 115200) == Result<u32>{270});
    CHECK(MiniUart::divisor(350'000'000, 115200) == Result<u32>{379});
    CHECK(MiniUart::divisor(8 * 115200, 115200) == Result<u32>{0});
    CHECK(MiniUart::divisor(u64{8} * 300 * 65536, 300) == Result<u32>{65535});
    CHECK(MiniUart::divisor(u64{8} * 300 * 65537, 300) == fail(Error::Invalid));
    CHECK(MiniUart::divisor(0, 115200) == fail(Error::Invalid));
    CHECK(MiniUart::divisor(500'000'000, 0) == fail(Error::Invalid));
}

TEST_CASE("UART02 the block is switched on first and its other users keep their bits") {
    Port port;
    port.aux.values[aux::Enables::offset] = 6;
    port.aux.on_write = [&](u32, u32) { CHECK(port.trace.reads.empty()); };
    port.trace.values[Lsr::offset] = idle_and_ready;
    REQUIRE(port.uart.configure(500'000'000, 115200));
    CHECK(port.aux.writes == std::vector<Write>{{aux::Enables::offset, 7}});
    std::vector<Write> expected{{Cntl::offset, 0},   {Ier::offset, 0}, {Lcr::offset, 3}, {Mcr::offset, 0},
                                {Baud::offset, 542}, {Iir::offset, 6}, {Cntl::offset, 3}};
    CHECK(port.trace.writes == expected);
}

TEST_CASE("UART02 bit 0 of IER is the receiver's and bit 1 the transmitter's") {
    Port port;
    port.uart.unmask_receive();
    CHECK(port.trace.values[Ier::offset] == (1 | 0xc));
    port.uart.unmask_transmit();
    CHECK(port.trace.values[Ier::offset] == (3 | 0xc));
    port.uart.mask_receive();
    CHECK(port.trace.values[Ier::offset] == (2 | 0xc));
    port.uart.mask_transmit();
    CHECK(port.trace.values[Ier::offset] == 0xc);
}

TEST_CASE("UART02 nothing is written to a full transmitter, nothing read from an empty receiver") {
    Port port;
    CHECK(port.uart.transmit('x') == kernel::Accepted::No);
    CHECK(port.uart.receive().kind == Kind::Nothing);
    CHECK(port.trace.writes.empty());
    CHECK(port.trace.reads == std::vector<u32>{Lsr::offset, Lsr::offset});
    port.trace.values[Lsr::offset] = 0x20;
    CHECK(port.uart.transmit('x') == kernel::Accepted::Yes);
    CHECK(port.trace.writes == std::vector<Write>{{Io::offset, 'x'}});
}

TEST_CASE("CON02 an overrun of the mini-UART is counted by whoever reads the status, and the bytes go on") {
    Port port;
    port.trace.script[Lsr::offset] = {0x22, 0x03, 0x01, 0};
    port.trace.script[Io::offset] = {'a', 'b'};
    CHECK(port.uart.transmit('x') == kernel::Accepted::Yes);  // this read took the first overrun bit
    CHECK(port.uart.receive().byte == 'a');
    CHECK(port.uart.receive().byte == 'b');
    CHECK(port.uart.receive().kind == Kind::Nothing);
    CHECK(port.uart.line_errors() == kernel::LineErrors{.overruns = 2});
}

TEST_CASE("UART02 the polled path gives up on a port that never has room") {
    Port port;
    arch::sim_hook = []() noexcept { arch::sim_counter += arch::sim_frequency / 1000; };
    port.uart.put_polled('b');
    port.uart.drain_polled();
    arch::sim_hook = nullptr;
    CHECK(port.trace.writes.empty());
}
