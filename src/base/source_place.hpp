// SPDX-License-Identifier: MIT
//
// A place in the sources: file and line of a call. As std::source_location, but without the function's whole
// signature, a string of a hundred bytes for each caller; a report has a backtrace with names.

#pragma once

#include <base/types.hpp>

namespace quartet {

class SourcePlace {
public:
    constexpr SourcePlace() = default;

    // As a default argument: the place of the call that left it out. Not consteval: it would be evaluated where the
    // default argument is written.
    [[gnu::always_inline]] static constexpr SourcePlace current(const char* file = __builtin_FILE(),
                                                                u32 line = __builtin_LINE()) {
        SourcePlace place;
        place.file_ = file;
        place.line_ = line;
        return place;
    }

    constexpr const char* file_name() const { return file_; }
    constexpr u32 line() const { return line_; }

private:
    const char* file_ = "";
    u32 line_ = 0;
};

}  // namespace quartet
