// SPDX-License-Identifier: MIT

#include <arch/stop.hpp>
#include <csignal>
#include <cstdlib>

using namespace quartet;

// What stop.S does: the registers that a handler keeps, which the host's interrupted thread has none of, and the rest.
extern "C" void quartet_stop_entry(kernel::IrqContext& context) noexcept {
    arch::FaultFrame frame{};
    quartet_stop(context, frame);
}

// Where a part of a test that goes on with a frame ends.
extern "C" void quartet_resume(arch::FaultFrame&) noexcept {
    std::raise(SIGABRT);
    std::_Exit(1);
}
