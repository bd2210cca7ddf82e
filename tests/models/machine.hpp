// SPDX-License-Identifier: MIT
//
// The whole kernel in a model: the scheduler's own sources on cores that relacy plays, each with its idle thread. A suite
// that needs threads derives from `OnMachine`, starts them in `before`, and has no `core` of its own:
//
//     struct Passed : OnMachine<Passed> {
//         static constexpr u32 cores = 2;
//         void before() {
//             start();
//             thread<&Passed::give>(0);
//             thread<&Passed::take>(1);
//         }
//
// All of that, up to the first line of each thread, happens before cores take turns. A run ends when every thread has
// ended; where that does not come, because a wake-up was lost, it is too long and refuted as a livelock.

#pragma once

#include "engine.hpp"

#include <kernel/thread/thread_context.hpp>

namespace quartet::model {

inline constexpr u8 usual_priority = 16;

namespace machine {

enum class Interrupts : u8 { Software, Controller };

void start(u32 cores, Interrupts interrupts);
// `entry(self, argument)` on core `core` alone, or on any of `mask`.
void thread(u32 mask, u8 priority, void (*entry)(kernel::ThreadContext&, void*), void* argument);
// Each thread up to its first line. `before` ends with it.
void begin_threads();
void run_core(u32 number);
void forget_records();
// The next record that is asked for is refused: there is no memory.
void refuse_a_record();
// When the interrupt came that this core is at, as the counter then was.
u64 interrupt_began();

}  // namespace machine

template <typename Suite>
class OnMachine {
public:
    void core(u32 number) { machine::run_core(number); }

protected:
    void start(machine::Interrupts interrupts = machine::Interrupts::Software) {
        machine::start(Suite::cores, interrupts);
    }
    template <auto Member>
    void thread(u32 core, u8 priority = usual_priority) {
        movable_thread<Member>(1u << core, priority);
    }
    template <auto Member>
    void movable_thread(u32 mask, u8 priority = usual_priority) {
        machine::thread(
            mask, priority,
            [](kernel::ThreadContext& self, void* suite) { (static_cast<Suite*>(suite)->*Member)(self); },
            static_cast<Suite*>(this));
    }
};

}  // namespace quartet::model
