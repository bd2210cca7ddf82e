// SPDX-License-Identifier: MIT

#include <mm/call_chains.hpp>
#include <mm/memory_fault.hpp>
#include <sync/leaf_lock.hpp>

#include <algorithm>
#include <array>

namespace quartet::mm {

namespace {

constexpr u32 most_chains = 1024;
constexpr u32 most_tries = 32;

struct Table {
    // Of no rank: the allocators are called under locks of every rank below theirs.
    sync::LeafLock lock;
    u32 mark GUARDED_BY(lock) = 0;
    u32 passed_over GUARDED_BY(lock) = 0;
    // Chain n is the entry n - 1; empty ones have no callers. Its callers are written once, before its number is known.
    Leak chains[most_chains]{};
};
constinit Table table;

// From the frame at `frame` on, without what the allocators called of each other.
sync::Trace chain_from(uptr frame, uptr caller) noexcept {
    sync::Trace trace = sync::take_trace(frame);
    u32 first = 0;
    while (first < trace.count && trace.frames[first] - 4 != caller) ++first;
    if (first == trace.count) return trace;
    trace.count -= first;
    std::copy_n(trace.frames + first, trace.count, trace.frames);
    return trace;
}

// 0: there is no room.
u16 number_of(const sync::Trace& chain) noexcept REQUIRES_LOCK(table.lock) {
    u64 hash = 0;
    for (uptr caller : chain.span()) hash = (hash ^ caller) * 0x9e37'79b9'7f4a'7c15;
    u32 at = static_cast<u32>(hash >> 40);
    for (u32 n = 0; n < most_tries; ++n) {
        const u32 index = (at + n) % most_chains;
        Leak& entry = table.chains[index];
        if (entry.callers.count == 0) entry.callers = chain;
        if (std::ranges::equal(entry.callers.span(), chain.span())) return static_cast<u16>(index + 1);
    }
    table.passed_over += 1;
    return 0;
}

// Not so where the record that holds the number was written over.
bool known(u16 number) { return number != 0 && number <= most_chains; }

void tell(std::string_view what, u16 number) {
    if (!known(number)) return;
    const sync::Trace& callers = table.chains[number - 1].callers;
    u32 step = 0;
    for (uptr caller : callers.span()) {
        std::array<char, 128> room;
        memory_notice(format_to(room, "{} #{} {}", what, step++, CodeName{caller - 4}.text()));
    }
}

}  // namespace

void note_allocation(Owners& owners, uptr frame, uptr caller, usize bytes) noexcept {
    owners = {};
    const sync::Trace chain = chain_from(frame, caller);
    if (chain.count == 0) return;
    sync::LeafGuard guard{table.lock};
    owners.mark = table.mark;
    owners.allocated_by = number_of(chain);
    if (owners.allocated_by == 0) return;
    Leak& entry = table.chains[owners.allocated_by - 1];
    entry.objects += 1;
    entry.bytes += bytes;
}

void note_free(Owners& owners, uptr frame, uptr caller, usize bytes) noexcept {
    const sync::Trace chain = chain_from(frame, caller);
    owners.freed_by = 0;
    if (chain.count == 0 && owners.allocated_by == 0) return;
    sync::LeafGuard guard{table.lock};
    if (chain.count != 0) owners.freed_by = number_of(chain);
    if (!known(owners.allocated_by) || owners.mark != table.mark) return;
    Leak& entry = table.chains[owners.allocated_by - 1];
    entry.objects -= 1;
    entry.bytes -= bytes;
}

void tell_owners(const Owners& owners) {
    if (!told_with_callers()) return;
    tell("allocated", owners.allocated_by);
    tell("freed", owners.freed_by);
}

uptr place_of_chain(u16 number) noexcept { return known(number) ? table.chains[number - 1].callers.frames[0] - 4 : 0; }

u32 mark_leaks() noexcept {
    sync::LeafGuard guard{table.lock};
    for (Leak& entry : table.chains) {
        entry.objects = 0;
        entry.bytes = 0;
    }
    return ++table.mark;
}

Leak next_leak(u32& cursor) noexcept {
    while (cursor < most_chains) {
        sync::LeafGuard guard{table.lock};
        const Leak& entry = table.chains[cursor++];
        if (entry.objects != 0) return entry;
    }
    return {};
}

u32 chains_passed_over() noexcept {
    sync::LeafGuard guard{table.lock};
    return table.passed_over;
}

}  // namespace quartet::mm
