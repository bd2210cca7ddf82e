// SPDX-License-Identifier: MIT
//
// Case: CMP26 a second owner of an object
// Refused-by: gcc `use of deleted function`
// Refused-by: clang `deleted`

#include <mm/owned.hpp>

using namespace quartet;

#if WRONG
mm::Owned<u64> again(mm::Owned<u64>& object) { return object; }
#else
mm::Owned<u64> again(mm::Owned<u64>& object) { return std::move(object); }
#endif
