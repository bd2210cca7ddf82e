// SPDX-License-Identifier: MIT

#include <doctest/doctest.h>
#include <sync/trace_ring.hpp>

#include <array>

using namespace quartet;
using sync::TraceEvent;
using sync::TraceKind;
using sync::TraceRing;

namespace {

constexpr u32 shift = 3;
constexpr u64 capacity = 1 << shift;

struct Ring {
    Ring() { ring.give(slots.data(), shift); }
    void put(u32 count) {
        for (u32 n = 0; n < count; ++n, ++written) {
            arch::sim_counter = 1000 + written;
            ring.put(TraceKind::Mark, written, written + 7);
        }
    }
    bool read(u64 at, TraceEvent& event) const {
        u64 first = 0;
        u64 second = 0;
        if (!ring.read(at, first, second)) return false;
        event = TraceRing::event_of(first, second);
        return true;
    }
    std::array<TraceRing::Slot, capacity> slots;
    TraceRing ring;
    u32 written = 0;
};

}  // namespace

TEST_CASE("TRC01 events are read as they were put, with their time, in order") {
    Ring it;
    it.put(5);
    REQUIRE(it.ring.next() == 5);
    CHECK(it.ring.oldest(5) == 0);
    CHECK(it.ring.lost(5) == 0);
    for (u32 n = 0; n < 5; ++n) {
        TraceEvent event{};
        REQUIRE(it.read(n, event));
        CHECK(event.kind == TraceKind::Mark);
        CHECK(event.time == 1000 + n);
        CHECK(event.subject == n);
        CHECK(event.detail == n + 7);
    }
}

TEST_CASE("TRC01 what does not fit its field is cut and spoils no other") {
    Ring it;
    arch::sim_counter = ~u64{0};
    it.ring.put(TraceKind::Caller, 0xffff'ffff, 0xffff'ffff);
    TraceEvent event{};
    REQUIRE(it.read(0, event));
    CHECK(event.kind == TraceKind::Caller);
    CHECK(event.time == TraceRing::time_mask);
    CHECK(event.subject == 0xffff'ffff);
    CHECK(event.detail == 0xff'ffff);
    CHECK(sync::switch_detail(0x12'3456, 5) == 0x23'4565);
    arch::sim_counter = 0;
}

TEST_CASE("TRC02 of a full ring the oldest events are gone, and how many is told") {
    Ring it;
    for (u32 more = 1; more <= 3 * capacity; ++more) {
        it.put(1);
        const u64 next = it.ring.next();
        REQUIRE(next == more);
        const u64 lost = more > capacity ? more - capacity : 0;
        CHECK(it.ring.lost(next) == lost);
        CHECK(it.ring.oldest(next) == lost);
        TraceEvent event{};
        for (u64 at = 0; at < next; ++at) {
            CHECK(it.read(at, event) == (at >= lost));
            if (at >= lost) CHECK(event.subject == at);
        }
    }
}

TEST_CASE("TRC02 an event of which one word is of another lap is passed over") {
    for (bool second : {false, true}) {
        Ring it;
        it.put(2 * capacity);
        TraceRing::Slot& slot = it.slots[3];
        arch::Atomic<u64>& word = second ? slot.second : slot.first;
        TraceEvent event{};
        REQUIRE(it.read(capacity + 3, event));
        word.store(word.load(arch::Order::Relaxed) + (u64{1} << 56), arch::Order::Relaxed);
        CHECK(!it.read(capacity + 3, event));
        CHECK(!it.read(2 * capacity + 3, event));
        CHECK(it.read(capacity + 2, event));
        CHECK(it.read(capacity + 4, event));
    }
}

TEST_CASE("TRC01 a ring that is given anew has nothing of before, however often it went round") {
    Ring it;
    it.put(300 * capacity + 3);  // more laps than are counted
    TraceEvent event{};
    REQUIRE(it.read(it.written - 1, event));
    CHECK(event.subject == it.written - 1);
    std::array<TraceRing::Slot, 2 * capacity> more;
    it.ring.give(more.data(), shift + 1);
    const u64 next = it.ring.next();
    CHECK(it.ring.oldest(next) == next);
    CHECK(it.ring.lost(next) == 0);
    it.put(2 * capacity + 1);
    CHECK(it.ring.lost(it.ring.next()) == 1);
    CHECK(it.ring.oldest(it.ring.next()) == next + 1);
    for (u64 at = next + 1; at < it.ring.next(); ++at) CHECK(it.read(at, event));
}
