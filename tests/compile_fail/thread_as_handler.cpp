// SPDX-License-Identifier: MIT
//
// Case: CMP16 a thread's function attached as a handler
// Refused-by: gcc `invalid conversion from`
// Refused-by: clang `cannot initialize a parameter of type 'IrqHandler'`
// Needs: kernel/irq/irq.hpp

#include <kernel/irq/irq.hpp>
#include <kernel/thread/thread_context.hpp>

using namespace quartet;

#if WRONG
void entry(kernel::ThreadContext&) noexcept;
Status f() { return kernel::irq::attach(40, entry, nullptr); }
#else
void entry(kernel::IrqContext&) noexcept;
Status f() { return kernel::irq::attach(40, entry, nullptr); }
#endif
