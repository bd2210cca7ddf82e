// SPDX-License-Identifier: MIT
//
// Threads of quartet.h: what they begin with, how they end, and what becomes of their handles.

#include "capi.hpp"

using namespace quartet;
using namespace quartet::selftest_detail;

namespace {

struct Seen {
    void* argument = nullptr;
    qt_thread* self = nullptr;
    std::string_view name;
    u8 priority = 0;
    u32 affinity = 0;
    u32 slice_ticks = 0;
    usize stack = 0;
};

void look_around(void* argument) {
    auto& seen = *static_cast<Seen*>(argument);
    const kernel::Thread& thread = kernel::current_thread();
    seen = {argument,           qt_thread_self(),   thread.name, thread.base_priority, thread.given_affinity,
            thread.slice_ticks, thread.stack.size()};
}

void nothing(void*) {}

}  // namespace

SELFTEST("CAP01", "a thread gets its argument; a field of its options that is zero means the default") {
    TestFlow flow;
    const qt_thread_options zero{};
    for (const qt_thread_options* options : {static_cast<const qt_thread_options*>(nullptr), &zero}) {
        Seen seen;
        qt_thread* thread = nullptr;
        EXPECT_EQ(qt_thread_create(&thread, options, look_around, &seen), QT_OK);
        EXPECT_EQ(qt_thread_join(thread, QT_FOREVER), QT_OK);
        EXPECT(seen.argument == &seen);
        EXPECT(seen.self == thread);
        EXPECT(seen.name == "thread");
        EXPECT_EQ(seen.priority, 16);
        EXPECT_EQ(seen.affinity, kernel::every_core);
        EXPECT_EQ(seen.slice_ticks, 10u);
        EXPECT_EQ(seen.stack, 16_KiB);
    }
}

SELFTEST("CAP01", "a thread has the name, priority, cores, stack and slice that it was given") {
    TestFlow flow;
    Seen seen;
    const qt_thread_options options{.name = "a name that is longer than twenty-three",
                                    .priority = 31,
                                    .affinity = 1,
                                    .stack_size = 8192,
                                    .slice_ns = 3'999'999};
    qt_thread* thread = nullptr;
    EXPECT_EQ(qt_thread_create(&thread, &options, look_around, &seen), QT_OK);
    EXPECT(seen.self == thread);  // it was above the flow: it has run
    EXPECT(seen.name == "a name that is longer t");
    EXPECT_EQ(seen.priority, 31);
    EXPECT_EQ(seen.affinity, 1u);
    EXPECT_EQ(seen.slice_ticks, 3u);
    EXPECT_EQ(seen.stack, 8_KiB);
    EXPECT_EQ(qt_thread_join(thread, QT_NO_WAIT), QT_OK);
}

SELFTEST("SCH12", "qt_thread_create refuses what cannot be right, and makes nothing") {
    qt_thread* const untouched = qt_thread_self();
    qt_thread* thread = untouched;
    const qt_thread_options wrong[] = {
        {.name = nullptr, .priority = 32, .affinity = 0, .stack_size = 0, .slice_ns = 0},
        {.name = nullptr,
         .priority = 256 + 16,
         .affinity = 0,
         .stack_size = 0,
         .slice_ns = 0},  // a byte of it is lawful
        {.name = nullptr, .priority = 0, .affinity = 1u << 31, .stack_size = 0, .slice_ns = 0},
        {.name = nullptr, .priority = 0, .affinity = 0, .stack_size = 4096 - 16, .slice_ns = 0},
        {.name = nullptr, .priority = 0, .affinity = 0, .stack_size = 960 * 1024 + 16, .slice_ns = 0},
        {.name = nullptr, .priority = 0, .affinity = 0, .stack_size = 8200, .slice_ns = 0},
        {.name = nullptr, .priority = 0, .affinity = 0, .stack_size = SIZE_MAX, .slice_ns = 0},
    };
    for (const qt_thread_options& options : wrong)
        EXPECT_EQ(qt_thread_create(&thread, &options, nothing, nullptr), QT_INVALID);
    EXPECT_EQ(qt_thread_create(nullptr, nullptr, nothing, nullptr), QT_INVALID);
    EXPECT_EQ(qt_thread_create(&thread, nullptr, nullptr, nullptr), QT_INVALID);
    static u32 data = 0xd65f03c0;  // a return; but no code
    EXPECT_EQ(qt_thread_create(&thread, nullptr, __builtin_bit_cast(void (*)(void*), &data), nullptr), QT_INVALID);
    EXPECT(thread == untouched);
}

SELFTEST("SCH07",
         "a handle whose thread was joined is refused by every function, also when its record has another thread") {
    TestFlow flow;
    u32 ran = 0;
    qt_thread* stale = nullptr;
    {
        CThread first{run, at_priority(above), [] {}};
        stale = first.handle;
        EXPECT_EQ(first.join(), QT_OK);
    }
    auto refused = [&](qt_thread* handle) {
        EXPECT_EQ(qt_thread_join(handle, QT_NO_WAIT), QT_INVALID);
        EXPECT_EQ(qt_thread_detach(handle), QT_INVALID);
        EXPECT_EQ(qt_thread_suspend(handle), QT_INVALID);
        EXPECT_EQ(qt_thread_resume(handle), QT_INVALID);
        EXPECT_EQ(qt_thread_set_priority(handle, 30), QT_INVALID);
        EXPECT_EQ(qt_thread_set_affinity(handle, 1), QT_INVALID);
        EXPECT_EQ(qt_thread_terminate(handle), QT_INVALID);
    };
    refused(stale);
    refused(nullptr);
    {
        CThread second{run, at_priority(below), [&] { ran += 1; }};
        // The record that was given back last is taken first: only the generation is another.
        constexpr u64 address = (u64{1} << 48) - 1;
        EXPECT_EQ(__builtin_bit_cast(u64, second.handle) & address, __builtin_bit_cast(u64, stale) & address);
        EXPECT(second.handle != stale);
        refused(stale);
        EXPECT_EQ(second.join(), QT_OK);
    }
    EXPECT_EQ(ran, 1u);
}

SELFTEST("SCH06",
         "join waits, gives up in time, finds who has ended, and is refused to two, to oneself and to the detached") {
    TestFlow flow;
    qt_sem* go = nullptr;
    REQUIRE(qt_sem_create(&go, 0, 8) == QT_OK);
    {
        CThread waits{run, at_priority(above), [&] { static_cast<void>(qt_sem_take(go, QT_FOREVER)); }};
        EXPECT_EQ(qt_thread_join(waits.handle, QT_NO_WAIT), QT_WOULD_BLOCK);
        const u64 begin = qt_now();
        EXPECT_EQ(qt_thread_join(waits.handle, 2'000'000), QT_TIMEOUT);
        EXPECT(qt_now() - begin >= 2'000'000);
        qt_status inner = -1;
        CThread joins{run, at_priority(above), [&] { inner = qt_thread_join(waits.handle, QT_FOREVER); }};
        EXPECT_EQ(qt_thread_join(waits.handle, QT_NO_WAIT), QT_BUSY);
        EXPECT_EQ(qt_thread_detach(waits.handle), QT_BUSY);
        EXPECT_EQ(qt_sem_give(go), QT_OK);
        EXPECT_EQ(joins.join(), QT_OK);
        EXPECT_EQ(inner, QT_OK);
        waits.handle = nullptr;
    }
    EXPECT_EQ(qt_thread_join(qt_thread_self(), QT_NO_WAIT), QT_INVALID);
    // Detached while it waits: it goes on, and its handle is stale when it has ended.
    CThread detached{run, at_priority(above), [&] { static_cast<void>(qt_sem_take(go, QT_FOREVER)); }};
    EXPECT_EQ(qt_thread_detach(detached.handle), QT_OK);
    EXPECT_EQ(qt_thread_join(detached.handle, QT_NO_WAIT), QT_BUSY);
    EXPECT_EQ(qt_sem_give(go), QT_OK);
    EXPECT_EQ(qt_thread_resume(detached.handle), QT_INVALID);
    detached.handle = nullptr;
    EXPECT_EQ(qt_sem_destroy(go), QT_OK);
}

namespace {

struct Steps {
    u32 before = 0;
    u32 after = 0;
};

[[gnu::noinline]] void leave_early(Steps& steps) {
    steps.before += 1;
    qt_thread_exit();
}

}  // namespace

SELFTEST("SCH06", "qt_thread_exit ends the thread from wherever it is") {
    TestFlow flow;
    Steps steps;
    qt_thread* thread = nullptr;
    const qt_thread_options options = at_priority(above);
    auto entry = [](void* argument) {
        auto& it = *static_cast<Steps*>(argument);
        leave_early(it);
        it.after += 1;
    };
    EXPECT_EQ(qt_thread_create(&thread, &options, entry, &steps), QT_OK);
    EXPECT_EQ(qt_thread_join(thread, QT_NO_WAIT), QT_OK);
    EXPECT_EQ(steps.before, 1u);
    EXPECT_EQ(steps.after, 0u);
}

SELFTEST("SCH05",
         "a thread that is terminated ends in its wait, runs no further, and its mutex is owner-dead for the next") {
    TestFlow flow;
    qt_sem* never = nullptr;
    qt_mutex* mutex = nullptr;
    REQUIRE(qt_sem_create(&never, 0, 1) == QT_OK);
    REQUIRE(qt_mutex_create(&mutex) == QT_OK);
    bool went_on = false;
    {
        CThread thread{run, at_priority(above), [&] {
                           static_cast<void>(qt_mutex_lock(mutex, QT_FOREVER));
                           static_cast<void>(qt_sem_take(never, QT_FOREVER));
                           went_on = true;
                       }};
        EXPECT_EQ(qt_mutex_lock(mutex, QT_NO_WAIT), QT_WOULD_BLOCK);
        EXPECT_EQ(qt_thread_terminate(thread.handle), QT_OK);
        EXPECT_EQ(thread.join(), QT_OK);
    }
    EXPECT(!went_on);
    EXPECT_EQ(qt_mutex_lock(mutex, QT_NO_WAIT), QT_OWNER_DEAD);
    EXPECT_EQ(qt_mutex_unlock(mutex), QT_OK);
    EXPECT_EQ(qt_mutex_lock(mutex, QT_NO_WAIT), QT_OK);
    EXPECT_EQ(qt_mutex_unlock(mutex), QT_OK);
    // One that has not begun does not begin.
    {
        CThread thread{run, at_priority(below), [&] { went_on = true; }};
        EXPECT_EQ(qt_thread_terminate(thread.handle), QT_OK);
        EXPECT_EQ(thread.join(), QT_OK);
    }
    // And oneself.
    {
        CThread thread{run, at_priority(above), [&] {
                           static_cast<void>(qt_thread_terminate(qt_thread_self()));
                           went_on = true;
                       }};
        EXPECT_EQ(thread.join(), QT_OK);
    }
    EXPECT(!went_on);
    EXPECT_EQ(qt_sem_destroy(never), QT_OK);
    EXPECT_EQ(qt_mutex_destroy(mutex), QT_OK);
}

namespace {

// Whether somebody below the test changes `value`: it sleeps meanwhile. The limit is a hang detector.
bool moves_on(const volatile u32& value, u32 from) {
    for (u32 n = 0; n < 10'000 && value == from; ++n) static_cast<void>(qt_sleep(1'000'000));
    return value != from;
}

}  // namespace

SELFTEST("CAP02",
         "a suspended thread stands still until it was resumed as often; too often, never and too late are refused") {
    TestFlow flow;
    volatile u32 turns = 0;
    volatile bool over = false;
    CThread thread{run, at_priority(below), [&] {
                       while (!over) turns = turns + 1;
                   }};
    EXPECT_EQ(qt_thread_resume(thread.handle), QT_INVALID);
    EXPECT(moves_on(turns, 0));
    for (u32 n = 0; n < 255; ++n) EXPECT_EQ(qt_thread_suspend(thread.handle), QT_OK);
    EXPECT_EQ(qt_thread_suspend(thread.handle), QT_BUSY);
    const u32 stood = turns;
    static_cast<void>(qt_sleep(2'000'000));
    EXPECT_EQ(turns, stood);
    for (u32 n = 0; n < 254; ++n) EXPECT_EQ(qt_thread_resume(thread.handle), QT_OK);
    static_cast<void>(qt_sleep(2'000'000));
    EXPECT_EQ(turns, stood);
    EXPECT_EQ(qt_thread_resume(thread.handle), QT_OK);
    EXPECT(moves_on(turns, stood));
    // One that is asked to end is not suspended any more.
    EXPECT_EQ(qt_thread_suspend(thread.handle), QT_OK);
    EXPECT_EQ(qt_thread_terminate(thread.handle), QT_OK);
    EXPECT_EQ(qt_thread_suspend(thread.handle), QT_DELETED);
    over = true;
    EXPECT_EQ(thread.join(), QT_OK);
}

SELFTEST("CAP02", "a thread suspends itself, and goes on where it stood when it is resumed") {
    TestFlow flow;
    u32 turns = 0;
    CThread thread{run, at_priority(above), [&] {
                       for (; turns < 3; ++turns) EXPECT_EQ(qt_thread_suspend(qt_thread_self()), QT_OK);
                   }};
    for (u32 n = 0; n < 3; ++n) {
        EXPECT_EQ(turns, n);
        EXPECT_EQ(qt_thread_resume(thread.handle), QT_OK);
    }
    EXPECT_EQ(turns, 3u);
}

SELFTEST("SCH03", "qt_thread_set_priority takes 0 to 31, and what it asks for happens before it returns") {
    TestFlow flow;
    bool ran = false;
    CThread thread{run, at_priority(below), [&] { ran = true; }};
    EXPECT_EQ(qt_thread_set_priority(thread.handle, 32), QT_INVALID);
    EXPECT_EQ(qt_thread_set_priority(thread.handle, 256 + above), QT_INVALID);
    EXPECT_EQ(qt_thread_set_priority(thread.handle, 0), QT_OK);
    EXPECT(!ran);
    EXPECT_EQ(qt_thread_set_priority(thread.handle, above), QT_OK);
    EXPECT(ran);
}

SELFTEST("SMP03", "qt_thread_set_affinity moves a thread, and refuses a mask without a core that runs threads") {
    TestFlow flow;
    if (!kernel::irq::core_started(1)) SKIP("needs a second core");
    arch::Atomic<u32> seen{99};
    arch::Atomic<bool> over{false};
    CThread thread{run, at_priority(below), [&] {
                       while (!over.load(arch::Order::Relaxed)) {
                           arch::IrqsMasked masked;
                           seen.store(kernel::this_core(masked).id, arch::Order::Relaxed);
                       }
                   }};
    EXPECT_EQ(qt_thread_set_affinity(thread.handle, 0), QT_INVALID);
    EXPECT_EQ(qt_thread_set_affinity(thread.handle, 1u << 31), QT_INVALID);
    EXPECT_EQ(qt_thread_set_affinity(thread.handle, 2), QT_OK);
    EXPECT(comes_true([&] { return seen.load(arch::Order::Relaxed) == 1; }));
    over.store(true, arch::Order::Relaxed);
}

SELFTEST("CAP03", "qt_yield lets an equal run, and nobody below") {
    TestFlow flow;
    u32 equal = 0;
    u32 lower = 0;
    CThread a{run, at_priority(test_priority), [&] { equal += 1; }};
    CThread b{run, at_priority(below), [&] { lower += 1; }};
    qt_yield();
    EXPECT_EQ(equal, 1u);
    qt_yield();
    EXPECT_EQ(lower, 0u);
}
