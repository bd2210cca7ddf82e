// SPDX-License-Identifier: MIT
//
// What is left after a report, from the outside: what was typed, and what stands on the wire and is asked of the power
// controller then. The prompt never returns, so each case has a process of its own, which ends when all was typed.

#include "../fakes/apart.hpp"
#include "../fakes/polled_uart.hpp"

#include <arch/counter.hpp>
#include <arch/sim_point.hpp>
#include <doctest/doctest.h>
#include <kernel/fault/attendance.hpp>
#include <kernel/fault/panic_prompt.hpp>
#include <kernel/iface/crash_hooks.hpp>
#include <sync/clock.hpp>

#include <string>
#include <vector>

using namespace quartet;
using fakes::Apart;
using kernel::Received;

namespace {

constexpr int damaged = -1;

class TypedUart final : public fakes::PolledUart {
public:
    std::vector<int> typed;

    void put_polled(u8 byte) noexcept override {
        const char letter = static_cast<char>(byte);
        fakes::say_apart({&letter, 1});
    }
    void drain_polled() noexcept override { fakes::say_apart("<drained>"); }
    Received receive() noexcept override {
        // Between two bytes there is nothing for a while.
        if (looks_++ % 3 != 2) return {};
        if (next_ == typed.size()) fakes::end_apart();
        const int byte = typed[next_++];
        if (byte == damaged) return {Received::Kind::Damaged, 'x'};
        return {Received::Kind::Byte, static_cast<u8>(byte)};
    }

private:
    usize next_ = 0;
    usize looks_ = 0;
};

class Power final : public kernel::PowerController {
public:
    bool obeys = true;
    void reboot() noexcept override { told("<reboot>"); }
    void power_off() noexcept override { told("<power off>"); }
    u64 milliseconds_since() const { return (arch::sim_counter - begin_) * 1000 / sync::counter_hertz(); }

private:
    void told(std::string_view what) {
        fakes::say_apart(what);
        if (obeys) fakes::end_apart();
        begin_ = arch::sim_counter;
    }
    u64 begin_ = 0;
};

TypedUart uart;
Power power;
bool has_power = true;

// What stands on the wire after `typed`.
std::string answer(std::string_view typed) {
    uart.typed.assign(typed.begin(), typed.end());
    const Apart apart = fakes::run_apart([] { kernel::run_panic_prompt(&uart, has_power ? &power : nullptr); });
    CHECK(apart.end == Apart::End::Returned);
    return apart.said;
}

const std::string usage = "error: unknown command; usage: crash show|reboot|poweroff\r\n";

}  // namespace

TEST_CASE(
    "WDT06 reboot and poweroff at the prompt after a report: what was written leaves first, then the device is told") {
    CHECK(answer("reboot\r") == "panic> reboot\r\n<drained><reboot>");
    CHECK(answer("poweroff\r") == "panic> poweroff\r\n<drained><power off>");
    CHECK(answer("poweroff\n") == "panic> poweroff\r\n<drained><power off>");
    CHECK(answer("  reboot  \r") == "panic>   reboot  \r\n<drained><reboot>");
}

TEST_CASE("WDT06 what is no command at the prompt is answered by those that are, and nothing is done") {
    CHECK(answer("threads\r") == "panic> threads\r\n" + usage + "panic> ");
    CHECK(answer("rebootx\rREBOOT\r") == "panic> rebootx\r\n" + usage + "panic> REBOOT\r\n" + usage + "panic> ");
    CHECK(answer("re boot\r") == "panic> re boot\r\n" + usage + "panic> ");
    CHECK(answer("help\r") == "panic> help\r\ncrash show\r\nreboot\r\npoweroff\r\npanic> ");
    CHECK(answer("\r   \r") == "panic> \r\npanic>    \r\npanic> ");
}

TEST_CASE("DMP01 crash show at the prompt after a report writes what the hook has, in whole lines") {
    CHECK(answer("crash show\r") == "panic> crash show\r\nerror: this image keeps no crash record\r\npanic> ");
    kernel::crash_hooks().show = [](Writer& out) noexcept { out.put("crash record 7\nand its end\n"); };
    CHECK(answer(" crash show\r") == "panic>  crash show\r\ncrash record 7\r\nand its end\r\npanic> ");
    kernel::crash_hooks().show = nullptr;
    CHECK(answer("crash\r") == "panic> crash\r\n" + usage + "panic> ");
}

TEST_CASE("CON03 CR LF ends one line at the prompt after a report, and so does either alone") {
    CHECK(answer("help\r\nreboot\r\n") ==
          "panic> help\r\ncrash show\r\nreboot\r\npoweroff\r\npanic> reboot\r\n<drained><reboot>");
    CHECK(answer("\r\n\r\n") == "panic> \r\npanic> \r\npanic> ");
    CHECK(answer("\n\n\r") == "panic> \r\npanic> \r\npanic> \r\npanic> ");
}

TEST_CASE("CON03 rubouts at the prompt after a report take a letter back, and none before the first one") {
    CHECK(answer("\b\x7freboox\bt\r") == "panic> reboox\b \bt\r\n<drained><reboot>");
    CHECK(answer("x\x7f\x7f\x7freboot\r") == "panic> x\b \breboot\r\n<drained><reboot>");
}

TEST_CASE("CON03 a line at the prompt after a report is as long as its room, and what is no letter is left out") {
    const std::string longest(80, 'a');
    CHECK(answer(longest + "bbb\r") == "panic> " + longest + "\r\n" + usage + "panic> ");
    // The last letter of a full line can be taken back and typed anew.
    CHECK(answer(longest + "b\bc\r") == "panic> " + longest + "\b \bc\r\n" + usage + "panic> ");
    std::string noise;
    for (int byte = 1; byte < 0x100; ++byte) {
        const bool ends = byte == '\r' || byte == '\n';
        const bool rubs = byte == '\b' || byte == 0x7f;
        if (!ends && !rubs && (byte < ' ' || byte > '~')) noise += static_cast<char>(byte);
    }
    noise += '\0';
    CHECK(answer("re" + noise + "boot\r") == "panic> re" + std::string{"boot\r\n<drained><reboot>"});
}

TEST_CASE("CON02 what arrives damaged at the prompt after a report is no part of the line") {
    uart.typed = {'r', damaged, 'e', 'b', 'o', damaged, damaged, 'o', 't', damaged, '\r'};
    const Apart apart = fakes::run_apart([] { kernel::run_panic_prompt(&uart, &power); });
    CHECK(apart.said == "panic> reboot\r\n<drained><reboot>");
}

TEST_CASE("WDT06 at the prompt after a report a missing power controller is said, and the prompt stays") {
    has_power = false;
    const std::string says = "error: the device tree names no power controller\r\n";
    CHECK(answer("reboot\rpoweroff\r") == "panic> reboot\r\n" + says + "panic> poweroff\r\n" + says + "panic> ");
    has_power = true;
}

TEST_CASE("WDT06 a power controller that does not obey is given a second, and the prompt stays") {
    uart.typed = {'r', 'e', 'b', 'o', 'o', 't', '\r'};
    const Apart apart = fakes::run_apart([] {
        power.obeys = false;
        // Each look at the machine takes a tenth of a millisecond.
        arch::sim_hook = []() noexcept { arch::sim_counter += sync::counter_hertz() / 10'000; };
        kernel::run_panic_prompt(&uart, &power);
    });
    CHECK(apart.end == Apart::End::Returned);
    CHECK(apart.said == "panic> reboot\r\n<drained><reboot>error: the power controller does not obey\r\npanic> ");
    // And that is said after the second, not before: at the end of the typed text more has passed, in one look less has not.
    const Apart early = fakes::run_apart([] {
        power.obeys = false;
        arch::sim_hook = []() noexcept {
            if (power.milliseconds_since() == 999) fakes::end_apart();
            arch::sim_counter += sync::counter_hertz() / 10'000;
        };
        kernel::run_panic_prompt(&uart, &power);
    });
    CHECK(early.said == "panic> reboot\r\n<drained><reboot>");
}

TEST_CASE("EXC08 without a serial port the core that reported sleeps for good") {
    const Apart apart = fakes::run_apart([] { kernel::run_panic_prompt(nullptr, &power); });
    CHECK(apart.end == Apart::End::Halted);
    CHECK(apart.said.empty());
}

namespace {

// Each look at the machine takes a tenth of a millisecond.
void let_time_pass() {
    arch::sim_hook = []() noexcept { arch::sim_counter += sync::counter_hertz() / 10'000; };
}

struct Chip final : kernel::WatchdogDevice {
    u64 kicked_at = 0;
    u64 longest = 0;
    u32 start_watchdog(u32 milliseconds) noexcept override {
        if (kicked_at != 0 && arch::sim_counter - kicked_at > longest) longest = arch::sim_counter - kicked_at;
        kicked_at = arch::sim_counter;
        return milliseconds;
    }
    void stop_watchdog() noexcept override {}
} chip;

class SilentUart final : public fakes::PolledUart {
public:
    void put_polled(u8 byte) noexcept override {
        const char letter = static_cast<char>(byte);
        fakes::say_apart({&letter, 1});
    }
    void drain_polled() noexcept override {}
    // A key after 700 ms, and none after that.
    Received receive() noexcept override {
        if (typed_ || power.milliseconds_since() < 700) return {};
        typed_ = true;
        return {Received::Kind::Byte, 'x'};
    }

private:
    bool typed_ = false;
} silent;

struct LastWord final : kernel::PowerController {
    void reboot() noexcept override {
        const u64 quarter = sync::counter_hertz() / 2;
        APART_CHECK(chip.kicked_at != 0 && chip.longest <= quarter + sync::counter_hertz() / 100);
        fakes::say_apart("<reboot at " + std::to_string(power.milliseconds_since() / 100) + "00 ms>");
        fakes::end_apart();
    }
    void power_off() noexcept override {}
} last_word;

}  // namespace

TEST_CASE(
    "WDT02 at the prompt after a report the watchdog is kept quiet while somebody attends, and then the machine is "
    "reset") {
    const Apart apart = fakes::run_apart([] {
        let_time_pass();
        static void (*const time_passes)() noexcept = arch::sim_hook;
        arch::sim_hook = []() noexcept {
            time_passes();
            if (power.milliseconds_since() > 1'000'000) fakes::end_apart();  // waited for ever
        };
        kernel::watchdog_in_use.device = &chip;
        kernel::watchdog_in_use.attendance_s = 1;
        kernel::watchdog_in_use.for_ms.store(2000, arch::Order::Relaxed);
        kernel::run_panic_prompt(&silent, &last_word);
    });
    CHECK(apart.said == "panic> x\r\nnobody attends: reset\r\n<reboot at 1700 ms>");
}

TEST_CASE("WDT02 at the prompt after a report nobody is hurried where the watchdog is off") {
    const Apart apart = fakes::run_apart([] {
        let_time_pass();
        arch::sim_hook = []() noexcept {
            arch::sim_counter += sync::counter_hertz() / 10;
            if (power.milliseconds_since() > 1'000'000) fakes::end_apart();
        };
        kernel::run_panic_prompt(&silent, &power);
    });
    CHECK(apart.said == "panic> x");
}
