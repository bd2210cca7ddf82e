// SPDX-License-Identifier: MIT
//
// A line taken apart: words between blanks. No quoting: nothing in the kernel has a blank in its name.

#pragma once

#include <base/types.hpp>

#include <string_view>

namespace quartet::shell {

class Arguments {
public:
    // Views into `line`, which lives longer.
    constexpr explicit Arguments(std::string_view line) {
        rest_ = skip_blanks(line);
        name_ = take_word(rest_);
        std::string_view left = rest_;
        while (!left.empty()) {
            std::string_view word = take_word(left);
            if (count_ < kept) words_[count_] = word;
            ++count_;
        }
    }

    // The first word. Empty: the line is blank.
    constexpr std::string_view name() const { return name_; }
    // How many words follow, kept or not: commands refuse what is too many.
    constexpr usize count() const { return count_; }
    // Empty: there is none.
    constexpr std::string_view operator[](usize index) const {
        return index < kept ? words_[index] : std::string_view{};
    }
    // All that follows the name, as typed, from the first word on.
    constexpr std::string_view rest() const { return rest_; }

private:
    static constexpr usize kept = 8;

    static constexpr std::string_view skip_blanks(std::string_view text) {
        while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
        return text;
    }
    // The word at the beginning of `text`, which is left at the next one.
    static constexpr std::string_view take_word(std::string_view& text) {
        usize end = text.find(' ');
        std::string_view word = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : skip_blanks(text.substr(end));
        return word;
    }

    std::string_view name_;
    std::string_view rest_;
    std::string_view words_[kept] = {};
    usize count_ = 0;
};

}  // namespace quartet::shell
