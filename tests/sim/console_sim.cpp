// SPDX-License-Identifier: MIT
//
// The console on four cores: threads, the log and a reader before a port with a FIFO of sixteen bytes, whose line is the
// controller's. What stands on the wire is judged from the outside: whole lines, each once, in each writer's order.

#include "controller.hpp"
#include "threads.hpp"

#include <arch/instruction_count.hpp>
#include <kernel/console/console.hpp>
#include <kernel/console/print.hpp>
#include <kernel/time/counted_time.hpp>

#include <arch/counter.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

constexpr u32 port_line = 40;
constexpr usize fifo_depth = 16;

class WiredUart final : public Uart {
public:
    std::string sent;
    std::deque<u8> arriving;

    std::string_view name() const noexcept override { return "wired"; }
    u32 interrupt_id() const noexcept override { return port_line; }
    void put_polled(u8 byte) noexcept override {
        drain_polled();
        arch::sim_point();
        sent += static_cast<char>(byte);
    }
    void drain_polled() noexcept override {
        while (!fifo_.empty()) carry(1);
    }
    Received receive() noexcept override {
        arch::sim_point();
        if (arriving.empty()) return {};
        const u8 byte = arriving.front();
        arriving.pop_front();
        pull();
        return {Received::Kind::Byte, byte};
    }
    Accepted transmit(u8 byte) noexcept override {
        arch::sim_point();
        if (fifo_.size() == fifo_depth) return Accepted::No;
        fifo_.push_back(byte);
        pull();
        return Accepted::Yes;
    }
    void unmask_receive() noexcept override { open(receive_open_, true); }
    void mask_receive() noexcept override { open(receive_open_, false); }
    void unmask_transmit() noexcept override { open(transmit_open_, true); }
    void mask_transmit() noexcept override { open(transmit_open_, false); }
    LineErrors line_errors() const noexcept override { return {}; }

    // The wire takes so many bytes.
    void carry(usize bytes) {
        for (; bytes > 0 && !fifo_.empty(); --bytes) {
            sent += static_cast<char>(fifo_.front());
            fifo_.pop_front();
        }
        pull();
    }
    void bring(std::string_view text) {
        arriving.insert(arriving.end(), text.begin(), text.end());
        pull();
    }

private:
    void open(bool& side, bool wanted) {
        side = wanted;
        pull();
    }
    void pull() {
        if ((receive_open_ && !arriving.empty()) || (transmit_open_ && fifo_.size() <= fifo_depth / 2))
            raise_line(port_line);
        else lower_line(port_line);
    }

    std::deque<u8> fifo_;
    bool receive_open_ = false;
    bool transmit_open_ = false;
};

WiredUart uart;
bool wire_is_up = true;

void be_the_wire(ThreadContext& self, void*) {
    while (wire_is_up) {
        uart.carry(1 + choose(8));
        sleep_for(self, microseconds(1 + choose(20)));
    }
}

// The wire until the end of the scope.
class Wire {
public:
    Wire() : thread_{must_spawn("wire", 28, be_the_wire, nullptr)} {}
    void cut(ThreadContext& self) {
        wire_is_up = false;
        must_join(self, thread_);
    }

private:
    ThreadHandle thread_;
};

void start_console(Console::Drive drive) {
    make_console().use(uart);
    SIM_CHECK(console().start(drive).has_value());
}

// What stands between two CR LF; without the time stamp of a log line.
std::vector<std::string> lines_sent() {
    std::vector<std::string> lines;
    usize at = 0;
    for (usize end; (end = uart.sent.find("\r\n", at)) != std::string::npos; at = end + 2) {
        std::string line = uart.sent.substr(at, end - at);
        if (!line.empty() && line.front() == '[') line.erase(0, line.find("] ") + 2);
        lines.push_back(line);
    }
    SIM_CHECK(at == uart.sent.size());
    return lines;
}

constexpr u32 rounds = 3;
std::string line_of(const char* kind, u32 writer, u32 round) {
    return std::string{kind} + " " + std::to_string(writer) + "." + std::to_string(round) +
           " of a line that is longer than the FIFO";
}

void write_lines(ThreadContext& self, void* number) {
    const u32 writer = static_cast<u32>(reinterpret_cast<uptr>(number));
    for (u32 round = 0; round < rounds; ++round) {
        console().write(self, line_of("write", writer, round) + "\n");
        const FormatArg args[] = {format_arg(writer), format_arg(round)};
        print_args(self, "print {}.{} of a line that is longer than the FIFO\n", args);
        log("log {}.{} of a line that is longer than the FIFO", writer, round);
        if (choose(2) == 0) sleep_for(self, microseconds(choose(60)));
    }
}

void four_write_at_once(Console::Drive drive) {
    start_interrupts();
    auto self = start_and_await_all();
    start_console(drive);
    Wire wire;
    ThreadHandle writers[4];
    for (uptr n = 0; n < 4; ++n)
        writers[n] = must_spawn("writer", static_cast<u8>(12 + choose(10)), write_lines, reinterpret_cast<void*>(n));
    for (ThreadHandle writer : writers) must_join(self, writer);
    console().print_log(self);
    console().drain(self);
    wire.cut(self);

    std::vector<std::string> lines = lines_sent();
    for (const char* kind : {"write", "print", "log"}) {
        for (u32 writer = 0; writer < 4; ++writer) {
            auto last = lines.begin();
            for (u32 round = 0; round < rounds; ++round) {
                const auto found = std::find(last, lines.end(), line_of(kind, writer, round));
                SIM_CHECK(found != lines.end());
                last = found + 1;
            }
        }
    }
    SIM_CHECK(lines.size() == 3 * 4 * rounds);
}

// An open line stays one: what is logged meanwhile stands behind its end.
void a_prompt_is_not_broken() {
    start_interrupts();
    auto self = start_and_await_all();
    start_console(Console::Drive::Interrupt);
    Wire wire;
    console().write(self, "");
    console().write(self, "quartet> ");
    log("meanwhile");
    sleep_for(self, microseconds(300));
    console().print_log(self);
    console().drain(self);
    SIM_CHECK(uart.sent == "quartet> ");
    console().write(self, "threads\n");
    // Nobody asks for it: the end of the line is enough.
    while (!uart.sent.ends_with("meanwhile\r\n")) sleep_for(self, microseconds(50));
    SIM_CHECK(lines_sent() == std::vector<std::string>{"quartet> threads", "meanwhile"});
    // What ends in CR already gets no second one.
    console().write(self, "one\r\ntwo\n\n");
    console().drain(self);
    SIM_CHECK(uart.sent.ends_with("one\r\ntwo\r\n\r\n"));
    wire.cut(self);
}

void read_all(Console::Drive drive) {
    start_interrupts();
    auto self = start_and_await_all();
    start_console(drive);
    const u64 begin = arch::sim_counter;
    SIM_CHECK(console().read(self, microseconds(40)) == fail(Error::Timeout));
    SIM_CHECK(arch::sim_counter - begin >= clock_scale.counts(microseconds(40)) && !console().readable());
    std::string expected;
    must_join(self, must_spawn(
                        "typist", 20,
                        [](ThreadContext& typist, void* text) {
                            for (u32 n = 0; n < 12; ++n) {
                                std::string some;
                                for (u32 length = 1 + choose(20); length > 0; --length)
                                    some += static_cast<char>(choose(256));
                                *static_cast<std::string*>(text) += some;
                                uart.bring(some);
                                sleep_for(typist, microseconds(choose(30)));
                            }
                        },
                        &expected));
    std::string got;
    while (got.size() < expected.size()) {
        const Result<u8> byte = console().read(self);
        SIM_CHECK(byte.has_value());
        got += static_cast<char>(*byte);
    }
    SIM_CHECK(got == expected && !console().readable());
}

// Each line is out before `log` returns, until threads write; then the log's thread has it.
void logs_from_the_first_line_on() {
    log("before there is a port");
    make_console().use(uart);
    SIM_CHECK(uart.sent.ends_with("before there is a port\r\n"));
    log("number {}", 1);
    SIM_CHECK(uart.sent.ends_with("number 1\r\n"));
    auto early = boot_context();
    console().write(early, "a report\n");
    console().print_log(early);
    SIM_CHECK(uart.sent.ends_with("a report\r\n"));
    start_interrupts();
    auto self = start_and_await_all();
    must_join(self, must_spawn("logger", 16, [](ThreadContext&, void*) { log("number {}", 2); }, nullptr));
    SIM_CHECK(console().start(Console::Drive::Interrupt).has_value());
    Wire wire;
    log("number {}", 3);
    console().print_log(self);
    console().drain(self);
    wire.cut(self);
    SIM_CHECK(lines_sent() ==
              std::vector<std::string>{"before there is a port", "number 1", "a report", "number 2", "number 3"});
}

// A tool that counts instructions makes a thousand nops 1,001 counts; on a busy one that comes out after some tries.
u32 nops = 0;
u32 counted_from = 0;

void time_is_told_from_counts() {
    auto self = start_and_await_all();
    arch::sim_thousand_nops = []() noexcept {
        nops += 1;
        SIM_CHECK(arch::irqs_masked());
        return u64{nops < counted_from ? 1400u + nops : 1001u};
    };
    for (u32 first : {1u, 2u, 20u}) {
        nops = 0;
        counted_from = first;
        SIM_CHECK(time_is_counted(self) && nops == first);
    }
    nops = 0;
    counted_from = ~0u;
    SIM_CHECK(!time_is_counted(self));
    // It gave the machine time to become quiet, and did not ask for ever.
    SIM_CHECK(nops == 20);
}

}  // namespace

TEST_CASE("CON04 lines of four threads and the log stand whole on the wire, each once and in its writer's order") {
    CHECK(run_seeds("CON04 lines", 40, {}, [] { four_write_at_once(Console::Drive::Interrupt); }));
}
TEST_CASE("CON04 the same before a port without an interrupt, which a thread looks after") {
    CHECK(run_seeds("CON04 polled", 10, {}, [] { four_write_at_once(Console::Drive::Polling); }));
}
TEST_CASE("CON04 an open line is not broken by the log, which comes out at its end") {
    CHECK(run_seeds("CON04 open", 20, {}, a_prompt_is_not_broken));
}
TEST_CASE("CON01 what arrives in bursts is read whole and in order, by interrupt and by polling") {
    CHECK(run_seeds("CON01 read", 20, {}, [] { read_all(Console::Drive::Interrupt); }));
    CHECK(run_seeds("CON01 poll", 5, {}, [] { read_all(Console::Drive::Polling); }));
}
TEST_CASE(
    "CON04 each line is out before log returns until threads write, and none is lost or twice across the change") {
    CHECK(run_seeds("CON04 early", 20, {}, logs_from_the_first_line_on));
}
TEST_CASE("TMR02 time that is counted in instructions is told from time that passes, also on a busy machine") {
    CHECK(run_seeds("TMR02", 5, {}, time_is_told_from_counts));
}
