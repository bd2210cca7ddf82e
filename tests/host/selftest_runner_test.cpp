// SPDX-License-Identifier: MIT
//
// The runner of the target's self-tests: what it prints is what scripts/test.sh reads.

#include <doctest/doctest.h>
#include <kernel/selftest/selftest.hpp>

#include <string>
#include <thread>
#include <vector>

using namespace quartet;
using kernel::SelfTest;
using kernel::SelfTestRun;

namespace {

struct Output {
    std::vector<std::string> lines;
    kernel::SelfTestSink sink() {
        return {[](void* self, std::string_view text) { static_cast<Output*>(self)->lines.emplace_back(text); }, this};
    }
};

constexpr SelfTest tests[] = {
    {"SCH01", "passes", [](SelfTestRun&) {}},
    {"SCH02", "fails twice",
     [](SelfTestRun& run) {
         run.fail("tests/kernel/x.cpp", 7, "a == b");
         run.fail("tests/kernel/x.cpp", 8, "later");
     }},
    {"MTX01", "shows values", [](SelfTestRun& run) { run.fail_equal("y.cpp", 9, "n == 3", 2, 3); }},
    {"SEM01", "is skipped", [](SelfTestRun& run) { run.skip("one core only"); }},
};

}  // namespace

TEST_CASE("TST01 each self-test gives one line and the totals are the last") {
    Output out;
    auto totals = kernel::run_selftests(tests, "", {}, out.sink());
    CHECK(out.lines == std::vector<std::string>{
                           "selftest SCH01 passes: pass",
                           "selftest SCH02 fails twice: fail x.cpp:7 a == b",
                           "selftest MTX01 shows values: fail y.cpp:9 n == 3 (2 and 3)",
                           "selftest SEM01 is skipped: skip one core only",
                           "selftest: 1 passed, 2 failed, 1 skipped",
                       });
    CHECK(totals.all() == 4);
}

TEST_CASE("TST01 a filter takes ids by their beginning") {
    Output out;
    CHECK(kernel::run_selftests(tests, "SCH", {}, out.sink()).all() == 2);
    CHECK(kernel::run_selftests(tests, "SCH01", {}, out.sink()).passed == 1);
    CHECK(kernel::run_selftests(tests, "XYZ", {}, out.sink()).all() == 0);
    CHECK(out.lines.back() == "selftest: 0 passed, 0 failed, 0 skipped");
}

TEST_CASE("TST02 loops run a thousandth, and as often as the whole takes where there is time for it") {
    static std::vector<u64> passes;
    static u64 rounds;
    constexpr SelfTest loop[] = {{"SCH09", "loop", [](SelfTestRun& run) {
                                      passes.push_back(run.pass());
                                      u64 next = 0;
                                      for (u64 n : run.rounds(10'000)) {
                                          CHECK(n == next);
                                          next += 1;
                                      }
                                      rounds += next;
                                  }}};
    Output out;
    kernel::run_selftests(loop, "", {}, out.sink());
    CHECK(rounds == 10);
    CHECK(out.lines[0] == "selftest SCH09 loop: pass");
    rounds = 0;
    passes.clear();
    kernel::run_selftests(loop, "", {.limit_counts = 1}, out.sink());
    CHECK(rounds == 10'000);
    CHECK(passes.size() == 1000);
    CHECK(passes.back() == 999);
    CHECK(out.lines[2] == "selftest SCH09 loop: 10000 of 10000 rounds");
    CHECK(out.lines[3] == "selftest SCH09 loop: pass");
    SelfTestRun run;
    CHECK(run.scaled(5) == 1);
    CHECK(run.scaled(1'000'500) == 1000);
}

TEST_CASE("TST02 a long run ends when its time is over or a pass fails, and says how far it came") {
    static u64 fails_in;
    constexpr SelfTest loop[] = {{"SCH09", "loop",
                                  [](SelfTestRun& run) {
                                      arch::sim_counter += run.scaled(1'000'000);
                                      if (run.pass() == fails_in) run.fail("z.cpp", 1, "v");
                                  }},
                                 {"SCH10", "no loop", [](SelfTestRun&) { arch::sim_counter += 1; }}};
    Output out;
    fails_in = ~u64{0};
    kernel::run_selftests(loop, "", {.limit_counts = 4500}, out.sink());
    CHECK(out.lines[0] == "selftest SCH09 loop: 5000 of 1000000 rounds");
    CHECK(out.lines[1] == "selftest SCH09 loop: pass");
    CHECK(out.lines[2] == "selftest SCH10 no loop: pass");
    fails_in = 2;
    kernel::run_selftests(loop, "SCH09", {.limit_counts = 4500}, out.sink());
    CHECK(out.lines[4] == "selftest SCH09 loop: 3000 of 1000000 rounds");
    CHECK(out.lines[5] == "selftest SCH09 loop: fail z.cpp:1 v");
}

TEST_CASE("TST03 of failures on several threads one is reported whole") {
    constexpr SelfTest racing[] = {{"SMP04", "race", [](SelfTestRun& run) {
                                        std::vector<std::thread> threads;
                                        for (u32 i = 0; i < 4; ++i) {
                                            threads.emplace_back([&run, i] { run.fail_equal("z.cpp", i, "v", i, i); });
                                        }
                                        for (auto& thread : threads) thread.join();
                                    }}};
    for (int i = 0; i < 50; ++i) {
        Output out;
        kernel::run_selftests(racing, "", {}, out.sink());
        char core = out.lines[0][std::string_view{"selftest SMP04 race: fail z.cpp:"}.size()];
        std::string n{core};
        CHECK(out.lines[0] == "selftest SMP04 race: fail z.cpp:" + n + " v (" + n + " and " + n + ")");
    }
}
