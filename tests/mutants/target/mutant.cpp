// SPDX-License-Identifier: MIT
//
// The word that says which of the planted bugs this image has (arch/mutant.hpp). As it is linked, none.

#include <arch/mutant.hpp>

extern "C" [[gnu::used]] const quartet::u32 quartet_mutant = 0;
