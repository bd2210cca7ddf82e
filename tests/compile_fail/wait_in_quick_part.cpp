// SPDX-License-Identifier: MIT
//
// Case: CMP30 the quick part of a threaded handler that would wait
// Refused-by: gcc `kernel::ThreadContext&`
// Refused-by: clang `non-const lvalue reference to type 'ThreadContext'`
// Needs: kernel/irq/threaded_handler.hpp

#include <kernel/irq/threaded_handler.hpp>
#include <kernel/wait/mutex.hpp>

using namespace quartet;

constinit kernel::Mutex mutex;

void work(kernel::ThreadContext& self, void*) { static_cast<void>(mutex.lock(self)); }

#if WRONG
kernel::irq::Quick look(kernel::IrqContext& irq) noexcept {
    static_cast<void>(mutex.lock(irq));
    return kernel::irq::Quick::RunThread;
}
#else
kernel::irq::Quick look(kernel::IrqContext&) noexcept { return kernel::irq::Quick::RunThread; }
#endif
constinit kernel::irq::ThreadedHandler handler{work, nullptr, look};
