/* SPDX-License-Identifier: MIT
 *
 * What the resident EL2 stub does for EL1: the function in x0 of an `hvc #0`, its answer in x0.
 */

#pragma once

#define EL2_CALL_ENTER 1        /* leave EL1 for EL2 at x1 (physical) with x0 = x2, caches as EL2 has them: off */
#define EL2_CALL_SERROR 2       /* a virtual SError becomes pending at EL1 */
#define EL2_CALL_UNKNOWN 0xffffffff
