// SPDX-License-Identifier: MIT

#include "memory_place.hpp"

#include <arch/image.hpp>
#include <arch/layout/boot_record.h>
#include <arch/linear_map.hpp>
#include <arch/probe.hpp>
#include <base/format.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/thread/thread_records.hpp>
#include <mm/kernel_map.hpp>
#include <mm/stack.hpp>

#include <bit>

namespace quartet::kernel {

namespace {

// Unmapped address space below each stack.
constexpr usize guard_size = mm::stack_guard;
static_assert(guard_size == CORE_GUARD_SIZE);

uptr address_of(const std::byte* symbol) { return std::bit_cast<uptr>(symbol); }

AddressRange below(uptr end, usize size) { return end < size ? AddressRange{} : AddressRange{end - size, end}; }

AddressRange guard_of(AddressRange stack) {
    return stack.begin < guard_size ? AddressRange{} : AddressRange{stack.begin - guard_size, stack.begin};
}

bool mapped(uptr address) { return mm::lookup(address).has_value(); }

std::optional<TouchedPlace> in_thread_stack(const Thread& thread, uptr address, std::span<char> room) {
    AddressRange stack = stack_of(thread);
    bool inside = stack.contains(address);
    if (!inside && !guard_of(stack).contains(address)) return {};
    return TouchedPlace{inside ? Place::Stack : Place::StackGuard, format_to(room, "thread {}", thread_name(thread))};
}

std::optional<TouchedPlace> in_core_stack(uptr address, std::span<char> room) {
    for (u32 core = 0; core < max_cores; ++core) {
        for (bool overflow : {false, true}) {
            AddressRange stack = overflow ? overflow_stack_of(core) : exception_stack_of(core);
            std::string_view name = overflow ? "overflow" : "exception";
            if (stack.contains(address)) return TouchedPlace{Place::Stack, format_to(room, "core {} ({})", core, name)};
            if (guard_of(stack).contains(address))
                return TouchedPlace{Place::StackGuard, format_to(room, "core {} ({})", core, name)};
        }
    }
    return {};
}

// The thread that has the stack of this slot, by a walk over records, which are never freed.
TouchedPlace in_stack_slot(const mm::Stacks::Place& slot, std::span<char> room) {
    TouchedPlace found{slot.guard ? Place::StackGuard : Place::Stack};
    for (const Thread* thread = first_record(); thread != nullptr; thread = record_behind(*thread)) {
        if (stack_of(*thread).begin != slot.stack) continue;
        found.owner = format_to(room, "thread {}", thread_name(*thread));
        if (thread->state != ThreadState::Free) break;
    }
    return found;
}

TouchedPlace in_image(uptr address) {
    if (address < address_of(__text_end)) return {Place::Text};
    if (address < address_of(__rodata_end)) return {Place::Rodata};
    if (address >= address_of(__sealed_begin) && address < address_of(__sealed_end)) return {Place::Rodata};
    return {Place::Data};
}

}  // namespace

AddressRange code_range() noexcept { return {address_of(_start), address_of(__text_end)}; }

AddressRange stack_of(const Thread& thread) noexcept {
    uptr begin = std::bit_cast<uptr>(thread.stack.data());
    return {begin, begin + thread.stack.size()};
}

AddressRange exception_stack_of(u32 core) noexcept {
    return below(cores[core].exception_stack, CORE_EXCEPTION_STACK_SIZE);
}
AddressRange overflow_stack_of(u32 core) noexcept {
    return below(cores[core].overflow_stack, CORE_OVERFLOW_STACK_SIZE);
}

Thread* thread_if_readable() noexcept {
    uptr address = std::bit_cast<uptr>(arch::thread_pointer());
    bool readable = is_aligned(address, 8) && arch::readable(address) && arch::readable(address + sizeof(Thread) - 1);
    return readable ? std::bit_cast<Thread*>(address) : nullptr;
}

TouchedPlace place_of(uptr address, std::span<char> room) noexcept {
    if (address < null_end) return {Place::NullPage};
    if (const Thread* thread = thread_if_readable()) {
        if (auto found = in_thread_stack(*thread, address, room)) return *found;
    }
    if (auto found = in_core_stack(address, room)) return *found;
    if (address >= address_of(_start) && address < address_of(__image_end))
        return mapped(address) ? in_image(address) : TouchedPlace{Place::Unmapped};
    if (address >= mm::device_window) return {mapped(address) ? Place::Device : Place::Unmapped};
    if (auto slot = mm::kernel_stacks.describe(address)) return in_stack_slot(*slot, room);
    if (!mapped(address)) return {Place::Unmapped};
    if (address >= mm::tree_window && address < mm::tree_window + 1_GiB) return {Place::Tree};
    return {Place::Heap};
}

}  // namespace quartet::kernel
