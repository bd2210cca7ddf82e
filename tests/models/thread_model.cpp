// SPDX-License-Identifier: MIT
//
// A thread's beginning, its end, its record: who joins one sees what it did, and nothing of it is used again too early.

#include "machine.hpp"

#include <kernel/thread/stop_token.hpp>
#include <kernel/thread/thread_control.hpp>
#include <kernel/thread/threads.hpp>

namespace quartet::model {
namespace {

using kernel::ThreadContext;
using kernel::ThreadHandle;

struct Joined : OnMachine<Joined> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"SCH04", "who joins a thread sees what it did, and its record and stack are free",
                                 2000, 20'000};

    u32 done = 0;

    void before() {
        start();
        thread<&Joined::make_two>(0);
    }
    static void work(ThreadContext&, void* suite) { static_cast<Joined*>(suite)->done += 1; }
    void make_two(ThreadContext& self) {
        for (u32 n = 1; n <= 2; ++n) {
            const auto made = kernel::spawn({.affinity = 2}, work, this);
            require(made.has_value(), "a thread was not made");
            require(kernel::join(self, *made).has_value(), "a thread was not joined");
            require(done == n, "what it did is not there");
        }
    }
};
const Model<Joined> joined{"thread-join"};

// Given up while it may end: one of the two gives the record back, and the next thread gets it.
struct Detached : OnMachine<Detached> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"SCH04", "the record of a thread that is given up while it ends is given back once",
                                 3000, 20'000};

    void before() {
        start();
        thread<&Detached::make_some>(0);
    }
    static void end(ThreadContext&, void*) {}
    void make_some(ThreadContext&) {
        for (u32 n = 1; n <= 3; ++n) {
            const auto made = kernel::spawn({.affinity = 2}, end, nullptr);
            require(made.has_value(), "a thread was not made");
            (void)kernel::detach(*made);
            yield();
        }
    }
};
const Model<Detached> detached{"thread-detach"};

// The list of threads is walked while it grows.
struct Listed : OnMachine<Listed> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"CON06", "a walk over the threads finds whole records while others are made", 2000,
                                 20'000};

    void before() {
        start();
        thread<&Listed::make_two>(0);
        thread<&Listed::walk>(1);
    }
    static void end(ThreadContext&, void*) {}
    void make_two(ThreadContext&) {
        for (u32 n = 0; n < 2; ++n) {
            const auto made = kernel::spawn({.affinity = 1}, end, nullptr);
            require(made.has_value() && kernel::detach(*made).has_value(), "a thread was not made");
        }
    }
    void walk(ThreadContext&) {
        u32 seen = 0;
        for (u32 round = 0; round < 2; ++round)
            kernel::for_each_thread([&](const kernel::ThreadInfo& info) { seen += info.id + 1; });
        require(seen != 0, "there is no thread");
    }
};
const Model<Listed> listed{"thread-list"};

// Who is asked to stop sees what was written before.
struct AskedToStop : OnMachine<AskedToStop> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "SCH09", "who is asked to stop sees what was written before, and one whose thread is over is told so", 2000,
        20'000};

    u32 why = 0;
    u32 stopped = 0;

    void before() {
        start();
        thread<&AskedToStop::ask>(0);
    }
    static void run(ThreadContext& self, void* suite) {
        auto& all = *static_cast<AskedToStop*>(suite);
        const kernel::StopToken token = kernel::stop_token(self);
        while (!token.stop_requested()) yield();
        require(all.why == 1, "what was written is not there");
        all.stopped += 1;
    }
    void ask(ThreadContext& self) {
        const auto made = kernel::spawn({.affinity = 2}, run, this);
        require(made.has_value(), "a thread was not made");
        why = 1;
        (void)kernel::request_stop(*made);
        require(kernel::join(self, *made).has_value() && stopped == 1, "it did not stop");
    }
};
const Model<AskedToStop> asked{"thread-stop"};

// A token of a thread that is over, whose record is the next one's.
struct TokenOfThePast : OnMachine<TokenOfThePast> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"SCH09", "the token of a thread that is over never says that it was not asked", 3000,
                                 20'000};

    kernel::StopToken token;
    arch::Atomic<u32> there{0};

    void before() {
        start();
        thread<&TokenOfThePast::make_two>(0);
        thread<&TokenOfThePast::look>(1);
    }
    static void end(ThreadContext&, void*) {}
    void make_two(ThreadContext& self) {
        const auto first = kernel::spawn({.affinity = 4}, end, nullptr);
        require(first.has_value(), "a thread was not made");
        token = kernel::StopToken{*first};
        (void)kernel::request_stop(*first);
        arch::full_fence();
        there.store(1, arch::Order::Relaxed);
        (void)kernel::join(self, *first);
        const auto next = kernel::spawn({.affinity = 1}, end, nullptr);
        require(next.has_value() && kernel::join(self, *next).has_value(), "a thread was not made");
    }
    void look(ThreadContext&) {
        for (u32 tries = 0; tries < 8; ++tries, yield()) {
            if (there.load(arch::Order::Relaxed) == 0) continue;
            arch::full_fence();
            require(token.stop_requested(), "it says that it was not asked");
        }
    }
};
const Model<TokenOfThePast> of_the_past{"thread-token"};

}  // namespace
}  // namespace quartet::model
