// SPDX-License-Identifier: MIT
//
// `crash`: faults on purpose, to see that they are reported, and the record that the last one left.

#include <shell/command_list.hpp>

#include <base/number.hpp>
#include <kernel/iface/crash_command.hpp>

#include <optional>

namespace quartet::shell {
namespace {

using kernel::CrashContext;

std::optional<CrashContext> context_named(std::string_view name) {
    if (name == "thread") return CrashContext::Thread;
    if (name == "irq") return CrashContext::Irq;
    if (name == "lock") return CrashContext::Lock;
    if (name == "timer") return CrashContext::Timer;
    return {};
}

void crash(const Invocation& call) {
    const kernel::CrashCommand* command = call.environment.crash;
    if (command == nullptr) return call.refuse("this image causes no faults");
    if (call.arguments.count() == 0) {
        for (usize i = 0; !command->kind(i).empty(); ++i) call.out.line("{}", command->kind(i));
        return;
    }
    if (call.arguments.count() == 1 && call.arguments[0] == "show") {
        command->show(call.out.writer());
        return call.out.writer().flush();
    }
    if (call.arguments.count() == 1 && call.arguments[0] == "clear") return command->clear();
    kernel::CrashOrder order{.kind = call.arguments[0], .core = {}, .context = {}};
    usize at = 1;
    if (call.arguments[at] == "core") {
        auto core = parse_number(call.arguments[at + 1]);
        if (!core || *core >= max_cores) return call.misuse("N is 0 to {}", max_cores - 1);
        order.core = static_cast<u32>(*core);
        at += 2;
    }
    if (call.arguments[at] == "in") {
        auto context = context_named(call.arguments[at + 1]);
        if (!context) return call.misuse("there is no context {}", call.arguments[at + 1]);
        order.context = context;
        at += 2;
    }
    if (at < call.arguments.count()) return call.misuse("{} is not understood", call.arguments[at]);
    Status status = command->run(*call.thread, order);
    if (status) return call.refuse("{} did no harm", order.kind);
    if (status.error() == Error::Aborted) return call.out.line("{} was contained: its thread is ended", order.kind);
    if (status.error() == Error::NotFound) return call.misuse("there is no kind {}", order.kind);
    if (status.error() == Error::Unsupported) return call.refuse("{} is not available on this machine", order.kind);
    if (status.error() == Error::InHandler)
        return call.misuse("{} cannot be caused in {}", order.kind, call.arguments[at - 1]);
    call.misuse("{}", words(status.error()));
}

constexpr Command commands[] = {
    {"crash [show|clear|KIND [core N] [in thread|irq|lock|timer]]",
     "lists the kinds of fault, causes one, or shows the last", 0, 5, &crash},
};

}  // namespace

constinit const CommandGroup crash_commands = commands;

}  // namespace quartet::shell
