// SPDX-License-Identifier: MIT

#include "apart.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

// Where lines are counted.
extern "C" [[gnu::weak]] void __gcov_dump();

namespace quartet::fakes {
namespace {

constexpr int halted = 100;
constexpr int died = 101;
int to_parent = -1;

[[noreturn]] void end_with(int status) {
    if (__gcov_dump != nullptr) __gcov_dump();  // what _Exit leaves out
    std::_Exit(status);
}

sigjmp_buf* standing_still = nullptr;

void at_halt(int) {
    if (standing_still != nullptr) siglongjmp(*standing_still, 1);
    end_with(halted);
}

[[noreturn]] void be_apart(void (*part)()) {
    for (int signal : {SIGSEGV, SIGFPE, SIGILL}) std::signal(signal, SIG_DFL);
    std::signal(SIGABRT, at_halt);  // only arch::halt aborts: what nobody catches ends in the other one
    std::set_terminate([] {
        if (auto thrown = std::current_exception()) {
            try {
                std::rethrow_exception(thrown);
            } catch (const std::exception& failure) {
                say_apart(failure.what());
            } catch (...) {}
        }
        end_with(died);
    });
    part();
    end_apart();
}

}  // namespace

void say_apart(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(to_parent, text.data(), text.size());
        if (written <= 0) std::_Exit(died);
        text.remove_prefix(static_cast<usize>(written));
    }
}

void end_apart() { end_with(0); }

void until_halt(void (*act)()) {
    sigjmp_buf here;
    sigjmp_buf* const outer = standing_still;
    standing_still = &here;
    if (sigsetjmp(here, 1) == 0) act();
    standing_still = outer;
}

Apart run_apart(void (*part)()) {
    int ends[2];
    if (pipe(ends) != 0) return {};
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        to_parent = ends[1];
        be_apart(part);
    }
    close(ends[1]);
    Apart result;
    char room[4096];
    for (ssize_t got; (got = read(ends[0], room, sizeof room)) > 0;) result.said.append(room, static_cast<usize>(got));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) result.end = Apart::End::Returned;
    if (WIFEXITED(status) && WEXITSTATUS(status) == halted) result.end = Apart::End::Halted;
    return result;
}

}  // namespace quartet::fakes
