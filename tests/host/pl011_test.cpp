// SPDX-License-Identifier: MIT

#include <arch/counter.hpp>
#include <arch/mmio.hpp>
#include <arch/sim_point.hpp>
#include <doctest/doctest.h>
#include <drivers/uart/pl011.hpp>
#include <drivers/uart/pl011_registers.hpp>

using namespace quartet;
using namespace quartet::drivers;
using namespace quartet::drivers::pl011;
using Kind = kernel::Received::Kind;
using Write = arch::MmioTrace::Write;

namespace {

constexpr u32 full = 1u << 5;
constexpr u32 empty = 1u << 4;
constexpr u32 busy = 1u << 3;

// Time passes with every touch of the machine, 1 ms each.
struct PassingTime {
    PassingTime() {
        arch::sim_hook = []() noexcept { arch::sim_counter += arch::sim_frequency / 1000; };
    }
    ~PassingTime() { arch::sim_hook = nullptr; }
};

}  // namespace

TEST_CASE("UART01 the divisor is right for the board, for QEMU, and nearest for other clocks") {
    CHECK(Pl011::divisor(48'000'000, 115200) == Pl011::Divisor{26, 3});
    CHECK(Pl011::divisor(3'000'000, 115200) == Pl011::Divisor{1, 40});
    CHECK(Pl011::divisor(48'000'000, 9600) == Pl011::Divisor{312, 32});
    CHECK(Pl011::divisor(24'000'000, 115200) == Pl011::Divisor{13, 1});
    CHECK(Pl011::divisor(16 * 115200, 115200) == Pl011::Divisor{1, 0});
}

TEST_CASE("UART01 a rate that no divisor gives is refused before anything is written") {
    CHECK(Pl011::divisor(0, 115200) == fail(Error::Invalid));
    CHECK(Pl011::divisor(48'000'000, 0) == fail(Error::Invalid));
    CHECK(Pl011::divisor(1'800'000, 115200) == fail(Error::Invalid));
    CHECK(Pl011::divisor(~u64{0}, 115200) == fail(Error::Invalid));
    CHECK(Pl011::divisor(u64{16} * 65536 * 300, 300) == fail(Error::Invalid));
    arch::MmioTrace trace;
    Pl011 uart{arch::MmioRegion{trace}, 153};
    CHECK(uart.configure(0, 115200) == fail(Error::Invalid));
    CHECK(trace.writes.empty());
}

TEST_CASE("UART01 configuring waits for what firmware still sends, then programs everything, divisor before LCR_H") {
    PassingTime time;
    arch::MmioTrace trace;
    trace.script[Fr::offset] = {busy, busy, 0};
    Pl011 uart{arch::MmioRegion{trace}, 153};
    REQUIRE(uart.configure(48'000'000, 115200));
    CHECK(trace.reads == std::vector<u32>{Fr::offset, Fr::offset, Fr::offset});
    std::vector<Write> expected{{Cr::offset, 0},     {Imsc::offset, 0},   {Icr::offset, 0x7ff}, {LcrH::offset, 0},
                                {Ecr::offset, 0},    {Ibrd::offset, 26},  {Fbrd::offset, 3},    {LcrH::offset, 0x70},
                                {Ifls::offset, 0x0}, {Cr::offset, 0x0301}};
    CHECK(trace.writes == expected);
}

TEST_CASE("UART01 a port that is busy for ever is programmed all the same") {
    PassingTime time;
    arch::MmioTrace trace;
    trace.values[Fr::offset] = busy;
    Pl011 uart{arch::MmioRegion{trace}, 153};
    u64 begin = arch::sim_counter;
    CHECK(uart.configure(48'000'000, 115200));
    CHECK(arch::sim_counter - begin < arch::sim_frequency / 2);
    CHECK(trace.values[Cr::offset] == 0x0301);
}

TEST_CASE("UART01 nothing is written to a full transmitter") {
    arch::MmioTrace trace;
    Pl011 uart{arch::MmioRegion{trace}, 153};
    trace.values[Fr::offset] = full;
    CHECK(uart.transmit('x') == kernel::Accepted::No);
    CHECK(trace.writes.empty());
    trace.values[Fr::offset] = 0;
    CHECK(uart.transmit('x') == kernel::Accepted::Yes);
    CHECK(trace.writes == std::vector<Write>{{Dr::offset, 'x'}});
}

TEST_CASE("UART01 the polled path waits for room, and gives up on a port that never has any") {
    PassingTime time;
    arch::MmioTrace trace;
    Pl011 uart{arch::MmioRegion{trace}, 153};
    trace.script[Fr::offset] = {full, full, full, 0};
    uart.put_polled('a');
    CHECK(trace.writes == std::vector<Write>{{Dr::offset, 'a'}});
    trace.values[Fr::offset] = full;
    u64 begin = arch::sim_counter;
    uart.put_polled('b');
    CHECK(trace.writes.size() == 1);
    CHECK(arch::sim_counter - begin >= arch::sim_frequency / 10);
    CHECK(arch::sim_counter - begin < arch::sim_frequency / 2);
}

TEST_CASE("UART01 bytes arrive in order, all 256 values, until the receiver is empty") {
    arch::MmioTrace trace;
    Pl011 uart{arch::MmioRegion{trace}, 153};
    for (u32 byte = 0; byte < 256; ++byte) trace.script[Dr::offset].push_back(byte);
    for (u32 byte = 0; byte < 256; ++byte) {
        kernel::Received received = uart.receive();
        CHECK(received.kind == Kind::Byte);
        CHECK(received.byte == byte);
    }
    trace.values[Fr::offset] = empty;
    trace.reads.clear();
    CHECK(uart.receive().kind == Kind::Nothing);
    CHECK(trace.reads == std::vector<u32>{Fr::offset});  // an empty FIFO is not read
    CHECK(uart.line_errors() == kernel::LineErrors{});
}

TEST_CASE("CON02 break, framing, parity and overrun are counted each, their byte dropped, the next one good") {
    arch::MmioTrace trace;
    Pl011 uart{arch::MmioRegion{trace}, 153};
    // A break comes with its framing bit; bits of one byte count one by one.
    trace.script[Dr::offset] = {0x400, 0x500, 0x141, 0x241, 0x841, 0xb41, 'k'};
    for (int i = 0; i < 6; ++i) {
        kernel::Received received = uart.receive();
        CHECK(received.kind == Kind::Damaged);
        CHECK(received.byte == 0);
    }
    CHECK(uart.line_errors() == kernel::LineErrors{.breaks = 2, .framing = 2, .parity = 2, .overruns = 2});
    CHECK(trace.writes == std::vector<Write>(6, Write{Ecr::offset, 0}));
    kernel::Received received = uart.receive();
    CHECK(received.kind == Kind::Byte);
    CHECK(received.byte == 'k');
    CHECK(uart.line_errors().total() == 8);
}

TEST_CASE("UART01 each side's interrupt is masked alone") {
    arch::MmioTrace trace;
    Pl011 uart{arch::MmioRegion{trace}, 153};
    uart.unmask_receive();
    CHECK(trace.values[Imsc::offset] == 0x50);
    uart.unmask_transmit();
    CHECK(trace.values[Imsc::offset] == 0x70);
    uart.mask_receive();
    CHECK(trace.values[Imsc::offset] == 0x20);
    uart.mask_transmit();
    CHECK(trace.values[Imsc::offset] == 0);
}
