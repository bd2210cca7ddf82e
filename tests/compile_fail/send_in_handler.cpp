// SPDX-License-Identifier: MIT
//
// Case: CMP23 a handler that would wait for room in a queue
// Refused-by: gcc `kernel::ThreadContext&`
// Refused-by: clang `ThreadContext`
// Needs: kernel/irq/irq.hpp

#include <kernel/irq/irq.hpp>
#include <kernel/wait/message_queue.hpp>

using namespace quartet;

using Queue = kernel::MessageQueue<u32, 4>;

#if WRONG
void handler(kernel::IrqContext& irq) noexcept { static_cast<void>(static_cast<Queue*>(irq.argument())->send(irq, 1)); }
#else
void handler(kernel::IrqContext& irq) noexcept { static_cast<void>(static_cast<Queue*>(irq.argument())->try_send(1)); }
#endif
