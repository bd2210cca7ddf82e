// SPDX-License-Identifier: MIT
//
// /chosen/bootargs: words `key=value` between blanks. The firmware puts words for Linux there too; whatever is
// not ours is said, once a word, because a mistyped key would look the same.

#include <platform/machine/parts.hpp>

namespace quartet::platform::parts {

namespace {

constexpr std::string_view blanks = " \t\n\r";

std::string_view take_word(std::string_view& text) {
    const usize begin = text.find_first_not_of(blanks);
    text.remove_prefix(begin < text.size() ? begin : text.size());
    const std::string_view word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    return word;
}

}  // namespace

BootArguments read_boot_arguments(std::string_view text, Advice& advice) {
    constexpr std::string_view run_key = "run=";
    BootArguments arguments;
    for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
        if (word.starts_with(run_key)) arguments.run = word.substr(run_key.size());
        else advice.add("bootargs: '{}' is unknown; known is run=COMMAND;COMMAND (_ for a blank)", word);
    }
    return arguments;
}

}  // namespace quartet::platform::parts
