// SPDX-License-Identifier: MIT
//
// Case: CMP34 a function that wants to be a thread, called on another core
// Refused-by: gcc `invalid conversion from`
// Refused-by: clang `cannot initialize a parameter`
// Needs: kernel/irq/cross_call.hpp

#include <kernel/irq/cross_call.hpp>

using namespace quartet;

#if WRONG
void there(kernel::ThreadContext&) noexcept;
#else
void there(kernel::IrqContext&) noexcept;
#endif
kernel::CallStatus f(kernel::ThreadContext& self) { return kernel::call_core(self, 1, there, nullptr); }
