// SPDX-License-Identifier: MIT
//
// What holds whatever the chooser does, in every scenario: the machine looks at each point of each core.
//
// At every point: time does not go back, no thread is on two cores, and no core has something in flight for longer than
// a bound. In flight is what others cannot see yet: a reschedule that was asked for and not carried out, a run queue's
// lock, a masked stretch. Counted in points of that core, because it is the core's own work.
// At every point at which nothing is in flight anywhere (a rest): no thread is lost, whoever is ready stands in one
// run queue, whoever waits has somebody or a timer who can end that and none who has ended it without waking him, the
// most important threads run (SMP02), each thread's priority is its base or the best that is lent to it, and each stack
// that was given out is some thread's.
//
// What a scenario names besides is held against what the object itself says, and inheritance against a model that
// knows owners, waiters and base priorities alone.

#pragma once

#include "broken.hpp"
#include "machine_state.hpp"

#include <kernel/wait/message_queue.hpp>
#include <kernel/wait/mutex.hpp>
#include <kernel/wait/semaphore.hpp>
#include <mm/frames.hpp>

#include <functional>

namespace quartet::sim {

void check_step(SimCore& self, u64 longest_flight);
bool nothing_in_flight();
void check_rest();
// A scenario is over. What it watched is whole again.
void check_end();

// While one of them is there nobody waits for it.
void watch(const kernel::Semaphore& semaphore);
// Nobody waits for `object` while `free()`.
void watch_object(const void* object, usize size, std::function<bool()> free, const char* what);
// Nobody waits while there are items and room.
template <typename T, usize N>
void watch(kernel::MessageQueue<T, N>& queue) {
    auto free = [&] { return queue.size() > 0 && queue.size() < queue.capacity(); };
    watch_object(&queue, sizeof queue, free, "a queue with items and room");
}
// Each owner's priority is that of the model, whenever nobody is at work on it.
void watch(const kernel::Mutex& mutex);

// Each frame is free, in a slab of some cache, or one of those that the scenario says it holds; whenever nobody is at work
// on them, because who has just been given one has not said so yet. At the scenario's end all are free.
void watch(const mm::FrameAllocator& frames, const u64& held);

// The calling thread changes who owns what, who waits, what base somebody has or who holds frames: until the end of this,
// models are compared only while the thread is blocked, because then the next step is another's.
class [[nodiscard]] AtWork {
public:
    AtWork();
    ~AtWork();
    AtWork(const AtWork&) = delete;
    AtWork& operator=(const AtWork&) = delete;

private:
    const kernel::Thread* thread_;
};
// Whether nobody is.
bool nobody_at_work();

}  // namespace quartet::sim
