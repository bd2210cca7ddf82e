// SPDX-License-Identifier: MIT
//
// The models, each in a file of its own, because relacy makes macros of words that other headers use.

#pragma once

// Whether the property holds in every interleaving and every order of memory that was tried.
bool ticket_lock_shows_what_was_written();
bool ticket_lock_is_exact_when_taken_again();
bool ticket_lock_is_fair();
bool free_list_has_one_owner_for_each();
bool free_list_bears_a_word_that_comes_back();
