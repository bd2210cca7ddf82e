// SPDX-License-Identifier: MIT
//
// On the host a broken rule is an exception that a test can expect.

#pragma once

#include <stdexcept>

namespace quartet::fakes {

struct CheckFailed : std::logic_error {
    using std::logic_error::logic_error;
};

}  // namespace quartet::fakes
