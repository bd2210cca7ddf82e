// SPDX-License-Identifier: MIT
//
// Commands about the machine: cpus, threads, irqs, dt.

#include <shell/command_list.hpp>

#include <fdt/print.hpp>
#include <kernel/console/console.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/fault/fault_report.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/irq/long_stretch.hpp>
#include <kernel/thread/threads.hpp>
#include <shell/one_word.hpp>
#include <shell/thread_waits.hpp>

#include <array>

namespace quartet::shell {
namespace {

void cpus(const Invocation& call) {
    for (const kernel::Core& core : kernel::cores) {
        // Relaxed: a snapshot for people.
        switch (core.state.load(arch::Order::Relaxed)) {
            case kernel::CoreState::Absent: break;
            case kernel::CoreState::Online:
                call.out.line("{} online ticks={} idle={} balances={}", core.id, core.ticks, core.idle_entries,
                              core.balances);
                break;
            case kernel::CoreState::Released:
            case kernel::CoreState::Missing: call.out.line("{} missing", core.id); break;
        }
    }
}

void threads(const Invocation& call) {
    if (call.arguments.count() != 0) {
        Result<u64> seconds =
            call.arguments.count() == 1 ? Result<u64>{default_hung_s} : parse_number(call.arguments[1]);
        if (call.arguments[0] != "-w" || !seconds || *seconds > 1'000'000)
            return call.misuse("it is -w, or -w with a number");
        return list_waits(call.out, *seconds);
    }
    call.out.line("{:>4} {:<16} {:>4} {:<8} {:>3} {:>12} {:>6}", "ID", "NAME", "PRIO", "STATE", "CPU", "RUN_US",
                  "STACK");
    kernel::for_each_thread([&](const kernel::ThreadInfo& info) {
        std::string_view state = info.running ? std::string_view{"running"} : words(info.state);
        u64 microseconds = kernel::clock_scale.nanoseconds(info.run_counts) / 1000;
        call.out.line("{:>4} {:<16} {:>4} {:<8} {:>3} {:>12} {:>6}", info.id, OneWord{info.name}.text, info.priority,
                      state, info.core, microseconds, info.stack.size());
    });
}

void put_stretch(Output& out, std::string_view what, const kernel::LongStretch& stretch) {
    std::array<char, 160> room;
    Writer name{room};
    kernel::put_code_address(name, stretch.place, kernel::CodeAddress::Exact, 60);
    out.part(" {} {} us at {}", what, kernel::clock_scale.nanoseconds(stretch.counts) / 1000, name.text());
}

// The longest stretches since the last time, and from now on a warning of the first one above a limit.
void long_stretches(const Invocation& call) {
    Result<u64> limit = call.arguments.count() == 1 ? Result<u64>{0} : parse_number(call.arguments[1]);
    if (call.arguments[0] != "-l" || !limit || *limit > 10'000'000) return call.misuse("it is -l, or -l with a number");
    if (!arch::measuring) return call.refuse("this image was built without QUARTET_MEASURE");
    for (u32 core = 0; core < max_cores; ++core) {
        const kernel::LongStretches longest = kernel::take_longest(core);
        if (longest.masked.counts == 0) continue;
        call.out.part("cpu{}:", core);
        put_stretch(call.out, "masked", longest.masked);
        put_stretch(call.out, "handler", longest.handler);
        call.out.end_line();
    }
    if (call.arguments.count() == 2) kernel::set_stretch_limit(kernel::microseconds(*limit));
}

void irqs(const Invocation& call) {
    if (call.arguments.count() != 0) return long_stretches(call);
    call.out.line("{:>4} {:<16} {:<8} {:>3} {:>10} {:>10} {:>10} {:>10}", "ID", "NAME", "STATE", "CPU", "CPU0", "CPU1",
                  "CPU2", "CPU3");
    for (u32 id = 0; id < kernel::irq::lines(); ++id) {
        Result<kernel::irq::LineInfo> line = kernel::irq::info(id);
        if (!line) continue;
        bool came = false;
        for (u32 count : line->counts) came = came || count != 0;
        if (!line->attached && !came) continue;
        std::string_view state = line->stormed ? "storm" : line->enabled ? "on" : line->attached ? "off" : "nobody";
        call.out.line("{:>4} {:<16} {:<8} {:>3} {:>10} {:>10} {:>10} {:>10}", id, line->name.empty() ? "-" : line->name,
                      state, line->core, line->counts[0], line->counts[1], line->counts[2], line->counts[3]);
    }
    for (u32 core = 0; core < max_cores; ++core) {
        kernel::irq::SpecialCounts special = kernel::irq::specials(core);
        if (special.spurious != 0 || special.wrong_group != 0)
            call.out.line("cpu{}: spurious={} wrong-group={}", core, special.spurious, special.wrong_group);
    }
    kernel::ConsolePort::Counters console = kernel::console().port().counters();
    call.out.line("console: received={} sent={} stalls={} overruns={} breaks={} framing={} parity={}", console.received,
                  console.sent, console.receive_stalls, console.line.overruns, console.line.breaks,
                  console.line.framing, console.line.parity);
}

void dt(const Invocation& call) {
    const fdt::Tree* tree = call.environment.tree;
    if (tree == nullptr) return call.refuse("no device tree");
    std::string_view path = call.arguments.count() == 0 ? "/" : call.arguments[0];
    std::optional<fdt::Node> node = tree->find(path);
    if (!node) return call.misuse("no node {}", path);
    auto print = [&](std::string_view text) {
        const bool ends = text.ends_with('\n');
        if (ends) text.remove_suffix(1);
        call.out.part("{}", text);
        if (ends) call.out.end_line();
    };
    fdt::print_subtree(*node, print);
}

constexpr Command commands[] = {
    {"cpus", "the cores and what they did", 0, 0, &cpus},
    {"threads [-w [SECONDS]]", "all threads; -w: who waits for whom, hung after SECONDS", 0, 2, &threads},
    {"irqs [-l [US]]", "interrupts by line; -l: the longest masked stretches, a warning from US on", 0, 2, &irqs},
    {"dt [PATH]", "the device tree from PATH down", 0, 1, &dt},
};

}  // namespace

constinit const CommandGroup machine_commands = commands;

}  // namespace quartet::shell
