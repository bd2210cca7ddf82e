// SPDX-License-Identifier: MIT
//
// A handler in C is given its argument alone, so each line has a record of both, which the kernel's handler is given.

#include <capi/calls.hpp>
#include <kernel/irq/irq.hpp>

#include <array>

using namespace quartet;

namespace {

struct Line {
    void (*handler)(void*);
    void* argument;
};

// By id. Release and acquire pair with each other: who takes a record out finds it whole.
constinit std::array<arch::Atomic<Line*>, kernel::max_irqs> lines{};

void call_c_handler(kernel::IrqContext& context) noexcept {
    const Line& line = *static_cast<const Line*>(context.argument());
    line.handler(line.argument);
}

void free_line(Line* line) { mm::kernel_heap.free_sized(line, sizeof(Line)); }

}  // namespace

extern "C" {

qt_status qt_irq_attach(unsigned irq, void (*handler)(void*), void* arg, unsigned core, unsigned priority) {
    constexpr auto most_urgent = static_cast<unsigned>(kernel::IrqPriority::Highest);
    if (handler == nullptr || irq >= lines.size() || core >= max_cores || priority > most_urgent) return QT_INVALID;
    if (arch::in_handler()) return QT_IN_HANDLER;
    Result<void*> memory = mm::kernel_heap.allocate(sizeof(Line));
    if (!memory) return QT_NO_MEMORY;
    Line* line = new (*memory) Line{handler, arg};
    const Status attached = kernel::irq::attach(
        irq, call_c_handler, line, {.core = core, .priority = static_cast<kernel::IrqPriority>(priority), .name = "C"});
    if (!attached) {
        free_line(line);
        return capi::status_of(attached);
    }
    lines[irq].store(line, arch::Order::Release);
    return QT_OK;
}

qt_status qt_irq_detach(unsigned irq) {
    if (irq >= lines.size()) return QT_INVALID;
    if (arch::in_handler()) return QT_IN_HANDLER;
    Line* line = lines[irq].exchange(nullptr, arch::Order::AcqRel);
    if (line == nullptr) return QT_INVALID;
    const Status detached = kernel::irq::detach(irq);
    if (!detached) {
        lines[irq].store(line, arch::Order::Release);  // a handler of it runs on without end: it keeps its record
        return capi::status_of(detached);
    }
    free_line(line);
    return QT_OK;
}

// What was attached elsewhere is not a C caller's to switch: the kernel's own timer, say.
qt_status qt_irq_enable(unsigned irq, int on) {
    // Relaxed: nothing of the record is looked at.
    if (irq >= lines.size() || lines[irq].load(arch::Order::Relaxed) == nullptr) return QT_INVALID;
    return capi::status_of(on != 0 ? kernel::irq::enable(irq) : kernel::irq::disable(irq));
}

qt_status qt_irq_trigger(unsigned sgi, unsigned core) { return capi::status_of(kernel::irq::trigger(sgi, core)); }

}  // extern "C"
