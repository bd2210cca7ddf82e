// SPDX-License-Identifier: MIT

#include "reference.hpp"

#include <kernel/wait/handler_ring.hpp>
#include <kernel/wait/message_queue.hpp>

#include <doctest/doctest.h>

#include <deque>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

// --- Beside a model ------------------------------------------------------------------------------------------------

MessageQueue<u32, 3> modelled;

enum class Kind : u8 { Send, SendToFront, Receive };

struct UseQueue {
    Kind kind;
    u32 item = 0;
    Result<u32> result = 0;  // of a send: what it sent
    void operator()(ThreadContext& self) {
        if (kind == Kind::Receive) {
            result = modelled.receive(self);
            return;
        }
        Status sent = kind == Kind::Send ? modelled.send(self, item) : modelled.send_to_front(self, item);
        result = sent ? Result<u32>{item} : fail(sent.error());
    }
};

using Driver = Reference<UseQueue>;
std::deque<u32> model;

void model_put(Kind kind, u32 item) {
    if (kind == Kind::Send) model.push_back(item);
    else model.push_front(item);
}

u32 model_take(Driver& driver) {
    const u32 item = model.front();
    model.pop_front();
    if (!driver.line.empty()) {
        auto& sender = driver.worker(driver.line.front());
        model_put(sender.call.kind, sender.call.item);
        driver.expect(sender, Result<u32>{sender.call.item});
    }
    return item;
}

void model_send(Driver& driver, Kind kind, u32 item) {
    if (model.empty() && !driver.line.empty()) driver.expect(driver.worker(driver.line.front()), Result<u32>{item});
    else model_put(kind, item);
}

void queue_like_the_model() {
    start_all();
    auto self = boot_context();
    {
        Driver driver{self};
        for (u32 round = 1; round <= 150; ++round) {
            const Kind kind = static_cast<Kind>(choose(3));
            auto* worker = driver.idle();
            if (choose(8) == 0) {
                driver.change_a_priority();
            } else if (worker != nullptr) {
                const bool waits = kind == Kind::Receive ? model.empty() : model.size() == 3;
                driver.begin(*worker, {kind, round});
                if (waits) {
                    driver.queue(*worker);
                } else if (kind == Kind::Receive) {
                    driver.expect(*worker, Result<u32>{model_take(driver)});
                } else {
                    driver.expect(*worker, Result<u32>{round});
                    model_send(driver, kind, round);
                }
            } else if (kind == Kind::Receive) {
                const Result<u32> wanted = model.empty() ? fail(Error::WouldBlock) : Result<u32>{0};
                const Result<u32> got = modelled.try_receive();
                SIM_CHECK(got.has_value() == wanted.has_value());
                if (got) SIM_CHECK(*got == model_take(driver));
            } else {
                const Status sent = kind == Kind::Send ? modelled.try_send(round) : modelled.try_send_to_front(round);
                SIM_CHECK(sent.has_value() == (model.size() < 3));
                if (sent) model_send(driver, kind, round);
            }
            SIM_CHECK(modelled.size() == model.size());
            driver.check_the_rest();
        }
        modelled.close();
        const auto line = driver.line;
        for (u32 number : line) driver.expect(driver.worker(number), Result<u32>{fail(Error::Deleted)});
    }
}

// --- Together ------------------------------------------------------------------------------------------------------

struct Parcel {
    u32 producer;
    u32 number;
};

constexpr u32 sides = 3;
constexpr u32 each = 30;
MessageQueue<Parcel, 2> road;
u32 last[sides][sides];
u32 arrived[sides];
u64 sums[sides];

Status send_somehow(ThreadContext& self, const Parcel& parcel) {
    switch (choose(3)) {
        case 0: return road.send(self, parcel);
        case 1: return road.send_for(self, parcel, nanoseconds(choose(2000)));
        default: return road.try_send(parcel);
    }
}

void produce(ThreadContext& self, void* argument) {
    const u32 me = static_cast<u32>(reinterpret_cast<uptr>(argument));
    for (u32 number = 1; number <= each;) {
        const Status sent = send_somehow(self, {me, number});
        if (sent) number += 1;
        else SIM_CHECK(sent == Status{fail(Error::Timeout)} || sent == Status{fail(Error::WouldBlock)});
        if (choose(8) == 0) sleep_for(self, nanoseconds(choose(3000)));
    }
}

void consume(ThreadContext& self, void* argument) {
    const u32 me = static_cast<u32>(reinterpret_cast<uptr>(argument));
    for (;;) {
        Result<Parcel> parcel = fail(Error::WouldBlock);
        switch (choose(3)) {
            case 0: parcel = road.receive(self); break;
            case 1: parcel = road.receive_for(self, nanoseconds(choose(2000))); break;
            case 2: parcel = road.try_receive(); break;
        }
        if (!parcel) {
            SIM_CHECK(parcel.error() == Error::Timeout || parcel.error() == Error::WouldBlock);
            yield(self);
            continue;
        }
        if (parcel->producer == sides) return;
        SIM_CHECK(parcel->producer < sides && parcel->number > last[me][parcel->producer]);
        last[me][parcel->producer] = parcel->number;
        arrived[parcel->producer] += 1;
        sums[parcel->producer] += parcel->number;
    }
}

void nothing_is_lost() {
    start_all();
    auto self = boot_context();
    ThreadHandle producers[sides];
    ThreadHandle consumers[sides];
    for (u32 n = 0; n < sides; ++n) {
        auto number = reinterpret_cast<void*>(uptr{n});
        producers[n] = must_spawn("producer", static_cast<u8>(10 + choose(8)), produce, number);
        consumers[n] = must_spawn("consumer", 10, consume, number);
    }
    for (ThreadHandle producer : producers) must_join(self, producer);
    for (u32 n = 0; n < sides; ++n) SIM_CHECK(road.send(self, {sides, 0}).has_value());
    for (ThreadHandle consumer : consumers) must_join(self, consumer);
    for (u32 n = 0; n < sides; ++n) SIM_CHECK(arrived[n] == each && sums[n] == each * (each + 1) / 2);
    SIM_CHECK(road.size() == 0);
}

// --- One writer, one reader ----------------------------------------------------------------------------------------

HandlerRing<u32, 4> ring;
constexpr u32 ring_items = 80;

void put_all(ThreadContext& self, void*) {
    for (u32 number = 0; number < ring_items;) {
        if (ring.put(number)) number += 1;
        else yield(self);
        for (u32 n = choose(60); n > 0; --n) arch::sim_point();
    }
}

void get_all(ThreadContext& self, void*) {
    for (u32 number = 0; number < ring_items;) {
        Result<u32> got = choose(2) == 0 ? ring.get(self) : ring.get_for(self, nanoseconds(choose(1500)));
        if (got) SIM_CHECK(*got == number++);
        else SIM_CHECK(got.error() == Error::Timeout || got.error() == Error::WouldBlock);
        for (u32 n = choose(60); n > 0; --n) arch::sim_point();
    }
}

void ring_wakes_its_reader() {
    start_all();
    auto self = boot_context();
    ThreadHandle reader = must_spawn("reader", 20, get_all, nullptr);
    ThreadHandle writer = must_spawn("writer", 18, put_all, nullptr);
    must_join(self, writer);
    must_join(self, reader);
    SIM_CHECK(ring.size() == 0);
}

}  // namespace

TEST_CASE("QUE03 a message queue does what a model of it does, at random") {
    CHECK(run_seeds("QUE03", 100, {}, queue_like_the_model));
}
TEST_CASE("QUE04 nothing is lost, doubled or reordered of one producer, whatever times out meanwhile") {
    CHECK(run_seeds("QUE04", 100, {}, nothing_is_lost));
}
TEST_CASE("RNG02 a reader that is about to sleep sees what is put, or is woken by it") {
    CHECK(run_seeds("RNG02", 200, {.hold_one_in = 60}, ring_wakes_its_reader));
}
