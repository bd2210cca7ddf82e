// SPDX-License-Identifier: MIT
//
// Threads that fault and are ended for it, alone: what they held is told to be owner-dead, and the others go on.

#include "threads.hpp"

#include <arch/crash.hpp>
#include <kernel/wait/mutex.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

constinit u32 rounds_done = 0;

void read_null(ThreadContext& self, void* mutex) {
    if (mutex != nullptr) static_cast<void>(static_cast<Mutex*>(mutex)->lock(self));
    quartet_crash_read(0x10);
    rounds_done += 1;
}

// Never deep enough for the compiler to see an end.
[[gnu::noinline]] u32 recurse(u32 depth) {
    u32 frame[16];
    frame[0] = depth;
    arch::touched_unseen(frame);
    if (frame[0] == ~u32{0}) return 0;
    frame[0] += recurse(frame[0] + 1);
    arch::touched_unseen(frame);
    return frame[0];
}
void overflow(ThreadContext&, void*) {
    static_cast<void>(recurse(0));
    rounds_done += 1;
}

// Whether a thread on `core` was ended by its fault, and no further.
bool ended_by_fault(ThreadContext& self, u32 core, ThreadEntry entry, void* argument) {
    const ThreadOptions options{.name = "victim", .affinity = 1u << core, .on_fault = OnFault::Contain};
    auto thread = spawn(options, entry, argument);
    if (!thread) return false;
    auto end = join_end(self, *thread, seconds(10));
    return end && end->terminated;
}

}  // namespace

SELFTEST(
    "EXC10",
    "a thread whose fault is contained ends alone, on each core; who joins it is told, and so is the next to lock") {
    ThreadContext self = this_thread();
    rounds_done = 0;
    for (u32 core = 0; core < max_cores; ++core) {
        // Relaxed: a core that came online stays so.
        if (cores[core].state.load(arch::Order::Relaxed) != CoreState::Online) continue;
        Mutex mutex;
        EXPECT(ended_by_fault(self, core, read_null, &mutex));
        EXPECT(mutex.try_lock(self) == Status{fail(Error::OwnerDead)});
        EXPECT(mutex.unlock(self).has_value());
        EXPECT(mutex.try_lock(self).has_value());
        EXPECT(mutex.unlock(self).has_value());
    }
    EXPECT_EQ(rounds_done, 0u);
}

SELFTEST("EXC10", "a thread whose stack overflows is ended on that stack, again and again with the same one") {
    ThreadContext self = this_thread();
    rounds_done = 0;
    for (u32 round = 0; round < 20; ++round) EXPECT(ended_by_fault(self, round % max_cores, overflow, nullptr));
    EXPECT_EQ(rounds_done, 0u);
}
