// SPDX-License-Identifier: MIT
//
// /chosen/bootargs: what is taken from it, and the first lines as the shell gets them.

#include <platform/machine/parts.hpp>
#include <shell/first_lines.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace quartet;
using platform::Advice;
using platform::parts::read_boot_arguments;

namespace {

std::vector<std::string> unknown_words(std::string_view text) {
    Advice advice;
    static_cast<void>(read_boot_arguments(text, advice));
    std::vector<std::string> words;
    for (const auto& line : advice) {
        const std::string_view said = line.text();
        words.emplace_back(said.substr(said.find('\'') + 1, said.rfind('\'') - said.find('\'') - 1));
    }
    return words;
}

std::string typed(std::string_view text) {
    std::string bytes;
    for (shell::FirstLines lines{text}; !lines.empty();) bytes += static_cast<char>(lines.take());
    return bytes;
}

}  // namespace

TEST_CASE("ARG01 the commands to run are taken; every word that is not ours is advised of, once") {
    Advice advice;
    CHECK(read_boot_arguments("run=echo_one;cpus", advice).run == "echo_one;cpus");
    CHECK(read_boot_arguments("  run=a \t run=b\n", advice).run == "b");
    CHECK(read_boot_arguments("run=", advice).run.empty());
    CHECK(read_boot_arguments("", advice).run.empty());
    CHECK(read_boot_arguments("   ", advice).run.empty());
    CHECK(advice.size() == 0);

    CHECK(unknown_words("quiet run=cpus rnu=cpus root=/dev/mmcblk0p2") ==
          std::vector<std::string>{"quiet", "rnu=cpus", "root=/dev/mmcblk0p2"});
    CHECK(unknown_words("run") == std::vector<std::string>{"run"});
    CHECK(unknown_words("RUN=cpus") == std::vector<std::string>{"RUN=cpus"});
}

TEST_CASE("ARG01 hang, watchdog and attend are numbers") {
    Advice advice;
    const auto asked = read_boot_arguments("hang=250 watchdog=15 attend=0x3c", advice);
    CHECK(asked.hang == 250u);
    CHECK(asked.watchdog == 15u);
    CHECK(asked.attend == 60u);
    CHECK(advice.size() == 0);
    CHECK(!read_boot_arguments("hang=soon", advice).hang);
    CHECK(advice.size() == 1);
}

TEST_CASE("ARG01 crash= is stop or contain, and nothing else; of several the last counts") {
    Advice advice;
    CHECK(!read_boot_arguments("run=cpus", advice).contain);
    CHECK(read_boot_arguments("crash=contain", advice).contain);
    CHECK(!read_boot_arguments("crash=stop", advice).contain);
    CHECK(!read_boot_arguments("crash=contain crash=stop", advice).contain);
    CHECK(advice.size() == 0);
    CHECK(unknown_words("crash=contained crash= crash") ==
          std::vector<std::string>{"crash=contained", "crash=", "crash"});
}

TEST_CASE("ARG01 seed and load are numbers, inject is handed on as it is") {
    Advice advice;
    const auto asked = read_boot_arguments("seed=7 inject=alloc,1/50;irq,storm load=0x10", advice);
    CHECK(asked.seed == 7u);
    CHECK(asked.inject == "alloc,1/50;irq,storm");
    CHECK(asked.load == 16u);
    CHECK(asked.run.empty());
    const auto nothing = read_boot_arguments("run=seed=5", advice);
    CHECK((!nothing.seed && nothing.inject.empty() && !nothing.load));
    CHECK(advice.size() == 0);

    CHECK(unknown_words("seed= load=5s seed=-1 seed=18446744073709551616") ==
          std::vector<std::string>{"seed=", "load=5s", "seed=-1", "seed=18446744073709551616"});
    CHECK(read_boot_arguments("seed=1 seed=x", advice).seed == std::nullopt);
    CHECK(unknown_words("seed seeds=1 =1 =") == std::vector<std::string>{"seed", "seeds=1", "=1", "="});
}

TEST_CASE("ARG02 first lines come as typed bytes: each line ends once, the last one needs no end") {
    CHECK(typed("").empty());
    CHECK(typed("cpus") == "cpus\r");
    CHECK(typed("cpus;") == "cpus\r");
    CHECK(typed("echo_a_b;cpus") == "echo a b\rcpus\r");
    CHECK(typed(";;cpus") == "\r\rcpus\r");
    CHECK(typed(";").empty());
}
