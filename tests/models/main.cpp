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
TEST_CASE("POOL01 what the free list gives has one owner, who sees what the last one wrote") {
    CHECK(free_list_has_one_owner_for_each());
}
TEST_CASE("POOL01 the free list is not mistaken about a word that comes back with another list behind it") {
    CHECK(free_list_bears_a_word_that_comes_back());
}
