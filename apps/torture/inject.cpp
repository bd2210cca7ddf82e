// SPDX-License-Identifier: MIT
//
// The words behind `inject`.

#include "core_faults.hpp"
#include "fault_points.hpp"
#include "fault_state.hpp"

#include <base/number.hpp>
#include <kernel/console/log.hpp>
#include <kernel/sched/core.hpp>
#include <quartet/quartet.hpp>
#include <shell/arguments.hpp>

namespace quartet::torture::faults {
namespace {

using Order = arch::Order;

// Counts: until then calls may be late because requests were forgotten.
constinit arch::Atomic<u64> dropped_until{0};

Status end_all() {
    state.allocation.one_in.store(0, Order::Relaxed);
    state.allocations_left.store(0, Order::Relaxed);
    state.each_site.store(false, Order::Relaxed);
    if (state.request.one_in.exchange(0, Order::Relaxed) != 0)
        dropped_until.store((Clock::now() + aftermath).counts, Order::Relaxed);
    end_pulses();
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
    fail_nth(n);
    return {};
}

Status drop_requests(u32 one_in) {
    start_pulses();  // whose beginning is a request that must come
    state.request.one_in.store(one_in, Order::Relaxed);
    return {};
}

// A million seconds: longer than any load.
constexpr u64 most_stall_ms = 1'000'000'000;

Result<u32> core_of(std::string_view word) {
    const u64 core = TRY(parse_number(word));
    if (core >= max_cores) return fail(Error::NotFound);
    return static_cast<u32>(core);
}

Status obey(const shell::Arguments& words) {
    const std::string_view name = words.name();
    if (name == "off" && words.count() == 0) return end_all();
    if (name == "alloc" && words.count() == 1) return set_allocation(words[0]);
    if (name == "irq" && words.count() >= 1 && words.count() <= 2 && words[0] == "storm") {
        return start_storm(words.count() == 1 ? kernel::recent_core() : TRY(core_of(words[1])));
    }
    if (name == "ipi" && words.count() >= 1 && words.count() <= 2 && words[0] == "drop") {
        return drop_requests(words.count() == 1 ? 1 : TRY(rate(words[1])));
    }
    if (name == "core" && words.count() >= 2 && words.count() <= 3 && words[1] == "stall") {
        const u32 core = TRY(core_of(words[0]));
        const u64 ms = words.count() == 3 ? TRY(parse_number(words[2])) : most_stall_ms;
        return ms <= most_stall_ms ? stall_core(core, kernel::milliseconds(ms)) : fail(Error::Invalid);
    }
    return fail(Error::Unsupported);
}

void tell(shell::Output& out) {
    out.line("inject: alloc 1/{}, failed {}; ipi drop 1/{}, dropped {}", state.allocation.one_in.load(Order::Relaxed),
             failed_allocations(), state.request.one_in.load(Order::Relaxed), dropped_requests());
    for (u32 core = 0; core < max_cores; ++core)
        if (stands_still(core)) out.line("inject: core {} stands still", core);
    if (const u32 id = storming_line(); id != 0) {
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
            "|irq storm [CORE]|off]",
            text);
    } else if (done.error() == Error::NotFound) {
        out.line("error: no such core, or no line to spare");
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
        if (one.size() > sizeof typed) {
            out.line("error: cannot inject '{}' and what follows it: longer than {} bytes", one.substr(0, sizeof typed),
                     sizeof typed);
            continue;
        }
        usize size = 0;
        for (const char c : one) typed[size++] = c == ',' ? ' ' : c;
        if (size != 0) inject({typed, size}, out, self);
    }
}

Held::Held() noexcept { state.held.fetch_add(1, Order::Relaxed); }
Held::~Held() { state.held.fetch_sub(1, Order::Relaxed); }

void fail_nth(u64 n) noexcept { state.allocations_left.store(n, Order::Relaxed); }

u64 failed_allocations() noexcept { return state.allocation.hits.load(Order::Relaxed); }
bool requests_dropped() noexcept {
    return state.request.one_in.load(Order::Relaxed) != 0 || Clock::now().counts < dropped_until.load(Order::Relaxed);
}

u64 dropped_requests() noexcept { return state.request.hits.load(Order::Relaxed); }

}  // namespace quartet::torture::faults
