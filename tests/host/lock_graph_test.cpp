// SPDX-License-Identifier: MIT

#include "../fakes/check_failed.hpp"

#include <arch/cpu.hpp>
#include <arch/handler.hpp>
#include <arch/irq_mask.hpp>
#include <sync/lock_graph.hpp>
#include <sync/mutex_order.hpp>
#include <sync/spin_lock.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace quartet;
using sync::CheckedHeldMutexes;
using sync::CheckedMutexOrder;
using sync::LockName;
using sync::LockRank;
using sync::OrderStep;
using sync::Patience;

namespace {

// What "the stack" is at the moment: the test says so, and asks the graph for it later.
std::vector<uptr> stack_now;

usize fake_trace(uptr, std::span<uptr> found) noexcept {
    usize count = 0;
    for (uptr address : stack_now)
        if (count < found.size()) found[count++] = address;
    return count;
}

struct Traced {
    Traced() { sync::set_trace_hook(fake_trace); }
    ~Traced() {
        sync::set_trace_hook(nullptr);
        stack_now.clear();
        arch::sim_core_id = 0;
        *arch::sim_in_handler = false;
    }
};

template <typename Act>
std::string broken_rule(Act&& act) {
    try {
        act();
    } catch (const fakes::CheckFailed& failed) {
        return failed.what();
    }
    return {};
}

std::vector<uptr> frames_of(const OrderStep& step) { return {step.trace.frames, step.trace.frames + step.trace.count}; }

bool both_orders(const std::string& text) { return text.find("in one order here") != std::string::npos; }
bool interrupts_open(const std::string& text) { return text.find("held with interrupts open") != std::string::npos; }

// A thread that owns what it locks.
struct Owner {
    CheckedHeldMutexes mine;
    void lock(CheckedMutexOrder& mutex, Patience patience = Patience::Endless) { mutex.taken(mine, patience); }
    void unlock(CheckedMutexOrder& mutex) { mutex.released(mine); }
    // Both, on `core`, with a stack of its own.
    void nest(CheckedMutexOrder& outer, CheckedMutexOrder& inner, u32 core, std::vector<uptr> stack) {
        arch::sim_core_id = core;
        stack_now = std::move(stack);
        lock(outer);
        lock(inner);
        unlock(inner);
        unlock(outer);
    }
};

}  // namespace

TEST_CASE("LCK06 two mutexes in both orders, at different times on different cores, are told with both backtraces") {
    Traced traced;
    CheckedMutexOrder a, b;
    Owner one, other;
    one.nest(a, b, 1, {0x100, 0x110});
    one.nest(a, b, 2, {0x900});  // again: the first time is what is kept
    std::string text = broken_rule([&] { other.nest(b, a, 3, {0x200, 0x210, 0x220}); });
    CHECK(both_orders(text));
    auto steps = sync::broken_order();
    REQUIRE(steps.size() == 2);
    CHECK(frames_of(steps[0]) == std::vector<uptr>{0x100, 0x110});
    CHECK(frames_of(steps[1]) == std::vector<uptr>{0x200, 0x210, 0x220});
    CHECK(steps[0].trace.core == 1);
    CHECK(steps[1].trace.core == 3);
    CHECK(steps[0].held.kind == LockName::Kind::Mutex);
    CHECK(steps[0].held.address == &a);
    CHECK(steps[0].taken.address == &b);
    CHECK(steps[1].held.address == &b);
    CHECK(steps[1].taken.address == &a);
}

TEST_CASE("LCK06 a ring of five mutexes, each pair by another thread, is told step by step") {
    Traced traced;
    CheckedMutexOrder ring[5];
    for (u32 n = 0; n < 4; ++n) {
        Owner owner;
        CHECK(broken_rule([&] { owner.nest(ring[n], ring[n + 1], n % 4, {0x1000 + n}); }).empty());
    }
    Owner last;
    CHECK(both_orders(broken_rule([&] { last.nest(ring[4], ring[0], 0, {0x2000}); })));
    auto steps = sync::broken_order();
    REQUIRE(steps.size() == 5);
    for (u32 n = 0; n < 4; ++n) {
        CHECK(frames_of(steps[n]) == std::vector<uptr>{0x1000 + n});
        CHECK(steps[n].held.address == &ring[n]);
        CHECK(steps[n].taken.address == &ring[n + 1]);
    }
    CHECK(frames_of(steps[4]) == std::vector<uptr>{0x2000});
}

TEST_CASE("LCK06 who tries, or waits with a limit, closes no ring, but what he has counts for what follows") {
    Traced traced;
    CheckedMutexOrder a, b, c;
    Owner owner;
    owner.nest(a, b, 0, {0x1});
    CHECK(broken_rule([&] {
              owner.lock(b);
              owner.lock(a, Patience::Limited);
              owner.lock(c);
              owner.unlock(c);
              owner.unlock(a);
              owner.unlock(b);
          }).empty());
    CHECK(both_orders(broken_rule([&] { owner.nest(c, a, 0, {0x2}); })));
}

TEST_CASE("LCK06 a mutex at the address of another one that is gone has no past") {
    Traced traced;
    Owner owner;
    CheckedMutexOrder a;
    std::optional<CheckedMutexOrder> b;
    for (u32 round = 0; round < 1000; ++round) {
        b.emplace();
        const bool turned = round % 2 != 0;
        CHECK(broken_rule([&] { owner.nest(turned ? *b : a, turned ? a : *b, 0, {round}); }).empty());
    }
    // Each gave its room back: a thousand were learned of, and the next is too.
    CHECK(sync::lock_graph.passed_over() == 0);
    b.emplace();
    owner.nest(a, *b, 0, {0x1});
    CHECK(both_orders(broken_rule([&] { owner.nest(*b, a, 0, {0x2}); })));
}

TEST_CASE("LCK06 a mutex that is destroyed in its owner's hands is taken for no other") {
    Traced traced;
    Owner owner;
    CheckedMutexOrder a, c;
    {
        CheckedMutexOrder gone;
        owner.lock(gone);
        owner.lock(a);
        owner.unlock(a);
    }
    // Whatever was made since is another one than what the owner still notes.
    std::vector<std::unique_ptr<CheckedMutexOrder>> others;
    Owner another;
    for (u32 n = 0; n < 20; ++n) {
        others.push_back(std::make_unique<CheckedMutexOrder>());
        CHECK(broken_rule([&] { another.nest(a, *others.back(), 0, {n}); }).empty());
    }
    CHECK(broken_rule([&] {
              owner.lock(a);
              owner.unlock(a);
          }).empty());
}

TEST_CASE("LCK06 in stretches where any order is allowed nothing is learned") {
    Traced traced;
    CheckedMutexOrder a, b;
    Owner owner;
    {
        sync::AnyOrder any;
        owner.nest(a, b, 0, {0x1});
        CHECK(broken_rule([&] { owner.nest(b, a, 0, {0x2}); }).empty());
    }
    owner.nest(a, b, 0, {0x1});
    CHECK(both_orders(broken_rule([&] { owner.nest(b, a, 0, {0x2}); })));
}

TEST_CASE("LCK06 a spin lock against its rank is told with the backtrace of the lawful order too") {
    Traced traced;
    sync::SpinLock<LockRank::Heap> high;
    sync::SpinLock<LockRank::Frames> low;
    arch::IrqsMasked masked;
    {
        stack_now = {0x300};
        sync::LockGuard outer{high, masked};
        sync::LockGuard inner{low, masked};
    }
    stack_now = {0x400};
    sync::LockGuard outer{low, masked};
    CHECK(broken_rule([&] { sync::LockGuard inner{high, masked}; }).find("own or a lower rank") != std::string::npos);
    auto steps = sync::broken_order();
    REQUIRE(steps.size() == 2);
    CHECK(frames_of(steps[0]) == std::vector<uptr>{0x300});
    CHECK(frames_of(steps[1]) == std::vector<uptr>{0x400});
    CHECK(steps[0].held.kind == LockName::Kind::Spin);
    CHECK(steps[0].held.rank == LockRank::Heap);
    CHECK(std::string{steps[0].held.made_at.file_name()}.find("lock_graph_test.cpp") != std::string::npos);
}

TEST_CASE("LCK05 a lock that a handler took is refused with interrupts open, and the other way round") {
    Traced traced;
    for (bool handler_first : {true, false}) {
        // Two places, two classes.
        sync::SpinLock<LockRank::Heap> first;
        sync::SpinLock<LockRank::Heap> second;
        auto& lock = handler_first ? first : second;
        auto in_handler = [&] {
            *arch::sim_in_handler = true;
            stack_now = {0x500};
            arch::sim_core_id = 1;
            std::string text = broken_rule([&] { sync::IrqLockGuard guard{lock}; });
            *arch::sim_in_handler = false;
            return text;
        };
        // No guard does that; a proof that lies does.
        auto open = [&] {
            stack_now = {0x600};
            arch::sim_core_id = 2;
            return broken_rule([&] {
                arch::IrqsMasked masked;
                *arch::sim_irqs_masked = false;
                sync::LockGuard guard{lock, masked};
            });
        };
        CHECK((handler_first ? in_handler() : open()).empty());
        CHECK(interrupts_open(handler_first ? open() : in_handler()));
        auto steps = sync::broken_order();
        REQUIRE(steps.size() == 2);
        CHECK(frames_of(steps[0]) == std::vector<uptr>{handler_first ? 0x500u : 0x600u});
        CHECK(frames_of(steps[1]) == std::vector<uptr>{handler_first ? 0x600u : 0x500u});
    }
}

TEST_CASE("LCK05 so is a lock that a handler only waits for behind another one") {
    Traced traced;
    sync::SpinLock<LockRank::Heap> outer;
    sync::SpinLock<LockRank::Frames> inner;
    {
        *arch::sim_in_handler = true;
        sync::IrqLockGuard guard{outer};
        *arch::sim_in_handler = false;
    }
    {
        sync::IrqLockGuard guard{outer};
        sync::LockGuard second{inner, guard.masked()};
    }
    std::string text = broken_rule([&] {
        arch::IrqsMasked masked;
        *arch::sim_irqs_masked = false;
        sync::LockGuard guard{inner, masked};
    });
    CHECK(interrupts_open(text));
    CHECK(sync::broken_order().size() == 3);
}

TEST_CASE("LCK05 a handler that comes while a lock is held shows that interrupts were open") {
    Traced traced;
    sync::SpinLock<LockRank::Heap> held;
    sync::SpinLock<LockRank::Frames> other;
    {
        *arch::sim_in_handler = true;
        sync::IrqLockGuard guard{held};
        *arch::sim_in_handler = false;
    }
    sync::IrqLockGuard guard{held};
    *arch::sim_in_handler = true;
    CHECK(interrupts_open(broken_rule([&] { sync::IrqLockGuard inner{other}; })));
}

TEST_CASE("LCK06 what has no room is not learned, and counted") {
    Traced traced;
    Owner owner;
    std::vector<std::unique_ptr<CheckedMutexOrder>> many;
    const u32 before = sync::lock_graph.passed_over();
    for (u32 n = 0; n < sync::LockGraph::most_nodes + 8; ++n) {
        many.push_back(std::make_unique<CheckedMutexOrder>());
        if (n > 0) CHECK(broken_rule([&] { owner.nest(*many[n - 1], *many[n], 0, {n}); }).empty());
    }
    CHECK(sync::lock_graph.passed_over() > before);
    CHECK(both_orders(broken_rule([&] { owner.nest(*many[1], *many[0], 0, {0x1}); })));
}
