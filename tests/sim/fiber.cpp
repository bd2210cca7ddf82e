// SPDX-License-Identifier: MIT

#include "fiber.hpp"

#include "broken.hpp"
#include "machine.hpp"

#include <arch/context.hpp>

#include <boost/context/detail/fcontext.hpp>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace quartet::sim {
namespace {

namespace ctx = boost::context::detail;

Fiber first;
Fiber* running = &first;
// Whether the last jump was from thread to thread, so that the flow that comes finishes it.
bool unfinished = false;

enum class Kind { Flows, Threads };

void leave(arch::SavedContext& from, const arch::SavedContext& to, Kind kind) {
    // Other cores go on here while `from` is not saved yet: they must not find it in a queue that is open.
    point_between_halves();
    auto& next = *reinterpret_cast<Fiber*>(to.sp);
    // B3: a thread that runs elsewhere, or whose registers are not saved yet.
    if (next.active) broken(Invariant::StackOfOneCore, "a thread is run by two cores");
    Fiber& here = running_fiber();
    from.sp = reinterpret_cast<uptr>(&here);
    here.active = false;
    next.active = true;
    unfinished = kind == Kind::Threads;
    jump(next);
}

// On the stack of the flow that came: what context.S does after the change of stacks.
void arrive() {
    while (unfinished) {
        unfinished = false;
        arch::NextSwitch next = arch::quartet_finish_switch();
        if (next.to == nullptr) return;
        leave(*next.from, *next.to, Kind::Threads);
    }
}

void before_jump([[maybe_unused]] Fiber& from, [[maybe_unused]] const Fiber& to) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&from.fake_stack, to.stack_bottom, to.stack_size);
#endif
}

// On the stack of `here`, having come from `from`.
void after_jump([[maybe_unused]] Fiber& here, [[maybe_unused]] Fiber& from) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(here.fake_stack, &from.stack_bottom, &from.stack_size);
#endif
}

void begin(ctx::transfer_t transfer) {
    Fiber& from = *static_cast<Fiber*>(transfer.data);
    from.context = transfer.fctx;
    after_jump(*running, from);
    arrive();
    running->entry(running->argument);
    fail("a flow of control returned");
}

}  // namespace

Fiber& running_fiber() { return *running; }

void jump(Fiber& to) {
    Fiber& from = *running;
    running = &to;
    before_jump(from, to);
    ctx::transfer_t transfer = ctx::jump_fcontext(to.context, &from);
    Fiber& came_from = *static_cast<Fiber*>(transfer.data);
    came_from.context = transfer.fctx;
    after_jump(from, came_from);
}

Fiber& make_fiber(void* stack, usize size, void (*entry)(void*), void* argument) {
    Fiber& fiber = *new Fiber;
    fiber.stack_bottom = stack;
    fiber.stack_size = size;
    fiber.entry = entry;
    fiber.argument = argument;
    fiber.context = ctx::make_fcontext(static_cast<char*>(stack) + size, size, begin);
    return fiber;
}

}  // namespace quartet::sim

namespace quartet::arch {

void prepare_context(Unsafe, SavedContext& context, std::span<std::byte> stack, ContextEntry entry, void* argument) {
    if (context.sp != 0) delete reinterpret_cast<sim::Fiber*>(context.sp);
    context.sp = reinterpret_cast<uptr>(&sim::make_fiber(stack.data(), stack.size(), entry, argument));
}

extern "C" void quartet_switch_context(SavedContext* from, const SavedContext* to) noexcept {
    sim::leave(*from, *to, sim::Kind::Flows);
    sim::arrive();
}

extern "C" void quartet_switch_thread(SavedContext* from, const SavedContext* to, void*) noexcept {
    sim::leave(*from, *to, sim::Kind::Threads);
    sim::arrive();
}

}  // namespace quartet::arch
