// SPDX-License-Identifier: MIT

#include <quartet/std.hpp>

#include <doctest/doctest.h>

#include "../fakes/check_failed.hpp"

#include <chrono>
#include <cstdlib>
#include <limits>
#include <memory_resource>
#include <string>
#include <vector>

using namespace quartet;
using namespace std::chrono_literals;

static_assert(from_chrono(3ms) == 3_ms && from_chrono(2h) == 7'200_s && to_chrono(5_us) == 5us);
static_assert(from_chrono(-1ms) == Duration::zero() && from_chrono(0s) == Duration::zero());
static_assert(from_chrono(std::chrono::duration<long, std::pico>{1}) == 1_ns, "never shorter");
static_assert(from_chrono(std::chrono::hours::max()) == Duration::forever());
static_assert(from_chrono(std::chrono::nanoseconds::max()).ns == 0x7fff'ffff'ffff'ffff);
static_assert(from_chrono(std::chrono::duration<u64, std::nano>{~u64{0}}) == Duration::forever());
static_assert(to_chrono(Duration::forever()) == std::chrono::nanoseconds::max());
static_assert(std::chrono::is_clock_v<ChronoClock>);

namespace {

// Counts what is out.
class CountingResource final : public MemoryResource {
public:
    usize out = 0;
    bool empty = false;

private:
    void* do_allocate(usize bytes, usize align) override {
        if (empty) return nullptr;
        out += bytes;
        return std::aligned_alloc(align, align_up(bytes, align));
    }
    void do_deallocate(void* memory, usize bytes, usize) override {
        out -= bytes;
        std::free(memory);
    }
};

}  // namespace

TEST_CASE("API17 durations of std::chrono become ours and come back, and floating ones are rounded up") {
    CHECK(from_chrono(std::chrono::duration<double>{0.0025}) >= 2'500_us);
    CHECK(from_chrono(std::chrono::duration<double>{0.0025}) <= 2'500'001_ns);
    CHECK(from_chrono(std::chrono::duration<double>{1e30}) == Duration::forever());
    for (u64 ns : {u64{1}, u64{999}, u64{123'456'789'012}, u64{1} << 62}) CHECK(from_chrono(to_chrono({ns})).ns == ns);
    const ChronoClock::time_point before = ChronoClock::now();
    CHECK(ChronoClock::now() >= before);
}

TEST_CASE("API18 containers of std::pmr live on a memory resource of ours, and stop by name where it has nothing") {
    CountingResource source;
    PmrResource resource{source};
    {
        std::pmr::vector<std::pmr::string> names(&resource);
        for (int n = 0; n < 100; ++n) names.emplace_back(std::string(40, 'x'));
        CHECK(source.out >= 100 * (40 + sizeof(std::pmr::string)));
    }
    CHECK(source.out == 0);
    PmrResource other{source};
    CHECK(resource.is_equal(resource));
    CHECK(!resource.is_equal(other));
    CHECK(!resource.is_equal(*std::pmr::new_delete_resource()));
    source.empty = true;
    CHECK_THROWS_AS(static_cast<void>(resource.allocate(8)), fakes::CheckFailed);
}
