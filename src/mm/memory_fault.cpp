// SPDX-License-Identifier: MIT

#include <mm/memory_fault.hpp>

namespace quartet::mm {

namespace {

constinit FaultHooks hooks;

}  // namespace

FaultHooks set_fault_hooks(const FaultHooks& given) noexcept {
    const FaultHooks before = hooks;
    hooks = given;
    return before;
}

void memory_notice(std::string_view line) {
    if (hooks.notice != nullptr) hooks.notice(line);
}

bool told_with_callers() noexcept { return hooks.callers; }

CodeName::CodeName(uptr pc)
    : text_{hooks.name_code != nullptr ? hooks.name_code(room_, pc) : format_to(room_, "{:#x}", pc)} {}

void detail::end_damage(FaultRoom& room, usize length) {
    if (hooks.policy == DamagePolicy::GoOn) return memory_notice({room.data(), length});
    check_failed(room.data(), SourcePlace::current());
}

}  // namespace quartet::mm
