// SPDX-License-Identifier: MIT
//
// How the allocators say that somebody broke memory: one line with the addresses in it. A wrong call
// (`memory_fault`) always stops. Damage that was found in memory (`memory_damage`) stops too, or, if the
// policy says so, is reported while what it touched is kept out of use for ever.

#pragma once

#include <arch/handler.hpp>
#include <base/assert.hpp>
#include <base/format.hpp>

#include <array>
#include <span>
#include <string_view>

namespace quartet::mm {

enum class DamagePolicy : u8 {
    Stop,
    GoOn,
};

// What the layers above lend to this one. Every member may be null.
struct FaultHooks {
    // Takes one line that is worth keeping, without its end. Context: that of the caller who did the damage.
    void (*notice)(std::string_view line) = nullptr;
    // The name and offset of the function that holds `pc`, written to `room`.
    std::string_view (*name_code)(std::span<char> room, uptr pc) = nullptr;
    DamagePolicy policy = DamagePolicy::Stop;
    // Debug builds: notices before a report say who allocated and freed, a line for each caller.
    bool callers = false;
};

// Returns those that were there before. Context: boot, one core; tests.
FaultHooks set_fault_hooks(const FaultHooks& hooks) noexcept;

// For what is not in everybody's way: the proof of the interrupt path is the rule's first guard, this is its second.
inline void refuse_handlers() { check(!arch::in_handler(), "a handler must not allocate memory, nor free it"); }

// A line that must be seen but stops nothing.
void memory_notice(std::string_view line);

// FaultHooks::callers.
bool told_with_callers() noexcept;

namespace detail {
using FaultRoom = std::array<char, 240>;
void end_damage(FaultRoom& room, usize length);
}  // namespace detail

// A code address as text: by name where somebody lent names, else as a number.
class CodeName {
public:
    explicit CodeName(uptr pc);
    std::string_view text() const { return text_; }

private:
    std::array<char, 96> room_{};
    std::string_view text_;
};

// Context: any, also with locks of mm held: it does not return, and the report that follows takes no lock and allocates
// nothing, so nobody waits for them any more. Not noexcept: the host's check_failed throws.
template <typename... Args>
[[noreturn]] [[gnu::cold]] void memory_fault(FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
    detail::FaultRoom room{};
    // One byte is kept for the terminator that `check_failed` wants.
    (void)format_to(std::span{room}.first(room.size() - 1), text, args...);
    check_failed(room.data(), SourcePlace::current());
}

// Context: any, no lock of mm held: under DamagePolicy::GoOn the hook has the line to log, and this returns.
template <typename... Args>
[[gnu::cold]] void memory_damage(FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
    detail::FaultRoom room{};
    const std::string_view line = format_to(std::span{room}.first(room.size() - 1), text, args...);
    detail::end_damage(room, line.size());
}

}  // namespace quartet::mm
