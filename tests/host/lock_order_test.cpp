// SPDX-License-Identifier: MIT

#include "../fakes/check_failed.hpp"

#include <arch/cpu.hpp>
#include <sync/lock_pair.hpp>
#include <sync/spin_lock.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace quartet;
using sync::CheckedLockOrder;
using sync::LockRank;
using sync::Place;
using sync::SameRank;

namespace {

template <typename Act>
std::string broken_rule(Act&& act) {
    try {
        act();
    } catch (const fakes::CheckFailed& failed) {
        return failed.what();
    }
    return {};
}

bool names_twice(const std::string& text, const char* file) {
    auto first = text.find(file);
    return first != std::string::npos && text.find(file, first + 1) != std::string::npos;
}

}  // namespace

TEST_CASE("LCK04 a spin lock that its core holds is not taken again, and both places are named") {
    CheckedLockOrder lock;
    lock.before_take(LockRank::Heap, SameRank::Forbidden, Place::current());
    lock.after_take(LockRank::Heap, Place::current());
    std::string text = broken_rule([&] { lock.before_take(LockRank::Heap, SameRank::Allowed, Place::current()); });
    CHECK(text.find("taken again") != std::string::npos);
    CHECK(names_twice(text, "lock_order_test.cpp"));
    lock.before_release(Place::current());
    CHECK(sync::locks_held() == 0);
}

TEST_CASE("LCK04 a spin lock is released only by the core that holds it, and never when free") {
    CheckedLockOrder lock;
    lock.before_take(LockRank::Heap, SameRank::Forbidden, Place::current());
    lock.after_take(LockRank::Heap, Place::current());
    arch::sim_core_id = 1;
    std::string text = broken_rule([&] { lock.before_release(Place::current()); });
    arch::sim_core_id = 0;
    CHECK(text.find("does not hold it") != std::string::npos);
    CHECK(names_twice(text, "lock_order_test.cpp"));
    lock.before_release(Place::current());
    CHECK(broken_rule([&] { lock.before_release(Place::current()); }).find("does not hold it") != std::string::npos);
}

TEST_CASE("LCK06 an inversion of ranks is found by the side that happens, without the dead-lock") {
    sync::SpinLock<LockRank::Heap> high;
    sync::SpinLock<LockRank::Frames> low;
    arch::IrqsMasked masked;
    {
        sync::LockGuard outer{high, masked};
        sync::LockGuard inner{low, masked};
        CHECK(sync::locks_held() == 2);
    }
    sync::LockGuard outer{low, masked};
    std::string text = broken_rule([&] { sync::LockGuard inner{high, masked}; });
    CHECK(text.find("own or a lower rank") != std::string::npos);
    CHECK(names_twice(text, "lock_order_test.cpp"));
    CHECK(sync::locks_held() == 1);
}

TEST_CASE("LCK06 two locks of one rank are taken only as a pair") {
    sync::SpinLock<LockRank::RunQueue> a;
    sync::SpinLock<LockRank::RunQueue> b;
    arch::IrqsMasked masked;
    {
        sync::LockPair<LockRank::RunQueue> both{{b, 1}, {a, 0}, masked};
        CHECK(a.taken());
        CHECK(b.taken());
        CHECK(sync::locks_held() == 2);
    }
    CHECK_FALSE(a.taken());
    CHECK_FALSE(b.taken());
    sync::LockGuard one{a, masked};
    CHECK(!broken_rule([&] { sync::LockGuard two{b, masked}; }).empty());
}

TEST_CASE("LCK06 a core may hold a pair of every rank at once, one more is told as that") {
    std::array<CheckedLockOrder, 2 * sync::lock_ranks> locks;
    CHECK(sync::lock_ranks >= 9);
    for (u32 n = 0; n < locks.size(); ++n) {
        // From the highest rank down, two of each, as nested pairs take them.
        const auto rank = static_cast<LockRank>(sync::lock_ranks - n / 2);
        locks[n].before_take(rank, n % 2 == 0 ? SameRank::Forbidden : SameRank::Allowed, Place::current());
        locks[n].after_take(rank, Place::current());
        CHECK(sync::locks_held() == n + 1);
    }
    CheckedLockOrder tried;
    std::string text = broken_rule([&] { tried.after_take(LockRank::Console, Place::current()); });
    CHECK(text.find("more spin locks than ranks and pairs allow") != std::string::npos);
    CHECK(names_twice(text, "lock_order_test.cpp"));
    // Each was written down, so each can be released, in any order.
    for (CheckedLockOrder& lock : locks) CHECK(broken_rule([&] { lock.before_release(Place::current()); }).empty());
    CHECK(sync::locks_held() == 0);
}

TEST_CASE("LCK07 who blocks with a spin lock held is told which one") {
    sync::SpinLock<LockRank::Heap> lock;
    CHECK(broken_rule([] { sync::check_no_lock_held(); }).empty());
    sync::IrqLockGuard guard{lock};
    std::string text = broken_rule([] { sync::check_no_lock_held(); });
    CHECK(text.find("blocks while its core holds a spin lock") != std::string::npos);
    CHECK(text.find("lock_order_test.cpp") != std::string::npos);
}

TEST_CASE("LCK08 a spin lock that does not come free is reported with its name, its holder and both places") {
    sync::SpinLock<LockRank::Frames> lock;
    sync::set_counter_hertz(1'000'000, 1'000'000);
    arch::sim_core_id = 2;
    arch::IrqsMasked masked;
    std::string text;
    {
        sync::LockGuard held{lock, masked};
        // Time goes on while core 1 waits.
        arch::sim_core_id = 1;
        arch::sim_hook = []() noexcept { arch::sim_counter += 1000; };
        const u64 begin = arch::sim_counter;
        text = broken_rule([&] { sync::LockGuard guard{lock, masked}; });
        arch::sim_hook = nullptr;
        CHECK(arch::sim_counter - begin >= 5'000'000);
        arch::sim_core_id = 2;
    }
    arch::sim_core_id = 0;
    CHECK(text.find("Frames spin lock") != std::string::npos);
    CHECK(text.find("core 2 holds it") != std::string::npos);
    CHECK(names_twice(text, "lock_order_test.cpp"));
}
