// SPDX-License-Identifier: MIT
//
// The models ring's entry.

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "models.hpp"

TEST_CASE("LCK09 what was written under the ticket lock is seen by its next owner") {
    CHECK(ticket_lock_shows_what_was_written());
}
TEST_CASE("LCK09 the ticket lock is exact when it is taken again and again") {
    CHECK(ticket_lock_is_exact_when_taken_again());
}
TEST_CASE("LCK02 whoever asks for the ticket lock is passed by each other one once at most") {
    CHECK(ticket_lock_is_fair());
}
