// SPDX-License-Identifier: MIT

#include "chooser.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <bit>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>

namespace quartet::sim {
namespace {

using Kind = Choice::Kind;
using Clock = std::chrono::steady_clock;

constexpr u32 longest_hold = 400;  // points: several switches, pulls and hand-overs of another core
constexpr u32 longest_row = 4000;  // points of one core after which another one goes on, as a scenario may poll

Options options;
u64 random_state = 1;
u64 asked = 0;  // points, of all cores
u64 held_until[max_cores];
u32 row_core = 0;
u32 row = 0;
std::unordered_map<u32, u64> drawn;
u32 written = 0;  // choices of this process and of those that it was copied from
u32 deviations = 0;
std::vector<Choice> script[max_cores];
usize script_at[max_cores];

u64 next_random() {
    // xorshift64*: small, and the same on every host.
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 0x2545'f491'4f6c'dd1d;
}

u32 random_below(u32 limit) { return static_cast<u32>((next_random() >> 33) % limit); }

// splitmix64's last step: no two of the numbers that are mixed here come out alike.
u64 mix(u64 value) {
    value = (value ^ (value >> 30)) * 0xbf58'476d'1ce4'e5b9;
    value = (value ^ (value >> 27)) * 0x94d0'49bb'1331'11eb;
    return value ^ (value >> 31);
}

void write_down(const Choice& choice) {
    Report& to = report();
    if (written < Report::most_choices) to.choices[written] = choice;
    to.count = ++written;
}

const Choice* find(u32 core, u32 at, Kind first, Kind second) {
    const std::vector<Choice>& list = script[core];
    usize& begin = script_at[core];
    while (begin < list.size() && list[begin].at < at) ++begin;
    for (usize n = begin; n < list.size() && list[n].at == at; ++n)
        if (list[n].kind == first || list[n].kind == second) return &list[n];
    return nullptr;
}

u32 next_after(u32 core, u32 others) {
    for (u32 n = 1; n < max_cores; ++n)
        if (u32 next = (core + n) % max_cores; (others & (1u << next)) != 0) return next;
    return core;
}

u32 usual_core(const Point& point) {
    if (point.place == Place::Spin || point.place == Place::Sleep || row >= longest_row)
        return next_after(point.core, point.others);
    return point.core;
}

u32 one_of(u32 cores) {
    for (u32 skip = random_below(static_cast<u32>(std::popcount(cores))); skip > 0; --skip) cores &= cores - 1;
    return static_cast<u32>(std::countr_zero(cores));
}

// One in `hold_one_in` holds this core for so long that others do a whole piece of work meanwhile.
u32 random_core(const Point& point, u32 usual) {
    u32 free = point.others;
    for (u32 n = 0; n < max_cores; ++n)
        if (held_until[n] > asked) free &= ~(1u << n);
    if (point.place == Place::Sleep) {
        if (free == 0) {
            for (u64& until : held_until) until = 0;
            free = point.others;
        }
        return one_of(free);
    }
    bool held = random_below((point.place == Place::Halves ? 4 : options.hold_one_in) * options.calm) == 0;
    if (held) held_until[point.core] = asked + random_below(longest_hold);
    bool change = held || random_below(options.switch_one_in * options.calm) == 0;
    if (change && free != 0) return one_of(free);
    return point.place == Place::Spin && (free & (1u << usual)) != 0 ? usual : point.core;
}

u32 written_core(const Point& point, u32 usual) {
    const Choice* choice = find(point.core, point.at, Kind::GoOn, Kind::Stay);
    if (choice == nullptr) return usual;
    const u32 to = choice->kind == Kind::Stay ? point.core : choice->to;
    const bool able = to == point.core ? point.place != Place::Sleep : (point.others & (1u << to)) != 0;
    return able ? to : usual;
}

// Both ways: this process goes on as usual once a copy of it has seen everything that begins with `choice`.
bool try_in_a_copy(const Choice& choice, u32 cost = 1) {
    std::fflush(nullptr);
    const pid_t copy = fork();
    if (copy == 0) {
        deviations += cost;
        write_down(choice);
        return true;
    }
    int status = 1;
    waitpid(copy, &status, 0);
    if (status != 0) std::_Exit(1);  // it failed, and its choices are in the report
    report().count = written;
    return false;
}

// What is left out then is said by the count of a search that did not end.
bool out_of_time() {
    if (options.most_seconds == 0) return false;
    static const auto end = Clock::now() + std::chrono::seconds{options.most_seconds};
    if (Clock::now() < end) return false;
    figures().cut_off = true;
    return true;
}

bool may_branch() {
    if (!options.search || !exploring || out_of_time()) return false;
    return deviations < options.most_deviations && (worth_exploring == nullptr || worth_exploring());
}

// Beside no other choice, for the time that it takes: a pair that fails is gone through again, and an interrupt comes a point
// later.
bool try_alone(const Choice& choice) {
    return may_branch() && deviations == 0 && try_in_a_copy(choice, options.most_deviations);
}

}  // namespace

bool exploring = false;
bool (*worth_exploring)() = nullptr;

void start_choosing(const Options& wanted) {
    options = wanted;
    random_state = wanted.seed * 0x9e37'79b9'7f4a'7c15 + 1;
    if (options.script == nullptr) return;
    for (const Choice& choice : *options.script) script[choice.core].push_back(choice);
}

u32 choose_core(const Point& point) {
    ++asked;
    row = row_core == point.core ? row + 1 : 0;
    row_core = point.core;
    const u32 usual = usual_core(point);
    u32 core = usual;
    if (options.script == nullptr && !options.search) core = random_core(point, usual);
    else core = written_core(point, usual);
    if (exploring) figures().search_points += deviations == 0 ? 1u : 0u;
    if (may_branch() && point.place != Place::Spin && point.place != Place::Sleep) {
        for (u32 to = 0; to < max_cores; ++to) {
            if (to == core || (point.others & (1u << to)) == 0) continue;
            if (try_in_a_copy({point.at, static_cast<u8>(point.core), Kind::GoOn, static_cast<u8>(to)})) return to;
        }
        return core;
    }
    if (core != usual)
        write_down({point.at, static_cast<u8>(point.core), core == point.core ? Kind::Stay : Kind::GoOn,
                    static_cast<u8>(core == point.core ? 0 : core)});
    return core;
}

bool choose_leap(const Point& point) {
    const Choice choice{point.at, static_cast<u8>(point.core), Kind::Leap, 0};
    bool leap = false;
    if (options.search) return may_branch() && point.place == Place::Step && try_in_a_copy(choice);
    if (options.script != nullptr) leap = find(point.core, point.at, Kind::Leap, Kind::Leap) != nullptr;
    else leap = options.leap_one_in != 0 && random_below(options.leap_one_in) == 0;
    if (leap) write_down(choice);
    return leap;
}

bool choose_delay(u32 core, u32 at) {
    if (options.search) return try_alone({at, static_cast<u8>(core), Kind::Delay, 0});
    const bool delay = options.script != nullptr ? find(core, at, Kind::Delay, Kind::Delay) != nullptr
                                                 : random_below(2 * options.calm) == 0;
    if (delay) write_down({at, static_cast<u8>(core), Kind::Delay, 0});
    return delay;
}

bool choose_failure(u32 core, u32 at) {
    if (options.search) return try_alone({at, static_cast<u8>(core), Kind::Fail, 0});
    const bool failure = options.script != nullptr ? find(core, at, Kind::Fail, Kind::Fail) != nullptr
                                                   : random_below(16 * options.calm) == 0;
    if (failure) write_down({at, static_cast<u8>(core), Kind::Fail, 0});
    return failure;
}

u32 draw(u32 who, u32 limit) {
    const u64 number = ++drawn[who];
    return static_cast<u32>((mix(options.seed * 0x9e37'79b9'7f4a'7c15 + (u64{who} << 40) + number) >> 33) % limit);
}

u64 time_step(u32 core, u32 at) { return mix((options.seed << 34) + (u64{core} << 32) + at) & 7; }

}  // namespace quartet::sim
