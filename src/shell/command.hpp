// SPDX-License-Identifier: MIT
//
// What a command is. A group of commands is one file with one constant array; command_table.cpp lists the
// groups. A command checks its arguments, prints lines, and returns: it keeps nothing.

#pragma once

#include <base/format.hpp>
#include <base/literal.hpp>
#include <base/number.hpp>
#include <base/result.hpp>
#include <shell/arguments.hpp>
#include <shell/environment.hpp>
#include <shell/output.hpp>

#include <span>
#include <string_view>

namespace quartet::kernel {
class ThreadContext;
}

namespace quartet::shell {

struct Command;

// What a running command has. `thread` is null on the host, where no command blocks.
struct Invocation {
    const Command& command;
    const Arguments& arguments;
    Output& out;
    const Environment& environment;
    kernel::ThreadContext* thread;

    // `error: WHAT`: the command is right, the machine says no.
    template <typename... Args>
    void refuse(FormatString<std::type_identity_t<Args>...> text, const Args&... args) const {
        out.part("error: ");
        out.line(text, args...);
    }
    // `error: WHAT; usage: …`: an argument was wrong.
    template <typename... Args>
    void misuse(FormatString<std::type_identity_t<Args>...> text, const Args&... args) const {
        out.part("error: ");
        out.part(text, args...);
        put_usage();
    }

private:
    void put_usage() const;
};

struct Command {
    static constexpr u8 any = 0xff;

    Literal usage;    // its name first: "peek ADDR [COUNT]"
    Literal summary;  // behind the usage in `help`
    u8 least;                  // how many arguments
    u8 most;
    void (*run)(const Invocation&);

    constexpr std::string_view name() const {
        const std::string_view whole = usage;
        return whole.substr(0, whole.find(' '));
    }
};

inline void Invocation::put_usage() const { out.line("; usage: {}", command.usage.view()); }

using CommandGroup = std::span<const Command>;

// All groups, in the order of `help`.
std::span<const CommandGroup* const> command_groups();
const Command* find_command(std::string_view name);

// Runs one line: nothing for a blank one, `error: …` for what is no command or has the wrong number of
// arguments. Context: as the command.
void run_line(std::string_view line, Output& out, const Environment& environment, kernel::ThreadContext* thread);

}  // namespace quartet::shell
