// SPDX-License-Identifier: MIT
//
// The handler side of interrupts: what vectors.S reaches before, or instead of, an attached handler.
// Software interrupts are called from the table directly; all others pass `dispatch_counted`, which
// costs them some ten instructions and makes sure that no line can hold a core for ever.

#include <kernel/irq/irq_lines.hpp>
#include <kernel/irq/long_stretch.hpp>

#include <arch/counter.hpp>
#include <kernel/console/log.hpp>
#include <sync/clock.hpp>

#include <bit>

namespace quartet::kernel::irq {

namespace {

// Every so many interrupts of an id the clock is looked at, and after so many looks in a row at too
// high a rate it is a storm: about 10,000 interrupts, a quarter of a second at the default limit.
constexpr u32 sample_every = 1024;
constexpr u32 hot_samples_of_storm = 10;

// One line about trouble a second, so that the log stays readable and the wire free.
class LogLimit {
public:
    // Whether to say something now; then `left_out` is how often the answer was no since the last yes.
    bool admits(u32& left_out) noexcept {
        u64 now = arch::counter();
        u64 next = next_.load(arch::Order::Relaxed);
        // Relaxed: of two cores that ask at once one wins; nothing else hangs on it.
        if (now < next ||
            !next_.compare_exchange(next, now + sync::counter_hertz(), arch::Order::Relaxed, arch::Order::Relaxed)) {
            left_out_.fetch_add(1, arch::Order::Relaxed);
            return false;
        }
        left_out = left_out_.exchange(0, arch::Order::Relaxed);
        return true;
    }

private:
    arch::Atomic<u64> next_;
    arch::Atomic<u32> left_out_;
};

constinit LogLimit trouble_log;

// Whoever shares a line looks at a device each, and the line may go down while they look: now and then none of them finds
// anything. So many in a row are a device that nobody here knows.
constexpr u16 most_unclaimed = 1000;

[[gnu::noinline]] void look_for_storm(IrqLine& line, u32 id) noexcept {
    u64 now = arch::counter();
    u64 second = sync::counter_hertz();
    u64 elapsed = now - line.sampled_at.exchange(now, arch::Order::Relaxed);
    // Slower than a second: the product below could wrap, and it is no storm.
    bool hot = line.storm_limit != 0 && elapsed < second && elapsed * line.storm_limit < sample_every * second;
    if (!hot) {
        line.hot_samples.store(0, arch::Order::Relaxed);
        return;
    }
    u32 samples = line.hot_samples.load(arch::Order::Relaxed) + 1;
    line.hot_samples.store(samples, arch::Order::Relaxed);
    if (samples < hot_samples_of_storm) return;

    line.hot_samples.store(0, arch::Order::Relaxed);
    line.stormed.store(true, arch::Order::Relaxed);
    the_controller->disable(id);
    if (u32 left_out = 0; trouble_log.admits(left_out))
        log("irq {} {}: does not stop, masked ({} more not shown)", id, line.name, left_out);
}

}  // namespace

constinit std::array<IrqLine, max_irqs> irq_lines{};
constinit std::array<CoreSpecials, max_cores> core_specials{};
constinit InterruptController* the_controller = nullptr;

void dispatch_counted(IrqContext& context) noexcept {
    IrqLine& line = *static_cast<IrqLine*>(context.argument());
    u32 count = count_interrupt(context.id(), context.core());
    if (count % sample_every == 0) [[unlikely]]
        look_for_storm(line, context.id());
    context.redirect(Unsafe{"the line's own, and its own handler is called"}, line.argument);
    // Nothing of `line` is touched after the call: the handler may have detached it.
    const MeasuredHandler measured{std::bit_cast<uptr>(line.handler)};
    line.handler(context);
}

void count_unclaimed(IrqLine& line, u32 id) noexcept {
    // One core at a time handles it: no exclusive pairs are needed.
    line.unclaimed.store(line.unclaimed.load(arch::Order::Relaxed) + 1, arch::Order::Relaxed);
    const u16 in_row = static_cast<u16>(line.unclaimed_in_row.load(arch::Order::Relaxed) + 1);
    const bool too_many = in_row >= most_unclaimed && line.storm_limit != 0;
    line.unclaimed_in_row.store(too_many ? u16{0} : in_row, arch::Order::Relaxed);
    if (!too_many) return;
    line.stormed.store(true, arch::Order::Relaxed);
    the_controller->disable(id);
    if (u32 left_out = 0; trouble_log.admits(left_out))
        log("irq {} {}: none of its handlers knows it, masked ({} more not shown)", id, line.name, left_out);
}

// An id that nobody attached cannot have been enabled by us: it is masked at once. vectors.S completes
// it like any other.
void dispatch_unhandled(IrqContext& context) noexcept {
    u32 id = context.id();
    count_interrupt(id, context.core());
    if (id >= software_irqs_end) the_controller->disable(id);
    if (u32 left_out = 0; trouble_log.admits(left_out))
        log("irq {}: nobody handles it, masked ({} more not shown)", id, left_out);
}

}  // namespace quartet::kernel::irq

extern "C" {

constinit std::array<quartet::kernel::IrqEntry, quartet::kernel::max_irqs> quartet_irq_table{};  // filled by irq::start

void quartet_irq_special(quartet::kernel::IrqContext& context) noexcept {
    using namespace quartet;
    kernel::irq::CoreSpecials& specials = kernel::irq::core_specials[context.core()];
    if (context.id() == 1023) {
        specials.spurious.fetch_add(1, arch::Order::Relaxed);
        return;
    }
    specials.wrong_group.fetch_add(1, arch::Order::Relaxed);
    if (u32 left_out = 0; kernel::irq::trouble_log.admits(left_out))
        kernel::log("irq {}: the interrupt controller's groups are set up wrongly ({} more not shown)", context.id(),
                    left_out);
}

}  // extern "C"
