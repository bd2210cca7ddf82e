// SPDX-License-Identifier: MIT
//
// What a run was, beside its seed: at which points of which core something else happened than usual. Usually a core
// goes on until it spins or sleeps, and then the next one does; an interrupt is taken as soon as it can be; time passes
// by a few counts a point; a weak exclusive pair succeeds. A point is known by its core and by how many that core had
// before, so that a choice which is left out moves no other one.

#pragma once

#include <base/types.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quartet::sim {

struct Choice {
    enum class Kind : u8 {
        GoOn,  // another core goes on: `to`
        Stay,  // where another core would have gone on
        Leap,  // time passes until the first timer is due
        Delay,  // an interrupt that could be taken is not, at this point
        Fail,  // the weak exclusive pair after this point fails
    };
    u32 at = 0;
    u8 core = 0;
    Kind kind = Kind::GoOn;
    u8 to = 0;
    bool operator==(const Choice&) const = default;
};

// `0.120>2,2.7-`: at its 120th point core 0 let core 2 go on, which left an interrupt alone at its 7th.
std::string text_of(std::span<const Choice> choices);
std::optional<std::vector<Choice>> choices_of(std::string_view text);

// What a run tells the process that started it, in memory that both have: it survives whatever ends the run.
struct Figures {
    static constexpr u32 most_text = 400;

    char failure[most_text] = {};
    u64 points = 0;
    u64 rests = 0;
    u64 in_flight = 0;  // points of cores that had something in flight: see invariants.hpp
    u64 longest_flight = 0;
    u32 broken = 0;  // the invariant that was, plus one (broken.hpp)
    u64 mutexes = 0;  // that are watched
    u64 compared = 0;  // snapshots at which inheritance was held against the model
    u64 memories = 0;  // that are watched
    u64 counted = 0;  // snapshots at which their frames were counted
    u64 schedules = 0;  // that a search has seen to their end
    bool cut_off = false;  // a search whose time was over
    u64 search_points = 0;  // of the usual schedule, where a search could choose
};
struct Report {
    static constexpr u32 most_choices = 1u << 20;

    Figures figures;
    u32 count = 0;  // of choices; those after the first `most_choices` are lost
    Choice choices[most_choices];
};
Report& report();
inline Figures& figures() { return report().figures; }

}  // namespace quartet::sim
