// SPDX-License-Identifier: MIT
//
// What must hold whatever the chooser does, one name for each thing that the machine says when it does not. SIM05 goes
// through the list and breaks each.

#pragma once

#include <base/types.hpp>

#include <string>

namespace quartet::sim {

enum class Invariant : u8 {
    // At every point
    TimeGoesOn,
    SwitchTimeIsPast,
    ThreadOnOneCore,
    StackOfOneCore,
    FlightEnds,
    RunEnds,
    SomebodyWakes,
    // At every rest: no thread is lost
    ReadyIsQueued,
    QueuedByPriority,
    RingIsWhole,
    OnlyReadyQueued,
    NobodyBetweenCores,
    SuspendedMayNotRun,
    // No wake-up is
    WakeUpArrives,
    WaiterIsFound,
    TimerIsSet,
    NobodyWaitsForWhatIsThere,
    // Who should run does
    MostImportantRuns,
    RunsWhereItMay,
    RunsInTurn,
    // Priorities
    LentIsHad,
    ModelAgrees,
    // Memory
    StackIsSomebodys,
    FrameIsSomebodys,
    // At a scenario's end
    FramesCameBack,
};
inline constexpr u32 invariant_count = static_cast<u32>(Invariant::FramesCameBack) + 1;

// The run fails, and whoever waits for its process learns by what.
[[noreturn]] void broken(Invariant what, const std::string& words);

}  // namespace quartet::sim
