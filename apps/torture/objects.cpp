// SPDX-License-Identifier: MIT
//
// Everything that can be made and needs memory for it: by owners, caches, resources and buffers in C++, by handles in C. Each is
// used once and given back; what was refused left nothing behind.

#include "spare_lines.hpp"
#include "worker.hpp"

#include <quartet.h>
#include <quartet/quartet.hpp>

#include <array>
#include <new>

namespace quartet::torture {
namespace {

struct Pair {
    explicit Pair(u64 word) : one(word), two(mixed(word)) {}
    bool whole() const { return two == mixed(one); }
    u64 one;
    u64 two;
    u64 room[5] = {};
};

constinit NamedCache<Pair> pairs{"torture-pair"};

void owned(Worker& worker) {
    if (auto pair = make<Pair>(worker.random.next()); worker.done(pair, "make"))
        worker.expect((*pair)->whole(), "what was made is whole");
    if (auto pair = pairs.make(worker.random.next()); worker.done(pair, "a named cache"))
        worker.expect((*pair)->whole(), "what was made is whole");
}

void arrays(Worker& worker) {
    // Small, and larger than a slab's objects.
    for (const usize count : {usize{worker.random.from(1, 200)}, usize{worker.random.from(300, 900)}}) {
        auto numbers = make_array<u64>(count);
        if (!worker.done(numbers, "make_array")) continue;
        u64 sum = 0;
        for (const u64 number : *numbers) sum += number;
        worker.expect(sum == 0, "the elements of an array begin as 0");
    }
}

void resources(Worker& worker) {
    for (const usize bytes : {usize{100}, usize{9000}}) {
        void* memory = heap_memory().allocate(bytes);
        if (memory != nullptr) heap_memory().deallocate(memory, bytes);
        else worker.refused(Error::NoMemory, "a memory resource");
        auto* raw = new (std::nothrow) std::byte[bytes];
        if (raw != nullptr) delete[] raw;
        else worker.refused(Error::NoMemory, "new (nothrow)");
    }
    auto buffer = DmaBuffer::allocate(4096, worker.random.one_in(2) ? Reach::Low : Reach::Any);
    static_cast<void>(worker.done(buffer, "a buffer for a device"));
}

// Of C: whether it was made. The only thing that may have been in its way is memory.
bool made(Worker& worker, qt_status status, std::string_view what) {
    if (status == QT_OK) return true;
    if (status == QT_NO_MEMORY) worker.refused(Error::NoMemory, what);
    else worker.expect(false, what);
    return false;
}

void locks_in_c(Worker& worker) {
    qt_mutex* mutex = nullptr;
    if (made(worker, qt_mutex_create(&mutex), "qt_mutex_create")) {
        worker.expect(qt_mutex_lock(mutex, QT_NO_WAIT) == QT_OK && qt_mutex_unlock(mutex) == QT_OK, "a mutex in C");
        worker.expect(qt_mutex_destroy(mutex) == QT_OK, "qt_mutex_destroy");
    }
    qt_sem* semaphore = nullptr;
    if (made(worker, qt_sem_create(&semaphore, 1, 2), "qt_sem_create")) {
        worker.expect(qt_sem_take(semaphore, QT_NO_WAIT) == QT_OK, "a semaphore in C");
        worker.expect(qt_sem_take(semaphore, 1000) == QT_TIMEOUT, "a semaphore in C that is 0");
        worker.expect(qt_sem_destroy(semaphore) == QT_OK, "qt_sem_destroy");
    }
    qt_event* event = nullptr;
    if (made(worker, qt_event_create(&event), "qt_event_create")) {
        uint32_t got = 0;
        worker.expect(qt_event_set(event, 6) == QT_OK, "qt_event_set");
        worker.expect(qt_event_wait(event, 2, QT_ANY, &got, QT_NO_WAIT) == QT_OK && (got & 2) != 0, "an event in C");
        worker.expect(qt_event_destroy(event) == QT_OK, "qt_event_destroy");
    }
}

void queues_in_c(Worker& worker) {
    // Its room lies in a slab, or is larger.
    for (const usize capacity : {usize{4}, usize{600}}) {
        qt_queue* queue = nullptr;
        if (!made(worker, qt_queue_create(&queue, sizeof(u64), capacity), "qt_queue_create")) continue;
        const u64 sent = worker.random.next();
        u64 got = 0;
        worker.expect(qt_queue_send(queue, &sent, QT_NO_WAIT) == QT_OK, "qt_queue_send");
        worker.expect(qt_queue_receive(queue, &got, QT_NO_WAIT) == QT_OK && got == sent, "a queue in C");
        worker.expect(qt_queue_destroy(queue) == QT_OK, "qt_queue_destroy");
    }
    for (const usize count : {usize{4}, usize{200}}) {
        qt_pool* pool = nullptr;
        if (!made(worker, qt_pool_create(&pool, 32, count), "qt_pool_create")) continue;
        void* block = nullptr;
        worker.expect(qt_pool_alloc(pool, &block, QT_NO_WAIT) == QT_OK && qt_pool_free(pool, block) == QT_OK,
                      "a pool in C");
        worker.expect(qt_pool_destroy(pool) == QT_OK, "qt_pool_destroy");
    }
}

void count_in_handler(void* count) { static_cast<arch::Atomic<u64>*>(count)->fetch_add(1, arch::Order::Relaxed); }

void handlers_in_c(Worker& worker) {
    arch::Atomic<u64> count{0};
    const u32 id = spare_line(worker_lines + worker.number);
    if (id != 0 && made(worker, qt_irq_attach(id, count_in_handler, &count, 0, 0), "qt_irq_attach")) {
        const Status detached = surely_in_time(worker.self, [id]() -> Status {
            const qt_status status = qt_irq_detach(id);
            return status == QT_OK ? Status{} : fail(status == QT_TIMEOUT ? Error::Timeout : Error::Invalid);
        });
        // The kernel holds the address of `count`: who cannot take it back cannot go on.
        check(detached.has_value(), "a worker's line is detached");
    }
    qt_timer* timer = nullptr;
    if (made(worker, qt_timer_create(&timer, count_in_handler, &count, 1), "qt_timer_create")) {
        worker.expect(qt_timer_start(timer, 20'000, 0) == QT_OK, "qt_timer_start");
        worker.expect(qt_timer_destroy(timer) == QT_OK, "qt_timer_destroy");
    }
    const usize bytes = worker.random.from(1, 5000);
    void* memory = qt_malloc(bytes);
    if (memory == nullptr) worker.refused(Error::NoMemory, "qt_malloc");
    qt_free(memory);
}

}  // namespace

void make_kind(Worker& worker, u32 kind) {
    constexpr std::array kinds = {owned, arrays, resources, locks_in_c, queues_in_c, handlers_in_c};
    static_assert(kinds.size() == object_kinds);
    kinds[kind](worker);
}

void make_objects(Worker& worker) { make_kind(worker, worker.random.below(object_kinds)); }

}  // namespace quartet::torture
