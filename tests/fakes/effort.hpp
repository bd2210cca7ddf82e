// SPDX-License-Identifier: MIT
//
// How long a loop of this machine's tests is. It is written with its full count and runs a thousandth of it; under
// `test.sh --minutes N` it runs whole, for at most so long, and says on stderr how far it came (doctest_lines.py shows
// that). The twin on the target is kernel::SelfTestRun.

#pragma once

#include <base/types.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace quartet::fakes {

class Rounds {
    using Clock = std::chrono::steady_clock;

public:
    struct End {};
    class Iterator {
    public:
        explicit Iterator(Rounds& rounds) : rounds_(rounds) {}
        u64 operator*() const { return rounds_.done_; }
        Iterator& operator++() {
            rounds_.done_ += 1;
            return *this;
        }
        bool operator!=(End) const { return rounds_.more(); }

    private:
        Rounds& rounds_;
    };

    // `name` begins with the behaviour's id.
    Rounds(const char* name, u64 full) : name_(name), full_(full) {
        const char* minutes = std::getenv("QUARTET_MINUTES");
        minutes_ = minutes != nullptr ? std::atoi(minutes) : 0;
        wanted_ = minutes_ > 0 ? full : (full + 999) / 1000;
        end_ = Clock::now() + std::chrono::minutes{minutes_};
    }
    ~Rounds() {
        if (minutes_ > 0)
            std::fprintf(stderr, "%s: %llu of %llu rounds\n", name_, static_cast<unsigned long long>(done_),
                         static_cast<unsigned long long>(full_));
    }
    Rounds(const Rounds&) = delete;
    Rounds& operator=(const Rounds&) = delete;

    Iterator begin() { return Iterator{*this}; }
    static End end() { return {}; }

private:
    bool more() const { return done_ < wanted_ && (minutes_ == 0 || Clock::now() < end_); }

    const char* name_;
    u64 full_;
    u64 wanted_ = 0;
    u64 done_ = 0;
    int minutes_ = 0;
    Clock::time_point end_;
};

}  // namespace quartet::fakes
