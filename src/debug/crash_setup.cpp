// SPDX-License-Identifier: MIT

#include "crash_setup.hpp"

#include <debug/backtrace.hpp>
#include <debug/symbols.hpp>

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

}  // namespace

bool start_reports() noexcept {
    if (auto opened = SymbolTable::open({quartet_symbols_begin, quartet_symbols_end})) table = *opened;
    kernel::set_crash_hooks({name, backtrace});
    return table.has_value();
}

}  // namespace quartet::debug
