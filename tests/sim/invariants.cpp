// SPDX-License-Identifier: MIT

#include "invariants.hpp"

#include "choices.hpp"
#include "who_must_run.hpp"

#include <kernel/time/timer_node.hpp>
#include <kernel/wait/inheritance.hpp>
#include <mm/cache.hpp>
#include <mm/magazine.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace quartet::sim {
namespace {

using namespace kernel;
using Order = arch::Order;

u64 last_counter = 0;

struct Watched {
    const void* object;
    usize size;
    std::function<bool()> free;  // nobody may wait for it now
    const char* what;
};
std::vector<Watched> watched;
std::vector<const Mutex*> mutexes;
struct Memory {
    const mm::FrameAllocator* frames;
    const u64* held;
};
std::vector<Memory> memories;
std::vector<const Thread*> workers;

template <typename Visit>
void for_each_record(Visit visit) {
    for (Thread* at = first_record(); at != nullptr; at = at->next_record.load(Order::Relaxed)) visit(*at);
}

[[noreturn]] void fail_for(Invariant invariant, const Thread& thread, const std::string& what) {
    broken(invariant, std::string{thread.name} + " (" + std::string{words(thread.state)} + ", priority " +
                          std::to_string(thread.priority) + ") " + what);
}

bool ended(const Thread& thread) { return thread.state == ThreadState::Dead || thread.state == ThreadState::Free; }
bool stopped(const Thread& thread) {
    return thread.state == ThreadState::Blocked || thread.state == ThreadState::Sleeping;
}
bool waits(const Thread& thread) {
    return stopped(thread) && thread.wait_result.load(Order::Relaxed) == WaitResult::Waiting;
}

// --- No thread is lost

// It is found from its core's ring, where its neighbours know it.
void check_queued(const Thread& thread) {
    const Core& home = *thread.core.load(Order::Relaxed);
    const Thread* next = thread.ring_next.load(Order::Relaxed);
    if (next == nullptr) fail_for(Invariant::ReadyIsQueued, thread, "is in no run queue");
    const Thread* head = home.queue.head(thread.priority);
    const Thread* at = head;
    for (u32 steps = 0; at != nullptr && at != &thread && steps < 1000; ++steps) {
        at = at->ring_next.load(Order::Relaxed);
        if (at == head) break;
    }
    if (at != &thread)
        fail_for(Invariant::QueuedByPriority, thread,
                 "is not in the ring of its priority on core " + std::to_string(home.id));
    if (next->ring_previous != &thread || next->priority != thread.priority || next->core.load(Order::Relaxed) != &home)
        fail_for(Invariant::RingIsWhole, thread, "stands in a ring with somebody who does not belong there");
}

bool is_joining(const Thread& thread) {
    bool found = false;
    for_each_record([&](const Thread& other) { found |= other.joiner == &thread && !other.ended; });
    return found;
}

void check_wait(const Thread& thread) {
    const WaitResult result = thread.wait_result.load(Order::Relaxed);
    const u64 word = thread.timer.word.load(Order::Relaxed);
    const bool timed = timer_word::armed(word);
    if (result != WaitResult::Waiting) {
        // Who wakes many keeps one back between two steps (WaitQueue::wake_parted), and may be preempted there.
        if (result == WaitResult::Deleted || result == WaitResult::Woken) return;
        fail_for(Invariant::WakeUpArrives, thread, "waits on although its wait is over: its wake-up was lost");
    }
    if (thread.waits_for == nullptr && !timed && !is_joining(thread))
        fail_for(Invariant::WaiterIsFound, thread, "waits for nothing that anybody could find");
    if (!timed) return;
    const u32 core = thread.timer.core.load(Order::Relaxed);
    if (machine[core].timer_at > timer_word::due(word))
        fail_for(Invariant::TimerIsSet, thread,
                 "waits until a time for which core " + std::to_string(core) + " has set no timer");
}

void check_thread(const Thread& thread) {
    if (thread.core.load(Order::Relaxed) == nullptr) return;  // not started
    const bool queued = RunQueue::queued(thread);
    if (thread.state == ThreadState::Ready) return check_queued(thread);
    if (queued) fail_for(Invariant::OnlyReadyQueued, thread, "is in a run queue");
    if (thread.state == ThreadState::Moving)
        fail_for(Invariant::NobodyBetweenCores, thread, "is between two cores, and nobody moves it");
    if (thread.state == ThreadState::Suspended && thread.affinity != 0)
        fail_for(Invariant::SuspendedMayNotRun, thread, "was not put into a run queue");
    if (stopped(thread)) check_wait(thread);
}

// --- Inheritance

void check_lent(const Thread& thread) {
    // On its way to its end it gives its mutexes away, and keeps until then what they have brought it.
    if (thread.owner_word.load(Order::Relaxed) == 0) return;
    const Level lent = inherited_level(thread);
    const u8 expected =
        lent > kernel::level_of(thread.base_priority) ? static_cast<u8>(lent - 1) : thread.base_priority;
    if (thread.priority != expected)
        fail_for(Invariant::LentIsHad, thread,
                 "should have " + std::to_string(expected) + ": its base, or the best that is lent to it");
}

const Thread* owner_of(const Mutex& mutex) {
    const Thread* owner = nullptr;
    for_each_record([&](const Thread& thread) {
        if (!thread.idle && !ended(thread) && mutex.owned_by(thread)) owner = &thread;
    });
    return owner;
}

// A mutex that nobody watches is unknown to the model.
const Thread* waits_for(const Thread& thread) {
    if (!waits(thread) || thread.blocked_on == nullptr) return nullptr;
    if (std::find(mutexes.begin(), mutexes.end(), thread.blocked_on) == mutexes.end()) return nullptr;
    return owner_of(*thread.blocked_on);
}

// The highest base among `thread` and all who wait for it, directly or not; 255 in a ring, which a time-out will break: it may
// hold on to what somebody who left lent to it.
u8 modelled_priority(const Thread& thread, u32 depth) {
    u8 highest = thread.base_priority;
    if (depth > 32) return 255;
    for_each_record([&](const Thread& other) {
        if (&other != &thread && waits_for(other) == &thread)
            highest = std::max(highest, modelled_priority(other, depth + 1));
    });
    return highest;
}

void compare_with_model() {
    std::vector<std::pair<const Thread*, u8>> expected;
    for_each_record([&](const Thread& thread) {
        if (!thread.idle && !ended(thread)) expected.emplace_back(&thread, modelled_priority(thread, 0));
    });
    for (auto [thread, priority] : expected)
        if (priority == 255) return;
    figures().compared += 1;
    for (auto [thread, priority] : expected)
        if (thread->priority != priority)
            fail_for(Invariant::ModelAgrees, *thread, "should have " + std::to_string(priority));
}

void check_watched() {
    for (const Watched& it : watched) {
        if (!it.free()) continue;
        for_each_record([&](const Thread& thread) {
            const auto place = reinterpret_cast<uptr>(thread.waits_for) - reinterpret_cast<uptr>(it.object);
            if (waits(thread) && place < it.size)
                fail_for(Invariant::NobodyWaitsForWhatIsThere, thread, std::string{"waits for "} + it.what);
        });
    }
}

// --- Memory

// A stack is its record's from the moment it is given out: no point lies in between. The boot scheduler's first one is none.
void check_stacks() {
    u32 owned = 0;
    for_each_record([&](const Thread& thread) { owned += thread.stack.data() != nullptr ? 1u : 0u; });
    if (owned != stacks_out)
        broken(Invariant::StackIsSomebodys, "of " + std::to_string(stacks_out) + " stacks that were given out " +
                                                std::to_string(owned) + " are some thread's");
}

u64 frames_of_caches() {
    u64 frames = 0;
    for (u32 slot = 1; slot < mm::magazine_slots; ++slot)
        if (const auto cache = mm::cache_stats(slot)) frames += u64{cache->slabs} * (cache->slab_bytes / page_size);
    return frames;
}

void count_frames() {
    figures().counted += 1;
    const u64 cached = frames_of_caches();
    for (const Memory& memory : memories) {
        const auto stats = memory.frames->stats();
        if (stats.free_frames + *memory.held + cached != stats.total_frames)
            broken(Invariant::FrameIsSomebodys, "of " + std::to_string(stats.total_frames) + " frames " +
                                                    std::to_string(stats.free_frames) + " are free, " +
                                                    std::to_string(*memory.held) + " are held and " +
                                                    std::to_string(cached) + " are the caches'");
    }
}

// A reschedule that came in a section without preemption, whose end the thread has passed and is about to carry it out.
bool owes_a_switch(const Core& core) {
    return core.current != nullptr && core.current->preempt_disabled == 0 && core.current->preempt_due != 0;
}

}  // namespace

void check_step(SimCore& self, u64 longest_flight) {
    const u32 number = arch::sim_core_id;
    const Core& record = cores[number];
    if (arch::sim_counter < last_counter) broken(Invariant::TimeGoesOn, "time goes back");
    last_counter = arch::sim_counter;
    if (record.switched_at < self.switched_at || record.switched_at > arch::sim_counter)
        broken(Invariant::SwitchTimeIsPast, "core " + std::to_string(number) + " has switched at a time that is not");
    self.switched_at = record.switched_at;
    for (u32 other = 0; other < max_cores; ++other) {
        if (other != number && begun(other) && machine[other].thread == arch::sim_thread_pointer)
            broken(Invariant::ThreadOnOneCore,
                   "a thread is on cores " + std::to_string(other) + " and " + std::to_string(number));
    }
    const bool flying = (self.masked && !self.waiting) || self.in_handler || self.reschedule_pending ||
                        record.reschedule != 0 || record.lock.taken() || owes_a_switch(record);
    self.flight_points = flying ? self.flight_points + 1 : 0;
    Figures& to = figures();
    to.in_flight += flying ? 1u : 0u;
    to.longest_flight = std::max(to.longest_flight, self.flight_points);
    if (self.flight_points > longest_flight)
        broken(Invariant::FlightEnds, "core " + std::to_string(number) + " has had something in flight for " +
                                          std::to_string(longest_flight) + " points");
}

bool nothing_in_flight() {
    for (u32 number = 0; number < max_cores; ++number) {
        const SimCore& core = machine[number];
        if (!begun(number)) continue;
        if (core.masked && !core.waiting) return false;
        if (core.in_handler || core.reschedule_pending || cores[number].reschedule != 0) return false;
        if (cores[number].lock.taken() || owes_a_switch(cores[number])) return false;
    }
    return true;
}

void check_rest() {
    if (cores[0].state.load(Order::Relaxed) != CoreState::Online) return;  // the boot scheduler has one core, no queues
    for_each_record([](const Thread& thread) {
        if (thread.idle || ended(thread)) return;
        check_thread(thread);
        check_lent(thread);
    });
    check_who_runs();
    check_watched();
    check_stacks();
    if (mutexes.empty() && memories.empty()) return;
    if (!nobody_at_work()) return;
    if (!mutexes.empty()) compare_with_model();
    if (!memories.empty()) count_frames();
}

void check_end() {
    for (const Memory& memory : memories) {
        const auto stats = memory.frames->stats();
        if (stats.free_frames != stats.total_frames)
            broken(Invariant::FramesCameBack, "of " + std::to_string(stats.total_frames) + " frames " +
                                                  std::to_string(stats.free_frames) + " have come back");
    }
    if (cores[0].state.load(Order::Relaxed) == CoreState::Online) check_stacks();
}

void watch_object(const void* object, usize size, std::function<bool()> free, const char* what) {
    watched.push_back({object, size, std::move(free), what});
}
void watch(const Semaphore& semaphore) {
    watch_object(&semaphore, sizeof semaphore, [&] { return semaphore.count() > 0; }, "what is there");
}
void watch(const Mutex& mutex) {
    mutexes.push_back(&mutex);
    figures().mutexes += 1;
}

void watch(const mm::FrameAllocator& frames, const u64& held) {
    memories.push_back({&frames, &held});
    figures().memories += 1;
}

AtWork::AtWork() : thread_(&current_thread()) { workers.push_back(thread_); }
AtWork::~AtWork() { workers.erase(std::find(workers.begin(), workers.end(), thread_)); }

bool nobody_at_work() {
    std::erase_if(workers, [](const Thread* thread) { return ended(*thread); });  // terminated in the middle of it
    return std::all_of(workers.begin(), workers.end(), [](const Thread* thread) { return waits(*thread); });
}

}  // namespace quartet::sim
