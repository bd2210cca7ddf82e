// SPDX-License-Identifier: MIT
//
// Relacy under the kernel's atomics: an address becomes one of relacy's atomics when it is first used in a run, with the value
// that lies there. The accesses go to relacy's threads directly and not through rl::atomic, which knows no
// compare-exchange that acquires where it fails and only releases where it succeeds.

#include "engine.hpp"
#include "machine.hpp"
#include "places.hpp"
#include "races.hpp"

#include <arch/model_atomics.hpp>

#include <relacy/relacy.hpp>

#include <cstdio>
#include <cstdlib>
#include <streambuf>
#include <string>

namespace quartet::model {
namespace {

using arch::Order;

// One word of one run.
struct Cell {
    const void* at;
    u32 run;
    rl::atomic_data* data;
    u64 values[rl::atomic_history_size];
    u64 value;  // the newest
};

constexpr usize cells_size = 1 << 14;
Cell cells[cells_size];
u32 used_cells[cells_size];
usize used = 0;
u32 run_number = 0;
u64 run_now = 0;  // as relacy counts them
bool running = false;
const char* refuted_because = "";
Entry* entries = nullptr;
Entry* current = nullptr;
alignas(64) char room[suite_room];
void* suite = nullptr;
char reason[256];
const u64 wire = 0;  // from every publisher to every interrupt

// In every other run a core may be held up once, at one of its accesses, for some turns of the others: what needs one to stand
// between two accesses while another makes fifty is not found where all of them come forward alike.
struct HeldUp {
    u32 at;  // the number of the access; 0: nowhere
    u32 turns;
};
constexpr u32 most_cores = 4;
HeldUp held_up[most_cores];
u32 accesses[most_cores];

void choose_who_is_held_up() {
    const bool any = choose(2) != 0;
    for (u32 core = 0; core < most_cores; ++core) {
        accesses[core] = 0;
        held_up[core] = any ? HeldUp{1 + choose(8u << choose(9)), 4u << choose(8)} : HeldUp{0, 0};
    }
}

rl::thread_info_base& thread() { return *rl::ctx().threadx_; }

void init_history(rl::atomic_data* data, unsigned index) {
    // Relacy leaves this as it lies; it is "nobody has seen it".
    auto forget_seen = [&]<int N>() {
        auto& record = static_cast<rl::atomic_data_impl<N>*>(data)->history_[index];
        for (auto& seen : record.first_seen_order_) seen = static_cast<rl::timestamp_t>(-1);
    };
    switch (current->cores) {
        case 1: forget_seen.operator()<1>(); break;
        case 2: forget_seen.operator()<2>(); break;
        case 3: forget_seen.operator()<3>(); break;
        default: forget_seen.operator()<4>(); break;
    }
}

usize slot_of(const void* at) {
    usize slot = (reinterpret_cast<usize>(at) >> 2) * 0x9e37'79b9'7f4a'7c15 >> 50;
    while (cells[slot].run == run_number && cells[slot].at != at) slot = (slot + 1) % cells_size;
    return slot;
}

Cell& cell_of(const void* at, u64 plain) {
    const usize slot = slot_of(at);
    Cell& cell = cells[slot];
    if (cell.run == run_number && cell.data != nullptr) return cell;
    if (cell.run != run_number) used_cells[used++] = static_cast<u32>(slot);
    if (used == cells_size) std::abort();
    cell = {.at = at, .run = run_number, .data = rl::ctx().atomic_ctor(&cell), .values = {}, .value = plain};
    // As if it had been written before the run began: there is no choice about it.
    const unsigned index = thread().atomic_init(cell.data);
    init_history(cell.data, index);
    for (u64& value : cell.values) value = plain;
    return cell;
}

void give_back(Cell& cell) {
    if (cell.data != nullptr) rl::ctx().atomic_dtor(cell.data);
    cell.data = nullptr;
}

u64 narrow(u64 value, usize size) { return size == 8 ? value : value & ((u64{1} << (8 * size)) - 1); }

bool acquires(Order order) { return order == Order::Acquire || order == Order::AcqRel || order == Order::SeqCst; }
bool releases(Order order) { return order == Order::Release || order == Order::AcqRel || order == Order::SeqCst; }

u64 changed(u64 before, Change how, u64 value) {
    switch (how) {
        case Change::Exchange: return value;
        case Change::Add: return before + value;
        case Change::Sub: return before - value;
        case Change::Or: return before | value;
        case Change::And: return before & value;
    }
    std::abort();
}

void write(Cell& cell, u64 value, Order order) {
    bool aba = false;
    unsigned index = 0;
    if (acquires(order) && releases(order)) index = thread().atomic_rmw_acq_rel(cell.data, aba);
    else if (acquires(order)) index = thread().atomic_rmw_acquire(cell.data, aba);
    else if (releases(order)) index = thread().atomic_rmw_release(cell.data, aba);
    else index = thread().atomic_rmw_relaxed(cell.data, aba);
    cell.value = value;
    cell.values[index] = value;
}

// A store that is not part of an exchange ends the release sequence, its own core's too (C++20, intro.races). Relacy, which
// has it as C++11 had it, lets one core's go on.
template <int N>
void end_release_sequence(rl::atomic_data* data, unsigned index, bool released) {
    auto& self = static_cast<rl::thread_info<N>&>(thread());
    auto& record = static_cast<rl::atomic_data_impl<N>*>(data)->history_[index];
    for (int n = 0; n < N; ++n)
        record.acq_rel_order_[n] = released ? self.acq_rel_order_[n] : self.release_fence_order_[n];
}

void be_held_up() {
    const u32 core = this_core();
    if (++accesses[core] != held_up[core].at) return;
    for (u32 turns = held_up[core].turns; turns > 0; --turns) rl::ctx().sched();
}

void begin(const void* at, usize size) {
    rl::ctx().sched();
    be_held_up();
    if (become_hook != nullptr) become_hook(rl::ctx().threadx_->index_);
    races::atomic_access(at, size);
}

struct Nowhere : std::streambuf {
    int overflow(int c) override { return c; }
};
Nowhere nowhere;
std::ostream silent{&nowhere};

template <int N>
struct Suite : rl::test_suite<Suite<N>, N> {
    void before() {
        places::pause();
        run_number += 1;
        run_now += 1;
        used = 0;
        races::begin_run(N);
        if (reset_hook != nullptr) reset_hook();
        running = true;
        if (become_hook != nullptr) become_hook(0);
        suite = current->make(room);
        current->before(suite);
        machine::begin_threads();
        choose_who_is_held_up();
        places::go_on();
        if (become_hook != nullptr) become_hook(rl::ctx().threadx_->index_);
    }
    void thread(unsigned number) {
        if (become_hook != nullptr) become_hook(number);
        current->core(suite, number);
    }
    void after() {
        if (become_hook != nullptr) become_hook(0);
        current->after(suite);
        for (usize n = 0; n < used; ++n) give_back(cells[used_cells[n]]);
        running = false;
    }
};

template <int N>
bool simulate(rl::test_params& params) {
    return rl::simulate<Suite<N>>(params);
}

}  // namespace

void (*become_hook)(u32 core) = nullptr;
void (*reset_hook)() = nullptr;

void enter(Entry& entry) {
    Entry** at = &entries;
    while (*at != nullptr) at = &(*at)->next;
    *at = &entry;
}
Entry* first_entry() { return entries; }
u64 run_under_way() { return run_now; }

Outcome run(Entry& entry, u64 runs, u64 first) {
    current = &entry;
    run_now = first - 1;
    running = false;
    refuted_because = "";
    rl::test_params params;
    params.iteration_count = first + runs - 1;
    params.initial_state = std::to_string(first).c_str();  // a run's choices follow from its number alone
    params.execution_depth_limit = entry.claim.longest;
    params.output_stream = &silent;
    params.progress_stream = &silent;
    params.collect_history = true;  // else relacy runs what failed a second time for it
    bool holds = false;
    switch (entry.cores) {
        case 1: holds = simulate<1>(params); break;
        case 2: holds = simulate<2>(params); break;
        case 3: holds = simulate<3>(params); break;
        default: holds = simulate<4>(params); break;
    }
    running = false;
    const char* why = params.test_result == rl::test_result_user_assert_failed
                          ? refuted_because
                          : rl::test_result_str(params.test_result);
    return {.holds = holds, .runs = params.stop_iteration, .why = holds ? "" : why};
}

void refute(const char* why) noexcept {
    std::snprintf(reason, sizeof reason, "%s", why);
    refuted_because = reason;
    if (!running) {
        std::fprintf(stderr, "models: %s, outside a run\n", why);
        std::_Exit(1);
    }
    running = false;
    rl::ctx().fail_test(reason, rl::test_result_user_assert_failed, RL_INFO);
    std::abort();
}

u32 choose(u32 limit) noexcept { return rl::rand(limit); }
u32 this_core() noexcept { return static_cast<u32>(rl::ctx().threadx_->index_); }
bool in_run() noexcept { return running; }

u64 load(const void* at, usize size, u64 plain, const OrderAt& order) noexcept {
    if (!running) return plain;
    const Order as = places::order_at(order, places::Slot::First);
    begin(at, size);
    Cell& cell = cell_of(at, plain);
    const unsigned index =
        acquires(as) ? thread().atomic_load_acquire(cell.data) : thread().atomic_load_relaxed(cell.data);
    return cell.values[index];
}

bool store(void* at, usize size, u64 plain, u64 value, const OrderAt& order) noexcept {
    if (!running) return false;
    const Order as = places::order_at(order, places::Slot::First);
    begin(at, size);
    Cell& cell = cell_of(at, plain);
    const unsigned index =
        releases(as) ? thread().atomic_store_release(cell.data) : thread().atomic_store_relaxed(cell.data);
    switch (current->cores) {
        case 1: end_release_sequence<1>(cell.data, index, releases(as)); break;
        case 2: end_release_sequence<2>(cell.data, index, releases(as)); break;
        case 3: end_release_sequence<3>(cell.data, index, releases(as)); break;
        default: end_release_sequence<4>(cell.data, index, releases(as)); break;
    }
    cell.value = narrow(value, size);
    cell.values[index] = cell.value;
    return true;
}

bool change(void* at, usize size, u64 plain, Change how, u64 value, const OrderAt& order, u64& before) noexcept {
    if (!running) return false;
    const Order as = places::order_at(order, places::Slot::First);
    begin(at, size);
    Cell& cell = cell_of(at, plain);
    before = cell.value;
    write(cell, narrow(changed(before, how, value), size), as);
    return true;
}

Exchanged compare_exchange(void* at, usize size, u64 plain, u64& expected, u64 desired, Kind kind,
                           const OrderAt& success, const OrderAt& failure) noexcept {
    if (!running) return Exchanged::NotRunning;
    const Order as = places::order_at(success, places::Slot::First);
    const Order else_as = places::order_at(failure, places::Slot::Failure);
    begin(at, size);
    Cell& cell = cell_of(at, plain);
    const bool same = cell.value == narrow(expected, size);
    if (same && (kind == Kind::Strong || rl::ctx().rand(4, rl::sched_type_cas_fail) != 0)) {
        write(cell, narrow(desired, size), as);
        return Exchanged::Yes;
    }
    // A pair's load that fails to store may have read what a load may read; relacy lets it see the newest.
    if (acquires(else_as)) thread().atomic_load_acquire_rmw(cell.data);
    else thread().atomic_load_relaxed_rmw(cell.data);
    expected = cell.value;
    return Exchanged::No;
}

void forget(const void* at, usize) noexcept {
    if (!running) return;
    Cell& cell = cells[slot_of(at)];
    if (cell.run == run_number && cell.at == at) give_back(cell);
}

void fence(const std::source_location& place) noexcept {
    if (!running) return;
    be_held_up();
    // Relacy lets others go on in the stronger one alone.
    if (places::order_at({Order::SeqCst, place}, places::Slot::First) == Order::SeqCst) {
        rl::ctx().atomic_thread_fence_seq_cst();
    } else {
        rl::ctx().sched();
        rl::ctx().atomic_thread_fence_acq_rel();
    }
    if (become_hook != nullptr) become_hook(rl::ctx().threadx_->index_);
}

void publish(const std::source_location& place) noexcept {
    if (!running) return;
    const Order as = places::order_at({Order::Release, place}, places::Slot::First);
    begin(&wire, sizeof wire);
    write(cell_of(&wire, 0), 0, as);
}

void after_interrupt() noexcept {
    if (!running) return;
    begin(&wire, sizeof wire);
    write(cell_of(&wire, 0), 0, Order::Acquire);
}

void yield() noexcept {
    if (!running) return;
    rl::ctx().yield(1, RL_INFO);
    if (become_hook != nullptr) become_hook(rl::ctx().threadx_->index_);
}

void pass() {
    rl::ctx().sched();
    if (become_hook != nullptr) become_hook(rl::ctx().threadx_->index_);
}

timestamps clocks() {
    rl::thread_info_base& self = thread();
    return {self.acq_rel_order_, &self.own_acq_rel_order_, static_cast<u32>(self.index_)};
}

}  // namespace quartet::model
