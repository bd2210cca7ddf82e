// SPDX-License-Identifier: MIT
//
// Owners of objects and of arrays: what is made, what is destroyed, what goes back, and what is refused.

#include "kernel_heap.hpp"

#include <doctest/doctest.h>
#include <mm/owned.hpp>
#include <mm/owned_array.hpp>

#include <cstring>

using namespace quartet;
using fakes::KernelHeap;
using fakes::reported;

namespace {

uptr address(const void* pointer) { return reinterpret_cast<uptr>(pointer); }

struct Counted {
    Counted(int& alive, u64 number) : alive_(alive), value(number) { ++alive_; }
    ~Counted() { --alive_; }
    int& alive_;
    u64 value;
};

template <usize Align>
struct alignas(Align) Wide {
    std::byte bytes[Align + 40];
};

// Two bases, so that the second one does not begin where the object does. The kernel's operator delete is not this
// program's: here the classes bring it along.
struct KernelMemory {
    static void operator delete(void* memory, usize size) {
        freed_size = size;
        mm::kernel_heap.free_sized(memory, size);
    }
    static void operator delete(void* memory, usize size, std::align_val_t align) {
        freed_size = size;
        mm::kernel_heap.free_sized(memory, size, static_cast<usize>(align));
    }
    static inline usize freed_size = 0;
};
struct First : KernelMemory {
    virtual ~First() = default;
    u64 first = 1;
};
struct Second {
    virtual ~Second() = default;
    static void operator delete(void* memory, usize size) { KernelMemory::operator delete(memory, size); }
    u64 second = 2;
};
struct Both : First, Second {
    explicit Both(int& destroyed) : destroyed_(destroyed) {}
    ~Both() override { ++destroyed_; }
    using First::operator delete;
    int& destroyed_;
    u64 room[30] = {};
};
struct alignas(256) Broad : First {
    explicit Broad(int& destroyed) : destroyed_(destroyed) {}
    ~Broad() override { ++destroyed_; }
    int& destroyed_;
};

struct Plain {};
struct Larger : Plain {
    u64 more = 0;
};
struct Last final : Second {};

static_assert(noexcept(mm::make<u64>(u64{1})) && noexcept(mm::make_array<u64>(1)));
static_assert(!std::is_copy_constructible_v<mm::Owned<u64>> && !std::is_copy_assignable_v<mm::Owned<u64>>);
static_assert(!std::is_copy_constructible_v<mm::OwnedArray<u64>>);
static_assert(std::is_convertible_v<mm::Owned<Both>, mm::Owned<First>>);
static_assert(std::is_convertible_v<mm::Owned<Both>, mm::Owned<const Second>>);
static_assert(std::is_convertible_v<mm::Owned<u64>, mm::Owned<const u64>>);
static_assert(!std::is_convertible_v<mm::Owned<const u64>, mm::Owned<u64>>);
static_assert(!std::is_convertible_v<mm::Owned<Larger>, mm::Owned<Plain>>, "a Plain's owner would free a Plain's size");
static_assert(!std::is_convertible_v<mm::Owned<First>, mm::Owned<Both>>);
static_assert(!mm::may_be_derived<Last> && mm::may_be_derived<Second>);
static_assert(sizeof(mm::Owned<Both>) == sizeof(void*));

}  // namespace

TEST_CASE("MAK01 what is made has run its constructor with the arguments, and everything goes back with its owner") {
    KernelHeap heap;
    int alive = 0;
    {
        auto made = mm::make<Counted>(alive, u64{77});
        REQUIRE(made);
        CHECK(alive == 1);
        CHECK((*made)->value == 77);
        CHECK(mm::kernel_heap.usable_size(made->get()) >= sizeof(Counted));
        // What cannot be copied is moved in and out.
        mm::Owned<Counted> kept = std::move(*made);
        auto inner = mm::make<mm::Owned<Counted>>(std::move(kept));
        REQUIRE(inner);
        CHECK_FALSE(kept);
        CHECK((**inner)->value == 77);
    }
    CHECK(alive == 0);
    CHECK(heap.whole());
}

TEST_CASE("MAK02 what is over-aligned is made at its alignment, and freed with it") {
    KernelHeap heap;
    auto try_one = [&]<typename T>(std::type_identity<T>) {
        auto one = mm::make<T>();
        auto two = mm::make<T>();
        auto some = mm::make_array<T>(3);
        REQUIRE((one && two && some));
        CHECK(address(one->get()) % alignof(T) == 0);
        CHECK(address(two->get()) % alignof(T) == 0);
        CHECK(address(some->data()) % alignof(T) == 0);
        for (T& element : *some) std::memset(element.bytes, 0x5a, sizeof(T));
    };
    try_one(std::type_identity<Wide<32>>{});
    try_one(std::type_identity<Wide<256>>{});
    try_one(std::type_identity<Wide<2048>>{});
    try_one(std::type_identity<Wide<16384>>{});
    CHECK(heap.whole());
}

TEST_CASE("MAK03 where there is no memory the error says so, and no constructor runs") {
    KernelHeap heap;
    int alive = 0;
    {
        fakes::NoFrames poor{mm::kernel_frames};
        CHECK(mm::make<Counted>(alive, u64{1}) == fail(Error::NoMemory));
        CHECK(mm::make<Wide<4096>>() == fail(Error::NoMemory));
        CHECK_FALSE(mm::make_array<u64>(5).has_value());
        CHECK(mm::make_array<u64>(5).error() == Error::NoMemory);
    }
    CHECK(alive == 0);
    CHECK(mm::make<Counted>(alive, u64{1}).has_value());
    CHECK(heap.whole());
}

TEST_CASE("MAK04 an object has one owner: move, release and reset leave the other one empty, and destroy once") {
    KernelHeap heap;
    int alive = 0;
    auto one = *mm::make<Counted>(alive, u64{1});
    auto two = *mm::make<Counted>(alive, u64{2});
    CHECK(alive == 2);
    one = std::move(two);
    CHECK(alive == 1);
    CHECK(one->value == 2);
    CHECK_FALSE(two);
    auto& same = one;
    one = std::move(same);
    CHECK(alive == 1);
    REQUIRE(one);
    Counted* raw = one.release();
    CHECK_FALSE(one);
    CHECK(alive == 1);
    one.reset();
    CHECK(alive == 1);
    mm::Owned<Counted> again{raw};
    mm::Owned<const Counted> looked_at = std::move(again);
    CHECK(looked_at->value == 2);
    looked_at.reset();
    CHECK_FALSE(looked_at);
    CHECK(alive == 0);
    looked_at.reset();
    CHECK(alive == 0);
    CHECK(heap.whole());
}

TEST_CASE("MAK05 an owner of a base destroys what the object really is, and frees its size where it begins") {
    KernelHeap heap;
    int destroyed = 0;
    {
        auto both = *mm::make<Both>(destroyed);
        const void* whole = both.get();
        mm::Owned<Second> second = std::move(both);
        CHECK(second->second == 2);
        CHECK(second.get() != whole);
        mm::Owned<First> first = *mm::make<Both>(destroyed);
        first.reset();
        CHECK(destroyed == 1);
        CHECK(KernelMemory::freed_size == sizeof(Both));
    }
    CHECK(destroyed == 2);
    {
        mm::Owned<First> broad = *mm::make<Broad>(destroyed);
        CHECK(address(broad.get()) % 256 == 0);
    }
    CHECK(destroyed == 3);
    CHECK(KernelMemory::freed_size == sizeof(Broad));
    CHECK(heap.whole());
}

TEST_CASE("MAK06 an array makes each element, and destroys them from the last to the first") {
    KernelHeap heap;
    static std::vector<int> made;
    static std::vector<int> destroyed;
    struct Numbered {
        Numbered() : number(static_cast<int>(made.size())) { made.push_back(number); }
        ~Numbered() { destroyed.push_back(number); }
        int number;
    };
    made.clear();
    destroyed.clear();
    {
        auto array = *mm::make_array<Numbered>(5);
        CHECK(array.size() == 5);
        CHECK(array[4].number == 4);
        CHECK(array.span().size() == 5);
        auto moved = std::move(array);
        CHECK(array.empty());
        CHECK(moved.size() == 5);
        CHECK(reported([&] { (void)moved[5]; }).find("below its size") != std::string::npos);
        array = std::move(moved);
        CHECK(destroyed.empty());
    }
    CHECK(made == std::vector<int>{0, 1, 2, 3, 4});
    CHECK(destroyed == std::vector<int>{4, 3, 2, 1, 0});
    auto zeroes = *mm::make_array<u64>(300);
    for (u64 number : zeroes) CHECK(number == 0);
    zeroes.reset();
    CHECK(heap.whole());
}

TEST_CASE("MAK06 an array of a size that is no number is refused as such, none is empty, too many is no memory") {
    KernelHeap heap;
    for (usize count : {SIZE_MAX, SIZE_MAX / 8 + 1, usize{1} << 61}) {
        auto got = mm::make_array<u64>(count);
        REQUIRE_FALSE(got);
        CHECK(got.error() == Error::Invalid);
    }
    for (usize count : {SIZE_MAX / 8, usize{1} << 40, usize{4_MiB}}) {
        auto got = mm::make_array<u64>(count);
        REQUIRE_FALSE(got);
        CHECK(got.error() == Error::NoMemory);
    }
    auto none = mm::make_array<u64>(0);
    REQUIRE(none);
    CHECK(none->empty());
    CHECK(none->data() == nullptr);
    CHECK(none->begin() == none->end());
    CHECK(heap.whole());
}
