// SPDX-License-Identifier: MIT
//
// `threads -w`: who waits for whom, what is a ring, and who has waited for too long.

#include "threads.hpp"

#include <kernel/wait/mutex.hpp>
#include <shell/output.hpp>
#include <shell/thread_waits.hpp>

#include <array>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

constinit std::array<char, 4096> room{};  // more than the stack has to spare

// What the command prints, a line at a time: whether a line has all of these words, in this order. One at a time.
class Listing {
public:
    explicit Listing(u64 hung_s) {
        shell::Output out{[](void* all, std::string_view more) { static_cast<Writer*>(all)->put(more); }, &text_};
        shell::list_waits(out, hung_s);
    }
    bool has_line(std::initializer_list<std::string_view> wanted) const {
        std::string_view rest = text_.text();
        while (!rest.empty()) {
            const usize end = rest.find('\n');
            if (has(rest.substr(0, end), wanted)) return true;
            rest.remove_prefix(end < rest.size() ? end + 1 : rest.size());
        }
        return false;
    }

private:
    static bool has(std::string_view line, std::initializer_list<std::string_view> wanted) {
        for (std::string_view word : wanted) {
            const usize at = line.find(word);
            if (at >= line.size()) return false;
            line.remove_prefix(at + word.size());
        }
        return true;
    }
    Writer text_{room};
};

bool blocked(ThreadHandle thread) {
    ThreadInfo info;
    return look_at_thread(*thread.record(), info) && info.state == ThreadState::Blocked && info.waits_on != nullptr;
}

}  // namespace

SELFTEST("WDT05", "a ring of threads is printed as a deadlock, with those that wait for it and for how long") {
    TestFlow flow{every_core};
    Mutex first, second;
    arch::Atomic<u32> owners{0};
    auto cross = [&](Mutex& own, Mutex& other) {
        return [&](ThreadContext& self) {
            EXPECT(own.lock(self).has_value());
            owners.fetch_add(1, arch::Order::Relaxed);
            while (owners.load(arch::Order::Relaxed) < 2) yield(self);
            // Not for good: that would be refused.
            if (other.lock_for(self, seconds(60)).has_value()) EXPECT(other.unlock(self).has_value());
            EXPECT(own.unlock(self).has_value());
        };
    };
    auto one = cross(first, second), two = cross(second, first);
    TestThread a{run, flow, {.name = "ring-a"}, one};
    TestThread b{run, flow, {.name = "ring-b"}, two};
    auto wait = [&](ThreadContext& self) {
        while (owners.load(arch::Order::Relaxed) < 2) yield(self);
        if (first.lock_for(self, seconds(60)).has_value()) EXPECT(first.unlock(self).has_value());
    };
    TestThread c{run, flow, {.name = "tail-c"}, wait};
    EXPECT(comes_true_asleep([&] { return blocked(a.handle) && blocked(b.handle) && blocked(c.handle); }));
    sleep_for(flow.self, milliseconds(20));
    {
        const Listing now{0};
        EXPECT(now.has_line({"ring-a", "mutex", "0x", "ring-b", " hung"}));
        EXPECT(now.has_line({"ring-b", "mutex", "0x", "ring-a", " hung"}));
        EXPECT(now.has_line({"tail-c", "mutex", "0x", "ring-a", " hung"}));
        EXPECT(now.has_line({"deadlock: ", "ring-", " -> ", "ring-", " -> "}));
        EXPECT(!now.has_line({"deadlock: ", "tail-c"}));
    }
    {
        const Listing later{60};
        EXPECT(later.has_line({"tail-c", "mutex", "ring-a"}) && !later.has_line({" hung"}));
    }
    first.close();
    second.close();
}

SELFTEST("WDT05", "who waits for a thread's end waits for that thread, and who waits for nobody's is no ring") {
    TestFlow flow{every_core};
    Semaphore end{0};
    auto stay = [&](ThreadContext& self) { EXPECT(end.take(self).has_value()); };
    auto target = spawn(
        {.name = "target"}, [](ThreadContext& self, void* work) { (*static_cast<decltype(stay)*>(work))(self); },
        &stay);
    EXPECT(target.has_value());
    if (!target) return;
    auto join_it = [&](ThreadContext& self) { EXPECT(join(self, *target).has_value()); };
    {
        TestThread joiner{run, flow, {.name = "joiner"}, join_it};
        EXPECT(comes_true_asleep([&] { return blocked(joiner.handle); }));
        EXPECT(comes_to_wait(*target));  // who waits for it may have come first, on another core
        const Listing now{60};
        EXPECT(now.has_line({"joiner", "thread", "target"}));
        EXPECT(now.has_line({"target", "semaphore", "0x", " -"}));
        EXPECT(!now.has_line({"deadlock"}));
        EXPECT(end.give().has_value());
    }
}
