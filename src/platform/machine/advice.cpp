// SPDX-License-Identifier: MIT

#include <platform/advice.hpp>

namespace quartet::platform {

void Advice::add_args(std::string_view text, std::span<const FormatArg> args) noexcept {
    AdviceLine line;
    Writer out{line.room};
    format_args(out, text, args);
    line.length = static_cast<u32>(out.text().size());
    // A tree's names may hold anything; the report is for people and terminals.
    for (u32 at = 0; at != line.length; ++at) {
        if (line.room[at] < ' ' || line.room[at] > '~') line.room[at] = '?';
    }
    if (!lines_.push(line)) ++dropped_;
}

}  // namespace quartet::platform
