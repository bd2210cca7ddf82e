// SPDX-License-Identifier: MIT

#include "seeds.hpp"

#include "../fakes/effort.hpp"
#include "least.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace quartet::sim {

Wanted wanted;

namespace {

// What is printed whole. The seed itself says all the rest.
constexpr usize most_printed = 400;
constexpr u32 most_runs = 600;
using Clock = std::chrono::steady_clock;
constexpr auto most_time = std::chrono::seconds{30};

// How this call is found again: by its name's first word and where it stands.
std::string place_of(const char* name, const std::source_location& where) {
    const std::string_view text{name};
    return std::string{text.substr(0, text.find(' '))} + '@' + std::to_string(where.line());
}

std::string again(const std::string& place, u64 seed, const std::vector<Choice>& choices) {
    return "sim_tests --replay '" + place + ':' + std::to_string(seed) + ':' + text_of(choices) + "'";
}

// What the run was, in the shortest words that show it again.
void explain(const std::string& place, const Outcome& outcome, const Options& options, Scenario body) {
    const usize count = outcome.choices.size();
    std::fprintf(stderr, "again: sim_tests --seed %llu -tc='%s*'\n", static_cast<unsigned long long>(options.seed),
                 place.substr(0, place.find('@')).c_str());
    if (count <= most_printed) std::fprintf(stderr, "again: %s\n", again(place, options.seed, outcome.choices).c_str());
    if (std::getenv("QUARTET_NO_LEAST") != nullptr) return;
    const Least least = least_choices(outcome, options, body, most_runs);
    if (least.choices.size() > most_printed) return;
    std::fprintf(stderr, "least: %zu of %zu choices: %s\n", least.choices.size(), count,
                 again(place, least.seed, least.choices).c_str());
}

// Whether this call is another than the one that is to be shown again; `options` are those of the one that is.
bool passed_over(const std::string& place, Options& options) {
    if (wanted.place.empty()) return false;
    if (wanted.place != place) return true;
    options.seed = wanted.seed;
    options.script = &wanted.choices;
    options.search = false;
    return false;
}

bool show_again(const Options& options, Scenario body) {
    const Outcome outcome = run_apart(options, body, Says::All);
    if (!outcome.well)
        std::fprintf(stderr, "shown again: point %llu: %s\n", static_cast<unsigned long long>(outcome.point),
                     outcome.failure.c_str());
    return outcome.well;
}

[[noreturn]] void be_apart(const Options& options, Scenario body, Says says) {
    // What it says is for people; the report of the process that waits is a document of its own.
    const int nothing = says == Says::Nothing ? open("/dev/null", O_WRONLY) : STDERR_FILENO;
    dup2(nothing, STDERR_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    for (int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGILL}) std::signal(signal, SIG_DFL);
    run(options, body);
    figures().schedules += 1;
    end_well();
}

std::string kind_of(const std::string& failure) {
    std::string kind;
    for (char letter : failure)
        if (letter < '0' || letter > '9') kind += letter;
    return kind;
}

void add(Figures& to, const Figures& run) {
    to.rests += run.rests;
    to.points += run.points;
    to.in_flight += run.in_flight;
    to.longest_flight = std::max(to.longest_flight, run.longest_flight);
    to.mutexes += run.mutexes;
    to.compared += run.compared;
    to.memories += run.memories;
    to.counted += run.counted;
}

// A property of snapshots that were never taken was not shown.
bool shown(const char* name, const Figures& all) {
    if (all.rests == 0) std::fprintf(stderr, "%s: nothing was ever at rest: no invariant was looked at\n", name);
    if (all.mutexes != 0 && all.compared == 0)
        std::fprintf(stderr, "%s: inheritance was never held against the model\n", name);
    if (all.memories != 0 && all.counted == 0) std::fprintf(stderr, "%s: the frames were never counted\n", name);
    if (all.compared != 0)
        std::fprintf(stderr, "%s: inheritance as the model has it; %llu snapshots\n", name,
                     static_cast<unsigned long long>(all.compared));
    if (all.counted != 0)
        std::fprintf(stderr, "%s: each frame is free or somebody's; %llu snapshots\n", name,
                     static_cast<unsigned long long>(all.counted));
    return all.rests != 0 && (all.mutexes == 0 || all.compared != 0) && (all.memories == 0 || all.counted != 0);
}

}  // namespace

bool Outcome::same_kind(const Outcome& other) const {
    return !well && !other.well && kind_of(failure) == kind_of(other.failure);
}

Outcome run_apart(Options options, Scenario body, Says says) {
    Report& of = report();
    of.figures = {};
    of.count = 0;
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) be_apart(options, body, says);
    int status = 1;
    waitpid(child, &status, 0);
    Outcome outcome;
    outcome.well = status == 0;
    outcome.failure = of.figures.failure;
    if (!outcome.well && outcome.failure.empty()) outcome.failure = "ended with status " + std::to_string(status);
    outcome.point = of.figures.points;
    outcome.broken = of.figures.broken;
    if (!outcome.well) outcome.choices.assign(of.choices, of.choices + std::min<usize>(of.count, Report::most_choices));
    return outcome;
}

Least least_choices(const Outcome& first, const Options& options, Scenario body, u32 runs) {
    Options scripted = options;
    scripted.search = false;
    // One that does not end is found out sooner where it must not last much longer than it has to.
    if (first.point > options.most_points) scripted.most_points = std::min<u64>(options.most_points, 200'000);
    Least least{options.seed, first.choices};
    const auto end = Clock::now() + most_time;
    // Where much is chosen, most of it only makes another run of what comes after it: look for one that is calmer.
    for (u32 calm : {1024u, 128u, 16u}) {
        if (options.search || options.script != nullptr || least.choices.size() < 50) break;
        for (u64 seed = options.seed; seed < options.seed + runs / 8 && Clock::now() < end; ++seed) {
            Options calmer = scripted;
            calmer.calm = calm;
            calmer.seed = seed;
            const Outcome outcome = run_apart(calmer, body, Says::Nothing);
            if (outcome.same_kind(first) && outcome.choices.size() < least.choices.size())
                least = {seed, outcome.choices};
        }
    }
    scripted.seed = least.seed;
    auto fails = [&](const std::vector<Choice>& choices) {
        if (Clock::now() > end) return false;
        scripted.script = &choices;
        return run_apart(scripted, body, Says::Nothing).same_kind(first);
    };
    if (fails(least.choices)) least.choices = least_of(least.choices, fails, runs);
    return least;
}

bool run_seeds(const char* name, u32 count, Options options, Scenario body, std::source_location where) {
    const std::string place = place_of(name, where);
    if (passed_over(place, options)) return true;
    if (options.script != nullptr) return show_again(options, body);
    Figures all;
    for (u64 n : fakes::Rounds{name, u64{count} * 1000}) {
        options.seed = wanted.seed != 0 ? wanted.seed : n + 1;
        const Outcome outcome = run_apart(options, body, Says::All);
        if (!outcome.well) {
            explain(place, outcome, options, body);
            return false;
        }
        add(all, figures());
        if (wanted.seed != 0) break;
    }
    if (at_rest != nullptr)
        std::fprintf(stderr, "%s: of %llu points %llu had something in flight, at most %llu in a row; %llu snapshots\n",
                     name, static_cast<unsigned long long>(all.points), static_cast<unsigned long long>(all.in_flight),
                     static_cast<unsigned long long>(all.longest_flight), static_cast<unsigned long long>(all.rests));
    return wanted.seed != 0 || shown(name, all);
}

bool search(const char* name, u32 most, Options options, Scenario body, std::source_location where) {
    const std::string place = place_of(name, where);
    if (passed_over(place, options)) return true;
    if (options.script != nullptr) return show_again(options, body);
    if (wanted.seed != 0) options.seed = wanted.seed;
    // A long run goes one choice further, as far as its minutes reach.
    const char* minutes = std::getenv("QUARTET_MINUTES");
    const u32 seconds = minutes != nullptr ? 60 * static_cast<u32>(std::atoi(minutes)) : 0;
    if (seconds != 0) ++most;
#if defined(__SANITIZE_ADDRESS__)
    // A copy of a process costs ten times as much here. The ring runs the whole search without the sanitizers.
    most = most > 1 ? 1 : most;
#endif
    options.search = true;
    options.most_deviations = most;
    options.most_seconds = seconds;
    const Outcome outcome = run_apart(options, body, Says::All);
    if (!outcome.well) {
        explain(place, outcome, options, body);
        return false;
    }
    const u64 schedules = figures().schedules;
    std::fprintf(stderr, "%s: at most %u forced choices at %llu points%s: %llu schedules\n", name, most,
                 static_cast<unsigned long long>(figures().search_points), figures().cut_off ? ", cut off by time" : "",
                 static_cast<unsigned long long>(schedules));
    // What never chose has searched nothing.
    return schedules > 1 && shown(name, figures());
}

bool want_replay(std::string_view text) {
    const auto first = text.find(':');
    const auto second = text.find(':', first + 1);
    if (first == 0 || first == std::string_view::npos || second == std::string_view::npos) return false;
    const auto [end, error] = std::from_chars(text.data() + first + 1, text.data() + second, wanted.seed);
    auto choices = choices_of(text.substr(second + 1));
    if (error != std::errc{} || end != text.data() + second || !choices) return false;
    wanted.place = text.substr(0, first);
    wanted.choices = std::move(*choices);
    return true;
}

}  // namespace quartet::sim
