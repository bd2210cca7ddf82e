// SPDX-License-Identifier: MIT

#include "contain.hpp"

#include <arch/probe.hpp>
#include <base/format.hpp>
#include <kernel/console/log.hpp>
#include <kernel/fault/fault_report.hpp>
#include <kernel/fault/fault_words.hpp>
#include <kernel/fault/memory_place.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/thread/threads.hpp>

#include <array>
#include <bit>
#include <optional>

namespace quartet::kernel {

namespace {

// Written during the start-up.
constinit FaultPolicy the_policy = FaultPolicy::Stop;

// SPSR_EL1 (DDI 0487, C5.2.19): interrupts; what the exception found out about the instruction, which is not gone on with.
constexpr u64 spsr_irqs_masked = 1 << 7;
constexpr u64 spsr_of_instruction = 1 << 20 | 1 << 21 | 3 << 10;  // IL, SS, BTYPE

// What the end of a thread needs, and an interrupt meanwhile.
constexpr usize room_to_end = smallest_stack - 1_KiB;
constexpr usize widest_words = 140;

bool may_be_contained(const Thread& thread) {
    if (thread.idle || thread.used_once || thread.on_fault == OnFault::Stop) return false;
    return thread.on_fault == OnFault::Contain || the_policy == FaultPolicy::Contain;
}

bool nothing_half_done(const Thread& thread, const arch::FaultFrame& frame, u32 core) {
    const bool synchronous = frame.slot == 0 && frame.depth == 0 && !is_panic(frame);
    const bool open = (frame.spsr & spsr_irqs_masked) == 0 && thread.preempt_disabled == 0 && thread.waits_kept == 0;
    // Relaxed: this core wrote it.
    return synchronous && open && cores[core].state.load(arch::Order::Relaxed) == CoreState::Online;
}

// Below all that the end of the thread looks at: what its callers left to be done lies in their frames, an argument that is
// kept at the top. From where it was, if there is room; a stack that overflowed is empty but for those.
std::optional<uptr> place_to_end(const Thread& thread, uptr sp) {
    const AddressRange stack = stack_of(thread);
    if (!stack.contains(sp) || sp - stack.begin < room_to_end) {
        sp = stack.end - sizeof(arch::SimdState);
        // Whatever that works on lies around it, in the frame of the same call.
        if (thread.at_end != nullptr) sp = std::bit_cast<uptr>(thread.at_end) - 512;
        else if ((thread.locals_set & argument_kept) != 0) sp = std::bit_cast<uptr>(thread.argument);
        if (!stack.contains(sp) || sp - stack.begin < room_to_end) return {};
    }
    return align_down(sp, stack_alignment);
}

void tell(const Thread& thread, const arch::FaultFrame& frame, u32 core) {
    std::array<char, 400> room;
    Writer out{room};
    ReportSubject subject;
    subject.frame = frame;
    subject.core = core;
    write_section(out, subject, ReportSection::Fault);
    std::string_view words = out.text();
    words = words.substr(0, words.find('\n'));
    words.remove_prefix(words.find(' ') + 1);
    log("contained: {}", words.substr(0, widest_words));
    out.clear();
    put_code_address(out, frame.elr, CodeAddress::Exact, 60);
    log("contained: thread {} on core {} is ended, at {}", thread_name(thread), core, out.text());
}

[[noreturn]] void end_faulted() noexcept {
    ThreadContext self = ThreadContext::current(Unsafe{"its fault is over, and it held nothing"});
    end_thread(self, {.terminated = true});
}

}  // namespace

void set_fault_policy(FaultPolicy policy) noexcept { the_policy = policy; }

bool contain_fault(u32 core, arch::FaultFrame& frame) noexcept {
    Thread* thread = thread_if_readable();
    if (thread == nullptr || !may_be_contained(*thread) || !nothing_half_done(*thread, frame, core)) return false;
    const auto sp = place_to_end(*thread, frame.sp);
    if (!sp) return false;
    tell(*thread, frame, core);
    frame.sp = *sp;
    frame.elr = std::bit_cast<uptr>(&end_faulted);
    frame.spsr &= ~spsr_of_instruction;
    // No caller: a walk up the stack ends there.
    frame.x[29] = frame.x[30] = 0;
    return true;
}

}  // namespace quartet::kernel
