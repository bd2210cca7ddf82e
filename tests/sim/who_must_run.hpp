// SPDX-License-Identifier: MIT
//
// The simple model that the scheduler is held against: at rest, nobody waits who may run on a core that runs
// something less important.

#pragma once

#include "broken.hpp"
#include "seeds.hpp"

#include <kernel/sched/core.hpp>
#include <kernel/thread/thread_records.hpp>

#include <string>

namespace quartet::sim {

inline std::string levels() {
    std::string text;
    for (const kernel::Core& core : kernel::cores) {
        text += std::to_string(core.running.load(arch::Order::Relaxed)) + "/" +
                std::to_string(core.waiting.load(arch::Order::Relaxed)) +
                ((core.duties & kernel::rebalance_duty) != 0 ? "! " : " ");
    }
    return text;
}

inline void check_who_runs() {
    using namespace kernel;
    for (Thread* thread = first_record(); thread != nullptr; thread = thread->next_record.load(arch::Order::Relaxed)) {
        if (thread->idle || thread->state != ThreadState::Ready) continue;
        Core* home = thread->core.load(arch::Order::Relaxed);
        // Placed under a section without preemption, it waits until the section's end.
        if (home == nullptr || home->state.load(arch::Order::Relaxed) != CoreState::Online) continue;
        if (home->current == thread || home->current->preempt_disabled != 0) continue;
        for (Core& core : cores) {
            if (core.state.load(arch::Order::Relaxed) != CoreState::Online) continue;
            if ((thread->affinity & (1u << core.id)) == 0) continue;
            const Thread& other = *core.current;
            // It keeps its core, and with it whoever may run there alone, until it enables preemption again.
            if (other.preempt_disabled != 0) continue;
            if (other.idle || other.priority < thread->priority)
                broken(Invariant::MostImportantRuns,
                       std::string{thread->name} + " (" + std::to_string(thread->priority) + ") waits on core " +
                           std::to_string(home->id) + " while core " + std::to_string(core.id) + " runs " + other.name +
                           " (" + std::to_string(other.priority) + "); published " + levels());
        }
    }
    for (Core& core : cores) {
        if (core.state.load(arch::Order::Relaxed) != CoreState::Online) continue;
        const Thread& thread = *core.current;
        if (thread.preempt_disabled == 0 && (thread.affinity & (1u << core.id)) == 0)
            broken(Invariant::RunsWhereItMay,
                   std::string{thread.name} + " runs on core " + std::to_string(core.id) + ", where it must not");
        if (thread.idle || thread.preempt_disabled != 0) continue;
        if (core.queue.best() != &thread) broken(Invariant::RunsInTurn, std::string{thread.name} + " runs out of turn");
    }
}

}  // namespace quartet::sim
