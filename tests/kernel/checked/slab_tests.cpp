// SPDX-License-Identifier: MIT
//
// What debug builds find of damage to slab memory, on the machine itself and with its symbol table. The policy is to
// go on meanwhile; that it stops by default is seen from outside (tests/system/test_faults.py).

#include "../threads.hpp"

#include <mm/cache.hpp>
#include <mm/call_chains.hpp>
#include <mm/memory_fault.hpp>

#include <string_view>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

char last_notice[240];
u32 notices;

void keep(std::string_view line) {
    notices += 1;
    const usize size = line.size() < sizeof last_notice - 1 ? line.size() : sizeof last_notice - 1;
    for (usize i = 0; i < size; ++i) last_notice[i] = line[i];
    last_notice[size] = 0;
}

bool says(std::string_view words) { return std::string_view{last_notice}.find(words) != std::string_view::npos; }

// Damage is noted here, named by the image's symbols, until the end of the scope.
class GoOn {
public:
    GoOn() : before_(mm::set_fault_hooks({})) {
        notices = 0;
        mm::set_fault_hooks({.notice = keep, .name_code = before_.name_code, .policy = mm::DamagePolicy::GoOn});
    }
    ~GoOn() { mm::set_fault_hooks(before_); }
    GoOn(const GoOn&) = delete;
    GoOn& operator=(const GoOn&) = delete;

private:
    mm::FaultHooks before_;
};

// Damaged slabs stay out of use for ever: a cache for each test, and its objects small.
constinit mm::Cache overrun_cache{"test-overrun", 48};
constinit mm::Cache stale_cache{"test-stale", 64};
constinit mm::Cache live_cache{"test-live", 64};

}  // namespace

extern "C" [[gnu::noinline]] std::byte* quartet_test_allocates(mm::Cache& cache) {
    auto got = cache.allocate();
    return got ? static_cast<std::byte*>(*got) : nullptr;
}

SELFTEST("SLB02", "a byte before or behind an object is found on free, with cache and allocating function named") {
    TestFlow flow{1};
    GoOn policy;
    for (int offset : {-1, 48}) {
        std::byte* object = quartet_test_allocates(overrun_cache);
        REQUIRE(object != nullptr);
        object[offset] = std::byte{0x41};
        const u32 before = notices;
        overrun_cache.free(object);
        EXPECT(notices > before);
        EXPECT(says("was overrun"));
        EXPECT(says("cache test-overrun"));
        EXPECT(says("quartet_test_allocates"));
    }
}

SELFTEST("SLB03", "a write to a free object is found when it is wanted again, and it is given to nobody") {
    TestFlow flow{1};
    GoOn policy;
    std::byte* object = quartet_test_allocates(stale_cache);
    REQUIRE(object != nullptr);
    std::byte* others[40];
    for (std::byte*& other : others) other = quartet_test_allocates(stale_cache);
    stale_cache.free(object);
    object[20] = std::byte{1};
    for (std::byte* other : others) stale_cache.free(other);  // the rest in quarantine is over
    for (std::byte*& other : others) {
        other = quartet_test_allocates(stale_cache);
        EXPECT(other != nullptr && other != object);
    }
    EXPECT(notices != 0);
    EXPECT(says("was written after it was freed"));
    EXPECT(says("test-stale"));
    for (std::byte* other : others) stale_cache.free(other);
}

SELFTEST("SLB09", "what is live since a mark is told by the function that allocated it, until it is freed") {
    TestFlow flow{1};
    // Live objects whose allocation was called in that function.
    auto objects_of_this = [&] {
        u32 objects = 0;
        u32 cursor = 0;
        for (mm::Leak leak; (leak = mm::next_leak(cursor)).objects != 0;) {
            const mm::CodeName name{leak.callers.frames[0] - 4};
            if (name.text().find("quartet_test_allocates") != std::string_view::npos) objects += leak.objects;
        }
        return objects;
    };
    std::byte* before = quartet_test_allocates(live_cache);
    mm::mark_leaks();
    std::byte* one = quartet_test_allocates(live_cache);
    std::byte* two = quartet_test_allocates(live_cache);
    REQUIRE(before != nullptr && one != nullptr && two != nullptr);
    EXPECT(objects_of_this() == 2);
    live_cache.free(before);
    live_cache.free(one);
    EXPECT(objects_of_this() == 1);
    live_cache.free(two);
    EXPECT(objects_of_this() == 0);
}

SELFTEST("SLB05", "a cache with live objects is not destroyed, and the notice says how many there are") {
    TestFlow flow{1};
    GoOn policy;
    std::byte* objects[3];
    for (std::byte*& object : objects) object = quartet_test_allocates(live_cache);
    EXPECT(live_cache.destroy() == Status{fail(Error::Busy)});
    EXPECT(says("test-live"));
    EXPECT(says("3"));
    for (std::byte* object : objects) live_cache.free(object);
    EXPECT(live_cache.destroy().has_value());
}
