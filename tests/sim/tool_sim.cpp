// SPDX-License-Identifier: MIT
//
// The simulation's own tools on bugs that are planted in the scenario: they are found, shown again to the point, and said in
// a few choices; and each invariant of the machine sees what it is there for.

#include "../host/fake_ram.hpp"
#include "invariants.hpp"
#include "least.hpp"
#include "threads.hpp"

#include <kernel/thread/thread_records.hpp>
#include <kernel/wait/mutex.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

// --- A race

u32 shared = 0;

void count_up(ThreadContext&, void*) {
    for (int n = 0; n < 8; ++n) {
        const u32 seen = shared;
        arch::sim_point();
        shared = seen + 1;
    }
}

void two_count() {
    auto self = start_and_await_all();
    shared = 0;
    ThreadHandle one = must_spawn("one", default_priority, count_up, nullptr, 2);
    ThreadHandle two = must_spawn("two", default_priority, count_up, nullptr, 4);
    must_join(self, one);
    must_join(self, two);
    SIM_CHECK(shared == 16);
}

Outcome first_failure(Options options, Scenario body) {
    for (options.seed = 1; options.seed < 50; ++options.seed) {
        Outcome outcome = run_apart(options, body, Says::Nothing);
        if (!outcome.well) {
            outcome.point |= options.seed << 32;
            return outcome;
        }
    }
    return {.well = true, .failure = {}, .point = 0, .choices = {}, .broken = 0};
}

// --- A search

void two_count_once() {
    start_all(2);
    auto self = boot_context();
    while (cores[1].state.load(arch::Order::Acquire) != CoreState::Online) yield(self);
    static bool done = false;
    static bool begin = false;
    ThreadHandle other = must_spawn(
        "other", default_priority,
        [](ThreadContext&, void*) {
            while (!begin) arch::relax();
            const u32 seen = shared;
            arch::sim_point();
            shared = seen + 1;
            done = true;
        },
        nullptr, 2);
    exploring = true;
    begin = true;
    const u32 seen = shared;
    arch::sim_point();
    shared = seen + 1;
    while (!done) arch::relax();
    exploring = false;
    must_join(self, other);
    SIM_CHECK(shared == 2);
}

// A pair that may fail, by somebody who does not ask again.
void take_weak_for_strong() {
    start_all(1);
    arch::Atomic<u32> word{0};
    u32 seen = 0;
    exploring = true;
    const bool stored = word.compare_exchange_weak(seen, 1, arch::Order::Relaxed, arch::Order::Relaxed);
    exploring = false;
    SIM_CHECK(stored);
}

// An interrupt that is taken to have come at once.
void want_it_at_once() {
    start_all(1);
    exploring = true;
    machine[0].reschedule_pending = true;
    arch::sim_point();
    exploring = false;
    SIM_CHECK(!machine[0].reschedule_pending);
}

// --- What breaks each invariant

void on_one_core(const std::function<void(ThreadContext&)>& harm) {
    SIM_CHECK(start_priority_scheduler().has_value());
    auto self = boot_context();
    harm(self);
    for (int n = 0; n < 50; ++n) arch::sim_point();
}

ThreadHandle waiting_thread() {
    static Semaphore never{0};
    return must_spawn(
        "waits", default_priority + 1, [](ThreadContext& self, void*) { (void)never.take(self); }, nullptr);
}
ThreadHandle ready_thread() {
    return must_spawn("ready", default_priority - 1, [](ThreadContext&, void*) {}, nullptr);
}

void turn_time_back() {
    on_one_core([](ThreadContext&) { arch::sim_counter -= 100; });
}
void lose_a_ready_one() {
    on_one_core([](ThreadContext&) {
        arch::IrqsMasked masked;
        cores[0].queue.remove(*ready_thread().record());
    });
}
void lose_a_waiting_one() {
    on_one_core([](ThreadContext&) { waiting_thread().record()->waits_for = nullptr; });
}
void end_a_wait_and_no_more() {
    on_one_core([](ThreadContext&) {
        waiting_thread().record()->wait_result.store(WaitResult::Timeout, arch::Order::Relaxed);
    });
}
void forget_the_timer() {
    on_one_core([](ThreadContext&) {
        must_spawn(
            "sleeps", default_priority + 1, [](ThreadContext& self, void*) { sleep_for(self, microseconds(9)); },
            nullptr);
        arch::IrqsMasked masked;
        arch::timer_stop();
    });
}
void run_a_lower_one() {
    on_one_core([](ThreadContext&) {
        arch::IrqsMasked masked;
        Thread& thread = *ready_thread().record();
        cores[0].queue.remove(thread);
        thread.priority = thread.base_priority = highest_priority;
        cores[0].queue.add(thread);
    });
}
void lend_nothing() {
    on_one_core([](ThreadContext& self) {
        arch::IrqsMasked masked;
        Thread& thread = self.thread();
        cores[0].queue.remove(thread);
        thread.priority += 1;
        cores[0].queue.add(thread);
    });
}
void stay_masked() {
    on_one_core([](ThreadContext&) {
        arch::IrqsMasked masked;
        for (int n = 0; n < 5000; ++n) arch::sim_point();
    });
}
void give_without_waking() {
    static Semaphore semaphore{0};
    on_one_core([](ThreadContext&) {
        watch(semaphore);
        must_spawn(
            "takes", default_priority + 1, [](ThreadContext& self, void*) { (void)semaphore.take(self); }, nullptr);
        *reinterpret_cast<i32*>(&semaphore) = 1;  // the word is the first that it has
    });
}
void forget_to_inherit() {
    static Mutex mutex;
    on_one_core([](ThreadContext& self) {
        watch(mutex);
        SIM_CHECK(mutex.lock(self).has_value());
        auto want = [](ThreadContext& other, void*) { (void)mutex.lock(other); };
        Thread& thread = *must_spawn("wants", default_priority + 4, want, nullptr).record();
        // What it waits with changes, and nobody goes on to the owner.
        thread.base_priority = thread.priority = highest_priority;
    });
}
void wait_for_nobody() {
    on_one_core([](ThreadContext& self) {
        Semaphore never{0};
        arch::IrqsMasked masked;
        cores[0].tick_at = ~u64{0};
        arch::timer_stop();
        *arch::sim_irqs_masked = false;
        (void)never.take(self);
    });
}

void switch_in_the_future() {
    on_one_core([](ThreadContext&) {
        arch::IrqsMasked masked;
        cores[0].switched_at = arch::sim_counter + 1000;
    });
}
void run_on_two_cores() {
    start_all(2);
    auto self = boot_context();
    while (cores[1].state.load(arch::Order::Acquire) != CoreState::Online) yield(self);
    machine[1].thread = arch::sim_thread_pointer;
    arch::sim_point();
}
void run_on_a_stack_in_use() {
    on_one_core([](ThreadContext& self) {
        reinterpret_cast<Fiber*>(ready_thread().record()->context.sp)->active = true;
        sleep_for(self, microseconds(9));
    });
}
void never_end() {
    on_one_core([](ThreadContext&) {
        for (;;) arch::sim_point();
    });
}
void change_the_priority_alone() {
    on_one_core([](ThreadContext&) {
        arch::IrqsMasked masked;
        Thread& thread = *ready_thread().record();
        thread.priority = thread.base_priority -= 1;
    });
}
void break_a_ring() {
    on_one_core([](ThreadContext&) {
        arch::IrqsMasked masked;
        (void)ready_thread();
        Thread& second = *ready_thread().record();
        second.ring_previous = &second;
    });
}
void sleep_in_the_queue() {
    on_one_core([](ThreadContext&) { ready_thread().record()->state = ThreadState::Sleeping; });
}
void leave_the_queue_as(ThreadState state) {
    SIM_CHECK(start_priority_scheduler().has_value());
    {
        arch::IrqsMasked masked;
        Thread& thread = *ready_thread().record();
        cores[0].queue.remove(thread);
        thread.state = state;
    }
    for (int n = 0; n < 50; ++n) arch::sim_point();
}
void stay_between_cores() { leave_the_queue_as(ThreadState::Moving); }
void stand_still_though_resumed() { leave_the_queue_as(ThreadState::Suspended); }
void run_where_one_must_not() {
    on_one_core([](ThreadContext& self) { self.thread().affinity = 2; });
}
void run_out_of_turn() {
    on_one_core([](ThreadContext& self) {
        arch::IrqsMasked masked;
        must_spawn("equal", self.thread().priority, [](ThreadContext&, void*) {}, nullptr);
        (void)cores[0].queue.rotate(self.thread());
    });
}
void lose_a_stack() {
    on_one_core([](ThreadContext&) { (void)allocate_stack(default_stack_size); });
}

std::optional<fakes::FakeFrames> frames;
u64 held_frames = 0;
void lose_a_frame() {
    on_one_core([](ThreadContext&) {
        watch(frames.emplace(8_MiB).frames, held_frames);
        (void)frames->frames.allocate(0);
    });
}
void keep_a_frame() {
    on_one_core([](ThreadContext&) {
        watch(frames.emplace(8_MiB).frames, held_frames);
        AtWork at_work;
        held_frames = 1;
        (void)frames->frames.allocate(0);
    });
}

// What breaks it. No default: a new one does not compile without a scenario that does.
Scenario breaker_of(Invariant invariant) {
    switch (invariant) {
        case Invariant::TimeGoesOn: return turn_time_back;
        case Invariant::SwitchTimeIsPast: return switch_in_the_future;
        case Invariant::ThreadOnOneCore: return run_on_two_cores;
        case Invariant::StackOfOneCore: return run_on_a_stack_in_use;
        case Invariant::FlightEnds: return stay_masked;
        case Invariant::RunEnds: return never_end;
        case Invariant::SomebodyWakes: return wait_for_nobody;
        case Invariant::ReadyIsQueued: return lose_a_ready_one;
        case Invariant::QueuedByPriority: return change_the_priority_alone;
        case Invariant::RingIsWhole: return break_a_ring;
        case Invariant::OnlyReadyQueued: return sleep_in_the_queue;
        case Invariant::NobodyBetweenCores: return stay_between_cores;
        case Invariant::SuspendedMayNotRun: return stand_still_though_resumed;
        case Invariant::WakeUpArrives: return end_a_wait_and_no_more;
        case Invariant::WaiterIsFound: return lose_a_waiting_one;
        case Invariant::TimerIsSet: return forget_the_timer;
        case Invariant::NobodyWaitsForWhatIsThere: return give_without_waking;
        case Invariant::MostImportantRuns: return run_a_lower_one;
        case Invariant::RunsWhereItMay: return run_where_one_must_not;
        case Invariant::RunsInTurn: return run_out_of_turn;
        case Invariant::LentIsHad: return lend_nothing;
        case Invariant::ModelAgrees: return forget_to_inherit;
        case Invariant::StackIsSomebodys: return lose_a_stack;
        case Invariant::FrameIsSomebodys: return lose_a_frame;
        case Invariant::FramesCameBack: return keep_a_frame;
    }
    return nullptr;
}

}  // namespace

TEST_CASE("SIM01 a race is found, replays to the point, and is said in a few choices that show it again") {
    Options options;
    Outcome found = first_failure(options, two_count);
    REQUIRE(!found.well);
    options.seed = found.point >> 32;
    found.point &= 0xffff'ffff;
    CHECK(run_apart(options, two_count, Says::Nothing) == found);
    // By its choices alone.
    options.script = &found.choices;
    CHECK(run_apart(options, two_count, Says::Nothing) == found);
    options.script = nullptr;
    const Least least = least_choices(found, options, two_count, 1000);
    INFO(text_of(found.choices).size() << " -> " << text_of(least.choices));
    CHECK(least.choices.size() <= 3);
    CHECK(least.choices.size() >= 1);
    // Through the text, as a person takes it from a screen.
    const auto read = choices_of(text_of(least.choices));
    REQUIRE(read.has_value());
    options.seed = least.seed;
    options.script = &*read;
    const Outcome again = run_apart(options, two_count, Says::Nothing);
    CHECK(again.same_kind(found));
    CHECK(run_apart(options, two_count, Says::Nothing) == again);
    // Without any one of them it does not fail.
    for (usize n = 0; n < least.choices.size(); ++n) {
        auto fewer = least.choices;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(n));
        options.script = &fewer;
        CHECK(run_apart(options, two_count, Says::Nothing).well);
    }
}
TEST_CASE("SIM02 choices are read as they are written, and nothing else is") {
    const std::vector<Choice> choices{{120, 0, Choice::Kind::GoOn, 2},
                                      {7, 2, Choice::Kind::Delay, 0},
                                      {4'000'000'000, 3, Choice::Kind::Stay, 0},
                                      {1, 1, Choice::Kind::Leap, 0},
                                      {1, 1, Choice::Kind::Fail, 0}};
    CHECK(text_of(choices) == "0.120>2,2.7-,3.4000000000=,1.1+,1.1x");
    CHECK(choices_of(text_of(choices)) == choices);
    CHECK(choices_of("")->empty());
    for (const char* wrong :
         {"0", "0.", "0.1", "4.1=", "0.1>4", "0.1>", "0.1=,", ",0.1=", "0.1=0.2=", "0.1?", "a.1=", "0.99999999999="})
        CHECK(!choices_of(wrong).has_value());
}
TEST_CASE("SIM03 what is needed of a list is found, and nothing that is not") {
    std::vector<u32> list(1000);
    std::iota(list.begin(), list.end(), 0u);
    auto has = [](const std::vector<u32>& in, u32 value) { return std::find(in.begin(), in.end(), value) != in.end(); };
    auto fails = [&](const std::vector<u32>& in) { return has(in, 3) && has(in, 400) && has(in, 401) && has(in, 777); };
    CHECK(least_of(list, fails, 1000) == std::vector<u32>{3, 400, 401, 777});
    CHECK(least_of(list, [](const std::vector<u32>&) { return true; }, 10).empty());
    u32 runs = 0;
    CHECK(fails(least_of(list, [&](const std::vector<u32>& in) { return ++runs, fails(in); }, 20)));
    CHECK(runs <= 20);
}
TEST_CASE("SIM04 a search goes every way, finds the one switch that breaks a sum, and replays it") {
    Options options{.search = true, .most_deviations = 0};
    CHECK(run_apart(options, two_count_once, Says::Nothing).well);
    CHECK(figures().schedules == 1);
    options.most_deviations = 1;
    const Outcome found = run_apart(options, two_count_once, Says::Nothing);
    REQUIRE(!found.well);
    CHECK(found.choices.size() == 1);
    Options scripted{.script = &found.choices};
    CHECK(run_apart(scripted, two_count_once, Says::Nothing) == found);
}
TEST_CASE("SIM04 a search fails each weak pair and keeps each interrupt back, and replays it") {
    using Case = std::pair<Scenario, Choice::Kind>;
    for (auto [scenario, kind] :
         {Case{take_weak_for_strong, Choice::Kind::Fail}, Case{want_it_at_once, Choice::Kind::Delay}}) {
        Options options{.search = true, .most_deviations = 0};
        CHECK(run_apart(options, scenario, Says::Nothing).well);
        options.most_deviations = 2;
        const Outcome found = run_apart(options, scenario, Says::Nothing);
        REQUIRE(!found.well);
        REQUIRE(found.choices.size() == 1);
        CHECK(found.choices[0].kind == kind);
        Options scripted{.script = &found.choices};
        CHECK(run_apart(scripted, scenario, Says::Nothing) == found);
    }
}
TEST_CASE("SIM05 the machine sees each of its invariants broken") {
    for (u32 number = 0; number < invariant_count; ++number) {
        const Scenario scenario = breaker_of(static_cast<Invariant>(number));
        REQUIRE((scenario != nullptr));
        const Outcome outcome = run_apart({.most_points = 20'000}, scenario, Says::Nothing);
        INFO(number << ": " << outcome.failure);
        CHECK(outcome.broken == number + 1);
    }
}
