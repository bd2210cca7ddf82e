// SPDX-License-Identifier: MIT
//
// The simulation ring's entry: doctest's, and `--seed N` to run one seed again.

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "../fakes/effort.hpp"
#include "seeds.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

quartet::u64 only_seed = 0;

}  // namespace

namespace quartet::sim {

bool run_seeds(const char* name, u32 count, Options options, void (*body)()) {
    u64 rested = 0;
    for (u64 n : fakes::Rounds{name, u64{count} * 1000}) {
        options.seed = only_seed != 0 ? only_seed : n + 1;
        std::fflush(stdout);
        int report[2];
        if (pipe(report) != 0) return false;
        pid_t child = fork();
        if (child == 0) {
            // What the child says is for people; the parent's report is a document of its own.
            dup2(STDERR_FILENO, STDOUT_FILENO);
            for (int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGILL}) std::signal(signal, SIG_DFL);
            run(options, body);
            u64 rests = rests_seen();
            ssize_t written = write(report[1], &rests, sizeof rests);
            std::_Exit(written == sizeof rests ? 0 : 2);
        }
        int status = 0;
        waitpid(child, &status, 0);
        close(report[1]);
        u64 rests = 0;
        if (read(report[0], &rests, sizeof rests) == sizeof rests) rested += rests;
        close(report[0]);
        if (status != 0) {
            std::fprintf(stderr, "again: sim_tests -tc='%s*' --seed %llu\n", name,
                         static_cast<unsigned long long>(options.seed));
            return false;
        }
        if (only_seed != 0) break;
    }
    if (at_rest == nullptr) return true;
    std::fprintf(stderr, "%s: %llu snapshots\n", name, static_cast<unsigned long long>(rested));
    return rested > 0 || only_seed != 0;    // a property of snapshots that were never taken was not shown
}

}  // namespace quartet::sim

int main(int argc, char** argv) {
    doctest::Context context;
    for (int at = 1; at + 1 < argc; ++at) {
        if (std::string_view{argv[at]} == "--seed") only_seed = std::strtoull(argv[at + 1], nullptr, 0);
    }
    context.applyCommandLine(argc, argv);
    return context.run();
}
