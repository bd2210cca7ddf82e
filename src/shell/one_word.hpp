// SPDX-License-Identifier: MIT

#pragma once

#include <kernel/thread/thread.hpp>

namespace quartet::shell {

// A thread's name as one word, so that a row has as many columns as the header.
struct OneWord {
    char text[kernel::thread_name_size] = {};
    explicit OneWord(const char* name) {
        for (usize i = 0; i + 1 < sizeof text && name[i] != 0; ++i)
            text[i] = name[i] > ' ' && name[i] <= '~' ? name[i] : '_';
        if (text[0] == 0) text[0] = '-';
    }
};

}  // namespace quartet::shell
