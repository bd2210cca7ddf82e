// SPDX-License-Identifier: MIT

#include "crash_kinds.hpp"

#include <arch/crash.hpp>
#include <arch/handler.hpp>
#include <arch/image.hpp>
#include <arch/irq_mask.hpp>
#include <arch/raw_memory.hpp>
#include <base/assert.hpp>
#include <kernel/console/log.hpp>
#include <kernel/fault/panic.hpp>
#include <mm/heap.hpp>
#include <mm/kernel_map.hpp>
#include <mm/memory.hpp>

#include <bit>
#include <new>

namespace quartet::debug {

namespace {

using kernel::CrashContext;

// No board has RAM or a device here: above 8 GiB of RAM, below the PCIe window at 24 GiB.
constexpr PhysAddr nowhere{0x4'0000'0000};
constexpr u32 ret_instruction = 0xd65f'03c0;

template <typename T>
uptr address_of(const T* object) {
    return std::bit_cast<uptr>(object);
}

// What a bad jump jumps to: a function that would return, were it executable.
alignas(16) constinit u32 code_in_data[4] = {ret_instruction, 0, 0, 0};
alignas(16) const u32 word_in_rodata[4] = {ret_instruction, 0, 0, 0};
constinit uptr code_in_heap = 0;
constinit uptr device = 0;
constinit uptr unassigned = 0;

Status prepare_heap() noexcept {
    if (code_in_heap != 0) return {};
    u32* code = new (std::nothrow) u32[4]{ret_instruction, 0, 0, 0};
    if (code == nullptr) return fail(Error::NoMemory);
    code_in_heap = address_of(code);
    return {};
}

// A register page that can be read without effect: of a mapping of our own, so that its kind of memory is known.
Status prepare_device() noexcept {
    constexpr PhysAddr gpio{0xfe20'0000};
    if (device == 0) device = TRY(mm::map_device(gpio, page_size));
    return {};
}

Status prepare_unassigned() noexcept {
    if (unassigned == 0) unassigned = TRY(mm::map_device(nowhere, page_size));
    return {};
}

void null_read() noexcept { quartet_crash_read(0x10); }
void null_write() noexcept { quartet_crash_write(0xff8); }
void null_call() noexcept { quartet_crash_call(0); }
void wild_read() noexcept { quartet_crash_read(0xffff'fff0'dead'0000); }
void wild_write() noexcept { quartet_crash_write(0xffff'fff0'dead'0000); }
void wild_call() noexcept { quartet_crash_call(0xffff'fff0'dead'0000); }
// Neither half of the address space reaches so far.
void non_canonical() noexcept { quartet_crash_read(0x0123'4567'89ab'cde0); }
void text_write() noexcept { quartet_crash_write(std::bit_cast<uptr>(&quartet_crash_read)); }
void rodata_write() noexcept { quartet_crash_write(address_of(word_in_rodata)); }
void exec_data() noexcept { quartet_crash_call(address_of(code_in_data)); }
void exec_heap() noexcept { quartet_crash_call(code_in_heap); }
void exec_rodata() noexcept { quartet_crash_call(address_of(word_in_rodata)); }
void exec_device() noexcept { quartet_crash_call(device); }
void exec_stack() noexcept {
    alignas(16) u32 code[4] = {ret_instruction, 0, 0, 0};
    quartet_crash_call(std::bit_cast<uptr>(&code[0]));
}
void unaligned() noexcept { quartet_crash_acquire(address_of(code_in_data) + 1); }
void unaligned_device() noexcept { quartet_crash_read_unaligned(device); }
void external_abort() noexcept { quartet_crash_read(unassigned); }

// Not a tail call, because of what comes after it, and never deep enough for the compiler to see an end.
[[gnu::noinline]] u32 recurse(u32 depth) noexcept {
    u32 frame[16];
    frame[0] = depth;
    arch::touched_unseen(frame);
    if (frame[0] == ~u32{0}) return 0;
    frame[0] += recurse(frame[0] + 1);
    arch::touched_unseen(frame);
    return frame[0];
}
void stack_overflow() noexcept { (void)recurse(0); }

// Of a thread that has SIMD open.
void stack_simd() noexcept {
    quartet_crash_simd();
    (void)recurse(0);
}

// A frame that reaches far below the guard, of which the far end alone is touched.
void touch_far_end(std::byte* frame) { quartet_crash_read(std::bit_cast<uptr>(frame)); }
[[gnu::noinline]] void stack_jump() noexcept {
    std::byte frame[1_MiB];
    touch_far_end(frame);
}
[[gnu::noinline]] void stack_alloca() noexcept {
    usize size = 1_MiB;
    arch::touched_unseen(&size);
    touch_far_end(static_cast<std::byte*>(__builtin_alloca(size)));
}

// A virtual SError is raised by what stays at EL2, if we came that way.
Status prepare_serror() noexcept {
    if (quartet_boot_record.exception_level < 2) return fail(Error::Unsupported);
    return {};
}

// PSTATE of a thread (its interrupts open), a handler, EL0 in both states (everything masked).
constexpr u64 spsr_thread = 0x344;
constexpr u64 spsr_irqs_masked = 0x80;
constexpr u64 spsr_handler = 0x3c5;
constexpr u64 spsr_el0 = 0x3c0;
constexpr u64 spsr_aarch32 = 0x1d0;
constexpr u64 spsr_illegal = 0x349;  // EL2, from EL1

u64 masked_as_here(u64 spsr) { return arch::irqs_masked() ? spsr | spsr_irqs_masked : spsr; }

template <u32 Slot>
void own_slot() noexcept {
    if (arch::in_handler()) quartet_crash_slot(Slot + 4, spsr_handler);
    else quartet_crash_slot(Slot, masked_as_here(spsr_thread));
}
template <u32 Slot>
void handler_slot() noexcept {
    quartet_crash_slot(Slot, spsr_handler);
}
template <u32 Slot>
void lower_slot() noexcept {
    quartet_crash_slot(Slot, Slot < 12 ? spsr_el0 : spsr_aarch32);
}
void el0_sync() noexcept { quartet_crash_eret(spsr_el0); }
void illegal_state() noexcept { quartet_crash_eret(masked_as_here(spsr_illegal)); }
void aarch32_sync() noexcept { quartet_crash_eret(spsr_aarch32); }

// A core that was not told to check would do nothing, too.
Status prepare_sp() noexcept {
    if (!arch::stack_alignment_checked()) return fail(Error::Unsupported);
    return {};
}

// What the allocators catch, in every build but `overrun`, which wants checks.
void wrong_order() noexcept {
    if (auto block = mm::kernel_frames.allocate(1)) mm::kernel_frames.free(*block, 0);
}
void double_free() noexcept {
    // A debug image sees the first one. A release image looks where a magazine is full: at the latest the second time that it is.
    void* objects[64];
    for (void*& object : objects) object = mm::kernel_heap.allocate(40).value_or(nullptr);
    for (void* object : objects) {
        mm::kernel_heap.free(object);
        mm::kernel_heap.free(object);
    }
}
void overrun() noexcept {
    auto memory = mm::kernel_heap.allocate(40);
    if (!memory) return;
    arch::write_raw(Unsafe{"the byte behind an object, which a red zone guards"}, std::bit_cast<uptr>(*memory) + 40,
                    arch::Width::Bits8, 1);
    mm::kernel_heap.free(*memory);
}

void stranger() noexcept { mm::kernel_heap.free(code_in_data); }
void out_of_memory() noexcept {
    usize size = usize{1} << 40;
    arch::touched_unseen(&size);
    arch::touched_unseen(::operator new(size));
}

void panics() noexcept {
    // Under a lock, where the thread that writes the log cannot run any more: it stands above the report all the same.
    kernel::log("crash: a line that waits when the panic comes");
    kernel::panic("asked for by the crash command");
}
void checks() noexcept { check(code_in_data[1] != 0, "asked for by the crash command"); }

// Whether interrupts were masked went with the PSTATE of the thread that left for EL0.
constexpr u8 but_under_locks = in_threads | in_handlers;
// In a handler it is masked, and would come on the way back.
constexpr u8 but_in_handlers = in_threads | under_locks;

constexpr CrashKind kinds[] = {
    {"null-read", null_read},
    {"null-write", null_write},
    {"null-call", null_call},
    {"wild-read", wild_read},
    {"wild-write", wild_write},
    {"wild-call", wild_call},
    {"non-canonical", non_canonical},
    {"text-write", text_write},
    {"rodata-write", rodata_write},
    {"exec-data", exec_data},
    {"exec-rodata", exec_rodata},
    {"exec-stack", exec_stack},
    {"exec-heap", exec_heap, prepare_heap},
    {"exec-device", exec_device, prepare_device},
    {"unaligned", unaligned},
    {"unaligned-device", unaligned_device, prepare_device},
    {"sp-misaligned", quartet_crash_sp, prepare_sp},
    {"pc-misaligned", quartet_crash_pc},
    {"illegal-state", illegal_state},
    {"undefined", quartet_crash_undefined},
    {"brk", quartet_crash_brk},
    {"svc", quartet_crash_svc},
    {.name = "simd", .cause = quartet_crash_simd, .usual = CrashContext::Irq},
    {.name = "simd-open", .cause = quartet_crash_simd, .usual = CrashContext::Irq, .simd_before = true},
    {"sysreg", quartet_crash_sysreg},
    {"sysreg-write", quartet_crash_sysreg_write},
    {"external-abort", external_abort, prepare_unassigned},
    {"stack-overflow", stack_overflow},
    {"stack-jump", stack_jump},
    {"stack-alloca", stack_alloca},
    {"stack-simd", stack_simd, nullptr, in_threads},
    {"serror", quartet_crash_serror, prepare_serror, but_in_handlers},
    {"fiq", own_slot<2>},
    {"handler-irq", handler_slot<5>, nullptr, in_handlers, CrashContext::Irq},
    {"handler-fiq", handler_slot<6>, nullptr, in_handlers, CrashContext::Irq},
    {"handler-serror", handler_slot<7>, nullptr, in_handlers, CrashContext::Irq},
    {"el0-sync", el0_sync, nullptr, but_under_locks},
    {"el0-irq", lower_slot<9>, nullptr, but_under_locks},
    {"el0-fiq", lower_slot<10>, nullptr, but_under_locks},
    {"el0-serror", lower_slot<11>, nullptr, but_under_locks},
    {"aarch32-sync", aarch32_sync, nullptr, but_under_locks},
    {"aarch32-irq", lower_slot<13>, nullptr, but_under_locks},
    {"aarch32-fiq", lower_slot<14>, nullptr, but_under_locks},
    {"aarch32-serror", lower_slot<15>, nullptr, but_under_locks},
    {"panic", panics},
    {"check", checks},
    {"hang", hang},
    {"silent-core", silent_core, nullptr, in_threads},
    {"wrong-order", wrong_order, nullptr, in_threads},
    {"double-free", double_free, nullptr, in_threads},
    {"overrun", overrun, nullptr, in_threads},
    {"stranger", stranger, nullptr, in_threads},
    {"out-of-memory", out_of_memory, nullptr, in_threads},
};

}  // namespace

std::span<const CrashKind> crash_kinds() noexcept { return kinds; }

}  // namespace quartet::debug
