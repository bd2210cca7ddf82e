// SPDX-License-Identifier: MIT
//
// Four cores and their handlers log at once, and one logs while a line stands open at the console. What comes out of the
// wire is judged from outside, by tests/system/test_console.py; here that nobody waits and that the history is whole.

#include "threads.hpp"

#include <arch/cpu.hpp>
#include <base/format.hpp>
#include <kernel/console/console.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/console/log.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

struct Logged {
    arch::Atomic<u32> by_handlers[max_cores];
};

void log_from_handler(IrqContext& context) noexcept {
    auto& logged = *static_cast<Logged*>(context.argument());
    const u32 core = context.core() % max_cores;
    log("con04 handler {} line {} of the quick brown fox", core,
        logged.by_handlers[core].fetch_add(1, arch::Order::Relaxed));
}

// Whether a line that ends so comes to the history, behind `cursor`, which goes there. Asleep in between: the thread that
// moves lines there has a lower priority than the tests.
bool comes_to_history(u64& cursor, std::string_view end) {
    return comes_true_asleep([&] {
        char room[Log::max_line];
        for (;;) {
            const std::string_view line = the_log.history_line(cursor, room);
            if (line.empty()) return false;
            if (line.ends_with(end)) return true;
        }
    });
}

}  // namespace

SELFTEST("CON04", "threads and handlers of all cores log at once, and none of them waits") {
    constexpr u32 software_id = 6;
    constexpr u32 lines = 300;
    TestFlow flow{every_core};
    Logged logged;
    REQUIRE(irq::attach(software_id, log_from_handler, &logged).has_value());
    EXPECT(irq::enable(software_id).has_value());
    {
        auto talk = [&](ThreadContext& self) {
            const u32 core = arch::core_id();
            for (u32 n = 0; n < lines; ++n) {
                log("con04 thread {} line {} jumps over the lazy dog", core, n);
                const u32 to = (core + n) % max_cores;
                if (n % 3 == 0 && irq::core_started(to)) EXPECT(irq::trigger(software_id, to).has_value());
                // However slow the wire: what all four have in the ring at once fits.
                if (n % 8 == 7) console().print_log(self);
            }
        };
        ThreadOptions options{.name = "talker", .priority = test_priority};
        auto on = [&](u32 core) {
            options.affinity = irq::core_started(core) ? 1u << core : 1u;
            return options;
        };
        TestThread a{run, flow, on(0), talk}, b{run, flow, on(1), talk}, c{run, flow, on(2), talk},
            d{run, flow, on(3), talk};
    }
    // What was sent to a core has been taken before a thread runs there.
    on_every_core(run, [](u32) {});
    EXPECT(irq::detach(software_id).has_value());
    u64 by_handlers = 0;
    for (auto& count : logged.by_handlers) by_handlers += count.load(arch::Order::Relaxed);
    log("con04 ends: {} lines of threads, {} of handlers", 4 * lines, by_handlers);
}

SELFTEST("CON04", "1000 lines that are logged behind an open line are all in the history") {
    constexpr u32 lines = 1000;
    TestFlow flow;
    console().write(flow.self, "con04 open");
    const u64 lost = the_log.lost();
    u64 cursor = 0;
    for (u32 n = 0; n < lines; ++n) {
        log("c4 {}", n);
        char end[16];
        if (n % 64 == 63 || n + 1 == lines) EXPECT(comes_to_history(cursor, format_to(end, "] c4 {}", n)));
    }
    EXPECT_EQ(the_log.lost(), lost);

    char room[Log::max_line];
    u32 next = 0;
    cursor = 0;
    for (std::string_view line = the_log.history_line(cursor, room); !line.empty();
         line = the_log.history_line(cursor, room)) {
        char expected[16];
        if (line.ends_with(format_to(expected, "] c4 {}", next))) ++next;
    }
    EXPECT_EQ(next, lines);
    console().write(flow.self, " line\n");
}
