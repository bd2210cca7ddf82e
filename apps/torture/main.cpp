// SPDX-License-Identifier: MIT
//
// torture.img: the prompt, with `torture` and `inject`. What /chosen/bootargs asks for begins before anything is typed, so that
// a run under counted time depends on nothing outside; the prompt comes when that load has ended.

#include "exhaust.hpp"
#include "fault_points.hpp"
#include "load.hpp"
#include "spare_lines.hpp"

#include <base/assert.hpp>
#include <base/number.hpp>
#include <boot/application.hpp>
#include <boot/shell_environment.hpp>
#include <shell/arguments.hpp>
#include <shell/shell.hpp>

namespace {

using namespace quartet;

constinit shell::Environment environment{};

constexpr u64 most_seconds = 1'000'000;
constexpr u64 default_rounds = 100;

u64 default_seed() { return boot::boot_arguments().seed.value_or(1); }

void torture_command(std::string_view text, shell::Output& out, kernel::ThreadContext& self) {
    const shell::Arguments words{text};
    if (words.name() == "stop" && words.count() == 0) return torture::stop_load();
    Result<u64> second = words.count() == 0 ? Result<u64>{0} : parse_number(words[0]);
    if (words.name() == "memory" && words.count() <= 1 && second) {
        if (torture::load_runs()) return out.line("error: the load runs");
        return torture::exhaust(words.count() == 0 ? default_rounds : *second, out, self);
    }
    if (words.name() == "each" && words.count() == 0) {
        if (torture::load_runs()) return out.line("error: the load runs");
        return torture::fail_each(out, self);
    }
    if (words.name() == "tables" && words.count() == 0) {
        if (torture::load_runs()) return out.line("error: the load runs");
        return torture::fail_tables(out, self);
    }
    const Result<u64> seconds = parse_number(words.name());
    // The last word, alone: the prompt comes back at once, for `inject`.
    const bool aside = words.count() != 0 && words[words.count() - 1] == "&";
    const usize numbers = words.count() - (aside ? 1 : 0);
    if (!seconds || *seconds > most_seconds || numbers > 1 || (numbers == 1 && !second)) {
        return out.line("error: no such torture; usage: torture SECONDS [SEED] [&]|memory [ROUNDS]|each|tables|stop");
    }
    const u64 seed = numbers == 0 ? default_seed() : *second;
    const Status begun = torture::start_load(kernel::seconds(*seconds), seed);
    if (!begun) return out.line("error: {}", begun.error());
    if (!aside) torture::wait_for_load(self);
}

void inject_command(std::string_view text, shell::Output& out, kernel::ThreadContext& self) {
    torture::faults::inject(text, out, self);
}

}  // namespace

bool quartet::boot::application_takes_load() noexcept { return true; }

void quartet_application(kernel::ThreadContext& self) {
    environment = boot::shell_environment();
    environment.torture = torture_command;
    environment.inject = inject_command;
    const platform::BootArguments& arguments = boot::boot_arguments();
    torture::find_spare_lines();
    torture::faults::set_seed(default_seed());
    torture::faults::inject_all(arguments.inject, self);
    if (arguments.load) {
        const u64 length = *arguments.load < most_seconds ? *arguments.load : most_seconds;
        check(torture::start_load(kernel::seconds(length), default_seed()).has_value(), "no load runs yet");
        torture::wait_for_load(self);
    }
    torture::faults::Held held;
    check(shell::start_shell(environment).has_value(), "there is memory for the shell's thread");
}

// The arguments are left out then, and with them the load.
void quartet_safe_application(kernel::ThreadContext& self) { quartet_application(self); }
