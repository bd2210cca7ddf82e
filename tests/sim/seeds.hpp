// SPDX-License-Identifier: MIT
//
// Running a scenario under many seeds, each in a process of its own, because the kernel's state is made once. What fails is
// run again with its choices alone, with fewer and fewer of them, as long as it fails in the same way; what is left
// is printed as a line that shows it again.

#pragma once

#include "choices.hpp"
#include "machine.hpp"

#include <source_location>

namespace quartet::sim {

using Scenario = void (*)();

// Whether all went well; a failure was printed with the arguments that show it again. A long run (fakes/effort.hpp)
// takes a thousand times as many seeds. With `--seed N` on the command line only that one runs.
bool run_seeds(const char* name, u32 count, Options options, Scenario body,
               std::source_location where = std::source_location::current());

// Every schedule of `body` in which, while `exploring`, at most `most` choices are not the usual ones. Prints how many
// that are. The seed decides nothing but what the scenario draws.
bool search(const char* name, u32 most, Options options, Scenario body,
            std::source_location where = std::source_location::current());

// One run, in a process of its own.
struct Outcome {
    bool well = false;
    std::string failure;  // what was wrong; or how the process ended
    u64 point = 0;  // where
    std::vector<Choice> choices;
    u32 broken = 0;  // the invariant that was, plus one
    // The same thing went wrong, whoever it happened to: numbers and names of numbered threads are left out.
    bool same_kind(const Outcome& other) const;
    bool operator==(const Outcome& other) const { return failure == other.failure && point == other.point; }
};
enum class Says : u8 { All, Nothing };
Outcome run_apart(Options options, Scenario body, Says says);

// What it takes to see a failure of the kind of `first` again: a seed and the fewest choices that were found in at most
// `most_runs` runs, among them runs that begin with fewer choices than `options` make.
struct Least {
    u64 seed = 0;
    std::vector<Choice> choices;
};
Least least_choices(const Outcome& first, const Options& options, Scenario body, u32 most_runs);

// Set by the command line.
struct Wanted {
    u64 seed = 0;  // 0: all
    std::string place;  // of the only `run_seeds` or `search` that runs; empty: all
    std::vector<Choice> choices;
};
extern Wanted wanted;
// `NAME@LINE:SEED:CHOICES`, as it is printed.
bool want_replay(std::string_view text);

}  // namespace quartet::sim

// In a scenario's body: the run fails, with its seed.
#define SIM_CHECK(...)                                                                                         \
    do {                                                                                                       \
        if (!(__VA_ARGS__))                                                                                    \
            ::quartet::sim::fail(std::string{"not so: " #__VA_ARGS__ " at line "} + std::to_string(__LINE__)); \
    } while (false)
