// SPDX-License-Identifier: MIT

#include "panic_prompt.hpp"

#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <kernel/fault/attendance.hpp>
#include <kernel/fault/debug_entry.hpp>
#include <kernel/iface/crash_hooks.hpp>
#include <sync/clock.hpp>

#include <array>
#include <string_view>

namespace quartet::kernel {

namespace {

constexpr usize max_line = 80;

class Prompt;
void end(Prompt& prompt, Uart& uart, PowerController* power, void (PowerController::*how)() noexcept);

class Prompt {
public:
    Prompt(Uart& uart, PowerController* power) : uart_(uart), power_(power) {}

    void write(std::string_view text) {
        for (char c : text) uart_.put_polled(static_cast<u8>(c));
    }

    // The line without its end and without blanks around it. What is longer than a line is dropped.
    std::string_view read_line() {
        usize length = 0;
        for (;;) {
            u8 byte = next();
            bool after_cr = last_ == '\r';
            last_ = byte;
            if (byte == '\n' && after_cr) continue;  // CR LF is one end
            // A debugger's first packet, after its acknowledgement of what it has not heard.
            if (length == 0 && byte == '+') continue;
            if (length == 0 && byte == '$' && debug_after_fault()) {
                last_key_ = arch::counter();  // it was attended for as long as that lasted
                break;
            }
            if (byte == '\r' || byte == '\n') break;
            if ((byte == '\b' || byte == 0x7f) && length > 0) {
                length -= 1;
                write("\b \b");
            } else if (byte >= ' ' && byte < 0x7f && length < line_.size()) {
                line_[length++] = static_cast<char>(byte);
                uart_.put_polled(byte);
            }
        }
        write("\r\n");
        std::string_view line{line_.data(), length};
        while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
        while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
        return line;
    }

private:
    u8 next() {
        for (;;) {
            Received received = uart_.receive();
            if (received.kind == Received::Kind::Byte) {
                last_key_ = arch::counter();
                return received.byte;
            }
            if (!attended(last_key_)) {
                write("\r\nnobody attends: reset\r\n");
                end(*this, uart_, power_, &PowerController::reboot);
                last_key_ = arch::counter();
            }
            arch::relax();
        }
    }

    Uart& uart_;
    PowerController* power_;
    u64 last_key_ = arch::counter();
    std::array<char, max_line> line_{};
    u8 last_ = 0;
};

// Lines of a record end in '\n' alone.
void write_lines(void* prompt, std::string_view text) {
    for (; !text.empty(); text.remove_prefix(1))
        static_cast<Prompt*>(prompt)->write(text[0] == '\n' ? "\r\n" : text.substr(0, 1));
}

void show_record(Prompt& prompt) {
    if (crash_hooks().show == nullptr) return prompt.write("error: this image keeps no crash record\r\n");
    std::array<char, 64> room;
    Writer out{room, write_lines, &prompt};
    crash_hooks().show(out);
    out.flush();
}

void end(Prompt& prompt, Uart& uart, PowerController* power, void (PowerController::*how)() noexcept) {
    if (power == nullptr) {
        prompt.write("error: the device tree names no power controller\r\n");
        return;
    }
    uart.drain_polled();
    (power->*how)();
    // The device obeys within some 150 us (10 ticks of the watchdog); a second later it has not.
    for (sync::Deadline deadline{1000}; !deadline.passed();) arch::relax();
    prompt.write("error: the power controller does not obey\r\n");
}

}  // namespace

void run_panic_prompt(Uart* uart, PowerController* power) noexcept {
    if (uart == nullptr) arch::halt();
    Prompt prompt{*uart, power};
    for (;;) {
        prompt.write("panic> ");
        std::string_view line = prompt.read_line();
        if (line.empty()) continue;
        if (line == "reboot") end(prompt, *uart, power, &PowerController::reboot);
        else if (line == "poweroff") end(prompt, *uart, power, &PowerController::power_off);
        else if (line == "crash show") show_record(prompt);
        else if (line == "help") prompt.write("crash show\r\nreboot\r\npoweroff\r\n");
        else prompt.write("error: unknown command; usage: crash show|reboot|poweroff\r\n");
    }
}

}  // namespace quartet::kernel
