// SPDX-License-Identifier: MIT

#include "api.hpp"

using namespace quartet;
using namespace quartet::selftest_detail;

namespace {

constexpr ThreadOptions here{.name = "api", .priority = ApiFlow::above, .affinity = 1};
constexpr ThreadOptions later{.name = "api", .priority = ApiFlow::below, .affinity = 1};

// Counts what is made and destroyed of it; its room is as large as it says.
template <usize Bytes>
struct Cargo {
    explicit Cargo(int& alive) : alive_(&alive) { *alive_ += 1; }
    Cargo(Cargo&& other) noexcept : alive_(other.alive_) {
        *alive_ += 1;
        other.moved_from = true;
    }
    ~Cargo() { *alive_ -= 1; }

    bool moved_from = false;

private:
    int* alive_;
    [[maybe_unused]] std::byte room_[Bytes] = {};
};

template <usize Bytes>
struct Carrier {
    Cargo<Bytes> cargo;
    void operator()() const {}
};

// Whether it was, and left `callable` as it was; a thread that began all the same is not left behind.
template <typename Callable>
bool refused(const ThreadOptions& options, Callable& callable) {
    auto spawned = Thread::spawn(options, static_cast<Callable&&>(callable));
    if (spawned) static_cast<void>(spawned->join());
    return is(spawned, Error::Invalid);
}

int function_ran = 0;
void function() { function_ran += 1; }

}  // namespace

SELFTEST("API01", "a thread's callable takes its context, its stop token, both or neither, and its pointer is joined") {
    ApiFlow flow;
    int value = 0;
    int ran = 0;
    auto bare = Thread::spawn(here, [&] { ran += 1; });
    auto context = Thread::spawn(here, [&](ThreadContext& self) {
        EXPECT(this_thread::id(self) == this_thread::id());
        ran += 1;
        return &value;
    });
    auto token = Thread::spawn(here, [&](StopToken stop) {
        EXPECT(stop.stop_possible() && !stop.stop_requested());
        ran += 1;
    });
    auto both = Thread::spawn(here, [&](ThreadContext& self, StopToken stop) {
        EXPECT(stop == this_thread::stop_token(self));
        ran += 1;
        this_thread::exit(self, &ran);
    });
    function_ran = 0;
    auto plain = Thread::spawn(here, function);
    REQUIRE(bare && context && token && both && plain);
    EXPECT_EQ(ran, 4);
    EXPECT_EQ(function_ran, 1);
    EXPECT(bare->joinable() && bare->id() != context->id());
    auto end = bare->join();
    EXPECT(end.has_value() && end->value == nullptr && !end->terminated && !bare->joinable());
    end = context->join(flow.self);
    EXPECT(end.has_value() && end->value == &value);
    EXPECT(token->join_for(1_s).has_value());
    end = both->join_for(flow.self, 1_s);
    EXPECT(end.has_value() && end->value == &ran && !end->terminated);
    EXPECT(plain->join().has_value());
    EXPECT(is(plain->join(), Error::Invalid));
    EXPECT(is(plain->detach(), Error::Invalid));
}

SELFTEST("API02", "a callable is moved once, and destroyed where its thread returns, exits or is terminated anywhere") {
    ApiFlow flow;
    int alive = 0;
    Semaphore go;
    Semaphore never;
    for (u32 way = 0; way < 5; ++way) {
        // The last one is ended before it begins.
        auto spawned = Thread::spawn(way == 4 ? later : here, [&, cargo = Cargo<200>{alive}, way](ThreadContext& self) {
            EXPECT(!cargo.moved_from && way != 4);
            EXPECT(go.take(self).has_value());
            if (way == 1) this_thread::exit();
            if (way == 2) static_cast<void>(never.take());
            if (way == 3) static_cast<void>(terminate(self, this_thread::id(self)));
            EXPECT(way == 0);
        });
        REQUIRE(spawned);
        EXPECT_EQ(alive, 1);
        if (way != 4) EXPECT(go.give().has_value());
        if (way == 2 || way == 4) EXPECT(spawned->terminate().has_value());
        auto end = spawned->join();
        EXPECT(end.has_value() && end->terminated == (way >= 2));
        EXPECT_EQ(alive, 0);
    }
    // The stack is used again by the next one, with nothing on it.
    auto next = Thread::spawn(here, [] {});
    REQUIRE(next);
    EXPECT(next->join().has_value());
    never.close();
}

SELFTEST("API03", "what cannot be spawned is refused, and the callable was not touched") {
    ApiFlow flow;
    int alive = 0;
    {
        Carrier<16> callable{Cargo<16>{alive}};
        EXPECT(refused({.priority = 32}, callable));
        EXPECT(refused({.affinity = 0}, callable));
        EXPECT(refused({.stack_size = 4_KiB - 16}, callable));
        EXPECT(refused({.stack_size = 16_KiB + 8}, callable));
        EXPECT(refused({.stack_size = 961_KiB}, callable));
        void (*nothing)() = nullptr;
        EXPECT(refused(here, nothing));
        Carrier<1040> large{Cargo<1040>{alive}};
        EXPECT(refused({.stack_size = 4_KiB}, large));
        EXPECT(alive == 2 && !callable.cargo.moved_from && !large.cargo.moved_from);
        // Where there is room for it, it is taken.
        auto taken = Thread::spawn({.priority = ApiFlow::above, .affinity = 1, .stack_size = 8_KiB}, std::move(large));
        EXPECT(taken.has_value() && taken->join().has_value());
        auto also = Thread::spawn(here, std::move(callable));
        EXPECT(also.has_value() && also->join().has_value());
    }
    EXPECT_EQ(alive, 0);
}

SELFTEST("API04", "a callable lies as aligned as its type asks for, and the frames below it as a stack's") {
    ApiFlow flow;
    struct alignas(256) Wide {
        u64 word = 7;
    };
    auto thread = Thread::spawn(here, [&, wide = Wide{}] {
        alignas(16) std::byte frame[16];
        EXPECT(is_aligned(__builtin_bit_cast(uptr, &wide), 256));
        EXPECT(is_aligned(__builtin_bit_cast(uptr, &frame), 16));
        EXPECT_EQ(wide.word, 7u);
    });
    REQUIRE(thread);
    EXPECT(thread->join().has_value());
}

SELFTEST("SCH06", "a handle is moved, joined with a time limit, and let go") {
    ApiFlow flow;
    Semaphore go;
    auto spawned = Thread::spawn(here, [&] { EXPECT(go.take().has_value()); });
    REQUIRE(spawned);
    Thread thread = std::move(*spawned);
    EXPECT(thread.joinable() && !spawned->joinable());
    EXPECT(is(thread.join_for(flow.self, Duration::zero()), Error::Timeout));
    EXPECT(is(thread.join_for(300_us), Error::Timeout));
    EXPECT(thread.joinable());
    EXPECT(go.give().has_value());
    EXPECT(thread.join().has_value());
    bool ran = false;
    auto loose = Thread::spawn(later, [&] {
        ran = true;
        EXPECT(go.give().has_value());
    });
    REQUIRE(loose);
    EXPECT(loose->detach().has_value() && !loose->joinable());
    EXPECT(go.take().has_value() && ran);
}

SELFTEST("SCH07", "the name of a thread that is gone is refused wherever it is given") {
    ApiFlow flow;
    auto spawned = Thread::spawn(here, [] {});
    REQUIRE(spawned);
    const ThreadId gone = spawned->id();
    EXPECT(statistics_of(gone).has_value());
    EXPECT(spawned->join().has_value());
    // Another one has its place.
    auto next = Thread::spawn(later, [] {});
    REQUIRE(next);
    EXPECT(next->id() != gone);
    EXPECT(is(set_priority(gone, 3), Error::Invalid) && is(set_affinity(gone, 1), Error::Invalid));
    EXPECT(is(suspend(flow.self, gone), Error::Invalid) && is(resume(gone), Error::Invalid));
    EXPECT(is(request_stop(gone), Error::Invalid) && is(terminate(flow.self, gone), Error::Invalid));
    EXPECT(is(priority_of(gone), Error::Invalid) && is(statistics_of(gone), Error::Invalid));
    EXPECT(is(stack_high_water(gone), Error::Invalid));
    EXPECT(StopToken{gone}.stop_requested());
    EXPECT(is(Thread{}.join(), Error::Invalid) && is(Thread{}.request_stop(), Error::Invalid));
    EXPECT(next->join().has_value());
}

SELFTEST("API05", "a thread is stopped on request, suspended and resumed, and changed while it runs") {
    ApiFlow flow;
    Semaphore never;
    auto spawned = Thread::spawn(later, [&](ThreadContext& self, StopToken stop) {
        while (!stop.stop_requested()) this_thread::yield(self);
        EXPECT(this_thread::stop_requested() && this_thread::stop_requested(self));
        StopEndsWaits ends{self};
        EXPECT(is(never.take(self), Error::Aborted));
    });
    REQUIRE(spawned);
    EXPECT(spawned->suspend().has_value());
    EXPECT(spawned->request_stop().has_value() && spawned->stop_token().stop_requested());
    EXPECT(is(spawned->join_for(2_ms), Error::Timeout));
    EXPECT(spawned->resume().has_value());
    EXPECT(is(spawned->resume(), Error::Invalid));
    EXPECT(spawned->join().has_value());

    auto other = Thread::spawn(later, [] {});
    REQUIRE(other);
    EXPECT(other->priority() == Result<u8>{ApiFlow::below});
    EXPECT(other->set_priority(5).has_value() && other->priority() == Result<u8>{5});
    EXPECT(is(other->set_priority(32), Error::Invalid) && is(other->set_affinity(0), Error::Invalid));
    EXPECT(other->set_affinity(every_core).has_value());
    EXPECT(other->join().has_value());
    never.close();
}

SELFTEST("SCH11", "a thread tells what it has cost, and how much of its stack it used where that is measured") {
    ApiFlow flow;
    int alive = 0;
    auto measured = Thread::spawn({.name = "api", .priority = ApiFlow::above, .affinity = 1, .measure_stack = true},
                                  [room = Cargo<1024>{alive}] {});
    auto plain = Thread::spawn(here, [] { this_thread::sleep_for(200_us); });
    REQUIRE(measured && plain);
    auto used = measured->stack_high_water();
    EXPECT(used.has_value() && *used > 1024 + 528 && *used < 16_KiB);
    EXPECT(is(plain->stack_high_water(), Error::Unsupported));
    EXPECT(measured->join().has_value());
    this_thread::sleep_for(2_ms);
    auto cost = plain->statistics();
    EXPECT(cost.has_value() && cost->switches >= 1 && cost->run_time > Duration::zero());
    EXPECT(plain->join().has_value());
}

namespace {

struct Held {
    u32 given_back = 0;
};
void give_back(ThreadContext&, Held& held) noexcept { held.given_back += 1; }

}  // namespace

SELFTEST("API06", "a thread-local value is its thread's own, and given back at the end; a ninth is refused") {
    ApiFlow flow;
    auto local = ThreadLocal<Held, &give_back>::make();
    REQUIRE(local);
    Held mine;
    Held theirs;
    EXPECT(local->set(&mine).has_value());
    {
        ApiThread thread{run, [&](ThreadContext& self) {
                             EXPECT(local->get(self) == nullptr);
                             EXPECT(local->set(self, &theirs).has_value());
                             EXPECT(local->get() == &theirs);
                         }};
    }
    EXPECT_EQ(theirs.given_back, 1u);
    EXPECT(local->get(flow.self) == &mine && mine.given_back == 0);
    auto fill = [](auto& again, u32 count) -> u32 {
        auto one = ThreadLocal<Held>::make();
        if (!one) return is(one, Error::NoMemory) ? count : 99;
        return again(again, count + 1);
    };
    EXPECT(fill(fill, 0) <= 7);
    ThreadLocal<Held, &give_back> moved = std::move(*local);
    EXPECT(moved.get() == &mine && is(local->set(nullptr), Error::Invalid));
    EXPECT(moved.set(nullptr).has_value());
}
