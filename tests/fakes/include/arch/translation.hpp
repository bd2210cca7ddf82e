// SPDX-License-Identifier: MIT
//
// The host's table walkers and TLBs: what they are told is kept in order, so that a test can say that a table was published
// before the entry that leads to it, and that nobody was left with the right to a page that is gone.

#pragma once

#include <arch/layout/translation.hpp>
#include <arch/sim_point.hpp>
#include <base/types.hpp>

#include <functional>
#include <vector>

namespace quartet::arch {

struct TranslationCall {
    enum class Kind : u8 { Published, Forgotten };
    Kind kind;
    uptr begin = 0;
    uptr end = 0;
    bool operator==(const TranslationCall&) const = default;
};

inline std::vector<TranslationCall> sim_translation_calls;
// A look at the tables as they are at each call.
inline std::function<void(const TranslationCall&)> sim_at_translation_call;

// No point: the callers have been one.
inline void note_translation_call(const TranslationCall& call) {
    sim_translation_calls.push_back(call);
    if (sim_at_translation_call) sim_at_translation_call(call);
}

inline Descriptor read_entry(const Descriptor& entry) noexcept {
    sim_point();
    return entry;
}
inline void publish_mappings() noexcept {
    sim_point();
    note_translation_call({TranslationCall::Kind::Published});
}
inline void forget_mappings(uptr begin, uptr end) noexcept {
    sim_point();
    note_translation_call({TranslationCall::Kind::Forgotten, begin, end});
}

}  // namespace quartet::arch
