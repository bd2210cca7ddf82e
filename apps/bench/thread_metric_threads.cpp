// SPDX-License-Identifier: MIT
//
// Thread-Metric's workloads of several threads, made anew on the C interface: five that give way to each other, five that
// resume each other upwards, and interrupts whose handler gives a semaphore or resumes a thread. What an event is, is what
// Thread-Metric counts: one time round a thread's loop, with the loop's own counter; where a handler is in it, one interrupt.

#include "operation.hpp"

#include <arch/atomic.hpp>
#include <quartet.h>

namespace quartet::bench {
namespace {

constexpr u32 crowd = 5;
constexpr unsigned software_irq = 7;
constexpr unsigned lowest = 10;  // of their priorities; all are below the measuring thread's

// What the threads of one workload share, and the counter when the figure began and ended.
struct Workload {
    u64 rounds = 0;
    u64 began = 0;
    u64 ended = 0;
    arch::Atomic<u64> counters[crowd] = {};
    arch::Atomic<bool> over{false};
    qt_thread* threads[crowd] = {};
    qt_sem* sem = nullptr;
    unsigned core = kernel::recent_core();

    // The round `n` of the thread that measures begins. False: it was the last.
    [[gnu::always_inline]] bool another(u64 n) {
        if (n == warm_up) began = arch::instruction_count();
        if (n < warm_up + rounds) [[likely]]
            return true;
        ended = arch::instruction_count();
        return false;
    }
};

struct Member {
    Workload* work;
    u32 number;
};

// Relaxed throughout: all of it happens on one core.
void count(Member& member) {
    arch::Atomic<u64>& counter = member.work->counters[member.number];
    counter.store(counter.load(arch::Order::Relaxed) + 1, arch::Order::Relaxed);
}
bool is_over(const Workload& work) { return work.over.load(arch::Order::Relaxed); }
void end(Workload& work) { work.over.store(true, arch::Order::Relaxed); }

// `count` threads on this core, each a level above the one before it or all of one, from the first instruction to the
// last. They run while the caller waits.
class Crowd {
public:
    enum class Levels : u8 { Equal, Rising };

    Crowd(Workload& work, u32 count, Levels levels, void (*const* entries)(void*)) : work_(work), count_(count) {
        for (u32 n = 0; n < count; ++n) {
            members_[n] = {&work, n};
            const qt_thread_options options{.name = "bench helper",
                                            .priority = lowest + (levels == Levels::Rising ? n : 0),
                                            .affinity = 1u << work.core,
                                            .stack_size = 0,
                                            .slice_ns = 0};
            if (qt_thread_create(&work.threads[n], &options, entries[n], &members_[n]) == QT_OK) made_ += 1;
        }
    }
    // Whether all of them were there, to their end.
    bool ran_to_the_end() {
        bool good = made_ == count_;
        for (u32 n = 0; n < count_; ++n) {
            if (work_.threads[n] == nullptr) continue;
            // Where one is missing the others may wait for it.
            if (!good) static_cast<void>(qt_thread_terminate(work_.threads[n]));
            if (qt_thread_join(work_.threads[n], QT_FOREVER) != QT_OK) good = false;
        }
        return good;
    }

private:
    Workload& work_;
    Member members_[crowd];
    u32 count_;
    u32 made_ = 0;
};

// One that is out of place is not begun: the id is somebody else's.
class Line {
public:
    Line(void (*handler)(void*), Workload& work)
        : attached_(qt_irq_attach(software_irq, handler, &work, work.core, 4) == QT_OK),
          ready_(attached_ && qt_irq_enable(software_irq, 1) == QT_OK) {}
    ~Line() {
        if (attached_) static_cast<void>(qt_irq_detach(software_irq));
    }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    bool ready() const { return ready_; }

private:
    bool attached_;
    bool ready_;
};

// --- Five equals, each of which yields. The first measures; in a round of its each of the others has one.

void yield_and_measure(void* argument) {
    Member& member = *static_cast<Member*>(argument);
    for (u64 n = 0; member.work->another(n); ++n) {
        qt_yield();
        count(member);
    }
    end(*member.work);
}

void yield_along(void* argument) {
    Member& member = *static_cast<Member*>(argument);
    while (!is_over(*member.work)) {
        qt_yield();
        count(member);
    }
}

// --- Five levels. The lowest resumes the one above it, which runs at once, and so on; the highest suspends itself, then
// the one below it, down to the lowest. A round is five events.

void resume_next_and_measure(void* argument) {
    Member& member = *static_cast<Member*>(argument);
    Workload& work = *member.work;
    for (u64 n = 0; work.another(n); ++n) {
        static_cast<void>(qt_thread_resume(work.threads[1]));
        count(member);
    }
    end(work);
    for (u32 n = 1; n < crowd; ++n) static_cast<void>(qt_thread_resume(work.threads[n]));
}

void resume_next(void* argument) {
    Member& member = *static_cast<Member*>(argument);
    Workload& work = *member.work;
    while (!is_over(work)) {
        static_cast<void>(qt_thread_resume(work.threads[member.number + 1]));
        count(member);
        static_cast<void>(qt_thread_suspend(work.threads[member.number]));
    }
}

void stand_still(void* argument) {
    Member& member = *static_cast<Member*>(argument);
    Workload& work = *member.work;
    while (!is_over(work)) {
        count(member);
        static_cast<void>(qt_thread_suspend(work.threads[member.number]));
    }
}

// --- Interrupts that the thread causes itself.

void give_in_handler(void* argument) { static_cast<void>(qt_sem_give(static_cast<Workload*>(argument)->sem)); }

void resume_in_handler(void* argument) {
    static_cast<void>(qt_thread_resume(static_cast<Workload*>(argument)->threads[1]));
}

void interrupt_and_take(void* argument) {
    Member& member = *static_cast<Member*>(argument);
    Workload& work = *member.work;
    for (u64 n = 0; work.another(n); ++n) {
        static_cast<void>(qt_irq_trigger(software_irq, work.core));
        static_cast<void>(qt_sem_take(work.sem, QT_FOREVER));
        count(member);
    }
}

void interrupt(void* argument) {
    Member& member = *static_cast<Member*>(argument);
    Workload& work = *member.work;
    for (u64 n = 0; work.another(n); ++n) {
        static_cast<void>(qt_irq_trigger(software_irq, work.core));
        count(member);
    }
    end(work);
    static_cast<void>(qt_thread_resume(work.threads[1]));
}

Measured measured(const Workload& work, u64 events, bool good) {
    return good ? Measured{work.ended - work.began, events} : Measured{};
}

}  // namespace

Measured metric_cooperative(kernel::ThreadContext&, u64 rounds) {
    Workload work;
    work.rounds = rounds;
    constexpr void (*entries[])(void*) = {yield_and_measure, yield_along, yield_along, yield_along, yield_along};
    Crowd threads{work, crowd, Crowd::Levels::Equal, entries};
    return measured(work, crowd * rounds, threads.ran_to_the_end());
}

Measured metric_preemptive(kernel::ThreadContext&, u64 rounds) {
    Workload work;
    work.rounds = rounds;
    constexpr void (*entries[])(void*) = {resume_next_and_measure, resume_next, resume_next, resume_next, stand_still};
    Crowd threads{work, crowd, Crowd::Levels::Rising, entries};
    return measured(work, crowd * rounds, threads.ran_to_the_end());
}

Measured metric_interrupt(kernel::ThreadContext&, u64 rounds) {
    Workload work;
    work.rounds = rounds;
    if (qt_sem_create(&work.sem, 0, 1) != QT_OK) return {};
    Measured result;
    {
        Line line{give_in_handler, work};
        constexpr void (*entries[])(void*) = {interrupt_and_take};
        if (line.ready()) {
            Crowd thread{work, 1, Crowd::Levels::Equal, entries};
            result = measured(work, rounds, thread.ran_to_the_end());
        }
    }
    return qt_sem_destroy(work.sem) == QT_OK ? result : Measured{};
}

Measured metric_interrupt_preemption(kernel::ThreadContext&, u64 rounds) {
    Workload work;
    work.rounds = rounds;
    Line line{resume_in_handler, work};
    if (!line.ready()) return {};
    constexpr void (*entries[])(void*) = {interrupt, stand_still};
    Crowd threads{work, 2, Crowd::Levels::Rising, entries};
    return measured(work, rounds, threads.ran_to_the_end());
}

}  // namespace quartet::bench
