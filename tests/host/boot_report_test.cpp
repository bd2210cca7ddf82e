// SPDX-License-Identifier: MIT
//
// The boot report's lines to the letter: scripts and people read them.

#include <base/version.hpp>
#include <boot/report.hpp>
#include <kernel/console/log.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace quartet;

namespace {

std::vector<std::string> lines;

std::vector<std::string> reported() {
    lines.clear();
    kernel::the_log.show([](std::string_view line) { lines.emplace_back(line.substr(line.find(']') + 2)); });
    return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("CON04 boot report: each line in its form") {
    (void)reported();
    platform::Machine machine;
    (void)machine.ram.push({PhysAddr{0}, PhysAddr{0x3b40'0000}});
    (void)machine.ram.push({PhysAddr{0x4000'0000}, PhysAddr{0x8000'0000}});
    (void)machine.reserved.push({{PhysAddr{0}, PhysAddr{0x1000}}, platform::ReservedFor::FirstPage});
    machine.gic.distributor = {PhysAddr{0xff84'1000}, PhysAddr{0xff84'2000}};
    machine.console.kind = platform::ConsoleKind::MiniUart;
    machine.console.device.registers = {PhysAddr{0xfe21'5040}, PhysAddr{0xfe21'5080}};

    boot::report_entry(2, PhysAddr{0x8'0000});
    boot::report_tree(boot::TreeSource::AddressZero, 34'567);
    boot::report_memory(machine);
    boot::report_interrupt_controller(machine, 224);
    boot::report_timer(62'500'000, 62'500'000);
    boot::report_timer(0, 54'000'000);
    boot::report_console(machine);
    boot::report_allocator_swap();
    boot::report_scheduler_swap();
    boot::report_core(1, boot::CoreFate::Online);
    boot::report_core(3, boot::CoreFate::Missing);
    platform::Advice advice;
    advice.add("add {} to config.txt", "enable_uart=1");
    boot::report_advice(advice);
    CHECK(reported() == Lines{
                            "quartet " + std::string{version} + " (" + std::string{compiler} + ")",
                            "entry: EL2",
                            "load address: 0x80000",
                            "device tree: address 0, 34567 bytes",
                            "ram: 0x0-0x3b400000 (948 MiB)",
                            "ram: 0x40000000-0x80000000 (1024 MiB)",
                            "reserved: 0x0-0x1000 page 0: spin table",
                            "interrupt controller: gicv2 0xff841000 224 lines",
                            "timer: 62500000 Hz",
                            "timer: 54000000 Hz",
                            "advice: CNTFRQ_EL0 is 0, using 54000000 Hz: let the firmware's stub start the kernel",
                            "console: mini-uart 0xfe215040",
                            "allocator: bump -> slab",
                            "scheduler: boot -> priority",
                            "cpu1: online",
                            "cpu3: missing",
                            "advice: add enable_uart=1 to config.txt",
                        });
}

TEST_CASE("CON04 boot report: the longest advice goes out whole") {
    (void)reported();
    platform::Advice advice;
    advice.add("{}", std::string(decltype(platform::AdviceLine{}.room){}.size(), 'w'));
    boot::report_advice(advice);
    CHECK(reported() == Lines{"advice: " + std::string(advice.begin()->text())});
}
