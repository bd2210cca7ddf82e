// SPDX-License-Identifier: MIT

#include <boot/core_stacks.hpp>

constinit quartet::boot::CoreStacks quartet_core_stacks[quartet::max_cores]{};
