// SPDX-License-Identifier: MIT

#include <kernel/sched/core.hpp>

namespace quartet::kernel {

constinit Core cores[max_cores]{Core{0}, Core{1}, Core{2}, Core{3}};
static_assert(max_cores == 4);
constinit CoresWithWaiters cores_with_waiters;

}  // namespace quartet::kernel
