// SPDX-License-Identifier: MIT
//
// The kernel log: what goes in from anywhere comes out as whole, stamped lines, once.

#include <arch/counter.hpp>
#include <kernel/console/log.hpp>
#include <sync/clock.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace quartet;
using kernel::Log;

namespace {

std::vector<std::string> sunk;
void sink(std::string_view line) { sunk.emplace_back(line); }

template <typename... Args>
void put(Log& log, FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
    const auto list = format_list(args...);
    log.put(text.text(), list);
}

std::vector<std::string> drained(Log& log) {
    sunk.clear();
    log.show(&sink);
    return sunk;
}

std::vector<std::string> history(Log& log, u64 cursor = 0) {
    std::vector<std::string> lines;
    char room[Log::max_line];
    for (;;) {
        std::string_view line = log.history_line(cursor, room);
        if (line.empty()) return lines;
        lines.emplace_back(line);
    }
}

}  // namespace

TEST_CASE("CON04 who may show no more leaves the lines to others, and nobody is told that he shows") {
    static bool allowed;
    static Log* asked;
    allowed = true;
    auto log = std::make_unique<Log>();
    asked = log.get();
    const auto may = []() noexcept {
        CHECK(asked->showing());  // asked behind the flag: who takes the permission back waits for it
        return allowed;
    };
    sunk.clear();
    put(*log, "one");
    CHECK(log->show_while(&sink, may));
    CHECK(sunk.size() == 1);
    allowed = false;
    put(*log, "two");
    CHECK_FALSE(log->show_while(&sink, may));
    CHECK(sunk.size() == 1);
    CHECK_FALSE(log->showing());
    CHECK(drained(*log).size() == 1);
}

TEST_CASE("CON04 every log line begins with seconds and microseconds") {
    auto log = std::make_unique<Log>();
    REQUIRE(sync::set_counter_hertz(54'000'000, 0));
    arch::sim_counter = 54'000'000ull * 12 + 54 * 345 + 1;
    put(*log, "entry: EL{}", 2);
    REQUIRE(sync::set_counter_hertz(62'500'000, 0));
    arch::sim_counter = 0;
    put(*log, "plain");
    auto lines = drained(*log);
    REQUIRE(lines.size() == 2);
    CHECK(lines[1] == "[0.000000] plain");
    CHECK(lines[0].substr(lines[0].find(']')) == "] entry: EL2");

    arch::sim_counter = 62'500'000ull * 7 + 62'500;
    put(*log, "later");
    CHECK(drained(*log).at(0) == "[7.001000] later");
    arch::sim_counter = ~u64{0};
    put(*log, "end of time");
    CHECK(drained(*log).at(0) == "[295147905179.352825] end of time");
    arch::sim_counter = 0;
}

TEST_CASE("CON04 text arguments are copied, bounded, and made printable") {
    auto log = std::make_unique<Log>();
    std::string name = "vanishes";
    put(*log, "name {} pointer {} flag {}", name, PhysAddr{0x1234}, true);
    name = "########";
    put(*log, "{}|", std::string(400, 'x'));
    put(*log, "{}{}", std::string(100, 'a'), std::string(100, 'b'));
    put(*log, "bell {} \n two lines {}", "\a\x80\xff", '\0');
    auto lines = drained(*log);
    REQUIRE(lines.size() == 4);
    CHECK(lines[0] == "[0.000000] name vanishes pointer 0x1234 flag true");
    CHECK(lines[1] == "[0.000000] " + std::string(kernel::LogRecord::max_text, 'x') + "|");
    CHECK(lines[2] == "[0.000000] " + std::string(100, 'a') + std::string(kernel::LogRecord::max_text - 100, 'b'));
    CHECK(lines[3] == "[0.000000] bell ??? ? two lines ?");
}

TEST_CASE("CON04 a full ring drops the newest, counts them and says so once") {
    auto log = std::make_unique<Log>();
    for (u32 i = 0; i < Log::records + 44; ++i) put(*log, "line {}", i);
    CHECK(log->lost() == 44);
    CHECK(log->pending());
    auto lines = drained(*log);
    REQUIRE(lines.size() == Log::records + 1);
    CHECK(lines.front() == "[0.000000] line 0");
    CHECK(lines[Log::records - 1] == "[0.000000] line " + std::to_string(Log::records - 1));
    CHECK(lines.back() == "[0.000000] log: 44 lines lost, the ring was full");
    CHECK_FALSE(log->pending());
    CHECK(drained(*log).empty());
    put(*log, "goes on");
    CHECK(drained(*log).at(0) == "[0.000000] goes on");
}

TEST_CASE("CON04 history keeps the last whole lines") {
    auto log = std::make_unique<Log>();
    std::vector<std::string> all;
    for (u32 i = 0; i < 3000; ++i) {
        put(*log, "{} {}", i, std::string(i % 90, 'h'));
        auto lines = drained(*log);
        all.insert(all.end(), lines.begin(), lines.end());
    }
    auto kept = history(*log);
    CHECK(kept.size() > 400);
    CHECK(kept == std::vector<std::string>(all.end() - static_cast<long>(kept.size()), all.end()));
    CHECK(history(*log, log->history_tail(32)) == std::vector<std::string>(all.end() - 32, all.end()));
    CHECK(history(*log, log->history_tail(0)).empty());
    CHECK(history(*log, log->history_tail(100'000)) == kept);
}

namespace {

Log* nested_log = nullptr;

}  // namespace

TEST_CASE("CON04 a drain inside a drain leaves its record to the outer one") {
    auto log = std::make_unique<Log>();
    nested_log = log.get();
    put(*log, "first");
    put(*log, "second");
    sunk.clear();
    log->show([](std::string_view line) {
        sunk.emplace_back(line);
        if (line.ends_with("first")) {  // as an interrupt that logs during start-up
            put(*nested_log, "nested");
            nested_log->show(&sink);
        }
    });
    CHECK(sunk == std::vector<std::string>{"[0.000000] first", "[0.000000] second", "[0.000000] nested"});
}

TEST_CASE("CON04 the doorbell rings for every record, also for one that was dropped") {
    auto log = std::make_unique<Log>();
    static u32 rung;
    rung = 0;
    put(*log, "nobody listens yet");
    log->set_doorbell([]() noexcept { ++rung; });
    for (u32 i = 0; i < Log::records + 10; ++i) put(*log, "x");
    CHECK(rung == Log::records + 10);
    log->set_doorbell(nullptr);
    put(*log, "x");
    CHECK(rung == Log::records + 10);
}

TEST_CASE("CON04 four threads log at once: every line whole, in each thread's order, the lost ones counted") {
    auto log = std::make_unique<Log>();
    sunk.clear();
    constexpr u32 each = 20'000;
    arch::Atomic<u32> finished;
    std::vector<std::thread> threads;
    for (u32 t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (u32 i = 0; i < each; ++i) put(*log, "thread {} line {} {}", t, i, std::string(t * 9 + 1, 'z'));
            finished.fetch_add(1, arch::Order::Release);
        });
    }
    while (finished.load(arch::Order::Acquire) < 4) log->show(&sink);
    for (auto& thread : threads) thread.join();
    log->show(&sink);

    u64 said_lost = 0;
    u64 said_unshown = 0;
    u32 wrong = 0;
    u32 whole = 0;
    i64 last[4] = {-1, -1, -1, -1};
    for (const std::string& line : sunk) {
        u32 t = 0, i = 0;
        char tail[64] = "";
        if (std::sscanf(line.c_str(), "[0.000000] thread %u line %u %63s", &t, &i, tail) == 3) {
            ++whole;
            if (t > 3 || last[t] >= i || std::string(t * 9 + 1, 'z') != tail) ++wrong;
            else last[t] = i;
        } else {
            unsigned long lost = 0;
            unsigned long unshown = 0;
            if (std::sscanf(line.c_str(), "[0.000000] log: %lu lines lost", &lost) == 1) said_lost += lost;
            else if (std::sscanf(line.c_str(), "[0.000000] log: %lu lines not shown", &unshown) == 1)
                said_unshown += unshown;
            else ++wrong;
        }
    }
    CHECK(wrong == 0);
    // Of the lines that were not shown, some may be such as say how many were lost: then there is one less of these.
    CHECK(said_lost <= log->lost());
    CHECK(whole + log->lost() + said_unshown >= 4 * each);
    if (said_unshown == 0) CHECK(whole + log->lost() == 4 * each);
}

TEST_CASE("CON04 what is drained behind an open line is all in the history, and is shown later, once, in order") {
    auto log = std::make_unique<Log>();
    put(*log, "before");
    CHECK(drained(*log).size() == 1);
    std::vector<std::string> expected;
    for (u32 i = 0; i < 1000; ++i) {
        put(*log, "line {}", i);
        log->drain();
        expected.push_back("[0.000000] line " + std::to_string(i));
    }
    CHECK(log->lost() == 0);
    auto kept = history(*log);
    REQUIRE(kept.size() == 1001);
    CHECK(std::vector<std::string>(kept.begin() + 1, kept.end()) == expected);
    CHECK(drained(*log) == expected);
    CHECK(drained(*log).empty());
}

TEST_CASE("CON04 lines that the history drops before they were shown are counted, and said above the others") {
    auto log = std::make_unique<Log>();
    constexpr u32 all = 3000;
    for (u32 i = 0; i < all; ++i) {
        put(*log, "line {} {}", i, std::string(30, 'l'));
        log->drain();
    }
    auto kept = history(*log);
    auto lines = drained(*log);
    REQUIRE(lines.size() == kept.size() + 1);
    CHECK(lines[0] ==
          "[0.000000] log: " + std::to_string(all - kept.size()) + " lines not shown, the history was full");
    CHECK(std::vector<std::string>(lines.begin() + 1, lines.end()) == kept);
    CHECK(drained(*log).empty());
}

TEST_CASE("EXC08 after a fault what waits in the history and in the ring is shown, with the line that was under way") {
    auto log = std::make_unique<Log>();
    nested_log = log.get();
    put(*log, "shown");
    put(*log, "under way");
    put(*log, "in the history");
    sunk.clear();
    log->show([](std::string_view line) {
        if (!line.ends_with("under way")) return;
        put(*nested_log, "in the ring");
        nested_log->show_after_fault(&sink);  // as a fault of the port's driver
    });
    CHECK(sunk ==
          std::vector<std::string>{"[0.000000] under way", "[0.000000] in the history", "[0.000000] in the ring"});

    sunk.clear();
    for (u32 i = 0; i < Log::records + 3; ++i) put(*log, "line {}", i);
    log->show_after_fault(&sink);
    REQUIRE(sunk.size() >= Log::records + 1);
    CHECK(sunk.back() == "[0.000000] log: 3 lines lost, the ring was full");
}

TEST_CASE(
    "EXC08 a fault while the history is being shown after a fault finds its lock held, and shows it all the same") {
    auto log = std::make_unique<Log>();
    nested_log = log.get();
    put(*log, "first");
    put(*log, "second");
    sunk.clear();
    log->drain();
    log->show_after_fault([](std::string_view line) {
        sink(line);
        if (sunk.size() == 1) nested_log->show_after_fault(&sink);
    });
    CHECK(sunk ==
          std::vector<std::string>{"[0.000000] first", "[0.000000] first", "[0.000000] second", "[0.000000] second"});
}
