// SPDX-License-Identifier: MIT
//
// The figures as the shell's `bench [NAME]`: what an image puts into `shell::Environment::bench`.

#pragma once

#include <bench/bench.hpp>
#include <shell/output.hpp>

namespace quartet::bench {

inline void run_for_shell(std::string_view name, shell::Output& out, kernel::ThreadContext& self) {
    run(name, {[](void* to, std::string_view text) { static_cast<shell::Output*>(to)->line("{}", text); }, &out}, self);
}

}  // namespace quartet::bench
