// SPDX-License-Identifier: MIT

#include <base/writer.hpp>

namespace quartet {

void Writer::put(char c) noexcept {
    ++wanted_;
    if (used_ == size_) {
        if (drain_ == nullptr || size_ == 0) return;
        flush();
    }
    begin_[used_++] = c;
}

void Writer::put(std::string_view text) noexcept {
    for (char c : text) put(c);
}

void Writer::repeat(char c, usize count) noexcept {
    for (; count > 0; --count) put(c);
}

void Writer::flush() noexcept {
    if (drain_ == nullptr || used_ == 0) return;
    drain_(context_, text());
    used_ = 0;
}

}  // namespace quartet
