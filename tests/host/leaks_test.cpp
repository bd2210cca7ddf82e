// SPDX-License-Identifier: MIT
//
// Who allocated and who freed, as debug builds keep it, and what is live since a mark.

#include "fake_heap.hpp"

#include <doctest/doctest.h>
#include <mm/call_chains.hpp>

#include <algorithm>
#include <vector>

using namespace quartet;
using fakes::FakeHeap;
using fakes::reported;

namespace {

// What the next walk up the stack finds.
std::vector<uptr> chain;

// A machine whose stack is what a test says, and whose reports say who had an object.
struct Traced : FakeHeap {
    Traced() {
        sync::set_trace_hook([](uptr, std::span<uptr> found) noexcept {
            const usize count = std::min(chain.size(), found.size());
            std::copy_n(chain.begin(), count, found.begin());
            return count;
        });
        mm::set_fault_hooks({.notice = [](std::string_view line) { notices.emplace_back(line); }, .callers = true});
        mm::mark_leaks();
    }
    ~Traced() { sync::set_trace_hook(nullptr); }
};

std::vector<mm::Leak> leaks() {
    std::vector<mm::Leak> found;
    u32 cursor = 0;
    for (mm::Leak leak; (leak = mm::next_leak(cursor)).objects != 0;) found.push_back(leak);
    std::ranges::sort(found, {}, [](const mm::Leak& leak) { return leak.bytes; });
    return found;
}

void* allocate_from(FakeHeap& machine, std::vector<uptr> callers, usize size) {
    chain = std::move(callers);
    return *machine.heap.allocate(size);
}

}  // namespace

TEST_CASE("SLB09 what is live since the mark is told by its callers, whatever its size") {
    Traced machine;
    void* one = allocate_from(machine, {0x1004, 0x2004}, 40);
    void* two = allocate_from(machine, {0x1004, 0x2004}, 40);
    void* other = allocate_from(machine, {0x1004, 0x3004}, 100);
    void* large = allocate_from(machine, {0x4004}, 10'000);
    auto found = leaks();
    REQUIRE(found.size() == 3);
    CHECK((found[0].objects == 2 && found[0].bytes == 80));
    CHECK((found[1].objects == 1 && found[1].bytes == 100));
    CHECK((found[2].objects == 1 && found[2].bytes == 10'000));
    CHECK(std::ranges::equal(found[0].callers.span(), std::vector<uptr>{0x1004, 0x2004}));
    CHECK(std::ranges::equal(found[1].callers.span(), std::vector<uptr>{0x1004, 0x3004}));
    machine.heap.free(one);
    machine.heap.free(large);
    found = leaks();
    REQUIRE(found.size() == 2);
    CHECK((found[0].objects == 1 && found[0].bytes == 40));
    machine.heap.free(two);
    machine.heap.free_sized(other, 100);
    CHECK(leaks().empty());
}

TEST_CASE("SLB09 what was allocated before the mark is no leak, and its free takes nothing away from what came after") {
    Traced machine;
    void* before = allocate_from(machine, {0x1004}, 64);
    const u32 mark = mm::mark_leaks();
    CHECK(leaks().empty());
    void* after = allocate_from(machine, {0x1004}, 64);
    machine.heap.free(before);
    auto found = leaks();
    REQUIRE(found.size() == 1);
    CHECK((found[0].objects == 1 && found[0].bytes == 64));
    machine.heap.free(after);
    CHECK(leaks().empty());
    CHECK(mm::mark_leaks() == mark + 1);
}

TEST_CASE("SLB02 before the report of an overrun stands who allocated, caller by caller") {
    Traced machine;
    auto* object = static_cast<std::byte*>(allocate_from(machine, {0x1004, 0x2004}, 48));
    object[50] = std::byte{7};
    chain = {0x5004};
    CHECK(reported([&] { machine.heap.free(object); }).find("3 bytes past its end") != std::string::npos);
    CHECK(machine.noticed("allocated #0 0x1000"));
    CHECK(machine.noticed("allocated #1 0x2000"));
    CHECK_FALSE(machine.noticed("freed #0"));
    auto* other = static_cast<std::byte*>(allocate_from(machine, {0x1004, 0x2004}, 48));
    other[-2] = std::byte{7};
    CHECK(reported([&] { machine.heap.free(other); }).find("2 bytes before its beginning") != std::string::npos);
}

TEST_CASE("SLB03 before the report of a write to a free object stands who freed it") {
    Traced machine;
    auto* object = static_cast<std::byte*>(allocate_from(machine, {0x1004}, 48));
    chain = {0x5004, 0x6004};
    machine.heap.free(object);
    object[8] = std::byte{1};
    const std::string report = reported([&] { (void)machine.heap.check(); });
    CHECK(report.find("freed at 0x5000") != std::string::npos);
    CHECK(machine.noticed("allocated #0 0x1000"));
    CHECK(machine.noticed("freed #0 0x5000"));
    CHECK(machine.noticed("freed #1 0x6000"));
}

TEST_CASE("SLB04 before the report of a double free stand all who had the object") {
    Traced machine;
    void* object = allocate_from(machine, {0x1004}, 48);
    chain = {0x5004};
    machine.heap.free(object);
    chain = {0x7004};
    const std::string report = reported([&] { machine.heap.free(object); });
    CHECK(report.find("freed twice: allocated at 0x") != std::string::npos);
    CHECK(report.find(", freed at 0x5000, and at 0x") != std::string::npos);
    CHECK(machine.noticed("allocated #0 0x1000"));
    CHECK(machine.noticed("freed #0 0x5000"));
}

// The last one: the table is full afterwards.
TEST_CASE("SLB09 more chains than there is room for are counted, and nothing else is lost") {
    Traced machine;
    const u32 before = mm::chains_passed_over();
    std::vector<void*> objects;
    for (uptr n = 0; n < 3000; ++n) objects.push_back(allocate_from(machine, {0x10'0004 + n * 4}, 24));
    CHECK(mm::chains_passed_over() > before);
    u64 known = 0;
    for (const mm::Leak& leak : leaks()) known += leak.objects;
    CHECK(known + (mm::chains_passed_over() - before) == 3000);
    for (void* object : objects) machine.heap.free(object);
    CHECK(leaks().empty());
}
