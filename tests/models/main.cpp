// SPDX-License-Identifier: MIT
//
// Runs models and says what came of it, a line each. tests/models/orders.py starts it, once for each order that it makes weaker.
//
//     models_tests [--test-case=PATTERN*,...] all whose id and statement begin so; ends with 1 where one is refuted, with 2
//                                             where a pattern names none
//     models_tests --list                     name, runs
//     models_tests --only NAME [--first N] [--runs N] [--weaker FILE:LINE:COLUMN:SLOT ORDER]
//
//     model ID NAME holds|refuted RUN WHAT IT STATES[: WHY]
//     reached FILE:LINE:COLUMN:SLOT ORDER      only where nothing is weaker: what `--weaker` may name

#include "engine.hpp"
#include "places.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <sys/time.h>

namespace {

using namespace quartet;
using arch::Order;
using model::places::Place;

constexpr const char* names[] = {"Relaxed", "", "Acquire", "Release", "AcqRel", "SeqCst"};
static_assert(static_cast<u32>(Order::Relaxed) == 0 && static_cast<u32>(Order::SeqCst) == 5);

const char* name_of(Order order) { return names[static_cast<u32>(order)]; }

Order order_of(std::string_view name) {
    for (u32 n = 0; n < sizeof names / sizeof names[0]; ++n) {
        if (name == names[n] && !name.empty()) return static_cast<Order>(n);
    }
    std::fprintf(stderr, "models_tests: there is no order %.*s\n", static_cast<int>(name.size()), name.data());
    std::exit(2);
}

// How the id and statement of a model begin.
struct Pattern {
    std::string begins;
    bool used = false;
};

struct Options {
    std::vector<Pattern> patterns;  // none: all models
    std::string only;  // a model's name
    u64 first = 1;
    u64 runs = 0;  // 0: as many as the model says
    std::string weaker;
    Order to = Order::Relaxed;
    bool list = false;
};

std::string text_of(const Place& place) {
    return std::string{place.file} + ":" + std::to_string(place.line) + ":" + std::to_string(place.column) + ":" +
           std::to_string(static_cast<u32>(place.slot));
}

// FILE:LINE:COLUMN:SLOT, as `text_of` says it. `text` is changed, and the place's file lies in it.
Place place_of(std::string& text) {
    u32 numbers[3] = {};
    for (u32 n = 3; n > 0; --n) {
        const usize colon = text.rfind(':');
        if (colon == std::string::npos) std::exit(2);
        numbers[n - 1] = static_cast<u32>(std::strtoul(text.c_str() + colon + 1, nullptr, 10));
        text.resize(colon);
    }
    return {text.c_str(), numbers[0], numbers[1], static_cast<model::places::Slot>(numbers[2]), Order::SeqCst};
}

bool run_one(model::Entry& entry, const Options& options) {
    model::places::start_noting();
    const model::Outcome outcome =
        model::run(entry, options.runs != 0 ? options.runs : entry.claim.runs, options.first);
    std::printf("model %s %s %s %llu %s%s%s\n", entry.claim.id, entry.name, outcome.holds ? "holds" : "refuted",
                static_cast<unsigned long long>(outcome.runs), entry.claim.states, outcome.holds ? "" : ": ",
                outcome.why);
    return outcome.holds;
}

void print_reached() {
    for (usize n = 0; n < model::places::noted_count(); ++n) {
        const Place& place = model::places::noted(n);
        std::printf("reached %s %s\n", text_of(place).c_str(), name_of(place.order));
    }
}

std::vector<Pattern> patterns_of(std::string_view text) {
    std::vector<Pattern> patterns;
    for (usize begin = 0; begin <= text.size();) {
        const usize end = std::min(text.find(',', begin), text.size());
        const std::string_view one = text.substr(begin, end - begin);
        patterns.push_back({.begins = std::string{one.substr(0, one.find('*'))}});
        begin = end + 1;
    }
    return patterns;
}

// Each pattern that it begins with has been of use.
bool is_chosen(const model::Entry& entry, Options& options) {
    if (!options.only.empty()) return options.only == entry.name;
    const std::string title = std::string{entry.claim.id} + " " + entry.claim.states;
    bool any = options.patterns.empty();
    for (Pattern& pattern : options.patterns) {
        if (!title.starts_with(pattern.begins)) continue;
        pattern.used = true;
        any = true;
    }
    return any;
}

Options options_of(int count, char** words) {
    Options options;
    for (int n = 1; n < count; ++n) {
        const std::string word = words[n];
        constexpr std::string_view test_case = "--test-case=";
        if (word.starts_with(test_case)) options.patterns = patterns_of(word.substr(test_case.size()));
        if (word == "--list") options.list = true;
        if (n + 1 == count) break;
        if (word == "--only") options.only = words[n + 1];
        else if (word == "--first") options.first = std::strtoull(words[n + 1], nullptr, 10);
        else if (word == "--runs") options.runs = std::strtoull(words[n + 1], nullptr, 10);
        else if (word == "--weaker" && n + 2 < count) {
            options.weaker = words[n + 1];
            options.to = order_of(words[n + 2]);
        }
    }
    return options;
}

// Without an order the kernel may well follow a pointer that is none, or go round in a list. That refutes the run that is
// under way.
const model::Entry* under_way = nullptr;
u64 run_at_last_look = 0;

void end_run(int signal) {
    const u64 run = model::run_under_way();
    if (signal == SIGVTALRM && run != run_at_last_look) {
        run_at_last_look = run;
        return;
    }
    std::printf("model %s %s refuted %llu %s: it ended with signal %d\n", under_way->claim.id, under_way->name,
                static_cast<unsigned long long>(run), under_way->claim.states, signal);
    std::fflush(stdout);
    std::_Exit(1);
}

void watch_runs() {
    static char stack[64 * 1024];
    const stack_t own{.ss_sp = stack, .ss_flags = 0, .ss_size = sizeof stack};
    sigaltstack(&own, nullptr);
    struct sigaction action{};
    action.sa_handler = end_run;
    action.sa_flags = SA_ONSTACK;
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGVTALRM}) sigaction(signal, &action, nullptr);
    const itimerval each_second{{1, 0}, {1, 0}};  // of the processor's time: a run takes milliseconds
    setitimer(ITIMER_VIRTUAL, &each_second, nullptr);
}

}  // namespace

int main(int count, char** words) {
    Options options = options_of(count, words);
    if (!options.weaker.empty()) model::places::weaken(place_of(options.weaker), options.to);
    watch_runs();
    u32 ran = 0;
    bool all_hold = true;
    for (model::Entry* entry = model::first_entry(); entry != nullptr; entry = entry->next) {
        if (!is_chosen(*entry, options)) continue;
        if (options.list) {
            std::printf("%s %u\n", entry->name, entry->claim.runs);
            continue;
        }
        under_way = entry;
        all_hold &= run_one(*entry, options);
        ran += 1;
        if (!options.only.empty() && options.weaker.empty()) print_reached();
        std::fflush(stdout);
    }
    if (!options.list && options.only.empty()) std::printf("test cases: %u\n", ran);
    for (const Pattern& pattern : options.patterns) {
        if (pattern.used) continue;
        std::fprintf(stderr, "models_tests: no model begins with '%s'\n", pattern.begins.c_str());
        return 2;
    }
    return all_hold ? 0 : 1;
}
