// SPDX-License-Identifier: MIT
//
// Case: CMP04 reading a write-only register
// Refused-by: gcc `constraints not satisfied`
// Refused-by: clang `no matching function`

#include <arch/mmio.hpp>
#include <base/field.hpp>

using namespace quartet;

struct Command : WriteOnly<u32, 0x10> {};
struct Status : ReadOnly<u32, 0x14> {};

#if WRONG
u32 f(const arch::MmioRegion& region) { return read<Command>(region).bits; }
#else
u32 f(const arch::MmioRegion& region) { return read<Status>(region).bits; }
#endif
