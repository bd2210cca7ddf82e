// SPDX-License-Identifier: MIT
//
// Case: CMP14 making the proof of being a thread
// Refused-by: gcc `private within this context`
// Refused-by: clang `private constructor`

#include <kernel/thread/thread_context.hpp>

using namespace quartet;

#if WRONG
kernel::ThreadHandle f() { return kernel::ThreadContext{kernel::current_thread()}.handle(); }
#else
kernel::ThreadHandle f(const kernel::ThreadContext& self) { return self.handle(); }
#endif
