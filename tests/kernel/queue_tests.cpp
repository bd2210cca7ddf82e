// SPDX-License-Identifier: MIT

#include "threads.hpp"

#include <arch/cpu.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/wait/message_queue.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

constexpr u32 software_id = 6;

template <typename T>
Result<T> error(Error what) {
    return fail(what);
}

ThreadOptions above(u8 by, const char* name) {
    return {.name = name, .priority = static_cast<u8>(test_priority + by), .affinity = 1};
}

template <usize Size>
struct Item {
    u8 bytes[Size];

    static Item of(u64 number) {
        Item item;
        for (usize at = 0; at < Size; ++at) item.bytes[at] = static_cast<u8>(number * 7 + at * 31);
        return item;
    }
    bool operator==(const Item&) const = default;
};

// Filled each time, emptied by one to all of it: both ends wrap at every distance.
template <usize Size, usize Capacity>
void in_order(SelfTestRun& run, ThreadContext& self, u64 rounds) {
    using Bytes = Item<Size>;
    MessageQueue<Bytes, Capacity> queue;
    u64 sent = 0;
    u64 received = 0;
    while (received < rounds && !run.failed()) {
        for (; sent - received < Capacity; ++sent) EXPECT(queue.send(self, Bytes::of(sent)).has_value());
        EXPECT(queue.try_send(Bytes::of(0)) == Status{fail(Error::WouldBlock)});
        EXPECT_EQ(queue.size(), Capacity);
        for (u64 more = 1 + received % Capacity; more != 0; --more, ++received)
            EXPECT((more % 2 != 0 ? queue.receive(self) : queue.try_receive()) == Result<Bytes>{Bytes::of(received)});
    }
    for (; received < sent; ++received) EXPECT(queue.receive(self) == Result<Bytes>{Bytes::of(received)});
    EXPECT(queue.try_receive() == error<Bytes>(Error::WouldBlock));
}

}  // namespace

SELFTEST("QUE01", "first in, first out for items of 1, 4, 16, 64 and 65 bytes, with room for one and for several") {
    TestFlow flow;
    const u64 rounds = run.scaled(1'000'000);
    in_order<1, 1>(run, flow.self, rounds);
    in_order<4, 5>(run, flow.self, rounds);
    in_order<16, 1>(run, flow.self, rounds);
    in_order<16, 4>(run, flow.self, rounds);
    in_order<64, 3>(run, flow.self, rounds);
    in_order<65, 7>(run, flow.self, rounds);
}

SELFTEST("QUE01", "no room, no size and a size that overflows are refused") {
    EXPECT(MessageQueueCore::room_for(16, 4) == Result<usize>{64});
    EXPECT(MessageQueueCore::room_for(0, 4) == error<usize>(Error::Invalid));
    EXPECT(MessageQueueCore::room_for(16, 0) == error<usize>(Error::Invalid));
    EXPECT(MessageQueueCore::room_for(~usize{0}, 2) == error<usize>(Error::Invalid));
    EXPECT(MessageQueueCore::room_for(usize{1} << 32, usize{1} << 32) == error<usize>(Error::Invalid));
}

SELFTEST("QUE02", "what is sent to the front is received next; so it is from a sender that had to wait") {
    TestFlow flow;
    MessageQueue<u32, 2> queue;
    EXPECT(queue.send(flow.self, 1).has_value());
    EXPECT(queue.send_to_front(flow.self, 2).has_value());
    EXPECT(queue.try_send_to_front(3) == Status{fail(Error::WouldBlock)});
    {
        TestThread back{run, flow, above(1, "back"),
                        [&](ThreadContext& self) { EXPECT(queue.send(self, 4).has_value()); }};
        TestThread front{run, flow, above(2, "front"),
                         [&](ThreadContext& self) { EXPECT(queue.send_to_front(self, 5).has_value()); }};
        EXPECT(queue.receive(flow.self) == Result<u32>{2});
        EXPECT(queue.receive(flow.self) == Result<u32>{5});
        EXPECT(queue.receive(flow.self) == Result<u32>{1});
        EXPECT(queue.receive(flow.self) == Result<u32>{4});
    }
    u32 got = 0;
    {
        TestThread receiver{run, flow, above(1, "receiver"),
                            [&](ThreadContext& self) { got = queue.receive(self).value_or(0); }};
        EXPECT(queue.send_to_front(flow.self, 6).has_value());
        EXPECT_EQ(got, 6u);
    }
    EXPECT_EQ(queue.size(), 0u);
}

SELFTEST("QUE03", "senders of a full queue wait, time out, and are let in by priority, equals as they came") {
    TestFlow flow;
    MessageQueue<u32, 1> queue;
    EXPECT(queue.send(flow.self, 0).has_value());
    Instant begin = now();
    EXPECT(queue.send_for(flow.self, 9, microseconds(300)) == Status{fail(Error::Timeout)});
    EXPECT(between(begin, now()) >= microseconds(300));
    EXPECT(queue.send_for(flow.self, 9, Duration::zero()) == Status{fail(Error::WouldBlock)});
    auto send = [&](u32 number) {
        return [&queue, &run, number](ThreadContext& self) { EXPECT(queue.send(self, number).has_value()); };
    };
    TestThread a{run, flow, above(1, "a"), send(1)};
    TestThread b{run, flow, above(1, "b"), send(2)};
    TestThread gone{run, flow, above(2, "gone"), [&](ThreadContext& self) {
                        EXPECT(queue.send_for(self, 8, microseconds(50)) == Status{fail(Error::Timeout)});
                    }};
    TestThread c{run, flow, above(2, "c"), send(3)};
    gone.join();
    // One takes out, one is let in: nobody slips in between.
    for (u32 wanted : {0u, 3u, 1u, 2u}) EXPECT(queue.try_receive() == Result<u32>{wanted});
    EXPECT(queue.try_receive() == error<u32>(Error::WouldBlock));
}

SELFTEST("QUE03", "receivers of an empty queue wait, time out, and are served by priority, equals as they came") {
    TestFlow flow;
    MessageQueue<u32, 4> queue;
    Instant begin = now();
    EXPECT(queue.receive_for(flow.self, microseconds(300)) == error<u32>(Error::Timeout));
    EXPECT(between(begin, now()) >= microseconds(300));
    u32 got[3] = {};
    auto receive = [&](u32 which) {
        return [&queue, &got, which](ThreadContext& self) { got[which] = queue.receive(self).value_or(99); };
    };
    TestThread a{run, flow, above(1, "a"), receive(0)};
    TestThread b{run, flow, above(1, "b"), receive(1)};
    TestThread c{run, flow, above(2, "c"), receive(2)};
    for (u32 item : {11u, 12u, 13u}) EXPECT(queue.send(flow.self, item).has_value());
    EXPECT(got[2] == 11 && got[0] == 12 && got[1] == 13);
    EXPECT_EQ(queue.size(), 0u);
}

SELFTEST("QUE03", "close wakes senders and receivers with Deleted, and what was queued is gone") {
    TestFlow flow;
    MessageQueue<u32, 1> full;
    MessageQueue<u32, 1> empty;
    u32 deleted = 0;
    EXPECT(full.send(flow.self, 1).has_value());
    TestThread sender{run, flow, above(1, "sender"), [&](ThreadContext& self) {
                          deleted += full.send(self, 2) == Status{fail(Error::Deleted)} ? 1u : 0u;
                      }};
    TestThread receiver{run, flow, above(1, "receiver"), [&](ThreadContext& self) {
                            deleted += empty.receive(self) == error<u32>(Error::Deleted) ? 1u : 0u;
                        }};
    full.close();
    empty.close();
    EXPECT_EQ(deleted, 2u);
    EXPECT(full.try_receive() == error<u32>(Error::Deleted));
    EXPECT(full.send(flow.self, 3) == Status{fail(Error::Deleted)});
    EXPECT(empty.try_send(3) == Status{fail(Error::Deleted)});
}

namespace {

struct Parcel {
    u32 producer;
    u32 check;
    u64 number;
};

constexpr u32 sides = 4;

}  // namespace

SELFTEST("QUE04", "four producers, four consumers, four cores: nothing lost, doubled, or reordered of one producer") {
    if (cores_online() != max_cores) SKIP("not all cores are online");
    TestFlow flow{every_core};
    MessageQueue<Parcel, 5> queue;
    const u64 each = run.scaled(100'000'000) / sides;
    // What each consumer saw last of each producer, and how many of it.
    u64 last[sides][sides] = {};
    u64 count[sides][sides] = {};
    u64 sum[sides] = {};
    auto produce = [&](u32 which) {
        return [&, which](ThreadContext& self) {
            for (u64 n = 1; n <= each && !run.failed(); ++n) {
                const Parcel parcel{which, static_cast<u32>(n * 2654435761u) ^ which, n};
                EXPECT(queue.send_for(self, parcel, seconds(20)).has_value());
            }
        };
    };
    auto consume = [&](u32 which) {
        return [&, which](ThreadContext& self) {
            while (!run.failed()) {
                auto parcel = queue.receive_for(self, seconds(20));
                EXPECT(parcel.has_value());
                if (!parcel || parcel->producer == sides) return;
                EXPECT_EQ(parcel->check, static_cast<u32>(parcel->number * 2654435761u) ^ parcel->producer);
                EXPECT(parcel->number > last[which][parcel->producer]);
                last[which][parcel->producer] = parcel->number;
                count[which][parcel->producer] += 1;
                sum[which] += parcel->number;
            }
        };
    };
    {
        const ThreadOptions to{.name = "consumer", .priority = test_priority - 2};
        TestThread c0{run, flow, to, consume(0)}, c1{run, flow, to, consume(1)};
        TestThread c2{run, flow, to, consume(2)}, c3{run, flow, to, consume(3)};
        {
            const ThreadOptions from{.name = "producer", .priority = test_priority - 2};
            TestThread p0{run, flow, from, produce(0)}, p1{run, flow, from, produce(1)};
            TestThread p2{run, flow, from, produce(2)}, p3{run, flow, from, produce(3)};
        }
        for (u32 n = 0; n < sides; ++n) EXPECT(queue.send_for(flow.self, {sides, 0, 0}, seconds(20)).has_value());
    }
    u64 all = 0;
    for (u64 part : sum) all += part;
    EXPECT_EQ(all, sides * (each * (each + 1) / 2));
    for (u32 producer = 0; producer < sides; ++producer) {
        u64 of_it = 0;
        for (auto& consumer : count) of_it += consumer[producer];
        EXPECT_EQ(of_it, each);
    }
    EXPECT_EQ(queue.size(), 0u);
}

namespace {

struct HandlerSide {
    MessageQueue<u32, 3> queue;
    arch::Atomic<u64> sent{0};
    arch::Atomic<u64> refused{0};
    arch::Atomic<u64> other{0};
};

void send_from_handler(IrqContext& context) noexcept {
    auto& side = *static_cast<HandlerSide*>(context.argument());
    Status sent = side.queue.try_send(context.core());
    if (sent) side.sent.fetch_add(1, Order::Relaxed);
    else if (sent.error() == Error::WouldBlock) side.refused.fetch_add(1, Order::Relaxed);
    else side.other.fetch_add(1, Order::Relaxed);
}

}  // namespace

SELFTEST("QUE05", "handlers of all cores send without waiting; a full queue refuses, and what it took is received") {
    if (cores_online() != max_cores) SKIP("not all cores are online");
    TestFlow flow{1};
    HandlerSide side;
    REQUIRE(irq::attach(software_id, send_from_handler, &side, {.storm_limit = 0, .name = "selftest"}).has_value());
    EXPECT(irq::enable(software_id).has_value());
    auto done = [&] { return side.sent.load(Order::Acquire) + side.refused.load(Order::Acquire); };
    // Full, then one more from each core.
    for (u32 n = 0; n < 3; ++n) EXPECT(side.queue.try_send(n).has_value());
    for (u32 core = 0; core < max_cores; ++core) {
        EXPECT(irq::trigger(software_id, core).has_value());
        EXPECT(comes_true([&] { return done() == core + 1; }));
    }
    EXPECT_EQ(side.refused.load(Order::Relaxed), u64{max_cores});
    for (u32 n = 0; n < 3; ++n) EXPECT(side.queue.try_receive() == Result<u32>{n});

    const u64 rounds = run.scaled(1'000'000);
    u64 received = 0;
    {
        TestThread receiver{
            run, flow, {.name = "receiver", .priority = test_priority, .affinity = 2}, [&](ThreadContext& self) {
                while (side.queue.receive_for(self, seconds(20)).value_or(9) != 8) received += 1;
            }};
        for (u64 n = 0; n < rounds && !run.failed(); ++n) {
            const u64 before = done();
            for (u32 core = 0; core < max_cores; ++core) EXPECT(irq::trigger(software_id, core).has_value());
            EXPECT(comes_true([&] { return done() == before + max_cores; }));
        }
        EXPECT(side.queue.send_for(flow.self, 8, seconds(20)).has_value());
    }
    EXPECT_EQ(received, side.sent.load(Order::Relaxed));
    EXPECT_EQ(side.other.load(Order::Relaxed), 0u);
    EXPECT(irq::detach(software_id).has_value());
}
