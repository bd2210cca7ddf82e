// SPDX-License-Identifier: MIT
//
// Interrupts of quartet.h, and what its functions do where an interrupt handler calls them.

#include "capi.hpp"

#include <arch/cpu.hpp>
#include <kernel/irq/irq_lines.hpp>

#include <array>

using namespace quartet;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

constexpr unsigned sgi = 9;
unsigned here() { return kernel::recent_core(); }

// What a handler sets when it is through.
struct Through {
    arch::Atomic<bool> through{false};
};

// `handler(&it)` runs on this core, to its end.
bool run_in_handler(void (*handler)(void*), Through& it) {
    if (qt_irq_attach(sgi, handler, &it, 0, 4) != QT_OK) return false;
    const bool sent = qt_irq_enable(sgi, 1) == QT_OK && qt_irq_trigger(sgi, here()) == QT_OK;
    // Acquire pairs with the release of the handler's end.
    const bool came = sent && comes_true([&] { return it.through.load(Order::Acquire); });
    return qt_irq_detach(sgi) == QT_OK && came;
}

struct Count {
    arch::Atomic<u32> calls{0};
    arch::Atomic<u32> core{99};
};

void count_in_handler(void* argument) {
    auto& count = *static_cast<Count*>(argument);
    count.core.store(arch::core_id(), Order::Relaxed);
    count.calls.fetch_add(1, Order::Release);
}

bool comes_to(const Count& count, u32 calls) {
    return comes_true([&] { return count.calls.load(Order::Acquire) == calls; });
}

}  // namespace

SELFTEST("CAP08",
         "a software interrupt that is attached, enabled and triggered runs its handler on the core that is named") {
    TestFlow flow;
    Count count;
    EXPECT_EQ(qt_irq_attach(sgi, count_in_handler, &count, 0, 4), QT_OK);
    EXPECT_EQ(qt_irq_attach(sgi, count_in_handler, &count, 0, 4), QT_BUSY);
    EXPECT_EQ(qt_irq_enable(sgi, 1), QT_OK);
    u32 calls = 0;
    for (u32 core = 0; core < max_cores; ++core) {
        if (!kernel::irq::core_started(core)) continue;
        EXPECT_EQ(qt_irq_trigger(sgi, core), QT_OK);
        EXPECT(comes_to(count, ++calls));
        EXPECT_EQ(count.core.load(Order::Relaxed), core);
    }
    EXPECT_EQ(qt_irq_detach(sgi), QT_OK);
    EXPECT_EQ(qt_irq_detach(sgi), QT_INVALID);
    // Its record went with it: it is attached anew like the first time.
    EXPECT_EQ(qt_irq_attach(sgi, count_in_handler, &count, 0, 7), QT_OK);
    EXPECT_EQ(qt_irq_detach(sgi), QT_OK);
}

SELFTEST("CAP08", "a line is silent until it is enabled, and when it is not any more") {
    TestFlow flow;
    Count count;
    const u32 id = kernel::irq::lines() - 1;  // no device of this board is behind it
    EXPECT_EQ(qt_irq_attach(id, count_in_handler, &count, here(), 4), QT_OK);
    kernel::InterruptController& controller = *kernel::irq::the_controller;
    controller.set_pending(id);
    static_cast<void>(qt_sleep(1'000'000));
    EXPECT_EQ(count.calls.load(Order::Relaxed), 0u);
    EXPECT_EQ(qt_irq_enable(id, 1), QT_OK);
    EXPECT(comes_to(count, 1));
    EXPECT_EQ(qt_irq_enable(id, 0), QT_OK);
    controller.set_pending(id);
    static_cast<void>(qt_sleep(1'000'000));
    EXPECT_EQ(count.calls.load(Order::Relaxed), 1u);
    EXPECT_EQ(qt_irq_detach(id), QT_OK);
}

SELFTEST("CAP08", "what cannot be right of an interrupt is refused; what the kernel uses is not to be had") {
    Count count;
    EXPECT_EQ(qt_irq_attach(sgi, nullptr, nullptr, 0, 4), QT_INVALID);
    EXPECT_EQ(qt_irq_attach(5000, count_in_handler, &count, 0, 4), QT_INVALID);
    EXPECT_EQ(qt_irq_attach(kernel::irq::lines(), count_in_handler, &count, 0, 4), QT_INVALID);
    EXPECT_EQ(qt_irq_attach(sgi, count_in_handler, &count, 0, 8), QT_INVALID);
    EXPECT_EQ(qt_irq_attach(40, count_in_handler, &count, 99, 4), QT_INVALID);
    EXPECT_EQ(qt_irq_attach(27, count_in_handler, &count, 0, 4), QT_BUSY);  // the tick
    EXPECT_EQ(qt_irq_enable(27, 0), QT_INVALID);
    EXPECT_EQ(qt_irq_enable(5000, 1), QT_INVALID);
    EXPECT_EQ(qt_irq_enable(sgi, 1), QT_INVALID);
    EXPECT_EQ(qt_irq_detach(27), QT_INVALID);
    EXPECT_EQ(qt_irq_detach(5000), QT_INVALID);
    EXPECT_EQ(qt_irq_trigger(16, 0), QT_INVALID);
    EXPECT_EQ(qt_irq_trigger(4, 0), QT_INVALID);  // the kernel's own
    EXPECT_EQ(qt_irq_trigger(sgi, max_cores), QT_INVALID);
}

namespace {

// Everything that has to refuse a handler, each with a good argument otherwise.
struct Refusals : Through {
    static constexpr u32 most = 48;

    qt_sem* sem = nullptr;
    qt_mutex* mutex = nullptr;
    qt_event* event = nullptr;
    qt_queue* queue = nullptr;
    qt_pool* pool = nullptr;
    qt_timer* timer = nullptr;
    qt_thread* thread = nullptr;
    void* block = nullptr;
    void* memory = nullptr;
    qt_thread* self = nullptr;
    u32 count = 0;
    std::array<qt_status, most> got{};

    void note(qt_status status) { got[count++] = status; }
};

void everything_in_handler(void* argument) {
    auto& it = *static_cast<Refusals*>(static_cast<Through*>(argument));
    constexpr u64 soon = 1000;
    qt_sem* sem = nullptr;
    qt_mutex* mutex = nullptr;
    qt_event* event = nullptr;
    qt_queue* queue = nullptr;
    qt_pool* pool = nullptr;
    qt_timer* timer = nullptr;
    qt_thread* thread = nullptr;
    u64 item = 1;
    it.note(qt_sem_create(&sem, 1, 1));
    it.note(qt_mutex_create(&mutex));
    it.note(qt_event_create(&event));
    it.note(qt_queue_create(&queue, 8, 1));
    it.note(qt_pool_create(&pool, 8, 1));
    it.note(qt_timer_create(&timer, count_in_handler, nullptr, 1));
    it.note(qt_timer_create(&timer, count_in_handler, nullptr, 0));
    it.note(qt_thread_create(&thread, nullptr, count_in_handler, nullptr));
    // There is one to be had, one that is set, one queued, one free: still.
    it.note(qt_sem_take(it.sem, soon));
    it.note(qt_sem_take(it.sem, QT_FOREVER));
    it.note(qt_event_wait(it.event, 1, QT_ANY, nullptr, QT_FOREVER));
    it.note(qt_queue_send(it.queue, &item, QT_FOREVER));
    it.note(qt_queue_receive(it.queue, &item, soon));
    it.note(qt_pool_alloc(it.pool, &it.block, soon));
    it.note(qt_mutex_lock(it.mutex, QT_NO_WAIT));
    it.note(qt_mutex_lock(it.mutex, QT_FOREVER));
    it.note(qt_mutex_unlock(it.mutex));
    it.note(qt_thread_join(it.thread, QT_NO_WAIT));
    it.note(qt_thread_detach(it.thread));
    it.note(qt_thread_suspend(it.thread));
    it.note(qt_thread_set_priority(it.thread, 1));
    it.note(qt_thread_set_affinity(it.thread, 1));
    it.note(qt_thread_terminate(it.thread));
    it.note(qt_sem_destroy(it.sem));
    it.note(qt_mutex_destroy(it.mutex));
    it.note(qt_event_destroy(it.event));
    it.note(qt_queue_destroy(it.queue));
    it.note(qt_pool_destroy(it.pool));
    it.note(qt_timer_destroy(it.timer));
    it.note(qt_irq_attach(sgi + 1, count_in_handler, nullptr, 0, 4));
    it.note(qt_irq_detach(sgi));
    it.note(qt_sleep(soon));
    it.note(qt_sleep(0));
    it.note(qt_sleep_until(0));
    it.note(-qt_print("a handler prints nothing\n"));
    qt_yield();
    it.memory = qt_malloc(16);
    it.self = qt_thread_self();
    it.through.store(true, Order::Release);
}

// What a handler may do.
struct Uses : Through {
    qt_sem* sem = nullptr;
    qt_event* event = nullptr;
    qt_queue* queue = nullptr;
    qt_pool* pool = nullptr;
    qt_timer* timer = nullptr;
    qt_thread* thread = nullptr;
    u64 cycles = 0;
    u64 now = 0;
    u32 flags = 0;
    u64 item = 0;
    void* block = nullptr;
    bool good = true;

    void expect(qt_status got, qt_status wanted) { good = good && got == wanted; }
};

void use_in_handler(void* argument) {
    auto& it = *static_cast<Uses*>(static_cast<Through*>(argument));
    const u64 first = 41;
    const u64 second = 42;
    it.expect(qt_sem_take(it.sem, QT_NO_WAIT), QT_WOULD_BLOCK);
    it.expect(qt_sem_give(it.sem), QT_OK);
    it.expect(qt_sem_give(it.sem), QT_BUSY);
    it.expect(qt_sem_take(it.sem, QT_NO_WAIT), QT_OK);
    it.expect(qt_event_wait(it.event, 3, QT_ANY, nullptr, QT_NO_WAIT), QT_WOULD_BLOCK);
    it.expect(qt_event_set(it.event, 3), QT_OK);
    it.expect(qt_event_clear(it.event, 1), QT_OK);
    it.expect(qt_event_wait(it.event, 3, QT_ANY | QT_CLEAR, &it.flags, QT_NO_WAIT), QT_OK);
    it.expect(qt_queue_receive(it.queue, &it.item, QT_NO_WAIT), QT_WOULD_BLOCK);
    it.expect(qt_queue_send(it.queue, &first, QT_NO_WAIT), QT_OK);
    it.expect(qt_queue_send(it.queue, &second, QT_NO_WAIT), QT_WOULD_BLOCK);
    it.expect(qt_queue_receive(it.queue, &it.item, QT_NO_WAIT), QT_OK);
    it.expect(qt_pool_alloc(it.pool, &it.block, QT_NO_WAIT), QT_OK);
    void* none = nullptr;
    it.expect(qt_pool_alloc(it.pool, &none, QT_NO_WAIT), QT_WOULD_BLOCK);
    it.expect(qt_pool_free(it.pool, it.block), QT_OK);
    it.expect(qt_timer_start(it.timer, 3'600'000'000'000, 0), QT_OK);
    it.expect(qt_timer_cancel(it.timer), QT_OK);
    it.expect(qt_thread_resume(it.thread), QT_OK);
    it.expect(qt_thread_resume(it.thread), QT_INVALID);
    it.cycles = qt_cycles();
    it.now = qt_now();
    it.through.store(true, Order::Release);
}

}  // namespace

SELFTEST("CAP09",
         "everything that may wait, allocate or free refuses a handler by QT_IN_HANDLER, whatever there is to be had") {
    TestFlow flow;
    Refusals it;
    const u64 item = 5;
    REQUIRE(qt_sem_create(&it.sem, 1, 1) == QT_OK);
    REQUIRE(qt_mutex_create(&it.mutex) == QT_OK);
    REQUIRE(qt_event_create(&it.event) == QT_OK);
    REQUIRE(qt_queue_create(&it.queue, sizeof item, 2) == QT_OK);
    REQUIRE(qt_pool_create(&it.pool, 8, 1) == QT_OK);
    REQUIRE(qt_timer_create(&it.timer, count_in_handler, nullptr, 1) == QT_OK);
    EXPECT_EQ(qt_event_set(it.event, 1), QT_OK);
    EXPECT_EQ(qt_queue_send(it.queue, &item, QT_NO_WAIT), QT_OK);
    bool ran = false;
    {
        CThread thread{run, at_priority(below), [&] { ran = true; }};
        it.thread = thread.handle;
        EXPECT(run_in_handler(everything_in_handler, it));
        EXPECT_EQ(it.count, 35u);
        // With its place, so that a failure says which.
        for (u32 n = 0; n < it.count; ++n) EXPECT_EQ(u32(it.got[n]) * 100 + n, QT_IN_HANDLER * 100u + n);
        EXPECT(it.block == nullptr && it.memory == nullptr && it.self == nullptr);
    }
    // And nothing happened.
    EXPECT(ran);
    EXPECT_EQ(qt_sem_take(it.sem, QT_NO_WAIT), QT_OK);
    EXPECT_EQ(qt_mutex_unlock(it.mutex), QT_NOT_OWNER);
    EXPECT_EQ(qt_sem_destroy(it.sem), QT_OK);
    EXPECT_EQ(qt_mutex_destroy(it.mutex), QT_OK);
    EXPECT_EQ(qt_event_destroy(it.event), QT_OK);
    EXPECT_EQ(qt_queue_destroy(it.queue), QT_OK);
    EXPECT_EQ(qt_pool_destroy(it.pool), QT_OK);
    EXPECT_EQ(qt_timer_destroy(it.timer), QT_OK);
}

SELFTEST("CAP10",
         "a handler gives, sets, sends, receives, takes a block, starts a timer and resumes a thread, without a wait") {
    TestFlow flow;
    Uses it;
    REQUIRE(qt_sem_create(&it.sem, 0, 1) == QT_OK);
    REQUIRE(qt_event_create(&it.event) == QT_OK);
    REQUIRE(qt_queue_create(&it.queue, sizeof it.item, 1) == QT_OK);
    REQUIRE(qt_pool_create(&it.pool, 8, 1) == QT_OK);
    REQUIRE(qt_timer_create(&it.timer, count_in_handler, nullptr, 1) == QT_OK);
    u64 resumed = 0;
    {
        CThread thread{run, at_priority(above), [&] {
                           static_cast<void>(qt_thread_suspend(qt_thread_self()));
                           resumed = qt_cycles();
                       }};
        it.thread = thread.handle;
        EXPECT(run_in_handler(use_in_handler, it));
    }
    EXPECT(it.good);
    EXPECT_EQ(it.flags, 2u);
    EXPECT_EQ(it.item, 41u);
    EXPECT(it.block != nullptr);
    EXPECT(it.cycles != 0 && it.now != 0);
    EXPECT(resumed > it.cycles);
    EXPECT_EQ(qt_sem_destroy(it.sem), QT_OK);
    EXPECT_EQ(qt_event_destroy(it.event), QT_OK);
    EXPECT_EQ(qt_queue_destroy(it.queue), QT_OK);
    EXPECT_EQ(qt_pool_destroy(it.pool), QT_OK);
    EXPECT_EQ(qt_timer_destroy(it.timer), QT_OK);
}

SELFTEST("CAP11", "qt_malloc gives memory that is aligned and apart, null where there is none; qt_free takes null") {
    void* blocks[8] = {};
    usize size = 1;
    for (void*& block : blocks) {
        block = qt_malloc(size);
        REQUIRE(block != nullptr);
        EXPECT_EQ(__builtin_bit_cast(u64, block) % 16, 0u);
        __builtin_memset(block, static_cast<int>(size), size);
        size *= 5;
    }
    size = 1;
    for (void* block : blocks) {
        EXPECT_EQ(static_cast<const u8*>(block)[size - 1], static_cast<u8>(size));
        EXPECT_EQ(static_cast<const u8*>(block)[0], static_cast<u8>(size));
        size *= 5;
        qt_free(block);
    }
    EXPECT(qt_malloc(SIZE_MAX) == nullptr);
    EXPECT(qt_malloc(SIZE_MAX / 4) == nullptr);
    qt_free(nullptr);
}

SELFTEST("CAP12", "qt_print writes what printf would, and returns how many bytes that is") {
    EXPECT_EQ(qt_print("capi: %s %c %%\n", "text", 'x'), 15);
    EXPECT_EQ(qt_print("capi: [%5d|%-5d|%05d|%+d|% d]\n", 42, 42, 42, 42, -42), 34);
    EXPECT_EQ(qt_print("capi: %u %x %#X %o %.3s %*d\n", 4294967295u, 48879u, 48879u, 8u, "abcdef", 6, 7), 43);
    EXPECT_EQ(qt_print("capi: %hhu %hd %ld %llu %zu\n", 255, -32768, -9'000'000'000L, ~0ull, sizeof(int)), 52);
    // More than its room at a time, and nothing.
    EXPECT_EQ(qt_print("capi: %1000d\n", 1), 1007);
    EXPECT_EQ(qt_print("%s", ""), 0);
    EXPECT_EQ(qt_print(nullptr), -QT_INVALID);
}
