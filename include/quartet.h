/* SPDX-License-Identifier: MIT
 *
 * Quartet's services for callers in C: threads, time, synchronisation, interrupts, memory, output.
 *
 * Durations and instants are nanoseconds; time-outs are relative. What can fail returns a qt_status and changes nothing
 * where it fails, unless it says so. A null handle is QT_INVALID everywhere. "Thread" below is the context of every
 * function that may wait, and of every create and destroy; called in an interrupt handler they return QT_IN_HANDLER.
 * "Any" is what handlers may call too; "any with QT_NO_WAIT" with that time-out alone, else QT_IN_HANDLER whatever the
 * object holds.
 *
 * qt_x_destroy wakes every waiter with QT_DELETED and frees the object when the last of them has left it. Whoever may
 * still begin a call with the handle must know that it is gone: that is the caller's part. So is that a handle is one
 * that was given by create; only those of threads are looked at, and refused where the thread was given back.
 *
 * A wait of a C++ thread that lets a stop request end its waits returns QT_TIMEOUT where that ended it.
 */
#ifndef QUARTET_H
#define QUARTET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int qt_status;
#define QT_OK 0          /* done */
#define QT_TIMEOUT 1     /* the time-out passed first */
#define QT_NO_MEMORY 2   /* there is no memory for it */
#define QT_INVALID 3     /* an argument that cannot be right, or a stale handle */
#define QT_NOT_OWNER 4   /* another thread holds the mutex, or nobody */
#define QT_WOULD_BLOCK 5 /* QT_NO_WAIT was given, and it would have to wait */
#define QT_DELETED 6     /* the object was destroyed meanwhile */
#define QT_OWNER_DEAD 7  /* the mutex is locked now, but its last owner ended while it held it */
#define QT_IN_HANDLER 8  /* an interrupt handler may not do this */
#define QT_BUSY 9        /* somebody else has it, or it is full */
#define QT_DEADLOCK 10   /* waiting would close a circle of threads that wait for each other */

#define QT_NO_WAIT UINT64_C(0)
#define QT_FOREVER UINT64_MAX

/* --- Threads. 32 priorities, 0 lowest, 31 highest; among equals the order of arrival. */

/* What a qt_thread * holds is no address: compare it, keep it, hand it on, never follow it. A handle is stale once its
 * thread was joined, or was detached and has ended; every function refuses it then with QT_INVALID. (Of 65,536 threads
 * in a row that had the same place in memory one is not told from another.) */
typedef struct qt_thread qt_thread;

/* Zero in a field means its default. */
typedef struct qt_thread_options {
    const char* name;    /* "thread"; cut off after 23 characters */
    unsigned priority;   /* 16; priority 0 is given by qt_thread_set_priority */
    uint32_t affinity;   /* any core; bit n: may run on core n */
    size_t stack_size;   /* bytes, 16 KiB; 4 KiB to 960 KiB */
    uint64_t slice_ns;   /* 10 ms, in whole ticks; how long it runs before an equal has its turn */
} qt_thread_options;

/* A new thread, ready to run entry(arg): where its priority is higher than the caller's it may have run before this
 * returns and `*out` is written. `options` may be null: all defaults. The handle is used up by qt_thread_join or
 * qt_thread_detach. Context: thread. Errors: QT_INVALID (priority over 31, no core that runs threads in `affinity`,
 * a stack size that is out of range or no multiple of 16, an entry that is no code), QT_NO_MEMORY. */
qt_status qt_thread_create(qt_thread** out, const qt_thread_options* options, void (*entry)(void*), void* arg);
/* Waits until it has ended. Context: thread. Errors: QT_INVALID (a stale handle, or oneself), QT_TIMEOUT,
 * QT_WOULD_BLOCK, QT_BUSY (another thread joins it, or it is detached). */
qt_status qt_thread_join(qt_thread* thread, uint64_t timeout);
/* Nobody will join it. Context: thread. Errors: QT_INVALID (a stale handle), QT_BUSY (as for qt_thread_join). */
qt_status qt_thread_detach(qt_thread* thread);
/* It stands still when this returns, until it was resumed as often as it was suspended. One that waits goes on
 * waiting, and stands still when its wait is over; what it owns it keeps. Oneself: stands still in here. Context:
 * thread. Errors: QT_INVALID (a stale handle, or it has ended), QT_BUSY (255 times already), QT_DELETED (it is asked
 * to end). */
qt_status qt_thread_suspend(qt_thread* thread);
/* Takes back one qt_thread_suspend. Context: any. Errors: QT_INVALID (a stale handle, ended, or not suspended). */
qt_status qt_thread_resume(qt_thread* thread);
/* Context: thread. Errors: QT_INVALID (priority over 31, stale handle). */
qt_status qt_thread_set_priority(qt_thread* thread, unsigned priority);
/* Context: thread. Errors: QT_INVALID (no core that runs threads in the mask, stale handle). */
qt_status qt_thread_set_affinity(qt_thread* thread, uint32_t affinity);
/* It ends at its next safe point: where it waits or would wait, where it yields, or before it begins. Its wait ends
 * now, its suspensions are lifted, what it has locked is QT_OWNER_DEAD for the next one. This does not wait for the
 * end: qt_thread_join does. Oneself: does not return. Context: thread; of oneself, no timer's callback. Errors:
 * QT_INVALID (a stale handle). */
qt_status qt_thread_terminate(qt_thread* thread);
/* Ends the calling thread; so does the return of its entry function. Context: thread, no timer's callback. */
#ifdef __cplusplus
[[noreturn]]
#else
_Noreturn
#endif
void qt_thread_exit(void);
/* The calling thread; null in a handler. Context: any. Cost: 12 instructions. */
qt_thread* qt_thread_self(void);
/* The next ready thread of equal priority runs. Context: thread. */
void qt_yield(void);

/* --- Time. */

/* Not early. Zero yields. Context: thread. Errors: QT_IN_HANDLER. */
qt_status qt_sleep(uint64_t ns);
/* Until qt_now() is at least `ns`; returns at once where it is already. Context: thread. Errors: QT_IN_HANDLER. */
qt_status qt_sleep_until(uint64_t ns);
/* The counter of the machine (CNTVCT_EL0), the same on every core. Context: any. */
uint64_t qt_cycles(void);
/* Nanoseconds of that counter, from its zero on. Context: any. */
uint64_t qt_now(void);

/* --- Timers: callback(arg) at a time, once or again and again. */

typedef struct qt_timer qt_timer;

/* With `in_handler` the callback runs in the interrupt, exactly on time: it never waits or allocates. Without, in a
 * thread of priority 28 that all such timers share: it may wait, which keeps the others' waiting. Context: thread. Errors:
 * QT_INVALID (a callback that is no code), QT_NO_MEMORY. */
qt_status qt_timer_create(qt_timer** out, void (*callback)(void*), void* arg, int in_handler);
/* The callback comes `first_ns` from now, and every `period_ns` after that where that is not 0, reckoned from when
 * it was due. One that was started is started anew. Periods that are over before their callback could come are left
 * out. Context: any, for one timer one at a time. Errors: QT_INVALID (a period below 10 us that is not 0). */
qt_status qt_timer_start(qt_timer* timer, uint64_t first_ns, uint64_t period_ns);
/* No callback begins any more, until it is started again; one that runs goes on. Context: any. */
qt_status qt_timer_cancel(qt_timer* timer);
/* When it returns no callback runs and none will, but for the one that it is called from. The caller holds nothing
 * that the callback waits for. */
qt_status qt_timer_destroy(qt_timer* timer);

/* --- Mutex, with priority inheritance. A second lock by its owner is QT_DEADLOCK where it would wait for ever. */

typedef struct qt_mutex qt_mutex;

qt_status qt_mutex_create(qt_mutex** out);
/* Context: thread. Errors: QT_TIMEOUT, QT_WOULD_BLOCK, QT_DELETED, QT_DEADLOCK, QT_OWNER_DEAD (it is locked). */
qt_status qt_mutex_lock(qt_mutex* mutex, uint64_t timeout);
/* Context: thread. Errors: QT_NOT_OWNER. */
qt_status qt_mutex_unlock(qt_mutex* mutex);
qt_status qt_mutex_destroy(qt_mutex* mutex);

/* --- Counting semaphore. */

typedef struct qt_sem qt_sem;

/* Errors: QT_INVALID (a ceiling of 0 or over INT32_MAX, or an initial count above it), QT_NO_MEMORY. */
qt_status qt_sem_create(qt_sem** out, uint32_t initial, uint32_t ceiling);
/* Context: thread; any with QT_NO_WAIT. Errors: QT_TIMEOUT, QT_WOULD_BLOCK, QT_DELETED. */
qt_status qt_sem_take(qt_sem* sem, uint64_t timeout);
/* Context: any. Errors: QT_BUSY (at its ceiling), QT_DELETED. */
qt_status qt_sem_give(qt_sem* sem);
qt_status qt_sem_destroy(qt_sem* sem);

/* --- Event flags: 32 of them, for which threads wait. */

typedef struct qt_event qt_event;

#define QT_ANY 0u   /* one of the flags in the mask is enough */
#define QT_ALL 1u   /* all of them */
#define QT_CLEAR 2u /* those that are got are cleared; added to one of the others */

qt_status qt_event_create(qt_event** out);
/* Adds the flags of `mask`, and wakes whoever waits for what is set now. Context: any. Errors: QT_DELETED. */
qt_status qt_event_set(qt_event* event, uint32_t mask);
/* Context: any. Errors: QT_DELETED. */
qt_status qt_event_clear(qt_event* event, uint32_t mask);
/* `*got` (may be null) is which of the mask were set. Context: thread; any with QT_NO_WAIT. Errors: QT_INVALID (an
 * empty mask, unknown flags), QT_TIMEOUT, QT_WOULD_BLOCK, QT_DELETED. */
qt_status qt_event_wait(qt_event* event, uint32_t mask, unsigned flags, uint32_t* got, uint64_t timeout);
qt_status qt_event_destroy(qt_event* event);

/* --- Message queue: `capacity` items of `item_size` bytes, which are copied in and out. */

typedef struct qt_queue qt_queue;

/* Errors: QT_INVALID (zero, or more than can be counted), QT_NO_MEMORY. */
qt_status qt_queue_create(qt_queue** out, size_t item_size, size_t capacity);
/* Context: thread; any with QT_NO_WAIT. Errors: QT_TIMEOUT, QT_WOULD_BLOCK (full), QT_DELETED. */
qt_status qt_queue_send(qt_queue* queue, const void* item, uint64_t timeout);
/* Context: thread; any with QT_NO_WAIT. Errors: QT_TIMEOUT, QT_WOULD_BLOCK (empty), QT_DELETED. */
qt_status qt_queue_receive(qt_queue* queue, void* item, uint64_t timeout);
/* What is queued is lost. */
qt_status qt_queue_destroy(qt_queue* queue);

/* --- Pool: `count` blocks of `block_size` bytes, aligned to 16. */

typedef struct qt_pool qt_pool;

/* Errors: QT_INVALID (zero, or more than can be counted), QT_NO_MEMORY. */
qt_status qt_pool_create(qt_pool** out, size_t block_size, size_t count);
/* Context: thread; any with QT_NO_WAIT. Errors: QT_TIMEOUT, QT_WOULD_BLOCK (none is free), QT_DELETED. */
qt_status qt_pool_alloc(qt_pool* pool, void** out, uint64_t timeout);
/* Context: any. Errors: QT_INVALID (no block of this pool), QT_BUSY (it is free already), QT_DELETED. */
qt_status qt_pool_free(qt_pool* pool, void* block);
/* Blocks that are still out are gone with it. */
qt_status qt_pool_destroy(qt_pool* pool);

/* --- Interrupts. */

/* `handler(arg)` runs on `core` whenever `irq` comes, with interrupts masked: it never waits or allocates. Of ids
 * below 32 every core has its own, and `core` counts for nothing. `priority` is 0 to 7; 7 is served first. The line
 * stays disabled until qt_irq_enable. Context: thread. Errors: QT_INVALID (no such id, core or priority), QT_BUSY
 * (attached already), QT_NO_MEMORY. */
qt_status qt_irq_attach(unsigned irq, void (*handler)(void*), void* arg, unsigned core, unsigned priority);
/* When it returns the handler does not run any more. Context: thread. Errors: QT_INVALID (not attached here),
 * QT_TIMEOUT (the handler did not end in 100 ms: it stays attached, disabled). */
qt_status qt_irq_detach(unsigned irq);
/* Context: any. Errors: QT_INVALID (not attached here). */
qt_status qt_irq_enable(unsigned irq, int on);
/* Raises the software interrupt `sgi` (5 to 15: the kernel uses the others) on `core`. Context: any. Errors:
 * QT_INVALID. */
qt_status qt_irq_trigger(unsigned sgi, unsigned core);

/* --- Memory and output. */

/* At least `size` bytes, aligned to 16, or null. Context: thread. */
void* qt_malloc(size_t size);
/* Null is allowed. Context: thread. */
void qt_free(void* memory);

/* Writes to the console, all of it with nobody else's output in between, up to 512 bytes at a time. Conversions d i
 * u x X o c s p % with flags, width, precision and hh h l ll z. Returns how many bytes it wrote; -QT_IN_HANDLER in a
 * handler. Context: thread. */
int qt_print(const char* fmt, ...) __attribute__((format(printf, 1, 2)));

/* An event in the trace of the calling core, where one is recorded (`trace start`). `name` is a string constant; of
 * `value` the lower 24 bits are kept. Context: any. Cost: 14 instructions when nothing is recorded, 49 when it is, with its call and a loop
 * around it (self-test TRC04 logs both). */
void qt_trace_mark(const char* name, uint32_t value);

#ifdef __cplusplus
}
#endif

#endif
