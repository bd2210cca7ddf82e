// SPDX-License-Identifier: MIT
//
// Which faults end their thread and not the run, and where the thread goes on then. What it does there is tested on the
// target.

#include "machine.hpp"

#include "../fakes/apart.hpp"
#include "../host/fake_tables.hpp"

#include <arch/layout/panic_trap.h>
#include <arch/probe.hpp>
#include <kernel/console/log.hpp>
#include <kernel/fault/contain.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/thread/thread_records.hpp>

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <functional>
#include <string>

using namespace quartet;
using namespace quartet::kernel;
using fakes::Apart;

namespace {

constexpr u64 read_abort = 0x25u << 26 | 1 << 25 | 5;
constexpr u64 irqs_masked = 1 << 7, illegal_state = 1 << 20, branch_type = 1 << 10, nzcv = 0xf000'0000;

alignas(16) std::array<std::byte, 16_KiB> stack;
Thread victim;
arch::FaultFrame frame;

uptr begin() { return std::bit_cast<uptr>(stack.data()); }
uptr top() { return begin() + stack.size() - sizeof(arch::SimdState); }

// A thread that may be contained, with a fault that may be.
void set_up() {
    static fakes::FakeTables tables;
    tables.map_image();
    arch::fake::readable_addresses = [](uptr address) { return address >= 64_KiB && address < 0x0000'8000'0000'0000; };
    victim.stack = stack;
    victim.state = ThreadState::Ready;
    victim.on_fault = OnFault::AsTold;
    name_record(victim, "victim");
    arch::sim_thread_pointer = &victim;
    cores[0].state.store(CoreState::Online, arch::Order::Relaxed);
    frame.sp = begin() + 8_KiB + 8;
    frame.elr = arch::image_base + 0x120;
    frame.spsr = 0x4 | illegal_state | branch_type | nzcv;
    frame.esr = read_abort;
    frame.far = 0x10;
    frame.x[29] = 1;
    frame.x[30] = 2;
    set_fault_policy(FaultPolicy::Contain);
}

// Whether it is contained after `change`; and where not, nothing of the frame is another.
bool contained(const std::function<void()>& change) {
    static const std::function<void()>* now;
    now = &change;
    const Apart apart = fakes::run_apart([] {
        set_up();
        (*now)();
        const uptr before = frame.elr;
        const bool yes = contain_fault(0, frame);
        APART_CHECK(yes == (frame.elr != before));
        fakes::say_apart(yes ? "contained" : "not");
    });
    CHECK(apart.end == Apart::End::Returned);
    CHECK((apart.said == "contained" || apart.said == "not"));
    return apart.said == "contained";
}

}  // namespace

TEST_CASE("EXC10 a fault of a thread that holds nothing is contained where the machine or the thread says so") {
    CHECK(contained([] {}));
    CHECK(!contained([] { set_fault_policy(FaultPolicy::Stop); }));
    CHECK(contained([] {
        set_fault_policy(FaultPolicy::Stop);
        victim.on_fault = OnFault::Contain;
    }));
    CHECK(!contained([] { victim.on_fault = OnFault::Stop; }));
    CHECK(!contained([] { victim.idle = true; }));
    CHECK(!contained([] { victim.used_once = true; }));
}

TEST_CASE("EXC10 what is half done stops the run: in a handler, masked, not to be preempted, with a guard, a panic") {
    CHECK(!contained([] { frame.spsr |= irqs_masked; }));
    CHECK(!contained([] { victim.preempt_disabled = 1; }));
    CHECK(!contained([] { victim.waits_kept = 1; }));
    CHECK(!contained([] { frame.depth = 1; }));
    for (u32 slot = 1; slot < 16; ++slot) {
        static u32 now;
        now = slot;
        CHECK(!contained([] { frame.slot = now; }));
    }
    CHECK(!contained([] { frame.esr = 0x3cu << 26 | 1 << 25 | PANIC_BRK; }));
    CHECK(!contained([] { cores[0].state.store(CoreState::Released, arch::Order::Relaxed); }));
    CHECK(!contained([] { arch::sim_thread_pointer = std::bit_cast<void*>(uptr{0x40}); }));
}

TEST_CASE(
    "EXC10 the thread goes on below where it was, with no caller and no state of the instruction that faulted; the log "
    "says so") {
    const Apart apart = fakes::run_apart([] {
        set_up();
        APART_CHECK(contain_fault(0, frame));
        APART_CHECK(frame.sp == begin() + 8_KiB);
        APART_CHECK(frame.x[29] == 0 && frame.x[30] == 0);
        APART_CHECK(frame.spsr == (0x4 | nzcv));
        the_log.show([](std::string_view line) { fakes::say_apart(line.substr(line.find(']') + 2)); });
    });
    CHECK(apart.said ==
          "contained: null-read: read at 0x10, in the null page (translation fault, level 1)"
          "contained: thread victim on core 0 is ended, at 0xffffffc000000120");
}

TEST_CASE("EXC10 after an overflow the thread ends in its own stack, below what its end has to look at") {
    CHECK(contained([] { frame.sp = begin() - 64; }));
    const Apart apart = fakes::run_apart([] {
        const auto placed = [](uptr sp) {
            set_up();
            frame.sp = sp;
            APART_CHECK(contain_fault(0, frame));
            APART_CHECK(frame.sp % 16 == 0);
            return frame.sp;
        };
        APART_CHECK(placed(begin() - 64) == top());
        APART_CHECK(placed(begin() + 1_KiB) == top());
        APART_CHECK(placed(begin() + stack.size()) == top());
        victim.locals_set = argument_kept;
        victim.argument = std::bit_cast<void*>(top() - 1000);
        APART_CHECK(placed(begin() - 64) == align_down(top() - 1000, 16));
        victim.at_end = std::bit_cast<EndAction*>(begin() + 9_KiB);
        APART_CHECK(placed(begin() - 64) == begin() + 9_KiB - 512);
        // So deep that its end has no room.
        victim.at_end = std::bit_cast<EndAction*>(begin() + 3_KiB);
        set_up();
        frame.sp = begin() - 64;
        APART_CHECK(!contain_fault(0, frame));
    });
    CHECK(apart.end == Apart::End::Returned);
    CHECK(apart.said.empty());
}
