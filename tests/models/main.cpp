// SPDX-License-Identifier: MIT
//
// Runs the models, then each again with one order of the source made weaker at a time. Says what it found, a line each;
// tests/models/orders.py starts it and judges.
//
// `--test-case=PATTERN*` runs the models whose id and statement begin so, and ends with 1 where one is refuted (tests/red).
//
//     model ID NAME holds|refuted RUNS WHAT IT STATES[: WHY]
//     order FILE:LINE:COLUMN:SLOT FROM TO refuted|stands MODEL RUNS WHY

#include "engine.hpp"
#include "places.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace quartet;
using arch::Order;
using model::places::Place;

struct Weaker {
    Order from;
    Order to;
};
// AcqRel loses one half at a time. A fence keeps what acquire and release give: what refutes that needs the whole of it.
constexpr Weaker weaker[] = {
    {Order::Acquire, Order::Relaxed}, {Order::Release, Order::Relaxed}, {Order::AcqRel, Order::Acquire},
    {Order::AcqRel, Order::Release},  {Order::SeqCst, Order::AcqRel},
};

const char* name_of(Order order) {
    switch (order) {
        case Order::Relaxed: return "Relaxed";
        case Order::Acquire: return "Acquire";
        case Order::Release: return "Release";
        case Order::AcqRel: return "AcqRel";
        case Order::SeqCst: return "SeqCst";
    }
    return "?";
}

struct Options {
    u64 times = 1;
    u64 tries = 1000;  // runs of a model with one order weaker, at most
    const char* only = nullptr;  // a model's name
    std::string begins;  // of its id and statement
    bool judge = false;  // as a test: the exit status says whether all hold
    std::vector<std::string> listed;  // orders whose refutation is not looked for: "FILE:LINE:COLUMN:SLOT TO"
};

struct Reached {
    model::Entry* entry;
    std::vector<Place> places;
};

std::string text_of(const Place& place) {
    return std::string{place.file} + ":" + std::to_string(place.line) + ":" + std::to_string(place.column) + ":" +
           std::to_string(static_cast<u32>(place.slot));
}

std::vector<Reached> run_models(const Options& options, u32& ran) {
    std::vector<Reached> all;
    for (model::Entry* entry = model::first_entry(); entry != nullptr; entry = entry->next) {
        if (options.only != nullptr && std::strcmp(entry->name, options.only) != 0) continue;
        const std::string title = std::string{entry->claim.id} + " " + entry->claim.states;
        if (!title.starts_with(options.begins)) continue;
        model::places::start_noting();
        const model::Outcome outcome = model::run(*entry, entry->claim.runs * options.times);
        std::printf("model %s %s %s %llu %s%s%s\n", entry->claim.id, entry->name, outcome.holds ? "holds" : "refuted",
                    static_cast<unsigned long long>(outcome.runs), entry->claim.states, outcome.holds ? "" : ": ",
                    outcome.why);
        std::fflush(stdout);
        Reached reached{entry, {}};
        for (usize n = 0; n < model::places::noted_count(); ++n) reached.places.push_back(model::places::noted(n));
        ran += 1;
        if (outcome.holds) all.push_back(reached);
    }
    return all;
}

bool reaches(const Reached& reached, const Place& place) {
    for (const Place& other : reached.places) {
        if (model::places::same(place, other)) return true;
    }
    return false;
}

// In a process of its own: without the order the kernel may well follow a pointer that is none, or go round in a list.
void weaken_here(const std::vector<Reached>& all, const Place& place, Order to, const Options& options) {
    const std::string text = text_of(place);
    u64 tried = 0;
    for (const Reached& reached : all) {
        if (!reaches(reached, place)) continue;
        model::places::weaken(place, to);
        const u64 runs = reached.entry->claim.runs < options.tries ? reached.entry->claim.runs : options.tries;
        const model::Outcome outcome = model::run(*reached.entry, runs * options.times);
        tried += outcome.runs;
        if (outcome.holds) continue;
        std::printf("order %s %s %s refuted %s %llu %s\n", text.c_str(), name_of(place.order), name_of(to),
                    reached.entry->name, static_cast<unsigned long long>(outcome.runs), outcome.why);
        return;
    }
    std::printf("order %s %s %s stands - %llu\n", text.c_str(), name_of(place.order), name_of(to),
                static_cast<unsigned long long>(tried));
}

constexpr rlim_t longest_seconds = 120;  // of the processor's time

void weaken_one(const std::vector<Reached>& all, const Place& place, Order to, const Options& options) {
    for (const std::string& listed : options.listed) {
        if (listed == text_of(place) + " " + name_of(to)) return;
    }
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        const rlimit limit{longest_seconds, longest_seconds};
        setrlimit(RLIMIT_CPU, &limit);
        weaken_here(all, place, to, options);
        std::fflush(stdout);
        std::_Exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) {
        std::printf("order %s %s %s refuted - 0 it ended with signal %d\n", text_of(place).c_str(),
                    name_of(place.order), name_of(to), WTERMSIG(status));
    }
}

void weaken_all(const std::vector<Reached>& all, const Options& options) {
    std::vector<Place> done;
    for (const Reached& reached : all) {
        for (const Place& place : reached.places) {
            bool seen = false;
            for (const Place& other : done) seen |= model::places::same(place, other);
            if (seen) continue;
            done.push_back(place);
            for (const Weaker& step : weaker) {
                if (step.from == place.order) weaken_one(all, place, step.to, options);
            }
            std::fflush(stdout);
        }
    }
}

Options options_of(int count, char** words) {
    Options options;
    for (int n = 1; n < count; ++n) {
        const std::string word = words[n];
        constexpr std::string_view test_case = "--test-case=";
        if (word.starts_with(test_case)) {
            options.judge = true;
            options.begins = word.substr(test_case.size(), word.find('*') - test_case.size());
        }
        if (n + 1 == count) break;
        if (word == "--times") options.times = std::strtoull(words[n + 1], nullptr, 10);
        else if (word == "--tries") options.tries = std::strtoull(words[n + 1], nullptr, 10);
        else if (word == "--only") options.only = words[n + 1];
        else if (word == "--listed") options.listed.emplace_back(words[n + 1]);
    }
    return options;
}

}  // namespace

int main(int count, char** words) {
    const Options options = options_of(count, words);
    u32 ran = 0;
    const std::vector<Reached> held = run_models(options, ran);
    if (options.judge) {
        std::printf("test cases: %u\n", ran);
        return held.size() == ran ? 0 : 1;
    }
    weaken_all(held, options);
}
