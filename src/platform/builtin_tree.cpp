// SPDX-License-Identifier: MIT

#include <platform/builtin_tree.hpp>

extern "C" {
extern const std::byte quartet_builtin_tree[];      // builtin_tree.S
extern const std::byte quartet_builtin_tree_end[];  // its end, not an object
}

namespace quartet::platform {

std::span<const std::byte> builtin_tree() noexcept { return {quartet_builtin_tree, quartet_builtin_tree_end}; }

}  // namespace quartet::platform
