// SPDX-License-Identifier: MIT
//
// The simulation ring's entry: doctest's; `--seed N` to run one seed again, and `--replay TEXT` for the choices that a
// failure has printed.

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "seeds.hpp"

#include <cstdio>
#include <cstdlib>
#include <string_view>

int main(int argc, char** argv) {
    doctest::Context context;
    for (int at = 1; at + 1 < argc; ++at) {
        const std::string_view option{argv[at]};
        if (option == "--seed") quartet::sim::wanted.seed = std::strtoull(argv[at + 1], nullptr, 0);
        if (option == "--replay" && !quartet::sim::want_replay(argv[at + 1])) {
            std::fprintf(stderr, "--replay wants what a failure has printed, NAME@LINE:SEED:CHOICES\n");
            return 2;
        }
    }
    context.applyCommandLine(argc, argv);
    return context.run();
}
