// SPDX-License-Identifier: MIT
//
// Who calls: a thread or an interrupt handler. The proof is a reference that only the kernel makes: a handler is given
// an `IrqContext&`, a thread's function may ask for a `ThreadContext&`. What may wait takes a ThreadContext&, so that a
// handler cannot call it: it does not compile.
//
// Everything that may wait has a second form without that parameter, for code that is far from the thread's function, and
// for the standard's shapes (`std::lock_guard`). Called in a handler these stop the machine, in every build, with a
// panic that says which rule was broken (docs/adr/0015). What says "Context: any" never waits and is for handlers too.

#pragma once

#include <arch/handler.hpp>
#include <base/assert.hpp>
#include <kernel/irq/irq_context.hpp>
#include <kernel/thread/thread_context.hpp>

namespace quartet {

// Handed to a thread's function; refers to the thread and is not copied. Whoever has one hands it on by reference, to code
// that runs in the same thread.
using kernel::ThreadContext;

// Handed to an interrupt's handler: which interrupt it is, on which core, and what was given at `irq::attach`.
using kernel::IrqContext;

namespace detail {

// Apart, so that who asks carries a branch and no more.
[[noreturn, gnu::cold, gnu::noinline]] inline void refuse_in_handler() {
    check_failed("a handler must not block, nor call what may: such a call takes a ThreadContext",
                 SourcePlace::current());
}

}  // namespace detail

namespace this_thread {

// The caller's own context, for those who were not handed one: `ThreadContext self = this_thread::context();`.
// Context: thread; in a handler, a panic. Cost: 4 instructions.
[[nodiscard, gnu::always_inline]] inline ThreadContext context() noexcept {
    if (arch::in_handler()) [[unlikely]]
        detail::refuse_in_handler();
    return ThreadContext::current(Unsafe{"this is no handler, and an application holds no spin lock"});
}

}  // namespace this_thread

}  // namespace quartet
