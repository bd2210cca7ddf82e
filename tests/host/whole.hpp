// SPDX-License-Identifier: MIT
//
// A case in a process of its own, of which every APART_CHECK holds.

#pragma once

#include "../fakes/apart.hpp"

#include <doctest/doctest.h>

namespace quartet::test {

inline void whole(void (*part)()) {
    const fakes::Apart apart = fakes::run_apart(part);
    CHECK(apart.end == fakes::Apart::End::Returned);
    CHECK(apart.said == "");
}

}  // namespace quartet::test
