// SPDX-License-Identifier: MIT
//
// Each look at a thread is of its own moment, and locks nothing beyond it: what is waited for may vanish on another core between
// two looks, and threads come and go. So a ring is told only where two walks round it find that none of its threads has run
// in between: then all of them waited at once. Of those whose waits have a time limit it lasts until then.

#include <shell/thread_waits.hpp>

#include <kernel/thread/threads.hpp>
#include <kernel/time/time.hpp>
#include <shell/one_word.hpp>

namespace quartet::shell {
namespace {

using kernel::ThreadInfo;

// A ring is told by the thread with the lowest id in it. What tells one walk round it from another: who was met and how
// often each had run; 0: `first` is in no ring, or not the one that tells it. `most`: how many threads there are.
u64 walk_round(const ThreadInfo& first, u32 most, Output* out) {
    u64 met = 1;
    ThreadInfo at = first;
    for (u32 steps = 0; steps < most; ++steps) {
        if (out != nullptr) out->part("{} {} -> ", at.id, OneWord{at.name}.text);
        met = (met + at.id) * 0x9e37'79b9'7f4a'7c15 + at.switches;
        if (at.waits_on == first.record) return met;
        if (at.waits_on == nullptr || !kernel::look_at_thread(*at.waits_on, at) || at.id < first.id) return 0;
    }
    return 0;
}

void put_ring(Output& out, const ThreadInfo& first, u32 most) {
    ThreadInfo again;
    const u64 met = walk_round(first, most, nullptr);
    if (met == 0 || !kernel::look_at_thread(*first.record, again) || walk_round(again, most, nullptr) != met) return;
    out.part("deadlock: ");
    walk_round(first, most, &out);
    out.line("{}", first.id);
}

void put_row(Output& out, const ThreadInfo& info, u64 hung_s) {
    out.part("{:>4} {:<16} {:<10} {:>#18x} ", info.id, OneWord{info.name}.text, words(info.waits_for),
             __builtin_bit_cast(uptr, info.waits_at));
    ThreadInfo owner;
    if (info.waits_on == nullptr || !kernel::look_at_thread(*info.waits_on, owner)) return out.line("{:>10} -", "-");
    const u64 ms = kernel::clock_scale.nanoseconds(kernel::now().counts - info.waits_since) / 1'000'000;
    out.line("{:>10} {} {}{}", ms, owner.id, OneWord{owner.name}.text, ms > hung_s * 1000 ? " hung" : "");
}

}  // namespace

void list_waits(Output& out, u64 hung_s) {
    out.line("{:>4} {:<16} {:<10} {:>18} {:>10} {}", "ID", "NAME", "FOR", "AT", "WAITS_MS", "OWNER");
    u32 count = 0;
    kernel::for_each_thread([&](const ThreadInfo& info) {
        ++count;
        if (info.state == kernel::ThreadState::Blocked) put_row(out, info, hung_s);
    });
    kernel::for_each_thread([&](const ThreadInfo& info) {
        if (info.waits_on != nullptr) put_ring(out, info, count);
    });
}

}  // namespace quartet::shell
