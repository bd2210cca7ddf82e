// SPDX-License-Identifier: MIT
//
// Self-tests that run on the target, in the image that people run: a test is a constant in the linker
// section `.selftest`, so that adding a file adds its tests and nothing has to be listed. The tests and
// their macros live in tests/kernel/; here is only what the shell needs to run them, and it works without a heap.
// An image that links no test has an empty section, and `run_selftests` says so with `0 passed`.

#pragma once

#include <arch/atomic.hpp>
#include <arch/counter.hpp>
#include <base/types.hpp>

#include <span>
#include <string_view>
#include <type_traits>

namespace quartet::kernel {

class SelfTestRun;

// One test: the id of its line in the list of behaviours, and the property that it shows.
struct SelfTest {
    std::string_view id;
    std::string_view name;
    void (*body)(SelfTestRun&);
};

// Where result lines go, without their line end. Context: the thread that called `run_selftests`.
struct SelfTestSink {
    void (*line)(void* argument, std::string_view text);
    void* argument;
};

// How much a test does. Loops that are written with their full count run a thousandth of it; with
// `per_mille = 1000` they run whole, but each for at most `limit_counts` of the counter (0: no limit).
struct SelfTestEffort {
    u32 per_mille = 1;
    u64 limit_counts = 0;
};

struct SelfTestTotals {
    u32 passed = 0;
    u32 failed = 0;
    u32 skipped = 0;
    constexpr u32 all() const { return passed + failed + skipped; }
};

// The numbers 0, 1, … of a scaled loop: `for (u64 n : run.rounds(1'000'000))`.
class SelfTestRounds {
public:
    struct End {};
    class Iterator {
    public:
        explicit Iterator(SelfTestRounds& rounds) : rounds_(rounds) {}
        u64 operator*() const { return rounds_.done_; }
        Iterator& operator++() {
            rounds_.done_ += 1;
            return *this;
        }
        bool operator!=(End) const { return rounds_.more(); }

    private:
        SelfTestRounds& rounds_;
    };

    SelfTestRounds(u64 rounds, u64 limit_counts, u64& reached)
        : rounds_(rounds), limit_(limit_counts), begin_(limit_counts != 0 ? arch::counter() : 0), reached_(reached) {}
    ~SelfTestRounds() { reached_ += done_; }
    SelfTestRounds(const SelfTestRounds&) = delete;
    SelfTestRounds& operator=(const SelfTestRounds&) = delete;

    Iterator begin() { return Iterator{*this}; }
    End end() const { return {}; }

private:
    bool more() const {
        if (done_ >= rounds_) return false;
        return limit_ == 0 || (done_ & 63) != 0 || arch::counter() - begin_ < limit_;
    }

    u64 rounds_;
    u64 limit_;
    u64 begin_;
    u64& reached_;
    u64 done_ = 0;
};

// What a test's body talks to. The first failure is kept, whichever thread or core finds it: the rest of
// the body runs on, so that threads are joined and memory is given back.
class SelfTestRun {
public:
    explicit SelfTestRun(SelfTestEffort effort) : effort_(effort) {}
    SelfTestRun(const SelfTestRun&) = delete;
    SelfTestRun& operator=(const SelfTestRun&) = delete;

    // Context: any. `file` and `what` live for ever.
    void fail(const char* file, u32 line, const char* what) noexcept { record(file, line, what, false, 0, 0); }
    void fail_equal(const char* file, u32 line, const char* what, u64 left, u64 right) noexcept {
        record(file, line, what, true, left, right);
    }

    // The test cannot be made here: `why` lives for ever. Context: the body's thread.
    void skip(const char* why) noexcept { skipped_ = why; }

    // `full` scaled by the effort, at least 1: for counts that are handed to other threads.
    u64 scaled(u64 full) const {
        u64 rounds = full / 1000 * effort_.per_mille + full % 1000 * effort_.per_mille / 1000;
        return rounds != 0 ? rounds : 1;
    }
    // The same as a loop. Context: the body's thread.
    SelfTestRounds rounds(u64 full) {
        wanted_ += full;
        return SelfTestRounds{scaled(full), effort_.limit_counts, reached_};
    }

    // Acquire pairs with the release in `record`: the details are written before.
    bool failed() const noexcept { return state_.load(arch::Order::Acquire) == recorded; }

private:
    friend class SelfTestRunner;

    static constexpr u32 clean = 0;
    static constexpr u32 writing = 1;
    static constexpr u32 recorded = 2;

    void record(const char* file, u32 line, const char* what, bool values, u64 left, u64 right) noexcept;

    SelfTestEffort effort_;
    arch::Atomic<u32> state_{clean};
    const char* file_ = nullptr;
    const char* what_ = nullptr;
    const char* skipped_ = nullptr;
    u32 line_ = 0;
    bool values_ = false;
    u64 left_ = 0;
    u64 right_ = 0;
    u64 wanted_ = 0;   // rounds as written in the test
    u64 reached_ = 0;  // rounds that ran
};

// Runs those of `tests` whose id begins with `filter` (all where it is empty), in the order given. A line each:
//   selftest ID NAME: pass
//   selftest ID NAME: fail FILE:LINE WHAT
//   selftest ID NAME: skip WHY
// and after a loop at full effort `selftest ID NAME: N of M rounds` before it. The last line is
//   selftest: N passed, N failed, N skipped
// Context: a thread with a stack of at least 16 KiB. Errors: none; a filter that fits nothing gives totals of 0.
SelfTestTotals run_selftests(std::span<const SelfTest> tests, std::string_view filter, SelfTestEffort effort,
                             SelfTestSink sink);

// All tests of this image, from its linker section, in link order (by file name).
std::span<const SelfTest> registered_selftests();

// What the shell's `selftest [ID]` calls.
SelfTestTotals run_selftests(std::string_view filter, SelfTestSink sink, SelfTestEffort effort = {});

}  // namespace quartet::kernel
