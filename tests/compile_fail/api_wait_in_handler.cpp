// SPDX-License-Identifier: MIT
//
// Case: CMP44 a call of the public interface that may wait, made with the proof of being in a handler
// Refused-by: gcc `ThreadContext&`
// Refused-by: clang `ThreadContext`

#include <quartet/quartet.hpp>

using namespace quartet;

#if WRONG
void handler(IrqContext& irq) noexcept { static_cast<void>(static_cast<Semaphore*>(irq.argument())->take(irq)); }
#else
void handler(IrqContext& irq) noexcept { static_cast<void>(static_cast<Semaphore*>(irq.argument())->give()); }
#endif

Status f(Semaphore& semaphore) { return irq::attach(40, handler, &semaphore); }
