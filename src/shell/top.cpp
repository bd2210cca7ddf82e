// SPDX-License-Identifier: MIT

#include <shell/top.hpp>

#include <kernel/console/console.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/thread/threads.hpp>
#include <mm/owned_array.hpp>

namespace quartet::shell {
namespace {

constexpr usize most_rows = 16;
constexpr u64 most_rounds = 1000;
constexpr usize more_threads = 16;  // that begin between the count and the look

struct Row {
    u32 id;
    u32 core;
    u64 counts;  // so far
    u64 load;    // of the last second
    char name[kernel::thread_name_size];
};

class Load {
public:
    Status make() {
        usize count = more_threads;
        kernel::for_each_thread([&](const kernel::ThreadInfo&) { count += 1; });
        rows_ = TRY(mm::make_array<Row>(count));
        return {};
    }

    // Who has begun since the last look has done nothing before.
    void look() {
        const u64 now = kernel::now().counts;
        passed_ = now - looked_at_;
        looked_at_ = now;
        for (u64& idle : idle_) idle = 0;
        for (Row& row : rows_.span().first(used_)) row.load = 0;  // of who has ended since
        kernel::for_each_thread([&](const kernel::ThreadInfo& info) {
            Row* row = find(info.id);
            if (row == nullptr) return;
            row->core = info.core;
            row->load = info.run_counts >= row->counts ? info.run_counts - row->counts : info.run_counts;
            row->counts = info.run_counts;
            __builtin_memcpy(row->name, info.name, sizeof row->name);
            if (!info.idle) return;
            idle_[info.core] = row->load;
            row->load = 0;  // it is no row
        });
    }

    // Leaves no load behind.
    void print(Output& out, std::string_view end) {
        for (const kernel::Core& core : kernel::cores) {
            // Relaxed: a snapshot for people.
            if (core.state.load(arch::Order::Relaxed) != kernel::CoreState::Online) continue;
            put(out, "cpu", core.id, idle_[core.id] < passed_ ? passed_ - idle_[core.id] : 0, end);
        }
        out.line("{:>4} {:<24}{:>3} {:>7}{}", "ID", "NAME", "CPU", "LOAD", end);
        for (usize shown = 0; shown < most_rows; ++shown) {
            Row* most = nullptr;
            for (Row& row : rows_.span().first(used_))
                if (row.load > (most != nullptr ? most->load : 0)) most = &row;
            if (most == nullptr) return;
            out.part("{:>4} {:<24}", most->id, &most->name[0]);
            put(out, "", most->core, most->load, end);
            most->load = 0;
        }
    }

private:
    Row* find(u32 id) {
        for (Row& row : rows_.span().first(used_))
            if (row.id == id) return &row;
        if (used_ == rows_.size()) return nullptr;
        Row& row = rows_[used_++];
        row.id = id;
        return &row;
    }
    void put(Output& out, std::string_view what, u32 core, u64 counts, std::string_view end) const {
        const u64 tenths = (counts * 1000 + passed_ / 2) / passed_;
        out.line("{}{:>3} {:>5}.{}%{}", what, core, tenths / 10, tenths % 10, end);
    }

    mm::OwnedArray<Row> rows_;
    usize used_ = 0;
    u64 looked_at_ = 0;
    u64 passed_ = 1;
    u64 idle_[max_cores] = {};
};

}  // namespace

void top(const Invocation& call) {
    const bool in_place = call.arguments.count() == 0;
    Result<u64> rounds = in_place ? Result<u64>{most_rounds} : parse_number(call.arguments[0]);
    if (!rounds || *rounds == 0 || *rounds > most_rounds) return call.misuse("N is 1 to 1000");
    Load load;
    if (Status made = load.make(); !made) return call.refuse("{}", made.error());
    load.look();
    if (in_place) call.out.part("\x1b[2J");
    for (u64 round = 0; in_place || round < *rounds; ++round) {
        if (in_place) {
            if (kernel::console().read(*call.thread, kernel::seconds(1)).has_value()) return;
            call.out.part("\x1b[H");  // to the top, and each line to its end, what is below at the end
        } else {
            kernel::sleep_for(*call.thread, kernel::seconds(1));
        }
        load.look();
        load.print(call.out, in_place ? "\x1b[K" : "");
        if (in_place) call.out.line("any key ends\x1b[J");
    }
}

}  // namespace quartet::shell
