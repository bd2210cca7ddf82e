// SPDX-License-Identifier: MIT
//
// The order in which locks nest: a core may take a lock only if its rank is lower than every rank
// it holds. Two locks of one rank are taken by `LockPair` alone, in the order of their numbers.

#pragma once

#include <base/types.hpp>

#include <string_view>

namespace quartet::sync {

enum class LockRank : u8 {
    Console = 1,   // innermost: anything may log
    RunQueue,      // waking a thread is legal under every lock above
    TimerQueue,
    WaitQueue,     // of mutexes, semaphores and the like: wakes threads
    Frames,
    Heap,          // slab caches; take frames under it
    KernelMap,     // page tables and stack slots; take frames under it
    Threads,       // the list of all threads
    IrqTable,
};

constexpr std::string_view name_of(LockRank rank) {
    switch (rank) {
        case LockRank::Console: return "Console";
        case LockRank::RunQueue: return "RunQueue";
        case LockRank::TimerQueue: return "TimerQueue";
        case LockRank::WaitQueue: return "WaitQueue";
        case LockRank::Frames: return "Frames";
        case LockRank::Heap: return "Heap";
        case LockRank::KernelMap: return "KernelMap";
        case LockRank::Threads: return "Threads";
        case LockRank::IrqTable: return "IrqTable";
    }
    return "unknown";
}

// How many ranks there are: they are numbered from 1 without a gap, and each has a name.
inline constexpr u32 lock_ranks = [] {
    u32 count = 0;
    while (name_of(static_cast<LockRank>(count + 1)) != "unknown") ++count;
    return count;
}();
static_assert(lock_ranks == static_cast<u32>(LockRank::IrqTable), "the highest rank is numbered as they are counted");

}  // namespace quartet::sync
