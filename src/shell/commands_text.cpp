// SPDX-License-Identifier: MIT
//
// Commands that only say something: help, version, uptime, echo, dmesg.

#include <shell/command_list.hpp>

#include <arch/counter.hpp>
#include <base/version.hpp>
#include <kernel/console/log.hpp>
#include <sync/clock.hpp>

namespace quartet::shell {
namespace {

void help(const Invocation& call) {
    if (call.arguments.count() == 1) {
        const Command* command = find_command(call.arguments[0]);
        if (command == nullptr) return call.misuse("no command {}", call.arguments[0]);
        return call.out.line("{}: {}", command->usage, command->summary);
    }
    for (const CommandGroup* group : command_groups())
        for (const Command& command : *group) call.out.line("{:<28} {}", command.usage.view(), command.summary.view());
}

void print_version(const Invocation& call) { call.out.line("quartet {} ({})", version, compiler); }

void uptime(const Invocation& call) {
    u64 hertz = sync::counter_hertz();
    u64 counts = arch::counter();
    call.out.line("up {}.{:06} s", counts / hertz, counts % hertz * 1'000'000 / hertz);
}

void echo(const Invocation& call) { call.out.line("{}", call.arguments.rest()); }

void dmesg(const Invocation& call) {
    char room[kernel::Log::max_line];
    u64 cursor = 0;
    for (;;) {
        std::string_view line = kernel::the_log.history_line(cursor, room);
        if (line.empty()) return;
        call.out.line("{}", line);
    }
}

constexpr Command commands[] = {
    {"help [COMMAND]", "this list, or one line of it", 0, 1, &help},
    {"version", "which Quartet this is and what built it", 0, 0, &print_version},
    {"uptime", "seconds since the counter started", 0, 0, &uptime},
    {"echo [TEXT]", "prints TEXT", 0, Command::any, &echo},
    {"dmesg", "the kernel's log, the last 32 KiB of it", 0, 0, &dmesg},
};

}  // namespace

constinit const CommandGroup text_commands = commands;

}  // namespace quartet::shell
