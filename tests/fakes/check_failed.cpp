// SPDX-License-Identifier: MIT

#include "check_failed.hpp"

#include <base/assert.hpp>

#include <string>

namespace quartet {

[[noreturn]] void check_failed(const char* what, SourcePlace where) {
    throw fakes::CheckFailed{std::string{what} + " (" + where.file_name() + ":" + std::to_string(where.line()) + ")"};
}

}  // namespace quartet
