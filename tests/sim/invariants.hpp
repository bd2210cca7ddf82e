// SPDX-License-Identifier: MIT
//
// What holds whatever the chooser does, in every scenario: the machine looks at each point of each core.
//
// At every point: time does not go back, no thread is on two cores, and no core has something in flight for longer than
// a bound. In flight is what others cannot see yet: a reschedule that was asked for and not carried out, a run queue's
// lock, a masked stretch. Counted in points of that core, because it is the core's own work.
// At every point at which nothing is in flight anywhere (a rest): no thread is lost, whoever is ready stands in one
// run queue, whoever waits has somebody or a timer who can end that and none who has ended it without waking him, the
// most important threads run (SMP02), and each thread's priority is its base or the best that is lent to it.
//
// What a scenario names besides is held against what the object itself says, and inheritance against a model that
// knows owners, waiters and base priorities alone.

#pragma once

#include "machine_state.hpp"

#include <kernel/wait/message_queue.hpp>
#include <kernel/wait/mutex.hpp>
#include <kernel/wait/semaphore.hpp>

#include <functional>

namespace quartet::sim {

void check_step(SimCore& self, u64 longest_flight);
bool nothing_in_flight();
void check_rest();

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

// The calling thread changes who owns what, who waits or what base somebody has: until the end of this, the model is
// compared only while the thread is blocked, because then the next step is another's.
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
