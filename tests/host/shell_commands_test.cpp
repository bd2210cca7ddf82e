// SPDX-License-Identifier: MIT
//
// The way from a line to a command, the refusals' one form, and the device tree printed as a source that dtc
// reads back.

#include <base/version.hpp>
#include <fdt/print.hpp>
#include <kernel/console/log.hpp>
#include <shell/command_list.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

using namespace quartet;
using namespace quartet::shell;

namespace {

constexpr Command three[] = {
    {"two A B [C]", "wants two or three", 2, 3,
     [](const Invocation& call) {
         call.out.line("{}|{}|{}", call.arguments[0], call.arguments[1], call.arguments[2]);
     }},
    {"picky N", "refuses all", 1, 1, [](const Invocation& call) { call.misuse("{} is no number", call.arguments[0]); }},
    {"broken", "is refused", 0, 0, [](const Invocation& call) { call.refuse("{}", Error::Device); }},
};

}  // namespace

// The other groups need a machine.
namespace quartet::shell {
constinit const CommandGroup machine_commands = three;
constinit const CommandGroup memory_commands{};
constinit const CommandGroup crash_commands{};
constinit const CommandGroup trace_commands{};
constinit const CommandGroup work_commands{};
constinit const CommandGroup end_commands{};
}  // namespace quartet::shell

namespace {

std::string printed(std::string_view line) {
    std::string text;
    Output out{[](void* context, std::string_view part) { *static_cast<std::string*>(context) += part; }, &text};
    Environment nothing;
    run_line(line, out, nothing, nullptr);
    return text;
}

std::vector<std::byte> file(const std::string& path) {
    std::ifstream stream{path, std::ios::binary};
    std::vector<char> chars{std::istreambuf_iterator<char>{stream}, {}};
    std::vector<std::byte> bytes;
    for (char c : chars) bytes.push_back(static_cast<std::byte>(c));
    return bytes;
}

}  // namespace

TEST_CASE("CON03 refusals are one line, with the usage where an argument was wrong") {
    CHECK(printed("nonsense 1 2") == "error: unknown command nonsense\n");
    CHECK(printed("two") == "error: argument missing; usage: two A B [C]\n");
    CHECK(printed("two 1") == "error: argument missing; usage: two A B [C]\n");
    CHECK(printed("two 1 2 3 4") == "error: too many arguments; usage: two A B [C]\n");
    CHECK(printed("picky x") == "error: x is no number; usage: picky N\n");
    CHECK(printed("broken") == "error: device error\n");
    CHECK(printed("version now") == "error: too many arguments; usage: version\n");
}

TEST_CASE("CON03 a line runs its command, a blank one nothing") {
    CHECK(printed("").empty());
    CHECK(printed("     ").empty());
    CHECK(printed("two 1 2") == "1|2|\n");
    CHECK(printed("  two   1  2   3 ") == "1|2|3\n");
    CHECK(printed("echo") == "\n");
    CHECK(printed("echo  a  b ") == "a  b \n");
    CHECK(printed("version") == "quartet " + std::string{version} + " (" + std::string{compiler} + ")\n");
    std::string longest = "echo " + std::string(250, 'e');
    CHECK(printed(longest) == std::string(250, 'e') + "\n");
}

TEST_CASE("CON03 help names every command once, and explains one") {
    std::string text = printed("help");
    for (const CommandGroup* group : command_groups()) {
        for (const Command& command : *group) {
            CHECK(text.find(std::string{command.usage}) != std::string::npos);
            CHECK(printed("help " + std::string{command.name()}) ==
                  std::string{command.usage} + ": " + std::string{command.summary} + "\n");
        }
    }
    CHECK(printed("help nothing") == "error: no command nothing; usage: help [COMMAND]\n");
}

TEST_CASE("CON03 200,000 random lines print whole lines and never touch what they may not") {
    std::mt19937 random{9};
    const char* pieces[] = {"two", "picky",   "echo",   "help", " ", "  ", "0x",
                            "1",   "version", "broken", "~",    "$", "%s", "{}"};
    for (int i = 0; i < 200'000; ++i) {
        std::string line;
        while (line.size() < random() % 60) line += pieces[random() % std::size(pieces)];
        std::string text = printed(line);
        if (!text.empty()) REQUIRE(text.back() == '\n');
    }
}

TEST_CASE("CON04 dmesg prints the log's history") {
    kernel::log("a line for the {} of dmesg", "test");
    kernel::the_log.drain();
    std::string text = printed("dmesg");
    CHECK(text.ends_with("a line for the test of dmesg\n"));
}

TEST_CASE("FDT09 dt prints a source that dtc makes the same tree of") {
    std::vector<std::byte> bytes = file(QUARTET_DTB);
    REQUIRE_FALSE(bytes.empty());
    auto tree = fdt::Tree::open({bytes.data(), bytes.size()});
    REQUIRE(tree.has_value());
    std::string source = "/dts-v1/;\n";
    for (fdt::ReserveEntry entry : tree->reserve_map())
        source += "/memreserve/ " + std::to_string(entry.address) + " " + std::to_string(entry.size) + ";\n";
    auto print = [&](std::string_view part) { source += part; };
    fdt::print_subtree(tree->root(), print);

    std::string base = "dt_round_trip_" + std::to_string(bytes.size());
    std::ofstream{base + ".dts"} << source;
    REQUIRE(std::system(("dtc -q -I dts -O dtb -o " + base + ".dtb " + base + ".dts").c_str()) == 0);
    std::vector<std::byte> again = file(base + ".dtb");
    auto second = fdt::Tree::open({again.data(), again.size()});
    REQUIRE(second.has_value());
    std::string printed_again = source.substr(0, source.find("/ {"));
    auto print_again = [&](std::string_view part) { printed_again += part; };
    fdt::print_subtree(second->root(), print_again);
    CHECK(printed_again == source);
    CHECK(source.find("cpu@0 {") != std::string::npos);
    std::remove((base + ".dts").c_str());
    std::remove((base + ".dtb").c_str());
}
