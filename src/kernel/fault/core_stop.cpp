// SPDX-License-Identifier: MIT

#include "core_stop.hpp"

#include <arch/atomic.hpp>
#include <arch/cpu.hpp>
#include <arch/stop.hpp>
#include <arch/thread_stack.hpp>
#include <base/assert.hpp>
#include <kernel/fault/debug_entry.hpp>
#include <kernel/irq/ipi.hpp>
#include <sync/clock.hpp>

namespace quartet::kernel {

namespace {

using arch::Order;
using How = StoppedCore::How;

struct Place {
    // Written by the core itself before the release of `how`; read by others after its acquire.
    uptr pc = 0;
    arch::FaultFrame* frame = nullptr;
    Thread* thread = nullptr;
    arch::Atomic<How> how{How::NotAsked};
    arch::Atomic<u32> departures{0};
    // By whoever stops it.
    arch::Atomic<Hold> hold{Hold::No};
    // Written before the release of `work`, which the core takes back with a release when it is done.
    void* argument = nullptr;
    arch::Atomic<StandingWork> work{nullptr};
};
constinit Place places[max_cores];
constinit arch::Atomic<u32> holder{max_cores};

// An end also where the counter stands still. 10 ms of a counter that runs are far fewer looks: each reads a shared
// line and the counter, which no core does in a nanosecond.
constexpr u32 most_looks = 10'000'000;

class Patience {
public:
    explicit Patience(u32 milliseconds = stop_milliseconds) noexcept
        : deadline_(milliseconds), left_(u64{most_looks} * milliseconds / stop_milliseconds) {}
    bool over() noexcept {
        arch::relax();
        return left_-- == 0 || deadline_.passed();
    }

private:
    sync::Deadline deadline_;
    u64 left_;
};

How answer_of(u32 core) noexcept { return places[core].how.load(Order::Acquire); }

void answer(u32 core, arch::FaultFrame& frame, How how) noexcept {
    Place& place = places[core];
    place.pc = frame.elr;
    place.frame = &frame;
    place.thread = static_cast<Thread*>(arch::thread_pointer());
    // Pairs with the acquire in answer_of: the registers are there when the answer is.
    place.how.store(how, Order::Release);
}

// False: it is not to stand.
bool stand(u32 core, arch::FaultFrame& frame, How how) noexcept {
    Place& place = places[core];
    // Acquire pairs with the release in release_core: what was changed in the frame is seen by who goes on with it.
    auto hold = [&place] { return place.hold.load(Order::Acquire); };
    if (hold() == Hold::No) return false;  // it comes late: whoever asked did not wait for it
    answer(core, frame, how);
    while (hold() == Hold::UntilReleased) {
        // Acquire pairs with the release in do_standing: the argument is that of this work.
        if (StandingWork work = place.work.load(Order::Acquire)) {
            work(frame, place.argument);
            place.work.store(nullptr, Order::Release);  // pairs with the acquire in do_standing
        }
        arch::relax();
    }
    if (hold() == Hold::ForGood) arch::halt();
    // Unless the holder has changed his mind meanwhile.
    Hold once = Hold::Once;
    static_cast<void>(place.hold.compare_exchange(once, Hold::UntilReleased, Order::Relaxed, Order::Relaxed));
    // Pairs with answer_of in release_core: from here on it can be asked anew.
    place.how.store(How::NotAsked, Order::Release);
    // Pairs with the acquire in release_core: who sees this departure does not see the answer before it.
    place.departures.store(place.departures.load(Order::Relaxed) + 1, Order::Release);
    return true;
}

}  // namespace

void ask_to_stop(u32 self, Hold hold) noexcept {
    arch::IrqsMasked masked;
    for (u32 core = 0; core < max_cores; ++core) {
        if (core == self || !irq::core_started(core)) continue;
        // Relaxed: the interrupt carries it (ipi::send, ipi::take); who stands looks again and again.
        places[core].hold.store(hold, Order::Relaxed);
        ipi::send(core, ipi::Purpose::Stop, masked);
    }
}

void collect_stopped(u32 self, std::span<StoppedCore> found) noexcept {
    // One for all: who answers does so while another one is waited for.
    Patience patience;
    bool over = false;
    for (u32 core = 0; core < found.size(); ++core) {
        if (core == self || !irq::core_started(core)) continue;
        How how = answer_of(core);
        while (how == How::NotAsked && !over) {
            over = patience.over();
            how = answer_of(core);
        }
        found[core].how = how == How::NotAsked ? How::Silent : how;
        found[core].pc = how == How::NotAsked ? 0 : places[core].pc;
    }
}

StoppedAt stopped_frame(u32 core) noexcept {
    How how = core < max_cores ? answer_of(core) : How::NotAsked;
    if (how == How::NotAsked) return {};
    return {how, places[core].frame, places[core].thread};
}

void list_frame(u32 core, arch::FaultFrame* frame) noexcept {
    if (frame != nullptr) answer(core, *frame, How::Stopped);
    else places[core].how.store(How::NotAsked, Order::Relaxed);
}

bool hold_cores(u32 self) noexcept {
    u32 found = max_cores;
    // AcqRel: the next holder finds what the last one left (release_cores).
    return holder.compare_exchange(found, self, Order::AcqRel, Order::Relaxed);
}

u32 cores_held_by() noexcept { return holder.load(Order::Acquire); }

void release_core(u32 core, Hold next) noexcept {
    Place& place = places[core];
    const u32 before = place.departures.load(Order::Relaxed);  // of a core that stands it does not change
    place.hold.store(next, Order::Release);  // pairs with the acquire in `stand`
    // By the count: one that makes a step may be back before we look.
    auto is_here = [&] { return answer_of(core) != How::NotAsked && place.departures.load(Order::Acquire) == before; };
    for (Patience patience{stand_milliseconds}; is_here() && !patience.over();) {}
}

void release_cores(u32 self) noexcept {
    for (u32 core = 0; core < max_cores; ++core) {
        if (core != self) release_core(core);
    }
    // Last: the next holder's wishes are not undone by ours. Who comes to an exception before this line, and is not to stand any more,
    // goes on and comes again. Release pairs with the acquires in hold_cores and cores_held_by.
    holder.store(max_cores, Order::Release);
}

bool do_standing(u32 core, StandingWork work, void* argument) noexcept {
    if (answer_of(core) == How::NotAsked) return false;
    Place& place = places[core];
    place.argument = argument;
    place.work.store(work, Order::Release);  // pairs with the acquire in `stand`
    for (Patience patience{stand_milliseconds}; !patience.over();) {
        if (place.work.load(Order::Acquire) == nullptr) return true;  // pairs with the release in `stand`
    }
    return false;
}

bool stand_by(u32 self, arch::FaultFrame& frame) noexcept {
    return cores_held_by() != max_cores && stand(self, frame, How::Faulted);
}

void stop_after_fault(u32 self, arch::FaultFrame& frame) noexcept {
    answer(self, frame, How::Faulted);
    arch::halt();
}

void attach_core_stop() noexcept {
    constexpr u32 id = static_cast<u32>(ipi::Purpose::Stop);
    check(irq::attach(id, quartet_stop_entry, nullptr, {}).has_value() && irq::enable(id).has_value(),
          "the stop interrupt is attached once");
}

}  // namespace quartet::kernel

void quartet_stop(quartet::kernel::IrqContext& context, quartet::arch::FaultFrame& frame) noexcept {
    using namespace quartet;
    if (!kernel::ipi::take(kernel::ipi::Purpose::Stop)) return;
    constexpr Unsafe interrupted{"the stop interrupt's handler alone calls it"};
    arch::read_interrupted(interrupted, frame);
    if (!kernel::enter_debugger(context.core(), frame))
        static_cast<void>(kernel::stand(context.core(), frame, kernel::How::Stopped));
    arch::write_interrupted(interrupted, frame);
}
