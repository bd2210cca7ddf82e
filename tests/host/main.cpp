// SPDX-License-Identifier: MIT
//
// The host ring's entry. Each test case's name begins with the id of the behaviour it shows.

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
