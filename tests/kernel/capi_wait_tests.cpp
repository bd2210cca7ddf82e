// SPDX-License-Identifier: MIT
//
// Semaphore, mutex, event flags, queue and pool of quartet.h: what each does, each error that it has, and that its memory
// goes when it is destroyed and the last who waited has left it, however that ended.

#include "capi.hpp"

#include <mm/quarantine.hpp>

#include <array>

using namespace quartet;
using namespace quartet::selftest_detail;

namespace {

constexpr u64 millisecond = 1'000'000;

// Whether `call` gave up after a millisecond, not before.
template <typename Call>
bool gives_up(Call call) {
    const u64 begin = qt_now();
    return call(millisecond) == QT_TIMEOUT && qt_now() - begin >= millisecond;
}

}  // namespace

SELFTEST("SEM01", "qt_sem counts from its initial value to its ceiling; what cannot be right is refused") {
    TestFlow flow;
    qt_sem* sem = nullptr;
    EXPECT_EQ(qt_sem_create(nullptr, 0, 1), QT_INVALID);
    EXPECT_EQ(qt_sem_create(&sem, 0, 0), QT_INVALID);
    EXPECT_EQ(qt_sem_create(&sem, 3, 2), QT_INVALID);
    EXPECT_EQ(qt_sem_create(&sem, 0, 0x8000'0000u), QT_INVALID);
    EXPECT_EQ(qt_sem_create(&sem, 0xffff'ffffu, 0xffff'ffffu), QT_INVALID);
    EXPECT(sem == nullptr);
    EXPECT_EQ(qt_sem_take(nullptr, QT_NO_WAIT), QT_INVALID);
    EXPECT_EQ(qt_sem_give(nullptr), QT_INVALID);
    EXPECT_EQ(qt_sem_destroy(nullptr), QT_INVALID);
    REQUIRE(qt_sem_create(&sem, 1, 2) == QT_OK);
    EXPECT_EQ(qt_sem_give(sem), QT_OK);
    EXPECT_EQ(qt_sem_give(sem), QT_BUSY);
    EXPECT_EQ(qt_sem_take(sem, QT_NO_WAIT), QT_OK);
    EXPECT_EQ(qt_sem_take(sem, QT_FOREVER), QT_OK);
    EXPECT_EQ(qt_sem_take(sem, QT_NO_WAIT), QT_WOULD_BLOCK);
    EXPECT(gives_up([&](u64 timeout) { return qt_sem_take(sem, timeout); }));
    // Who waits has it before the giver's next statement, where it is the more important one.
    qt_status got = -1;
    CThread thread{run, at_priority(above), [&] { got = qt_sem_take(sem, 1000 * millisecond); }};
    EXPECT_EQ(got, -1);
    EXPECT_EQ(qt_sem_give(sem), QT_OK);
    EXPECT_EQ(got, QT_OK);
    EXPECT_EQ(qt_sem_destroy(sem), QT_OK);
}

SELFTEST("MTX01", "qt_mutex excludes, hands over, lends its waiter's priority, and refuses who does not own it") {
    TestFlow flow;
    qt_mutex* mutex = nullptr;
    EXPECT_EQ(qt_mutex_create(nullptr), QT_INVALID);
    EXPECT_EQ(qt_mutex_lock(nullptr, QT_NO_WAIT), QT_INVALID);
    EXPECT_EQ(qt_mutex_unlock(nullptr), QT_INVALID);
    EXPECT_EQ(qt_mutex_destroy(nullptr), QT_INVALID);
    REQUIRE(qt_mutex_create(&mutex) == QT_OK);
    EXPECT_EQ(qt_mutex_unlock(mutex), QT_NOT_OWNER);
    EXPECT_EQ(qt_mutex_lock(mutex, QT_FOREVER), QT_OK);
    EXPECT_EQ(qt_mutex_lock(mutex, QT_FOREVER), QT_DEADLOCK);
    EXPECT_EQ(qt_mutex_lock(mutex, QT_NO_WAIT), QT_WOULD_BLOCK);
    std::array<qt_status, 5> got{-1, -1, -1, -1, -1};
    {
        CThread thread{run, at_priority(above), [&] {
                           got[0] = qt_mutex_unlock(mutex);
                           got[1] = qt_mutex_lock(mutex, QT_NO_WAIT);
                           got[2] = qt_mutex_lock(mutex, millisecond);
                           got[3] = qt_mutex_lock(mutex, QT_FOREVER);
                           got[4] = qt_mutex_unlock(mutex);
                       }};
        static_cast<void>(qt_sleep(2 * millisecond));
        EXPECT_EQ(kernel::priority_of(flow.self.handle()).value_or(0), above);
        EXPECT_EQ(got[3], -1);
        EXPECT_EQ(qt_mutex_unlock(mutex), QT_OK);
        EXPECT_EQ(kernel::priority_of(flow.self.handle()).value_or(0), test_priority);
    }
    EXPECT((got == std::array<qt_status, 5>{QT_NOT_OWNER, QT_WOULD_BLOCK, QT_TIMEOUT, QT_OK, QT_OK}));
    EXPECT_EQ(qt_mutex_lock(mutex, QT_NO_WAIT), QT_OK);
    EXPECT_EQ(qt_mutex_unlock(mutex), QT_OK);
    EXPECT_EQ(qt_mutex_destroy(mutex), QT_OK);
}

SELFTEST("EVT01", "qt_event: any or all of a mask, cleared or kept, at once or after a wait") {
    TestFlow flow;
    qt_event* event = nullptr;
    u32 got = 0;
    EXPECT_EQ(qt_event_create(nullptr), QT_INVALID);
    EXPECT_EQ(qt_event_set(nullptr, 1), QT_INVALID);
    EXPECT_EQ(qt_event_clear(nullptr, 1), QT_INVALID);
    EXPECT_EQ(qt_event_wait(nullptr, 1, QT_ANY, &got, QT_NO_WAIT), QT_INVALID);
    EXPECT_EQ(qt_event_destroy(nullptr), QT_INVALID);
    REQUIRE(qt_event_create(&event) == QT_OK);
    EXPECT_EQ(qt_event_wait(event, 0, QT_ANY, &got, QT_NO_WAIT), QT_INVALID);
    EXPECT_EQ(qt_event_wait(event, 0, QT_ANY, &got, QT_FOREVER), QT_INVALID);
    EXPECT_EQ(qt_event_wait(event, 1, 4, &got, QT_NO_WAIT), QT_INVALID);
    EXPECT_EQ(qt_event_wait(event, 7, QT_ANY, &got, QT_NO_WAIT), QT_WOULD_BLOCK);
    EXPECT(gives_up([&](u64 timeout) { return qt_event_wait(event, 7, QT_ANY, &got, timeout); }));
    EXPECT_EQ(got, 0u);
    EXPECT_EQ(qt_event_set(event, 0x8000'0005u), QT_OK);
    EXPECT_EQ(qt_event_wait(event, 3, QT_ANY, &got, QT_FOREVER), QT_OK);
    EXPECT_EQ(got, 1u);
    EXPECT_EQ(qt_event_wait(event, 7, QT_ALL, &got, QT_NO_WAIT), QT_WOULD_BLOCK);
    EXPECT_EQ(qt_event_wait(event, 5, QT_ALL | QT_CLEAR, nullptr, QT_NO_WAIT), QT_OK);
    EXPECT_EQ(qt_event_wait(event, 5, QT_ANY, &got, QT_NO_WAIT), QT_WOULD_BLOCK);
    EXPECT_EQ(qt_event_clear(event, 0x8000'0000u), QT_OK);
    EXPECT_EQ(qt_event_wait(event, 0xffff'ffffu, QT_ANY, &got, QT_NO_WAIT), QT_WOULD_BLOCK);
    qt_status status = -1;
    CThread thread{run, at_priority(above),
                   [&] { status = qt_event_wait(event, 6, QT_ALL | QT_CLEAR, &got, 1000 * millisecond); }};
    EXPECT_EQ(qt_event_set(event, 2), QT_OK);
    EXPECT_EQ(status, -1);
    EXPECT_EQ(qt_event_set(event, 13), QT_OK);
    EXPECT_EQ(status, QT_OK);
    EXPECT_EQ(got, 6u);
    EXPECT_EQ(qt_event_wait(event, 15, QT_ANY, &got, QT_NO_WAIT), QT_OK);
    EXPECT_EQ(got, 9u);
    EXPECT_EQ(qt_event_destroy(event), QT_OK);
}

SELFTEST("QUE01", "qt_queue: items of 1, 16 and 65 bytes go through in order, round and round") {
    TestFlow flow;
    for (const usize size : {usize{1}, usize{16}, usize{65}}) {
        qt_queue* queue = nullptr;
        REQUIRE(qt_queue_create(&queue, size, 3) == QT_OK);
        u8 item[66];
        for (u32 n = 0; n < 1000; ++n) {
            for (u32 filled = 0; filled < 3; ++filled) {
                for (u8& byte : item) byte = static_cast<u8>(3 * n + filled);
                EXPECT_EQ(qt_queue_send(queue, item, QT_NO_WAIT), QT_OK);
            }
            EXPECT_EQ(qt_queue_send(queue, item, QT_NO_WAIT), QT_WOULD_BLOCK);
            for (u32 filled = 0; filled < 3; ++filled) {
                for (u8& byte : item) byte = 0xee;
                EXPECT_EQ(qt_queue_receive(queue, item, QT_NO_WAIT), QT_OK);
                EXPECT_EQ(item[0], static_cast<u8>(3 * n + filled));
                EXPECT_EQ(item[size - 1], item[0]);
                EXPECT_EQ(item[size], 0xee);
            }
            EXPECT_EQ(qt_queue_receive(queue, item, QT_NO_WAIT), QT_WOULD_BLOCK);
        }
        EXPECT_EQ(qt_queue_destroy(queue), QT_OK);
    }
}

SELFTEST("QUE03", "qt_queue: who waits at either end is served or gives up; what cannot be right is refused") {
    TestFlow flow;
    qt_queue* queue = nullptr;
    u64 item = 7;
    EXPECT_EQ(qt_queue_create(nullptr, 8, 1), QT_INVALID);
    EXPECT_EQ(qt_queue_create(&queue, 0, 1), QT_INVALID);
    EXPECT_EQ(qt_queue_create(&queue, 8, 0), QT_INVALID);
    EXPECT_EQ(qt_queue_create(&queue, SIZE_MAX / 2, 3), QT_INVALID);
    EXPECT_EQ(qt_queue_create(&queue, SIZE_MAX / 4, 2), QT_NO_MEMORY);
    EXPECT(queue == nullptr);
    REQUIRE(qt_queue_create(&queue, sizeof item, 1) == QT_OK);
    EXPECT_EQ(qt_queue_send(nullptr, &item, QT_NO_WAIT), QT_INVALID);
    EXPECT_EQ(qt_queue_send(queue, nullptr, QT_NO_WAIT), QT_INVALID);
    EXPECT_EQ(qt_queue_receive(nullptr, &item, QT_NO_WAIT), QT_INVALID);
    EXPECT_EQ(qt_queue_receive(queue, nullptr, QT_NO_WAIT), QT_INVALID);
    EXPECT_EQ(qt_queue_destroy(nullptr), QT_INVALID);
    EXPECT(gives_up([&](u64 timeout) { return qt_queue_receive(queue, &item, timeout); }));
    EXPECT_EQ(item, 7u);
    u64 received = 0;
    qt_status status = -1;
    {
        CThread receiver{run, at_priority(above), [&] { status = qt_queue_receive(queue, &received, QT_FOREVER); }};
        EXPECT_EQ(qt_queue_send(queue, &item, QT_NO_WAIT), QT_OK);
        EXPECT_EQ(status, QT_OK);
        EXPECT_EQ(received, 7u);
    }
    EXPECT_EQ(qt_queue_send(queue, &item, QT_FOREVER), QT_OK);
    EXPECT(gives_up([&](u64 timeout) { return qt_queue_send(queue, &item, timeout); }));
    status = -1;
    {
        CThread sender{run, at_priority(above), [&] {
                           const u64 second = 8;
                           status = qt_queue_send(queue, &second, 1000 * millisecond);
                       }};
        EXPECT_EQ(status, -1);
        EXPECT_EQ(qt_queue_receive(queue, &received, QT_NO_WAIT), QT_OK);
        EXPECT_EQ(received, 7u);
        EXPECT_EQ(status, QT_OK);
    }
    EXPECT_EQ(qt_queue_receive(queue, &received, QT_NO_WAIT), QT_OK);
    EXPECT_EQ(received, 8u);
    EXPECT_EQ(qt_queue_destroy(queue), QT_OK);
}

SELFTEST("CAP04", "qt_pool hands out its blocks, aligned and apart, and none of others; who waits has the next one") {
    TestFlow flow;
    qt_pool* pool = nullptr;
    EXPECT_EQ(qt_pool_create(nullptr, 16, 1), QT_INVALID);
    EXPECT_EQ(qt_pool_create(&pool, 0, 1), QT_INVALID);
    EXPECT_EQ(qt_pool_create(&pool, 16, 0), QT_INVALID);
    EXPECT_EQ(qt_pool_create(&pool, SIZE_MAX, 1), QT_INVALID);
    EXPECT_EQ(qt_pool_create(&pool, SIZE_MAX / 2, 3), QT_INVALID);
    EXPECT_EQ(qt_pool_create(&pool, SIZE_MAX / 4, 2), QT_NO_MEMORY);
    EXPECT(pool == nullptr);
    constexpr u32 count = 5;
    constexpr usize size = 40;
    REQUIRE(qt_pool_create(&pool, size, count) == QT_OK);
    void* blocks[count] = {};
    EXPECT_EQ(qt_pool_alloc(nullptr, &blocks[0], QT_NO_WAIT), QT_INVALID);
    EXPECT_EQ(qt_pool_alloc(pool, nullptr, QT_NO_WAIT), QT_INVALID);
    EXPECT_EQ(qt_pool_free(nullptr, static_cast<void*>(blocks)), QT_INVALID);
    EXPECT_EQ(qt_pool_destroy(nullptr), QT_INVALID);
    for (u32 round = 0; round < 3; ++round) {
        for (u32 n = 0; n < count; ++n) {
            EXPECT_EQ(qt_pool_alloc(pool, &blocks[n], QT_NO_WAIT), QT_OK);
            EXPECT_EQ(__builtin_bit_cast(u64, blocks[n]) % 16, 0u);
            __builtin_memset(blocks[n], static_cast<int>(n), size);
        }
        for (u32 n = 0; n < count; ++n) {
            const u8* bytes = static_cast<const u8*>(blocks[n]);
            EXPECT(bytes[0] == n && bytes[size - 1] == n);
        }
        void* none = nullptr;
        EXPECT_EQ(qt_pool_alloc(pool, &none, QT_NO_WAIT), QT_WOULD_BLOCK);
        EXPECT(gives_up([&](u64 timeout) { return qt_pool_alloc(pool, &none, timeout); }));
        EXPECT(none == nullptr);
        for (u32 n = 0; n < count; ++n) EXPECT_EQ(qt_pool_free(pool, blocks[(n * 2 + round) % count]), QT_OK);
        EXPECT_EQ(qt_pool_free(pool, blocks[0]), QT_BUSY);
    }
    EXPECT_EQ(qt_pool_free(pool, nullptr), QT_INVALID);
    EXPECT_EQ(qt_pool_free(pool, static_cast<u8*>(blocks[0]) + 16), QT_INVALID);
    EXPECT_EQ(qt_pool_free(pool, static_cast<void*>(&pool)), QT_INVALID);
    for (void*& block : blocks) EXPECT_EQ(qt_pool_alloc(pool, &block, QT_FOREVER), QT_OK);
    void* handed = nullptr;
    CThread thread{run, at_priority(above), [&] { EXPECT_EQ(qt_pool_alloc(pool, &handed, QT_FOREVER), QT_OK); }};
    EXPECT(handed == nullptr);
    EXPECT_EQ(qt_pool_free(pool, blocks[3]), QT_OK);
    EXPECT(handed == blocks[3]);
    EXPECT_EQ(thread.join(), QT_OK);
    EXPECT_EQ(qt_pool_destroy(pool), QT_OK);
}

namespace {

// One kind of object for which threads wait: how it is made so that they have to, and how they do.
template <typename Object, auto Make, auto Wait, auto Destroy>
struct Kind {
    // The next object that is made lies where the last one lay that was freed on this core, in a debug image one that is made
    // when that has rested: so it is known whether one was. Nothing blocks between the two.
    static bool lies_where(const Object* was) {
        bool same = false;
        for (u32 tries = 0; tries <= (checks_enabled ? mm::Quarantine::room : 0); ++tries) {
            Object* next = nullptr;
            if (Make(&next) != QT_OK) return false;
            same = same || next == was;
            if (Destroy(next) != QT_OK) return false;
        }
        return same;
    }

    static void destroyed_with_waiters(kernel::SelfTestRun& run, unsigned priority) {
        Object* object = nullptr;
        REQUIRE(Make(&object) == QT_OK);
        std::array<qt_status, 3> got{-1, -1, -1};
        auto wait = [&](u32 n) { got[n] = Wait(object, n == 1 ? u64{3'600'000'000'000} : QT_FOREVER); };
        CThread a{run, at_priority(priority), [&] { wait(0); }};
        CThread b{run, at_priority(priority), [&] { wait(1); }};
        CThread c{run, at_priority(priority), [&] { wait(2); }};
        EXPECT(waits_soon(a.handle) && waits_soon(b.handle) && waits_soon(c.handle));
        EXPECT((got == std::array<qt_status, 3>{-1, -1, -1}));
        EXPECT_EQ(Destroy(object), QT_OK);
        // Those above the destroyer have left by now, and it was freed; those below have still to be let.
        EXPECT_EQ(lies_where(object), priority > test_priority);
        EXPECT(a.join() == QT_OK && b.join() == QT_OK && c.join() == QT_OK);
        EXPECT((got == std::array<qt_status, 3>{QT_DELETED, QT_DELETED, QT_DELETED}));
    }

    static void waiter_is_terminated(kernel::SelfTestRun& run) {
        Object* object = nullptr;
        REQUIRE(Make(&object) == QT_OK);
        bool went_on = false;
        CThread thread{run, at_priority(above), [&] {
                           static_cast<void>(Wait(object, QT_FOREVER));
                           went_on = true;
                       }};
        EXPECT_EQ(qt_thread_terminate(thread.handle), QT_OK);
        EXPECT_EQ(thread.join(), QT_OK);
        EXPECT(!went_on);
        EXPECT_EQ(Destroy(object), QT_OK);
        EXPECT(lies_where(object));
    }
};

qt_status make_sem(qt_sem** out) { return qt_sem_create(out, 0, 1); }
qt_status make_mutex(qt_mutex** out) {
    const qt_status made = qt_mutex_create(out);
    return made == QT_OK ? qt_mutex_lock(*out, QT_NO_WAIT) : made;
}
qt_status wait_for_event(qt_event* event, u64 timeout) { return qt_event_wait(event, 1, QT_ALL, nullptr, timeout); }
qt_status make_queue(qt_queue** out) { return qt_queue_create(out, 1, 1); }
qt_status wait_for_item(qt_queue* queue, u64 timeout) {
    char item;
    return qt_queue_receive(queue, &item, timeout);
}
qt_status make_pool(qt_pool** out) {
    const qt_status made = qt_pool_create(out, 16, 1);
    void* block;
    return made == QT_OK ? qt_pool_alloc(*out, &block, QT_NO_WAIT) : made;
}
qt_status wait_for_block(qt_pool* pool, u64 timeout) {
    void* block;
    return qt_pool_alloc(pool, &block, timeout);
}

using Sem = Kind<qt_sem, make_sem, qt_sem_take, qt_sem_destroy>;
using Mutex = Kind<qt_mutex, make_mutex, qt_mutex_lock, qt_mutex_destroy>;
using Event = Kind<qt_event, qt_event_create, wait_for_event, qt_event_destroy>;
using Queue = Kind<qt_queue, make_queue, wait_for_item, qt_queue_destroy>;
using Pool = Kind<qt_pool, make_pool, wait_for_block, qt_pool_destroy>;

}  // namespace

SELFTEST("CAP05", "destroy wakes everybody with QT_DELETED; the object is freed then, where all of them have left it") {
    TestFlow flow;
    Sem::destroyed_with_waiters(run, above);
    Mutex::destroyed_with_waiters(run, above);
    Event::destroyed_with_waiters(run, above);
    Queue::destroyed_with_waiters(run, above);
    Pool::destroyed_with_waiters(run, above);
}

SELFTEST("CAP05",
         "destroy returns before those have left who are less important, and the object lives until they have") {
    TestFlow flow;
    Sem::destroyed_with_waiters(run, below);
    Mutex::destroyed_with_waiters(run, below);
    Event::destroyed_with_waiters(run, below);
    Queue::destroyed_with_waiters(run, below);
    Pool::destroyed_with_waiters(run, below);
}

SELFTEST("CAP06", "a thread that is terminated in its wait leaves no share in the object: destroy frees it") {
    TestFlow flow;
    Sem::waiter_is_terminated(run);
    Mutex::waiter_is_terminated(run);
    Event::waiter_is_terminated(run);
    Queue::waiter_is_terminated(run);
    Pool::waiter_is_terminated(run);
}
