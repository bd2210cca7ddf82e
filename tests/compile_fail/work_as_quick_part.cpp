// SPDX-License-Identifier: MIT
//
// Case: CMP31 a thread's work given as the part that runs in the handler
// Refused-by: gcc `invalid conversion from`
// Refused-by: clang `no matching`
// Needs: kernel/irq/threaded_handler.hpp

#include <kernel/irq/threaded_handler.hpp>

using namespace quartet;

void work(kernel::ThreadContext& self, void* argument);
kernel::irq::Quick wait(kernel::ThreadContext& self) noexcept;
kernel::irq::Quick look(kernel::IrqContext& irq) noexcept;

#if WRONG
constinit kernel::irq::ThreadedHandler handler{work, nullptr, wait};
#else
constinit kernel::irq::ThreadedHandler handler{work, nullptr, look};
#endif
