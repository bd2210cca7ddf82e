// SPDX-License-Identifier: MIT
//
// Case: CMP05 writing a read-only register
// Refused-by: gcc `constraints not satisfied`
// Refused-by: clang `no matching function`

#include <arch/mmio.hpp>
#include <base/field.hpp>

using namespace quartet;

struct Command : WriteOnly<u32, 0x10> {};
struct Status : ReadOnly<u32, 0x14> {};

#if WRONG
void f(const arch::MmioRegion& region) { write(region, Value<Status>{1}); }
#else
void f(const arch::MmioRegion& region) { write(region, Value<Command>{1}); }
#endif
