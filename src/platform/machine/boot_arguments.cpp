// SPDX-License-Identifier: MIT
//
// /chosen/bootargs: words `key=value` between blanks. The firmware puts words for Linux there too; whatever is
// not ours is said, once a word, because a mistyped key would look the same.

#include <base/number.hpp>
#include <platform/machine/parts.hpp>

namespace quartet::platform::parts {

namespace {

constexpr std::string_view known =
    "known: run=CMD;CMD (_ for a blank) seed= inject= load= crash=stop|contain hang=MS watchdog=SECONDS attend=SECONDS";
constexpr std::string_view blanks = " \t\n\r";

std::string_view take_word(std::string_view& text) {
    const usize begin = text.find_first_not_of(blanks);
    text.remove_prefix(begin < text.size() ? begin : text.size());
    const std::string_view word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    return word;
}

std::optional<u64> take_number(std::string_view word, std::string_view value, Advice& advice) {
    const Result<u64> number = parse_number(value);
    if (number) return *number;
    advice.add("bootargs: '{}' is ignored: no number behind the =", word);
    return std::nullopt;
}

}  // namespace

BootArguments read_boot_arguments(std::string_view text, Advice& advice) {
    BootArguments arguments;
    for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
        const usize end = word.find('=');
        const std::string_view key = word.substr(0, end);
        const std::string_view value = end < word.size() ? word.substr(end + 1) : std::string_view{};
        if (end >= word.size()) advice.add("bootargs: '{}' is unknown; {}", word, known);
        else if (key == "run") arguments.run = value;
        else if (key == "inject") arguments.inject = value;
        else if (key == "seed") arguments.seed = take_number(word, value, advice);
        else if (key == "load") arguments.load = take_number(word, value, advice);
        else if (key == "hang") arguments.hang = take_number(word, value, advice);
        else if (key == "watchdog") arguments.watchdog = take_number(word, value, advice);
        else if (key == "attend") arguments.attend = take_number(word, value, advice);
        else if (key == "crash" && (value == "stop" || value == "contain")) arguments.contain = value == "contain";
        else advice.add("bootargs: '{}' is unknown; {}", word, known);
    }
    return arguments;
}

}  // namespace quartet::platform::parts
