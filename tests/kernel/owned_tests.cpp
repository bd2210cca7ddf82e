// SPDX-License-Identifier: MIT
//
// Owners on the machine itself, where the language's own delete goes to the kernel's heap.

#include "threads.hpp"

#include <mm/owned.hpp>
#include <mm/owned_array.hpp>

using namespace quartet;
using namespace quartet::selftest_detail;

namespace {

struct First {
    virtual ~First() = default;
    u64 first = 1;
};
struct Second {
    virtual ~Second() = default;
    u64 second = 2;
};
struct alignas(128) Both : First, Second {
    explicit Both(u32& alive) : alive_(alive) { ++alive_; }
    ~Both() override { --alive_; }
    u32& alive_;
    u64 room[20] = {};
};

struct Counted {
    Counted() { ++alive; }
    ~Counted() { --alive; }
    static inline u32 alive = 0;
    u64 value = 7;
};

}  // namespace

SELFTEST("MAK05", "an owner of a base destroys what the object really is, and frees its size where it begins") {
    TestFlow flow{1};
    u32 alive = 0;
    const u64 frames = mm::kernel_frames.stats().free_frames;
    // Freed with a wrong size, or at the wrong place, each would be lost to its cache: 2,000 of them are 125 frames.
    for (u32 n = 0; n < 2000; ++n) {
        auto made = mm::make<Both>(alive);
        REQUIRE(made.has_value());
        EXPECT(is_aligned(std::bit_cast<uptr>(made->get()), 128));
        const void* whole = made->get();
        mm::Owned<Second> second = std::move(*made);
        EXPECT(second.get() != whole);
        EXPECT_EQ(second->second, 2u);
        EXPECT_EQ(mm::kernel_heap.usable_size(whole), mm::class_size(sizeof(Both), alignof(Both)));
        EXPECT_EQ(alive, 1u);
    }
    EXPECT_EQ(alive, 0u);
    EXPECT(mm::kernel_frames.stats().free_frames + 32 >= frames);
}

SELFTEST("MAK06", "an array of objects and one that is too large: made and destroyed one by one, or refused") {
    TestFlow flow{1};
    {
        auto array = mm::make_array<Counted>(100);
        REQUIRE(array.has_value());
        EXPECT_EQ(Counted::alive, 100u);
        for (const Counted& each : *array) EXPECT_EQ(each.value, 7u);
        auto large = mm::make_array<Counted>(10'000);
        EXPECT(large.has_value());
        EXPECT_EQ(Counted::alive, 10'100u);
    }
    EXPECT_EQ(Counted::alive, 0u);
    auto overflows = mm::make_array<Counted>(SIZE_MAX / 2);
    EXPECT(!overflows.has_value() && overflows.error() == Error::Invalid);
    auto too_many = mm::make_array<Counted>(10'000'000);
    EXPECT(!too_many.has_value() && too_many.error() == Error::NoMemory);
    EXPECT_EQ(Counted::alive, 0u);
}
