// SPDX-License-Identifier: MIT
//
// Commands that make the machine work: spin, bench, selftest, torture, inject.

#include <shell/command_list.hpp>

#include <kernel/selftest/selftest.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>
#include <shell/spinners.hpp>

namespace quartet::shell {
namespace {

void spin(const Invocation& call) {
    Result<u64> count = parse_number(call.arguments[0]);
    if (!count || *count > max_spinners) return call.misuse("N is 0 to {}", max_spinners);
    Status done = set_spinners(*call.thread, static_cast<u32>(*count));
    if (!done) call.refuse("{}", done.error());
}

void bench(const Invocation& call) {
    if (call.environment.bench == nullptr) return call.refuse("this image has no benchmark");
    call.environment.bench(call.arguments[0], call.out, *call.thread);
}

void selftest(const Invocation& call) {
    Result<u64> minutes = call.arguments[1].empty() ? Result<u64>{0} : parse_number(call.arguments[1]);
    if (!minutes || *minutes > 10'000) return call.misuse("MINUTES is a number up to 10000");
    kernel::SelfTestSink sink{[](void* out, std::string_view text) { static_cast<Output*>(out)->line("{}", text); },
                              &call.out};
    std::string_view id = call.arguments[0];
    kernel::run_selftests(id == "all" ? std::string_view{} : id, sink,
                          {.limit_counts = kernel::clock_scale.counts(kernel::seconds(60 * *minutes))});
}

void call_of_image(const Invocation& call, Environment::Words words) {
    if (words == nullptr) return call.refuse("not in this image; torture.img has it");
    words(call.arguments.rest(), call.out, *call.thread);
}

void torture(const Invocation& call) { call_of_image(call, call.environment.torture); }
void inject(const Invocation& call) { call_of_image(call, call.environment.inject); }

constexpr Command commands[] = {
    {"spin N", "N background threads that want a core, 0 stops them", 1, 1, &spin},
    {"bench [NAME]", "counts instructions of operations", 0, 1, &bench},
    {"selftest [ID|all] [MINUTES]", "runs the image's tests; with MINUTES whole loops, each for so long", 0, 2,
     &selftest},
    {"torture [WHAT]", "a load that checks itself, in torture.img", 0, Command::any, &torture},
    {"inject [WHAT]", "causes failures, in torture.img", 0, Command::any, &inject},
};

}  // namespace

constinit const CommandGroup work_commands = commands;

}  // namespace quartet::shell
