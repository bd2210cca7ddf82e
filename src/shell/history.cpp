// SPDX-License-Identifier: MIT

#include <shell/history.hpp>

namespace quartet::shell {

void History::add(std::string_view text) noexcept {
    text = text.substr(0, max_line);
    if (text.empty() || (count_ > 0 && at(0) == text)) return;
    Line& line = lines_[next_];
    text.copy(line.text, text.size());
    line.length = static_cast<u8>(text.size());
    next_ = (next_ + 1) % lines;
    if (count_ < lines) ++count_;
}

}  // namespace quartet::shell
