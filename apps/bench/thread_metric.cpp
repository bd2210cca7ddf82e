// SPDX-License-Identifier: MIT
//
// Thread-Metric's workloads of one thread, made anew on the C interface: a message to itself, a semaphore taken and given, a
// block of memory had and given back. What an event is, is what Thread-Metric counts: one time round the loop, with the
// loop's own counter.

#include "operation.hpp"

#include <arch/atomic.hpp>
#include <quartet.h>

namespace quartet::bench {
namespace {

// As Thread-Metric's are: in memory, where others could look at it.
constinit arch::Atomic<u64> counter{0};

// `event()` is the body of the loop, and whether it did what it should.
template <typename Event>
[[gnu::always_inline]] inline Measured measure(u64 rounds, Event event) {
    u64 begin = 0;
    for (u64 n = 0; n < warm_up + rounds; ++n) {
        if (n == warm_up) begin = arch::instruction_count();
        if (!event()) [[unlikely]]
            return {};
        counter.store(counter.load(arch::Order::Relaxed) + 1, arch::Order::Relaxed);
    }
    return {arch::instruction_count() - begin, rounds};
}

}  // namespace

Measured metric_message(kernel::ThreadContext&, u64 rounds) {
    struct Message {
        u64 words[2];
    };
    qt_queue* queue = nullptr;
    if (qt_queue_create(&queue, sizeof(Message), 10) != QT_OK) return {};
    const Measured measured = measure(rounds, [queue, n = u64{0}]() mutable {
        const Message sent{{n, ~n}};
        Message received;
        if (qt_queue_send(queue, &sent, QT_NO_WAIT) != QT_OK) return false;
        if (qt_queue_receive(queue, &received, QT_NO_WAIT) != QT_OK) return false;
        return received.words[0] == n++;
    });
    return qt_queue_destroy(queue) == QT_OK ? measured : Measured{};
}

Measured metric_synchronisation(kernel::ThreadContext&, u64 rounds) {
    qt_sem* sem = nullptr;
    if (qt_sem_create(&sem, 1, 1) != QT_OK) return {};
    const Measured measured =
        measure(rounds, [sem] { return qt_sem_take(sem, QT_NO_WAIT) == QT_OK && qt_sem_give(sem) == QT_OK; });
    return qt_sem_destroy(sem) == QT_OK ? measured : Measured{};
}

Measured metric_memory(kernel::ThreadContext&, u64 rounds) {
    qt_pool* pool = nullptr;
    if (qt_pool_create(&pool, 128, 16) != QT_OK) return {};
    const Measured measured = measure(rounds, [pool] {
        void* block = nullptr;
        return qt_pool_alloc(pool, &block, QT_NO_WAIT) == QT_OK && qt_pool_free(pool, block) == QT_OK;
    });
    return qt_pool_destroy(pool) == QT_OK ? measured : Measured{};
}

}  // namespace quartet::bench
