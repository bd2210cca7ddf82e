// SPDX-License-Identifier: MIT
//
// Case: CMP32 a handler that would wait until its deferred work is done
// Refused-by: gcc `kernel::ThreadContext&`
// Refused-by: clang `ThreadContext`
// Needs: kernel/irq/deferred_work.hpp

#include <kernel/irq/deferred_work.hpp>
#include <kernel/irq/irq.hpp>

using namespace quartet;

extern kernel::WorkQueue queue;
extern kernel::DeferredWork work;

#if WRONG
void handler(kernel::IrqContext& irq) noexcept { static_cast<void>(queue.flush(irq, work)); }
#else
void handler(kernel::IrqContext&) noexcept { static_cast<void>(queue.queue(work)); }
#endif
