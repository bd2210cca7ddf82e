// SPDX-License-Identifier: MIT

#include "crash_setup.hpp"

#include <debug/backtrace.hpp>
#include <debug/crash_keeper.hpp>
#include <debug/symbols.hpp>
#include <arch/cpu.hpp>
#include <kernel/console/log.hpp>
#include <kernel/fault/memory_place.hpp>
#include <kernel/trace/trace.hpp>
#include <mm/memory_fault.hpp>
#include <sync/lock_graph.hpp>

// Around the table (cmake/symbols.cmake); in a first link they are one address.
extern "C" const std::byte quartet_symbols_begin[];
extern "C" const std::byte quartet_symbols_end[];

namespace quartet::debug {

namespace {

constinit std::optional<SymbolTable> table;

std::optional<kernel::NamedAddress> name(uptr address, std::span<char> room) noexcept {
    if (!table) return {};
    return table->find(address, room);
}

// For the allocators' reports: who allocated what was damaged.
std::string_view name_code(std::span<char> room, uptr pc) {
    std::array<char, 64> name_room{};
    auto found = name(pc, name_room);
    if (!found) return format_to(room, "{:#x}", pc);
    return format_to(room, "{:#x} {}+{:#x}", pc, found->name, found->offset);
}

// For the lock graph, of what this core does. A handler's frames lead on to those of the thread that it interrupted.
usize trace_of_lock(uptr frame, std::span<uptr> found) noexcept {
    std::array<kernel::AddressRange, 2> stacks{kernel::exception_stack_of(arch::core_id()), {}};
    if (const kernel::Thread* thread = kernel::thread_if_readable()) stacks[1] = kernel::stack_of(*thread);
    return backtrace(frame, stacks, kernel::code_range(), found);
}

void notice(std::string_view line) { kernel::log("memory: {}", line); }

}  // namespace

bool start_reports() noexcept {
    if (auto opened = SymbolTable::open({quartet_symbols_begin, quartet_symbols_end})) table = *opened;
    kernel::set_crash_hooks({.name = name,
                             .backtrace = backtrace,
                             .record = keep_crash_piece,
                             .show = show_crash_record,
                             .events = kernel::trace::write_last,
                             .image = image_checksum()});
    mm::set_fault_hooks({.notice = notice, .name_code = name_code, .callers = checks_enabled});
    if constexpr (checks_enabled) sync::set_trace_hook(trace_of_lock);
    return table.has_value();
}

u32 image_checksum() noexcept { return table ? table->sum() : 0; }

}  // namespace quartet::debug
