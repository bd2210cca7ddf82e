// SPDX-License-Identifier: MIT
//
// The order in which locks nest: a core may take a lock only if its rank is lower than every rank
// it holds. Two locks of one rank are taken by `LockPair` alone, in the order of their numbers.

#pragma once

#include <base/types.hpp>

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

}  // namespace quartet::sync
