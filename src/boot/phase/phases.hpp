// SPDX-License-Identifier: MIT
//
// The phases of the start-up, in their order; boot.cpp is the list. Each takes the tokens of what it
// builds on, says what becomes legal, and lives in a file of its own.

#pragma once

#include <boot/phase/token.hpp>

namespace quartet::boot::phase {

// The running flow has a thread record: `current_thread()` and spin locks are legal.
struct Flow {
    static Done<Flow> run();
};

// The device tree is read and checked once, into `the_description` (described.hpp).
struct Describe {
    static Done<Describe> run(const Done<Flow>&);
};

// Counts can be told in seconds: time-outs and time stamps are right.
struct Clock {
    static Done<Clock> run(const Done<Describe>&);
};

// What is logged reaches the wire, by polling. The report begins.
struct Console {
    static Done<Console> run(const Done<Describe>&, const Done<Clock>&);
};

// Memory can be allocated, and not given back.
struct Bump {
    static Done<Bump> run(const Done<Describe>&, const Done<Console>&);
};

// More than one thread exists, in turn, on this core.
struct BootScheduler {
    static Done<BootScheduler> run(const Done<Bump>&);
};

// All RAM is mapped; frames, slab caches and the heap give and take back.
struct Heap {
    static Done<Heap> run(const Done<Describe>&, const Done<Bump>&, const Done<BootScheduler>&);
};

// Handlers can be attached; this core takes interrupts as soon as it unmasks them.
struct Interrupts {
    static Done<Interrupts> run(const Done<Describe>&, const Done<Heap>&);
};

// Priorities, preemption, sleep: the boot threads are moved over. The tick runs.
struct Scheduler {
    static Done<Scheduler> run(const Done<Clock>&, const Done<Heap>&, const Done<Interrupts>&);
};

// The other cores run threads, or are reported.
struct Secondaries {
    static Done<Secondaries> run(const Done<Describe>&, const Done<Scheduler>&);
};

// What is marked as written by the start-up alone (`.bss.sealed`) is read-only in every view, what only the start-up
// ran is free memory.
struct Seal {
    static Done<Seal> run(const Done<Secondaries>&);
};

// The report is on the wire, the first application thread runs; this flow ends.
struct Application {
    [[noreturn]] static void run(const Done<Describe>&, const Done<Console>&, const Done<Seal>&);
};

}  // namespace quartet::boot::phase
