// SPDX-License-Identifier: MIT
//
// What records of dead threads keep, and for whom it is found again.

#include "threads.hpp"

#include <array>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

const void* stack_of(ThreadHandle thread) { return thread.record()->stack.data(); }

void end_at_once(ThreadContext&, void*) {}

}  // namespace

SELFTEST("SCH11", "a dead thread's stack is found again among the last that ended, and the search ends there") {
    TestFlow flow;
    constexpr usize rare = 20_KiB;  // no other thread has such a one
    auto start = [&](usize size) {
        auto thread = spawn({.name = "once", .stack_size = size}, &end_at_once, nullptr);
        EXPECT(thread.has_value());
        return thread ? *thread : ThreadHandle{};
    };
    auto join_it = [&](ThreadHandle thread) {
        if (!thread.empty()) EXPECT(join(flow.self, thread).has_value());
    };
    // A record is free when its thread is joined: this one first, many above it.
    ThreadHandle first = start(rare);
    REQUIRE(!first.empty());
    const void* const buried = stack_of(first);
    std::array<ThreadHandle, 64> many;
    for (ThreadHandle& thread : many) thread = start(default_stack_size);
    join_it(first);
    for (ThreadHandle thread : many) join_it(thread);
    ThreadHandle second = start(rare);
    REQUIRE(!second.empty());
    const void* const fresh = stack_of(second);
    EXPECT(fresh != buried);
    join_it(second);
    ThreadHandle third = start(rare);
    REQUIRE(!third.empty());
    EXPECT(stack_of(third) == fresh);
    join_it(third);
}
