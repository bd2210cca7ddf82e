// SPDX-License-Identifier: MIT
//
// The console's port before a serial port that has a small FIFO, like the real ones.

#include <kernel/console/console_port.hpp>

#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>

using namespace quartet;
using kernel::Accepted;
using kernel::ConsolePort;
using kernel::Received;

namespace {

class FifoUart final : public kernel::Uart {
public:
    static constexpr usize depth = 16;
    std::deque<int> arriving;  // on the wire; negative: damaged
    std::deque<u8> fifo_out;
    std::string sent;
    bool receive_open = false;
    bool transmit_open = false;
    u32 damaged = 0;
    std::function<void()> at_transmit;

    std::string_view name() const noexcept override { return "fifo"; }
    u32 interrupt_id() const noexcept override { return 153; }
    void put_polled(u8 byte) noexcept override { sent += static_cast<char>(byte); }
    void drain_polled() noexcept override {}
    Received receive() noexcept override {
        if (arriving.empty()) return {};
        int next = arriving.front();
        arriving.pop_front();
        if (next < 0) {
            ++damaged;
            return {Received::Kind::Damaged, 0};
        }
        return {Received::Kind::Byte, static_cast<u8>(next)};
    }
    Accepted transmit(u8 byte) noexcept override {
        if (fifo_out.size() == depth) return Accepted::No;
        fifo_out.push_back(byte);
        if (at_transmit) at_transmit();
        return Accepted::Yes;
    }
    void unmask_receive() noexcept override { receive_open = true; }
    void mask_receive() noexcept override { receive_open = false; }
    void unmask_transmit() noexcept override { transmit_open = true; }
    void mask_transmit() noexcept override { transmit_open = false; }
    kernel::LineErrors line_errors() const noexcept override { return {.breaks = damaged}; }

    void wire_takes(usize bytes) {
        for (; bytes > 0 && !fifo_out.empty(); --bytes) {
            sent += static_cast<char>(fifo_out.front());
            fifo_out.pop_front();
        }
    }
    bool asks() const { return (receive_open && !arriving.empty()) || (transmit_open && fifo_out.size() <= depth / 2); }
};

struct Fixture {
    FifoUart uart;
    std::unique_ptr<ConsolePort> port = std::make_unique<ConsolePort>();
    Fixture() {
        port->use(uart);
        port->open();
    }
};

}  // namespace

TEST_CASE("CON01 a flood larger than the ring waits in the port and is read whole") {
    Fixture f;
    std::mt19937 random{8};
    std::string expected;
    for (u32 i = 0; i < 40'000; ++i) {
        f.uart.arriving.push_back(static_cast<int>(random() % 256));
        expected += static_cast<char>(f.uart.arriving.back());
    }
    std::string got;
    u32 wakes = 0;
    bool sleeping = true;
    while (got.size() < expected.size()) {
        // Till the ring took it all, or the receiver is masked.
        while (f.uart.asks()) {
            if (f.port->on_interrupt().reader) {
                ++wakes;
                sleeping = false;
            }
        }
        REQUIRE_FALSE(sleeping);
        u64 reads = random() % 3000;
        for (u64 i = 0; i < reads; ++i) {
            u8 byte = 0;
            if (!f.port->take(byte)) {
                sleeping = true;
                break;
            }
            got += static_cast<char>(byte);
        }
    }
    CHECK(got == expected);
    CHECK(f.port->counters().received == expected.size());
    CHECK(f.port->counters().receive_stalls >= 9);
    CHECK(wakes >= 9);
}

TEST_CASE("CON01 one interrupt takes no more than a FIFO holds, also where the port is filled as fast as it is read") {
    Fixture f;
    for (u32 i = 0; i < 1000; ++i) f.uart.arriving.push_back(i % 7 == 3 ? -1 : static_cast<int>(i % 256));
    for (usize left = 1000; left > 0;) {
        REQUIRE(f.uart.asks());
        f.port->on_interrupt();
        CHECK(left - f.uart.arriving.size() <= 32);
        REQUIRE(f.uart.arriving.size() < left);
        left = f.uart.arriving.size();
    }
    CHECK_FALSE(f.uart.asks());
}

TEST_CASE("EXC08 after a fault what was offered goes out by polling, in order") {
    Fixture f;
    std::string expected;
    for (u32 i = 0; i < ConsolePort::transmit_room; ++i) {
        expected += static_cast<char>('a' + i % 26);
        REQUIRE(f.port->offer(static_cast<u8>(expected.back())) == Accepted::Yes);
    }
    f.port->flush_after_fault();
    CHECK(f.uart.sent == expected);
    CHECK(f.port->drained());
}

TEST_CASE("EXC08 who writes when another core begins its report goes no further than the byte that it is at") {
    Fixture f;
    for (char c : std::string_view{"0123456789"}) CHECK(f.port->offer(static_cast<u8>(c)) == Accepted::Yes);
    f.uart.at_transmit = [&] {
        if (f.uart.fifo_out.size() == 4) f.port->close_transmitter();
    };
    f.port->flush();
    CHECK(f.uart.fifo_out.size() == 4);
    (void)f.port->on_interrupt();
    CHECK(f.uart.fifo_out.size() == 4);
    f.uart.wire_takes(4);
    f.port->flush_after_fault();
    CHECK(f.uart.sent == "0123456789");
}

TEST_CASE("CON02 damaged bytes are counted and discarded, what follows is read") {
    Fixture f;
    for (int value : {int{'a'}, -1, -1, int{'b'}, -1}) f.uart.arriving.push_back(value);
    CHECK(f.port->on_interrupt().reader);
    u8 byte = 0;
    CHECK((f.port->take(byte) && byte == 'a'));
    CHECK((f.port->take(byte) && byte == 'b'));
    CHECK_FALSE(f.port->take(byte));
    CHECK(f.port->counters().line.breaks == 3);
    f.uart.arriving.push_back(-1);
    CHECK_FALSE(f.port->on_interrupt().reader);
}

TEST_CASE("CON04 what was offered leaves in order, a full ring wakes its writer at half") {
    Fixture f;
    std::string expected;
    u32 waits = 0;
    for (u32 i = 0; i < 20'000; ++i) {
        u8 byte = static_cast<u8>(' ' + i % 90);
        expected += static_cast<char>(byte);
        while (f.port->offer(byte) == Accepted::No) {
            f.port->flush();
            if (!f.port->must_wait_for_room()) continue;
            ++waits;
            bool woken = false;
            for (u32 round = 0; !woken; ++round) {
                REQUIRE(round < 10'000);
                f.uart.wire_takes(5);
                if (f.uart.asks()) woken = f.port->on_interrupt().writer;
            }
        }
    }
    f.port->flush();
    while (!f.port->drained()) {
        f.uart.wire_takes(5);
        REQUIRE((f.uart.asks() || !f.uart.fifo_out.empty()));
        if (f.uart.asks()) f.port->on_interrupt();
    }
    f.uart.wire_takes(100);
    CHECK(f.uart.sent == expected);
    CHECK(waits > 3);
    CHECK_FALSE(f.uart.transmit_open);  // nothing to send: the transmitter does not ask
    CHECK(f.port->counters().sent == expected.size());
}

TEST_CASE("CON04 short text goes straight to the FIFO without an interrupt") {
    Fixture f;
    for (char c : std::string_view{"quartet> "}) CHECK(f.port->offer(static_cast<u8>(c)) == Accepted::Yes);
    f.port->flush();
    CHECK(f.port->drained());
    CHECK_FALSE(f.uart.transmit_open);
    f.uart.wire_takes(100);
    CHECK(f.uart.sent == "quartet> ");
}
