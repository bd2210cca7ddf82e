// SPDX-License-Identifier: MIT
//
// The start-up, as a list. A phase can only be called with the tokens of the phases that it needs.

#include <boot/phase/phases.hpp>

namespace quartet::boot {

extern "C" [[noreturn]] void quartet_boot() noexcept {
    auto flow = phase::Flow::run();                                      // this flow is a thread; locks are legal
    auto description = phase::Describe::run(flow);                       // we know the machine
    auto clock = phase::Clock::run(description);                         // counts can be told in seconds
    auto console = phase::Console::run(description, clock);              // log() reaches the wire
    auto bump = phase::Bump::run(description, console);                  // memory is given, never taken back
    auto threads = phase::BootScheduler::run(bump);                      // threads take turns on this core
    auto heap = phase::Heap::run(description, bump, threads);            // bump -> slab
    auto interrupts = phase::Interrupts::run(description, heap);         // handlers attached, still masked
    auto scheduler = phase::Scheduler::run(clock, heap, interrupts);     // boot -> priority; interrupts open
    auto secondaries = phase::Secondaries::run(description, scheduler);  // four cores run threads
    auto sealed = phase::Seal::run(secondaries);                         // what start-up wrote is read-only
    phase::Application::run(description, console, sealed);               // never returns
}

}  // namespace quartet::boot
