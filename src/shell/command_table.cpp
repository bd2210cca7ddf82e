// SPDX-License-Identifier: MIT

#include <shell/command_list.hpp>

namespace quartet::shell {

namespace {

constexpr const CommandGroup* groups[] = {&text_commands,  &machine_commands, &memory_commands, &work_commands,
                                          &trace_commands, &crash_commands,   &end_commands};

}  // namespace

std::span<const CommandGroup* const> command_groups() { return groups; }

const Command* find_command(std::string_view name) {
    for (const CommandGroup* group : command_groups())
        for (const Command& command : *group)
            if (command.name() == name) return &command;
    return nullptr;
}

void run_line(std::string_view line, Output& out, const Environment& environment, kernel::ThreadContext* thread) {
    Arguments arguments{line};
    if (arguments.name().empty()) return;
    const Command* command = find_command(arguments.name());
    if (command == nullptr) return out.line("error: unknown command {}", arguments.name());
    Invocation call{*command, arguments, out, environment, thread};
    if (arguments.count() < command->least) return call.misuse("argument missing");
    if (command->most != Command::any && arguments.count() > command->most) return call.misuse("too many arguments");
    command->run(call);
}

}  // namespace quartet::shell
