// SPDX-License-Identifier: MIT
//
// The words behind `inject`, and the two failures that need more than a word in memory: a core that stands still and a line
// that does not stop.

#include "fault_points.hpp"
#include "fault_state.hpp"

#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>
#include <base/number.hpp>
#include <kernel/console/log.hpp>
#include <quartet/quartet.hpp>
#include <shell/arguments.hpp>

namespace quartet::torture::faults {
namespace {

using Order = arch::Order;

constexpr Duration aftermath = kernel::seconds(2);

struct Stall {
    arch::Atomic<bool> wanted{false};
    arch::Atomic<bool> stands{false};
    arch::Atomic<u64> until{0};  // counts: what was late because of it may be late until then
    u64 end = 0;  // counts
};
constinit std::array<Stall, max_cores> stalls{};

void stand_still(ThreadContext&, Stall& stall) {
    {
        arch::IrqsMasked masked;
        while (stall.wanted.load(Order::Relaxed) && Clock::now().counts < stall.end) arch::relax();
        stall.wanted.store(false, Order::Relaxed);
        stall.until.store((Clock::now() + aftermath).counts, Order::Relaxed);
    }
    // Release pairs with the acquire in `stall_core`: all of this one is over.
    stall.stands.store(false, Order::Release);
}

Status stall_core(u32 core, Duration duration) {
    if (core >= max_cores || !irq::core_started(core)) return fail(Error::Invalid);
    Stall& stall = stalls[core];
    if (stall.stands.exchange(true, Order::Acquire)) return fail(Error::Busy);
    stall.end = (Clock::now() + duration).counts;
    stall.wanted.store(true, Order::Relaxed);
    auto thread = Thread::spawn({.name = "stall", .priority = 31, .affinity = u32{1} << core},
                                [&stall](ThreadContext& self) { stand_still(self, stall); });
    if (thread) return thread->detach();
    stall.wanted.store(false, Order::Relaxed);
    stall.stands.store(false, Order::Release);
    return fail(thread.error());
}

void stay_pending(IrqContext& context) noexcept { static_cast<void>(irq::pend(context.id())); }

// The last line of the controller that nobody uses; 0: none.
u32 unused_line() {
    for (u32 id = kernel::irq::lines(); id-- > 32;) {
        const auto info = irq::info(id);
        if (info && !info->attached) return id;
    }
    return 0;
}

constinit arch::Atomic<u32> storming{0};

Status end_storm() {
    const u32 id = storming.exchange(0, Order::Relaxed);
    return id != 0 ? irq::detach(id) : Status{};
}

Status storm() {
    TRY(end_storm());
    const u32 id = unused_line();
    if (id == 0) return fail(Error::NotFound);
    TRY(irq::attach(id, stay_pending, nullptr,
                    {.core = kernel::recent_core(), .storm_limit = 2000, .name = "torture-storm"}));
    storming.store(id, Order::Relaxed);
    TRY(irq::enable(id));
    return irq::pend(id);
}

Status end_all() {
    state.allocation.one_in.store(0, Order::Relaxed);
    state.allocations_left.store(0, Order::Relaxed);
    state.each_site.store(false, Order::Relaxed);
    state.request.one_in.store(0, Order::Relaxed);
    end_stalls();
    return end_storm();
}

// "1/N"
Result<u32> rate(std::string_view word) {
    if (!word.starts_with("1/")) return fail(Error::Invalid);
    const u64 n = TRY(parse_number(word.substr(2)));
    if (n == 0 || n > 1'000'000'000) return fail(Error::Invalid);
    return static_cast<u32>(n);
}

Status set_allocation(std::string_view how) {
    if (how == "sites") {
        state.each_site.store(true, Order::Relaxed);
        return {};
    }
    if (const Result<u32> one_in = rate(how)) {
        state.allocation.one_in.store(*one_in, Order::Relaxed);
        return {};
    }
    const u64 n = TRY(parse_number(how));
    if (n == 0) return fail(Error::Invalid);
    state.allocations_left.store(n, Order::Relaxed);
    return {};
}

Status obey(const shell::Arguments& words) {
    const std::string_view name = words.name();
    if (name == "off" && words.count() == 0) return end_all();
    if (name == "alloc" && words.count() == 1) return set_allocation(words[0]);
    if (name == "irq" && words.count() == 1 && words[0] == "storm") return storm();
    if (name == "ipi" && words.count() >= 1 && words.count() <= 2 && words[0] == "drop") {
        state.request.one_in.store(words.count() == 1 ? 1 : TRY(rate(words[1])), Order::Relaxed);
        return {};
    }
    if (name == "core" && words.count() >= 2 && words.count() <= 3 && words[1] == "stall") {
        const u64 core = TRY(parse_number(words[0]));
        const Duration duration =
            words.count() == 3 ? kernel::milliseconds(TRY(parse_number(words[2]))) : kernel::seconds(1'000'000);
        return core < max_cores ? stall_core(static_cast<u32>(core), duration) : fail(Error::Invalid);
    }
    return fail(Error::Unsupported);
}

void tell(shell::Output& out) {
    out.line("inject: alloc 1/{}, failed {}; ipi drop 1/{}, dropped {}", state.allocation.one_in.load(Order::Relaxed),
             failed_allocations(), state.request.one_in.load(Order::Relaxed), dropped_requests());
    for (u32 core = 0; core < max_cores; ++core)
        if (stalls[core].wanted.load(Order::Relaxed)) out.line("inject: core {} stands still", core);
    if (const u32 id = storming.load(Order::Relaxed); id != 0) {
        const auto info = irq::info(id);
        out.line("inject: irq {} storms, {}", id, info && info->stormed ? "masked" : "open");
    }
    for (const Site& site : state.sites) {
        const uptr address = site.address.load(Order::Relaxed);
        if (address == 0) continue;
        out.line("inject: site {:#x} passed={} failed={}", address, site.passed.load(Order::Relaxed),
                 site.failed.load(Order::Relaxed));
    }
}

}  // namespace

void set_seed(u64 seed) noexcept {
    state.seed.store(seed, Order::Relaxed);
    state.allocation.calls.store(0, Order::Relaxed);
    state.request.calls.store(0, Order::Relaxed);
}

bool inject(std::string_view text, shell::Output& out, ThreadContext&) {
    const shell::Arguments words{text};
    if (words.name().empty()) {
        tell(out);
        return true;
    }
    const Status done = obey(words);
    if (done) return true;
    if (done.error() == Error::Unsupported || done.error() == Error::Invalid) {
        out.line(
            "error: cannot inject '{}'; usage: inject [alloc 1/N|alloc N|alloc sites|ipi drop [1/N]|core N stall [MS]"
            "|irq storm|off]",
            text);
    } else {
        out.line("error: {}", done.error());
    }
    return false;
}

void inject_all(std::string_view text, ThreadContext& self) {
    shell::Output out{[](void*, std::string_view line) {
                          if (line.ends_with('\n')) line.remove_suffix(1);
                          log("{}", line);
                      },
                      nullptr};
    while (!text.empty()) {
        const std::string_view one = text.substr(0, text.find(';'));
        text.remove_prefix(one.size() < text.size() ? one.size() + 1 : one.size());
        char typed[64];
        usize size = 0;
        for (const char c : one.substr(0, sizeof typed)) typed[size++] = c == ',' ? ' ' : c;
        if (size != 0) inject({typed, size}, out, self);
    }
}

Held::Held() noexcept { state.held.fetch_add(1, Order::Relaxed); }
Held::~Held() { state.held.fetch_sub(1, Order::Relaxed); }

void end_stalls() noexcept {
    for (Stall& stall : stalls) stall.wanted.store(false, Order::Relaxed);
}

bool stalled(u32 core) noexcept {
    return stalls[core].wanted.load(Order::Relaxed) || Clock::now().counts < stalls[core].until.load(Order::Relaxed);
}

bool any_stalled() noexcept {
    for (u32 core = 0; core < max_cores; ++core)
        if (stalled(core)) return true;
    return false;
}

bool expected(Error error) noexcept {
    // A failure that was asked for once may be told a moment later, when nothing is asked for any more.
    if (error == Error::NoMemory) return failed_allocations() != 0;
    if (error == Error::Timeout) return any_stalled() || dropped_requests() != 0;
    return false;
}

u64 failed_allocations() noexcept { return state.allocation.hits.load(Order::Relaxed); }
u64 dropped_requests() noexcept { return state.request.hits.load(Order::Relaxed); }

}  // namespace quartet::torture::faults
