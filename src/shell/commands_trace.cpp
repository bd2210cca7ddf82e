// SPDX-License-Identifier: MIT
//
// Commands that look at what runs: trace, profile, top.

#include <shell/command_list.hpp>

#include <kernel/thread/threads.hpp>
#include <kernel/trace/trace.hpp>
#include <shell/top.hpp>
#include <shell/trace_dump.hpp>

#include <bit>

namespace quartet::shell {
namespace {

namespace trace = kernel::trace;
static_assert(trace::least_shift == 6 && trace::most_shift == 16, "as the words of `start` say");

constexpr u64 most_seconds = 60;
// 4,096 samples with their callers: 10 s of four busy cores.
constexpr u32 profile_shift = 15;

void start(const Invocation& call) {
    u64 events = u64{1} << trace::default_shift;
    if (call.arguments.count() > 1) {
        Result<u64> wanted = parse_number(call.arguments[1]);
        if (!wanted || *wanted < u64{1} << trace::least_shift || *wanted > u64{1} << trace::most_shift)
            return call.misuse("EVENTS is 64 to 65536 a core");
        events = std::bit_ceil(*wanted);
    }
    Status begun = trace::start(*call.thread, static_cast<u32>(std::countr_zero(events)), trace::What::Events);
    if (!begun) return call.refuse("{}", begun.error());
    call.out.line("trace: {} events a core", events);
}

void dump(const Invocation& call) {
    if (trace::ring_of(0).empty()) return call.refuse("nothing was recorded; trace start begins");
    dump_trace(call.out);
}

void trace_command(const Invocation& call) {
    std::string_view what = call.arguments[0];
    if (what == "start") return start(call);
    if (call.arguments.count() > 1) return call.misuse("too many arguments");
    if (what == "dump") return dump(call);
    if (what != "stop") return call.misuse("{} is not understood", what);
    if (Status ended = trace::stop(*call.thread); !ended) call.refuse("{}", ended.error());
}

void profile(const Invocation& call) {
    Result<u64> wanted = parse_number(call.arguments[0]);
    if (!wanted || *wanted == 0 || *wanted > most_seconds) return call.misuse("N is 1 to 60");
    if (Status begun = trace::start(*call.thread, profile_shift, trace::What::Samples); !begun)
        return call.refuse("{}", begun.error());
    kernel::sleep_for(*call.thread, kernel::seconds(*wanted));
    if (Status ended = trace::stop(*call.thread); !ended) return call.refuse("{}", ended.error());
    dump_trace(call.out);
}

constexpr Command commands[] = {
    {"trace start|stop|dump [EVENTS]", "records what happens on each core; scripts/trace.py shows a dump", 1, 2,
     &trace_command},
    {"profile N", "samples where the cores are for N seconds and dumps them", 1, 1, &profile},
    {"top [N]", "load of cores and threads each second, N times or until a key", 0, 1, &top},
};

}  // namespace

constinit const CommandGroup trace_commands = commands;

}  // namespace quartet::shell
