// SPDX-License-Identifier: MIT
//
// The end of a run, from the outside: what a core that faults leaves in its frame, and what stands on the wire then. Each
// case has a process of its own, which ends at the prompt. Nothing is simulated but the machine that the report reads.

#include "controller.hpp"
#include "machine.hpp"

#include "../fakes/apart.hpp"
#include "../fakes/polled_uart.hpp"
#include "../host/fake_tables.hpp"

#include <arch/layout/esr.hpp>
#include <arch/layout/panic_trap.h>
#include <arch/panic_trap.hpp>
#include <arch/probe.hpp>
#include <arch/simd.hpp>
#include <base/assert.hpp>
#include <debug/backtrace.hpp>
#include <kernel/console/console.hpp>
#include <kernel/fault/fault_report.hpp>
#include <kernel/fault/memory_place.hpp>
#include <kernel/fault/panic.hpp>
#include <kernel/iface/crash_hooks.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/thread/thread_records.hpp>
#include <mm/stack.hpp>
#include <sync/lock_order.hpp>

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cstdio>
#include <cstring>
#include <functional>
#include <new>
#include <string>
#include <utility>
#include <vector>

using namespace quartet;
using namespace quartet::kernel;
using fakes::Apart;
using fakes::FakeTables;

// The machine's FPCR and FPSR.
extern "C" void quartet_fp_control(arch::SimdControl* control) noexcept { *control = {0x0100'0000, 0x10}; }

namespace {

constexpr uptr text = arch::image_base;
constexpr u64 instruction_length = 1 << 25;
constexpr u64 esr_of(u64 ec, u64 iss) { return ec << 26 | instruction_length | iss; }
constexpr u64 data_abort = 0x25, instruction_abort = 0x21, breakpoint = 0x3c;
constexpr u64 translation_level_1 = 5, permission_level_3 = 15, is_write = 1 << 6;

class WireOnly final : public fakes::PolledUart {
public:
    void put_polled(u8 byte) noexcept override {
        if (at_byte) at_byte();
        const char letter = static_cast<char>(byte);
        so_far += letter;
        fakes::say_apart({&letter, 1});
    }
    void drain_polled() noexcept override {}
    // Who asks is the prompt: the report is over.
    Received receive() noexcept override { fakes::end_apart(); }

    kernel::Accepted transmit(u8) noexcept override {
        if (at_transmit) at_transmit();
        return kernel::Accepted::No;
    }

    std::function<void()> at_byte;
    std::function<void()> at_transmit;
    std::string so_far;
};

// A stack with frame records.
struct Stack {
    alignas(16) std::array<u64, 1024> words{};

    uptr begin() const { return std::bit_cast<uptr>(words.data()); }
    uptr end() const { return begin() + sizeof words; }
    uptr at(usize index) const { return std::bit_cast<uptr>(&words[index]); }
    void record(usize index, uptr caller, uptr pc) {
        words[index] = caller;
        words[index + 1] = pc;
    }
    std::span<std::byte> bytes() { return std::as_writable_bytes(std::span{words}); }
};

WireOnly wire;
Stack thread_stack, exception_stack, overflow_stack;
Thread victim;

// Functions of 256 bytes each, from the first page of the image on.
std::optional<NamedAddress> name_of(uptr address, std::span<char>) noexcept {
    constexpr std::string_view names[] = {"start", "alpha", "beta", "gamma", "delta"};
    const uptr number = (address - text) / 0x100;
    if (address < text || number >= std::size(names)) return {};
    return NamedAddress{names[number], (address - text) % 0x100};
}

// Core 0 runs the thread `victim`; a chain of three callers lies on its stack.
void set_up() {
    static FakeTables tables;
    tables.map_image();
    arch::fake::readable_addresses = [](uptr address) {
        return address >= 64_KiB && address < 0x0000'8000'0000'0000;  // this program's own, not the kernel's half
    };
    set_panic_devices(&wire, nullptr);
    set_crash_hooks({.name = name_of, .backtrace = debug::backtrace});
    victim.stack = thread_stack.bytes();
    name_record(victim, "victim");
    arch::sim_thread_pointer = &victim;
    cores[0].current = &victim;
    victim.core.store(&cores[0], arch::Order::Relaxed);
    cores[0].state.store(CoreState::Online, arch::Order::Relaxed);
    cores[0].exception_stack = exception_stack.end();
    cores[0].overflow_stack = overflow_stack.end();
    thread_stack.record(500, thread_stack.at(600), text + 0x214);
    thread_stack.record(600, thread_stack.at(700), text + 0x318);
    thread_stack.record(700, 0, 0);
}

// In `alpha`, called from `beta`, called from `gamma`.
arch::FaultFrame frame_in_alpha(u64 esr, u64 far) {
    arch::FaultFrame frame{};
    for (u32 n = 0; n < 29; ++n) frame.x[n] = 0x1000 + n;
    frame.x[29] = thread_stack.at(500);
    frame.x[30] = text + 0x214;
    frame.sp = thread_stack.at(480);
    frame.elr = text + 0x120;
    frame.spsr = 0x4;
    frame.esr = esr;
    frame.far = far;
    return frame;
}

// On the core's exception stack it would be in a handler; the vector puts it on the overflow stack.
[[noreturn]] void fault(const arch::FaultFrame& frame) {
    auto* place = new (overflow_stack.words.data() + 100) arch::FaultFrame{frame};
    quartet_fault(*place);
}

[[noreturn]] void read_null() { fault(frame_in_alpha(esr_of(data_abort, translation_level_1), 0x10)); }

// Of an instruction that cannot be fetched the address is the pc as well.
[[noreturn]] void touch(u64 esr, uptr far) {
    arch::FaultFrame frame = frame_in_alpha(esr, far);
    if (arch::Esr{esr}.instruction_abort()) frame.elr = far;
    fault(frame);
}

std::string hex16(u64 value) {
    char room[24];
    std::snprintf(room, sizeof room, "0x%016llx", static_cast<unsigned long long>(value));
    return room;
}

// Of `part`, which ends at the prompt.
std::string report_of(void (*part)()) {
    const Apart apart = fakes::run_apart(part);
    INFO(apart.said);
    CHECK(apart.end == Apart::End::Returned);
    REQUIRE(apart.said.ends_with("end of report\r\npanic> "));
    REQUIRE(apart.said.starts_with("\r\n"));
    return apart.said;
}

std::string line_with(const std::string& report, std::string_view begin) {
    const usize at = report.find("\r\n" + std::string{begin});
    if (at == std::string::npos) return "no such line";
    return report.substr(at + 2, report.find("\r\n", at + 2) - at - 2);
}

// The panic's trap: what the vector makes of `brk` in it. Its caller is `panic`, whose record names the caller of that.
void trap(const void* note) {
    thread_stack.record(400, thread_stack.at(500), text + 0x120);
    arch::FaultFrame frame = frame_in_alpha(esr_of(breakpoint, PANIC_BRK), 0);
    frame.x[0] = std::bit_cast<uptr>(note);
    frame.x[29] = thread_stack.at(400);
    frame.x[30] = text + 0x44;
    frame.elr = text + 0x10;
    fault(frame);
}

}  // namespace

TEST_CASE("EXC02 a null read is reported whole: what, who, where, the callers by name, syndrome, registers") {
    const std::string report = report_of([] {
        set_up();
        read_null();
    });
    std::string expected =
        "\r\nfault: null-read: read at 0x10, in the null page (translation fault, level 1)\r\n"
        "thread: victim core: 0 context: thread\r\n"
        "pc: 0xffffffc000000120 alpha+0x20\r\n"
        "lr: 0xffffffc000000214 beta+0x14\r\n"
        "#0 0xffffffc000000120 alpha+0x20\r\n"
        "#1 0xffffffc000000214 beta+0x14\r\n"
        "#2 0xffffffc000000318 gamma+0x18\r\n"
        "esr: 0x96000005 data abort, read, translation fault, level 1\r\n"
        "far: 0x0000000000000010\r\n"
        "sp: " +
        hex16(thread_stack.at(480)) + " spsr: 0x4 slot: 0\r\nimage: 00000000\r\n";
    for (u32 n = 0; n < 31; ++n) {
        const u64 value = n < 29 ? 0x1000 + n : n == 29 ? thread_stack.at(500) : text + 0x214;
        expected += "x" + std::to_string(n) + ": " + hex16(value) + (n % 3 == 2 || n == 30 ? "\r\n" : " ");
    }
    expected += checks_enabled ? "lock: none\r\n" : "lock: no mutex that others wait for\r\n";
    CHECK(report == expected + "threads:\r\nlog:\r\nend of report\r\npanic> ");
}

TEST_CASE("EXC02 a jump to null names its caller, which no frame record holds yet") {
    const std::string report = report_of([] {
        set_up();
        arch::FaultFrame frame = frame_in_alpha(esr_of(instruction_abort, translation_level_1), 0);
        frame.elr = 0;
        frame.x[30] = text + 0x124;
        fault(frame);
    });
    CHECK(line_with(report, "fault: ") ==
          "fault: null-call: execution at 0x0, in the null page (translation fault, level 1)");
    CHECK(line_with(report, "#0 ") == "#0 0x0000000000000000");
    CHECK(line_with(report, "#1 ") == "#1 0xffffffc000000124 alpha+0x24");
    CHECK(line_with(report, "#2 ") == "#2 0xffffffc000000214 beta+0x14");
    CHECK(line_with(report, "#3 ") == "#3 0xffffffc000000318 gamma+0x18");
    CHECK(line_with(report, "#4 ") == "no such line");
}

TEST_CASE("EXC09 a return address belongs to the call before it, also where that is the last of its function") {
    const std::string report = report_of([] {
        set_up();
        // The last instruction of `alpha` calls what never returns.
        arch::FaultFrame frame = frame_in_alpha(esr_of(data_abort, translation_level_1), 0x10);
        frame.x[30] = text + 0x200;
        thread_stack.record(500, thread_stack.at(600), text + 0x200);
        fault(frame);
    });
    CHECK(line_with(report, "lr: ") == "lr: 0xffffffc000000200 alpha+0x100");
    CHECK(line_with(report, "#1 ") == "#1 0xffffffc000000200 alpha+0x100");
}

TEST_CASE("EXC03 what was touched is named by where it lies") {
    struct Place {
        uptr far;
        u64 esr;
        const char* says;
    };
    const Place places[] = {
        {text + 0x1000, esr_of(data_abort, is_write | permission_level_3),
         "fault: text-write: write at 0xffffffc000001000, in the kernel's text (permission fault, level 3)"},
        {text + 0x5000, esr_of(data_abort, is_write | permission_level_3),
         "fault: rodata-write: write at 0xffffffc000005000, in read-only data (permission fault, level 3)"},
        {text + 0x8008, esr_of(data_abort, is_write | permission_level_3),
         "fault: rodata-write: write at 0xffffffc000008008, in read-only data (permission fault, level 3)"},
        {text + 0xc000, esr_of(instruction_abort, permission_level_3),
         "fault: exec-data: execution at 0xffffffc00000c000, in the kernel's data (permission fault, level 3)"},
        {text + 0x20'0000, esr_of(data_abort, translation_level_1),
         "fault: wild-read: read at 0xffffffc000200000, where nothing is mapped (translation fault, level 1)"},
        {mm::device_window + 0x18, esr_of(data_abort, 0x21),
         "fault: unaligned-device: read at 0xffffffe000000018, in a device's registers (alignment fault)"},
        {mm::device_window + 1_GiB, esr_of(data_abort, translation_level_1),
         "fault: wild-read: read at 0xffffffe040000000, where nothing is mapped (translation fault, level 1)"},
        {mm::tree_window + 0x40, esr_of(data_abort, is_write | permission_level_3),
         "fault: tree-write: write at 0xffffffc040000040, in the device tree (permission fault, level 3)"},
        {arch::linear_base + 0x1000'0040, esr_of(instruction_abort, permission_level_3),
         "fault: exec-heap: execution at 0xffffff8010000040, in the heap (permission fault, level 3)"},
        {arch::linear_base + 0x2000'0000, esr_of(data_abort, is_write | translation_level_1),
         "fault: wild-write: write at 0xffffff8020000000, where nothing is mapped (translation fault, level 1)"},
    };
    static const Place* place = nullptr;
    for (const Place& each : places) {
        place = &each;
        const std::string report = report_of([] {
            set_up();
            const Unsafe nothing{"nothing is behind the test's tables"};
            APART_CHECK(mm::map_device(PhysAddr{0xfe20'1000}, page_size).has_value());
            APART_CHECK(
                mm::map(nothing, mm::tree_window, PhysAddr{0x3000}, page_size, mm::Access::ReadOnly).has_value());
            APART_CHECK(mm::map_linear({PhysAddr{0x1000'0000}, PhysAddr{0x1020'0000}}, {}).has_value());
            touch(place->esr, place->far);
        });
        CHECK(line_with(report, "fault: ") == place->says);
    }
}

TEST_CASE("EXC07 a stack and its guard are named by their owner: the running thread, another one, a core's own") {
    struct Place {
        uptr (*far)();
        u64 esr;
        const char* says;
    };
    static const Place* place = nullptr;
    const Place places[] = {
        {[] { return thread_stack.at(8); }, esr_of(instruction_abort, permission_level_3),
         "in the stack of thread victim (permission fault"},
        {[] { return thread_stack.begin() - 8; }, esr_of(data_abort, is_write | 7), "fault: stack-overflow: write at "},
        {[] { return thread_stack.begin() - 64_KiB; }, esr_of(data_abort, is_write | 7),
         "in the stack guard of thread victim (translation fault, level 3)"},
        {[] { return mm::stack_window + 64_KiB + 0x10; }, esr_of(data_abort, is_write | 7),
         "in the stack of thread sleeper (translation fault, level 3)"},
        {[] { return mm::stack_window + 0x10; }, esr_of(data_abort, is_write | 7),
         "in the stack guard of thread sleeper (translation fault, level 3)"},
        {[] { return mm::stack_window + 128_KiB + 0x10; }, esr_of(data_abort, is_write | 7),
         "in the stack guard (translation fault, level 3)"},
        {[] { return cores[3].exception_stack - 8_KiB - 8; }, esr_of(data_abort, is_write | 7),
         "in the stack guard of core 3 (exception) (translation fault, level 3)"},
        {[] { return cores[3].overflow_stack - 8; }, esr_of(data_abort, is_write | 7),
         "in the stack of core 3 (overflow) (translation fault, level 3)"},
    };
    for (const Place& each : places) {
        place = &each;
        const std::string report = report_of([] {
            set_up();
            static Thread sleeper;
            sleeper.stack = {std::bit_cast<std::byte*>(mm::stack_window + 64_KiB), 16_KiB};
            sleeper.state = ThreadState::Sleeping;
            name_record(sleeper, "sleeper");
            register_record(sleeper);
            cores[3].exception_stack = 0xffff'ffd8'0010'0000;
            cores[3].overflow_stack = 0xffff'ffd8'0080'0000;
            touch(place->esr, place->far());
        });
        INFO(report);
        CHECK(line_with(report, "fault: ").find(place->says) != std::string::npos);
    }
}

TEST_CASE("EXC05 an undefined instruction is told by its bits where they can be read") {
    const std::string report = report_of([] {
        set_up();
        static const u32 instruction = 0x0000'0042;
        arch::FaultFrame frame = frame_in_alpha(esr_of(0, 0), 0);
        frame.elr = std::bit_cast<uptr>(&instruction);
        fault(frame);
    });
    CHECK(line_with(report, "fault: ") == "fault: undefined: undefined instruction 0x00000042");
    const std::string hidden = report_of([] {
        set_up();
        fault(frame_in_alpha(esr_of(0, 0), 0));
    });
    CHECK(line_with(hidden, "fault: ") == "fault: undefined: undefined instruction");
}

TEST_CASE("EXC08 a panic is reported of its caller, with its sentence and its place") {
    const std::string report = report_of([] {
        set_up();
        sim::at_panic = trap;
        panic("the sentence");
    });
    CHECK(line_with(report, "fault: ").starts_with("fault: panic: the sentence ("));
    CHECK(line_with(report, "fault: ").find("tests/sim/fault_report_sim.cpp:") != std::string::npos);
    CHECK(line_with(report, "pc: ") == "pc: 0xffffffc000000120 alpha+0x20");
    CHECK(line_with(report, "lr: ") == "lr: 0xffffffc000000214 beta+0x14");
    CHECK(line_with(report, "#0 ") == "#0 0xffffffc000000120 alpha+0x20");
    CHECK(line_with(report, "#1 ") == "#1 0xffffffc000000214 beta+0x14");
    CHECK(line_with(report, "#2 ") == "#2 0xffffffc000000318 gamma+0x18");
    CHECK(line_with(report, "esr: ") == "no such line");
    CHECK(line_with(report, "far: ") == "no such line");
    const std::string kind = report_of([] {
        set_up();
        sim::at_panic = trap;
        panic_of_kind("undefined-behaviour", "1 + 2147483647 overflows 'int'", "src/a.cpp", 31);
    });
    CHECK(line_with(kind, "fault: ") == "fault: undefined-behaviour: 1 + 2147483647 overflows 'int' (src/a.cpp:31)");
    const std::string check = report_of([] {
        set_up();
        sim::at_panic = trap;
        check_failed("what holds", {});
    });
    CHECK(line_with(check, "fault: ") == "fault: check: what holds");
}

TEST_CASE("EXC08 a panic whose note or frame records cannot be read is reported with what can be") {
    const std::string report = report_of([] {
        set_up();
        arch::FaultFrame frame = frame_in_alpha(esr_of(breakpoint, PANIC_BRK), 0);
        frame.x[0] = 0xffff'ff80'0000'0000;
        frame.x[29] = 0xffff'ff80'0000'0008;
        fault(frame);
    });
    CHECK(line_with(report, "fault: ") == "fault: panic: the reason cannot be read");
    CHECK(line_with(report, "#0 ") == "#0 0xffffffc000000120 alpha+0x20");
    CHECK(line_with(report, "#1 ") == "no such line");
}

TEST_CASE("EXC01 the context is told: a handler by its slot or its stack in use, a lock by what is held") {
    struct Case {
        u32 slot;
        u64 spsr;
        bool on_exception_stack;
        bool holds;
        const char* context;
    };
    static const Case* now = nullptr;
    const Case cases[] = {
        {0, 0x4, false, false, "thread"},
        {4, 0x5, false, false, "irq"},
        {0, 0x4, true, false, "irq"},
        {0, 0x84, false, true, "lock"},
        {0, 0x4, false, true, "thread"},
        {8, 0x80, false, true, "thread"},
        {0, 0x84, false, false, checks_enabled ? "thread" : "lock"},
    };
    for (const Case& each : cases) {
        now = &each;
        const std::string report = report_of([] {
            set_up();
            static sync::SpinLock<sync::LockRank::WaitQueue> lock;
            arch::FaultFrame frame = frame_in_alpha(esr_of(data_abort, translation_level_1), 0x10);
            frame.slot = now->slot;
            frame.spsr = now->spsr;
            auto* words = now->on_exception_stack ? exception_stack.words.data() : overflow_stack.words.data();
            auto* place = new (words + 100) arch::FaultFrame{frame};
            if (!now->holds) quartet_fault(*place);
            sync::IrqLockGuard guard{lock};
            quartet_fault(*place);
        });
        CHECK(line_with(report, "thread: ") == std::string{"thread: victim core: 0 context: "} + now->context);
    }
}

TEST_CASE("EXC05 SIMD in a handler names the interrupt, and FPCR and FPSR are those of who has used SIMD") {
    const std::string handler = report_of([] {
        set_up();
        cores[0].irq[IRQ_IAR / 8] = 2 << 10 | 5;
        cores[0].simd = 1;
        arch::FaultFrame frame = frame_in_alpha(esr_of(0x07, 0x1e0'0000), 0);
        frame.slot = 4;
        fault(frame);
    });
    CHECK(line_with(handler, "fault: ") == "fault: panic: SIMD in handler of irq 5");
    CHECK(line_with(handler, "fpcr: ") == "fpcr: 0x01000000 fpsr: 0x00000010");
    const std::string thread = report_of([] {
        set_up();
        static arch::SimdState state{0x40'0000, 0x8000'0000, {}};
        victim.simd = &state;
        victim.simd_used = 1;
        read_null();
    });
    CHECK(line_with(thread, "fpcr: ") == "fpcr: 0x00400000 fpsr: 0x80000000");
}

TEST_CASE("EXC08 without a thread that can be read, without names and without a walk the report comes all the same") {
    const std::string report = report_of([] {
        set_up();
        set_crash_hooks({});
        arch::sim_thread_pointer = std::bit_cast<void*>(uptr{0x18});
        arch::FaultFrame frame = frame_in_alpha(esr_of(data_abort, translation_level_1), 0xffff'ff90'0000'0000);
        fault(frame);
    });
    CHECK(line_with(report, "fault: ") ==
          "fault: wild-read: read at 0xffffff9000000000, where nothing is mapped (translation fault, level 1)");
    CHECK(line_with(report, "thread: ") == "thread: unknown core: 0 context: thread");
    CHECK(line_with(report, "#0 ") == "#0 0xffffffc000000120");
    CHECK(line_with(report, "#1 ") == "no such line");
}

namespace {

// What faults in the report itself: with another pc, so that it is told from the first one.
[[noreturn]] void fault_in_report() {
    arch::FaultFrame second = frame_in_alpha(esr_of(data_abort, translation_level_1), 0xbad);
    second.elr = text + 0x333;
    quartet_fault(*new (overflow_stack.words.data() + 200) arch::FaultFrame{second});
}

const std::string notice = "\r\n(a fault in this report: esr 0x96000005 far 0xbad pc 0xffffffc000000333)\r\n";

class Reset final : public PowerController {
public:
    bool obeys = true;
    void reboot() noexcept override {
        fakes::say_apart("<reset>");
        if (obeys) fakes::end_apart();
    }
    void power_off() noexcept override {}
};
Reset reset;

usize count_of(const std::string& said, std::string_view what) {
    usize count = 0;
    for (usize at = said.find(what); at != std::string::npos; at = said.find(what, at + 1)) ++count;
    return count;
}

}  // namespace

TEST_CASE("EXC08 a fault in the report makes the rest of it a shorter one: numbers alone, and no lists") {
    // While it is sent, and while it is made: then that section comes again.
    static bool sending = false;
    for (bool each : {true, false}) {
        sending = each;
        const std::string report = report_of([] {
            set_up();
            static bool faulted = false;
            if (sending)
                wire.at_byte = [] {
                    if (wire.so_far.ends_with("pc: ") && !std::exchange(faulted, true)) fault_in_report();
                };
            else
                set_crash_hooks({.name = [](uptr, std::span<char>) noexcept -> std::optional<NamedAddress> {
                                     if (!std::exchange(faulted, true)) fault_in_report();
                                     return NamedAddress{"named", 1};
                                 },
                                 .backtrace = debug::backtrace});
            read_null();
        });
        const usize at = report.find(notice);
        REQUIRE(at != std::string::npos);
        CHECK(count_of(report, notice) == 1);
        CHECK(report.find("fault: null-read: ") < at);
        const std::string rest = report.substr(at);
        CHECK(rest.find("alpha") == std::string::npos);
        CHECK(rest.find("named") == std::string::npos);
        CHECK((line_with(rest, "pc: ") == "no such line") == sending);
        for (std::string_view line : {"#0 0xffffffc000000120\r", "#1 0xffffffc000000214\r", "esr: ", "x0: ", "x30: "})
            CHECK(rest.find(line) != std::string::npos);
        for (std::string_view line : {"threads:", "log:", "lock:"}) CHECK(rest.find(line) == std::string::npos);
    }
}

TEST_CASE("EXC08 a second fault in the report resets: there is an end whatever is broken, and it is told") {
    // The second, told; and where the wire itself is what faults, the third, which is not.
    static u32 most = 0;
    static bool power = true;
    const auto ends = [](u32 count, bool has_power, bool obeys) {
        most = count;
        power = has_power;
        reset.obeys = obeys;
        return fakes::run_apart([] {
            set_up();
            set_panic_devices(&wire, power ? &reset : nullptr);
            static u32 faults = 0;
            wire.at_byte = [] {
                if (wire.so_far.find("thread: ") == std::string::npos || faults == most) return;
                faults += 1;
                fakes::say_apart("!");
                fault_in_report();
            };
            read_null();
        });
    };
    const Apart told = ends(2, true, true);
    CHECK(told.end == Apart::End::Returned);
    CHECK(told.said.ends_with("!!" + notice + "(once more: reset)\r\n<reset>"));
    const Apart silent = ends(1000, true, true);
    CHECK(silent.end == Apart::End::Returned);
    CHECK(silent.said.ends_with("!!!<reset>"));
    const Apart disobeyed = ends(2, true, false);
    CHECK(disobeyed.end == Apart::End::Halted);
    CHECK(disobeyed.said.ends_with("(once more: reset)\r\n<reset>"));
    const Apart without = ends(2, false, true);
    CHECK(without.end == Apart::End::Halted);
    CHECK(without.said.ends_with("(once more: halted)\r\n"));
}

namespace {

constexpr u64 baud = 115'200;
u64 faulted_at_count = 0;

u64 microseconds_since_fault() { return (arch::sim_counter - faulted_at_count) * 1'000'000 / sync::counter_hertz(); }

// A port at 115200 baud, and a chain of more frames than a screen has, of functions with long names.
void set_up_slow() {
    set_up();
    set_crash_hooks({.name = [](uptr address, std::span<char> room) noexcept -> std::optional<NamedAddress> {
                         room = room.first(room.size() < 150 ? room.size() : 150);
                         for (char& c : room) c = 'n';
                         return NamedAddress{{room.data(), room.size()}, address & 0xff};
                     },
                     .backtrace = debug::backtrace});
    for (usize n = 0; n < 30; ++n)
        thread_stack.record(500 + 10 * n, thread_stack.at(510 + 10 * n), text + 0x214 + n * 4);
    thread_stack.record(800, 0, 0);
    faulted_at_count = arch::sim_counter;
    name_record(victim, "a-thread-with-a-long-na");
}

}  // namespace

TEST_CASE("DMP04 the first line is on the wire within 10 ms, the first screen of at most 1,000 bytes within 100 ms") {
    static bool silent = false;
    for (bool each : {false, true}) {
        silent = each;
        const Apart apart = fakes::run_apart([] {
            set_up_slow();
            if (silent) sim::start_interrupts(3);  // and never answer
            arch::sim_hook = []() noexcept { arch::sim_counter += 10; };
            wire.at_byte = [] {
                arch::sim_counter += sync::counter_hertz() * 10 / baud;
                if (wire.so_far.ends_with("level 1)\r\n")) APART_CHECK(microseconds_since_fault() < 10'000);
                if (wire.so_far.size() < 3 || !wire.so_far.ends_with("\r\n")) return;
                const usize last = wire.so_far.rfind("\r\n", wire.so_far.size() - 3);
                if (last == std::string::npos || !wire.so_far.substr(last + 2).starts_with("#7 ")) return;
                APART_CHECK(microseconds_since_fault() < 100'000);
                APART_CHECK(wire.so_far.size() <= 1000);
                APART_CHECK(wire.so_far.size() > 900);  // what there is room for is used
                fakes::say_apart("<screen>");
            };
            read_null();
        });
        CHECK(count_of(apart.said, "<screen>") == 1);
        CHECK(count_of(apart.said, "not so") == 0);
        CHECK(apart.said.find(" ~nnnn") != std::string::npos);
    }
}

TEST_CASE("DMP04 a first line that is as long as can be leaves the first screen its 1,000 bytes") {
    const std::string report = report_of([] {
        set_up_slow();
        sim::at_panic = trap;
        panic(std::string(1000, 'w'));
    });
    const usize line = report.find("\r\n#7 ");
    REQUIRE(line != std::string::npos);
    CHECK(report.find("\r\n", line + 2) + 2 <= 1000);
    CHECK(report.find("#8 ") != std::string::npos);
}

TEST_CASE(
    "DMP04 the whole report has at most 8 KiB, whatever there is to tell; what is cut is recorded, and the log's end "
    "is told") {
    static std::string recorded;
    static bool order = false;
    for (bool each : {false, true}) {
        order = each;
        const Apart apart = fakes::run_apart([] {
            set_up_slow();
            crash_hooks().events = [](Writer& out, u32 most) noexcept {
                for (u32 n = 0; n < most; ++n)
                    format(out, "event {} of a kind with a name that is long, and what it was about\n", n);
            };
            crash_hooks().record = [](CrashPiece piece, std::span<const std::byte> content) noexcept {
                if (piece == CrashPiece::Text)
                    recorded.append(static_cast<const char*>(static_cast<const void*>(content.data())), content.size());
            };
            for (u32 n = 0; n < 40; ++n)
                log("line {} of the log, of which the last ones tell most, and this one is long enough {}", n, n);
            static std::array<Thread, 60> many;
            for (u32 n = 0; n < many.size(); ++n) {
                many[n].state = ThreadState::Blocked;
                many[n].waits_for = &many;
                name_record(many[n], "thread-with-a-long-name");
                register_record(many[n]);
            }
            if (!order) read_null();
            sim::at_panic = trap;
            sync::set_trace_hook([](uptr, std::span<uptr> found) noexcept {
                for (uptr& address : found) address = text + 0x218;
                return found.size();
            });
            static sync::SpinLock<sync::LockRank::KernelMap> outer;
            static sync::SpinLock<sync::LockRank::WaitQueue> inner;
            {
                sync::IrqLockGuard first{outer};
                sync::IrqLockGuard second{inner};
            }
            sync::IrqLockGuard first{inner};
            sync::IrqLockGuard second{outer};
            read_null();  // without checks nobody minds
        });
        const usize end = apart.said.find("end of report\r\n");
        REQUIRE(end != std::string::npos);
        CHECK(end + 15 <= 8192);
        CHECK(end > 7000);
        CHECK(count_of(apart.said, "(cut here: crash show has the rest)\r\n") >= 3);
        CHECK(apart.said.find("line 39 of the log") != std::string::npos);
        CHECK(apart.said.find("event 63 of a kind") != std::string::npos);
        CHECK(apart.said.find("event 0 of a kind") == std::string::npos);
        CHECK(apart.said.find("x30: ") != std::string::npos);
        CHECK(apart.said.find("thread-with-a-long-name") != std::string::npos);
    }
}

TEST_CASE("DMP02 the record has the pieces of the report, each before it is sent, and all of its text") {
    static std::string kept;
    const std::string report = report_of([] {
        set_up();
        crash_hooks().record = [](CrashPiece piece, std::span<const std::byte> content) noexcept {
            const std::string_view words{static_cast<const char*>(static_cast<const void*>(content.data())),
                                         content.size()};
            if (piece == CrashPiece::Begin) kept = "<begin>";
            if (piece == CrashPiece::Text) kept += words;
            if (piece == CrashPiece::Registers) {
                APART_CHECK(content.size() == 31 * 8);
                std::array<u64, 31> x;
                std::memcpy(x.data(), content.data(), sizeof x);
                char room[1024];
                Writer out{room};
                put_registers(out, x);
                kept += out.text();
            }
            if (piece == CrashPiece::End) kept += "<end>";
        };
        wire.at_byte = [] {
            std::string sent;
            for (char c : wire.so_far)
                if (c != '\r') sent += c;
            constexpr std::string_view last = "\nend of report\n";
            const usize end = sent.find(last);
            const std::string so_far = sent.substr(0, end == std::string::npos ? end : end + last.size());
            if (so_far.size() > 2) APART_CHECK(kept.substr(7).starts_with(so_far.substr(1)));
            if (sent.ends_with("panic>")) APART_CHECK(kept.ends_with("end of report\n<end>"));
        };
        read_null();
    });
    CHECK(report.find("x30: ") != std::string::npos);
}

TEST_CASE("EXC08 a fault in the record costs the record, and makes the report a shorter one") {
    const std::string report = report_of([] {
        set_up();
        crash_hooks().record = [](CrashPiece piece, std::span<const std::byte>) noexcept {
            if (piece == CrashPiece::Text) fault_in_report();
        };
        read_null();
    });
    CHECK(count_of(report, notice) == 1);
    CHECK(report.find("fault: null-read: ") > report.find(notice));
    CHECK(report.find("x30: ") != std::string::npos);
}

TEST_CASE("DMP02 threads are listed with what they wait for, held locks with who holds them, and the last of the log") {
    const std::string report = report_of([] {
        set_up();
        static Thread waiter, sleeper;
        static Mutex mutex;
        victim.owner_word.store(std::bit_cast<u64>(&victim) & 0xffff'ffff'ffff, arch::Order::Relaxed);
        register_record(victim);
        victim.state = ThreadState::Ready;
        ThreadContext self = ThreadContext::current(Unsafe{"the test plays the thread"});
        APART_CHECK(mutex.lock_if_free(self));
        name_record(waiter, "waiter");
        waiter.state = ThreadState::Blocked;
        waiter.blocked_on = &mutex;
        waiter.priority = 7;
        register_record(waiter);
        name_record(sleeper, "sleeper");
        sleeper.state = ThreadState::Sleeping;
        register_record(sleeper);
        for (u32 n = 0; n < 40; ++n) log("line {}", n);
        static sync::SpinLock<sync::LockRank::WaitQueue> lock;
        sync::IrqLockGuard guard{lock};
        fault(frame_in_alpha(esr_of(data_abort, translation_level_1), 0x10));
    });
    const auto row_of = [&](std::string_view name) {
        const usize at = report.find(" " + std::string{name} + "  ", report.find("threads:"));
        return at == std::string::npos ? "no such row" : report.substr(at, report.find("\r\n", at) - at);
    };
    CHECK(row_of("victim") == " victim            0 running   0");
    CHECK(row_of("waiter").starts_with(" waiter            7 blocked   4 mutex 0x"));
    CHECK(row_of("waiter").ends_with(" of victim"));
    CHECK(row_of("sleeper") == " sleeper           0 sleeping  4");
    CHECK(report.find("] line 7\r\n") == std::string::npos);
    CHECK(report.find("] line 8\r\n") != std::string::npos);
    CHECK(report.find("] line 39\r\n") != std::string::npos);
    if (checks_enabled) {
        CHECK(line_with(report, "lock: core 0").starts_with("lock: core 0 holds a WaitQueue spin lock, taken at "));
        CHECK(line_with(report, "lock: victim").starts_with("lock: victim holds mutex 0x"));
    }
}

TEST_CASE("EXC08 how the other cores were found: stopped, silent with its last tick, and one that never had one") {
    const std::string report = report_of([] {
        set_up();
        sim::start_interrupts(3);
        cores[1].last_tick_pc.store(text + 0x2a0, arch::Order::Relaxed);
        arch::sim_hook = []() noexcept { arch::sim_counter += 625; };
        read_null();
    });
    CHECK(line_with(report, "core 0: ") == "no such line");
    CHECK(line_with(report, "core 1: ") == "core 1: not responding, last tick at 0xffffffc0000002a0 beta+0xa0");
    CHECK(line_with(report, "core 2: ") == "core 2: not responding, no tick yet");
    CHECK(line_with(report, "core 3: ") == "no such line");
}

TEST_CASE("EXC08 a core that faults while another one reports is noted there, and writes nothing itself") {
    const std::string report = report_of([] {
        set_up();
        sim::start_interrupts(2);
        // Core 1 faults while core 0 waits for it.
        arch::sim_spin_hook = []() noexcept {
            static bool faulted = false;
            if (std::exchange(faulted, true)) return;
            arch::sim_core_id = 1;
            fakes::until_halt([] {
                // A core that stands still keeps its stack: the report reads the frame there.
                static arch::FaultFrame frame = frame_in_alpha(esr_of(data_abort, translation_level_1), 0x20);
                frame.elr = text + 0x404;
                quartet_fault(frame);
            });
            arch::sim_core_id = 0;
        };
        read_null();
    });
    CHECK(line_with(report, "core 1: ") ==
          "core 1: stopped by a fault of its own at 0xffffffc000000404 delta+0x4, thread victim");
    CHECK(report.find("0x20,") == std::string::npos);
}

namespace {

u64 faulted = 0;  // the counter

u64 since_fault_us() { return (arch::sim_counter - faulted) * 1'000'000 / sync::counter_hertz(); }

// Core 0 faults while core 1, which does not answer, is about to write a byte. `at_first` runs before the report's first.
void fault_beside_a_writer(void (*at_first)()) {
    set_up();
    make_console();
    sim::start_interrupts(2);
    console().port().use(wire);
    wire.at_byte = [at_first] {
        if (wire.so_far.empty()) at_first();
    };
    wire.at_transmit = [] {
        APART_CHECK(console().port().writer() == 1);
        arch::sim_core_id = 0;
        faulted = arch::sim_counter;
        arch::sim_hook = []() noexcept { arch::sim_counter += sync::counter_hertz() / 100'000; };
        read_null();
    };
    (void)console().port().offer('x');
    arch::sim_core_id = 1;
    console().port().flush();
}

}  // namespace

TEST_CASE("EXC08 a core that is about to write a byte is waited for, until it stands, and no longer than 50 ms") {
    CHECK(report_of([] {
              fault_beside_a_writer([] { APART_CHECK(since_fault_us() >= 50'000 && since_fault_us() < 51'000); });
          }).find("core 1: not responding") != std::string::npos);
    CHECK(report_of([] {
              arch::sim_spin_hook = []() noexcept {
                  static bool stands = false;
                  if (since_fault_us() < 20'000 || std::exchange(stands, true)) return;
                  arch::sim_core_id = 1;
                  fakes::until_halt([] {
                      static arch::FaultFrame frame = frame_in_alpha(esr_of(data_abort, translation_level_1), 0x20);
                      quartet_fault(frame);
                  });
                  arch::sim_core_id = 0;
              };
              fault_beside_a_writer([] { APART_CHECK(since_fault_us() >= 20'000 && since_fault_us() < 21'000); });
          }).find("core 1: stopped by a fault of its own") != std::string::npos);
}

TEST_CASE("EXC08 what was written and logged before the fault stands above the report, whole") {
    const Apart apart = fakes::run_apart([] {
        set_up();
        make_console();
        log("before the port");
        console().port().use(wire);
        for (char letter : std::string_view{"half a li"}) (void)console().port().offer(static_cast<u8>(letter));
        APART_CHECK(!panicking());
        read_null();
    });
    CHECK(apart.said.starts_with("half a li\r\n["));
    const usize logged = apart.said.find("] before the port\r\n");
    CHECK(logged < apart.said.find("\r\nfault: null-read"));
    // No port at all: the report goes nowhere, and the core stands still.
    const Apart silent = fakes::run_apart([] {
        set_up();
        make_console();
        set_panic_devices(nullptr, nullptr);
        read_null();
    });
    CHECK(silent.end == Apart::End::Halted);
    CHECK(silent.said.empty());
}

TEST_CASE("LCK06 locks taken against the order that was learned are reported step by step") {
    const std::string report = report_of([] {
        set_up();
        sim::at_panic = trap;
        sync::set_trace_hook([](uptr, std::span<uptr> found) noexcept {
            found[0] = text + 0x218;
            return usize{1};
        });
        static sync::SpinLock<sync::LockRank::KernelMap> outer;
        static sync::SpinLock<sync::LockRank::WaitQueue> inner;
        {
            sync::IrqLockGuard first{outer};
            sync::IrqLockGuard second{inner};
        }
        sync::IrqLockGuard first{inner};
        sync::IrqLockGuard second{outer};
    });
    const std::string first = line_with(report, "order: WaitQueue");
    const std::string second = line_with(report, "order: KernelMap");
    CHECK(first.starts_with("order: WaitQueue spin lock ("));
    CHECK(first.find(") under KernelMap spin lock (") != std::string::npos);
    CHECK(first.ends_with("), seen on core 0:"));
    CHECK(second.find(") under WaitQueue spin lock (") != std::string::npos);
    for (const std::string& line : {first, second})
        CHECK(line.find("tests/sim/fault_report_sim.cpp:") != line.rfind("tests/sim/fault_report_sim.cpp:"));
    CHECK(report.find("), now, core 0:\r\n#0 0xffffffc000000218 beta+0x18\r\n") != std::string::npos);
}
