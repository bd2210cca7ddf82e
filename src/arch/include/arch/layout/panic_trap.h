/* SPDX-License-Identifier: MIT
 *
 * The comment of the brk by which the kernel stops itself, so that a panic saves every register and
 * changes to a good stack by the same path as a fault. clang's UBSan traps use 0x5500-0x55ff.
 */

#pragma once

#define PANIC_BRK 0x5150
#define UBSAN_BRK 0x5500
