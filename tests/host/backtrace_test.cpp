// SPDX-License-Identifier: MIT
//
// The walk over stacks made by hand: the host twin of <arch/probe.hpp> fails a load from an address
// that the test did not declare readable.

#include <arch/probe.hpp>
#include <debug/backtrace.hpp>
#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <vector>

using namespace quartet;
using kernel::AddressRange;

namespace {

constexpr AddressRange code{0x1000, 0x9000};

struct Stack {
    alignas(16) std::array<u64, 64> words{};

    uptr at(usize index) const { return std::bit_cast<uptr>(&words[index]); }
    AddressRange range() const { return {at(0), at(0) + sizeof words}; }
    void record(usize index, uptr caller, uptr pc) {
        words[index] = caller;
        words[index + 1] = pc;
    }
};

struct OnlyReadable {
    explicit OnlyReadable(std::vector<AddressRange> ranges) {
        arch::fake::readable_addresses = [ranges](uptr address) {
            for (const AddressRange& range : ranges) {
                if (range.contains(address)) return true;
            }
            return false;
        };
    }
    ~OnlyReadable() { arch::fake::readable_addresses = nullptr; }
};

std::vector<uptr> walk(uptr frame, std::vector<AddressRange> stacks, usize room = 32) {
    std::vector<uptr> found(room);
    found.resize(debug::backtrace(frame, stacks, code, found));
    return found;
}

}  // namespace

TEST_CASE("EXC09 a whole chain, innermost first, ends at the zero return address") {
    Stack stack;
    stack.record(0, stack.at(4), 0x1004);
    stack.record(4, stack.at(10), 0x2008);
    stack.record(10, stack.at(20), 0x300c);
    stack.record(20, 0, 0);
    OnlyReadable only{{stack.range()}};
    CHECK(walk(stack.at(0), {stack.range()}) == std::vector<uptr>{0x1004, 0x2008, 0x300c});
    CHECK(walk(stack.at(0), {stack.range()}, 2) == std::vector<uptr>{0x1004, 0x2008});
    CHECK(walk(stack.at(0), {stack.range()}, 0).empty());
}

TEST_CASE("EXC09 cyclic chains end") {
    Stack stack;
    stack.record(4, stack.at(4), 0x1004);  // itself
    OnlyReadable only{{stack.range()}};
    CHECK(walk(stack.at(4), {stack.range()}) == std::vector<uptr>{0x1004});
    stack.record(4, stack.at(10), 0x1004);  // a pair
    stack.record(10, stack.at(4), 0x2008);
    CHECK(walk(stack.at(4), {stack.range()}) == std::vector<uptr>{0x1004, 0x2008});
    stack.record(4, stack.at(5), 0x1004);  // records that overlap
    CHECK(walk(stack.at(4), {stack.range()}) == std::vector<uptr>{0x1004});
}

TEST_CASE("EXC09 corrupt frame pointers end the walk and are never followed") {
    Stack stack;
    OnlyReadable only{{stack.range()}};
    const AddressRange range = stack.range();
    for (uptr corrupt :
         {uptr{0}, uptr{8}, uptr{0xfff}, ~uptr{0}, ~uptr{7}, ~uptr{15}, range.end, range.end - 8, range.begin - 16,
          stack.at(10) + 4, stack.at(10) + 1, uptr{0x1004}, uptr{0xffff'ff80'0000'0000}}) {
        stack.record(4, corrupt, 0x1004);
        CHECK(walk(stack.at(4), {range}) == std::vector<uptr>{0x1004});
    }
}

TEST_CASE("EXC09 a frame pointer that is bad from the start gives nothing") {
    Stack stack;
    stack.record(4, 0, 0x1004);
    OnlyReadable only{{stack.range()}};
    for (uptr corrupt : {uptr{0}, uptr{8}, ~uptr{0}, ~uptr{7}, stack.range().end, stack.at(4) + 4, uptr{0x1004}}) {
        CHECK(walk(corrupt, {stack.range()}).empty());
    }
}

TEST_CASE("EXC09 a return address outside the code is shown, and is the last") {
    Stack stack;
    stack.record(0, stack.at(4), 0x1004);
    stack.record(4, stack.at(10), 0xdead'beef);
    stack.record(10, stack.at(20), 0x2008);
    OnlyReadable only{{stack.range()}};
    CHECK(walk(stack.at(0), {stack.range()}) == std::vector<uptr>{0x1004, 0xdead'beef});
}

TEST_CASE("EXC09 a handler's chain goes on in its thread's stack, and never back") {
    Stack handler;
    Stack thread;
    handler.record(0, handler.at(4), 0x1004);
    handler.record(4, thread.at(20), 0x2008);
    thread.record(20, thread.at(30), 0x300c);
    thread.record(30, handler.at(8), 0x4010);
    handler.record(8, 0, 0x5014);
    OnlyReadable only{{handler.range(), thread.range()}};
    CHECK(walk(handler.at(0), {handler.range(), thread.range()}) == std::vector<uptr>{0x1004, 0x2008, 0x300c, 0x4010});
    // Where the thread's stack is not named, it is not entered.
    CHECK(walk(handler.at(0), {handler.range()}) == std::vector<uptr>{0x1004, 0x2008});
}

TEST_CASE("EXC09 a hole in the stack is not read") {
    Stack stack;
    stack.record(0, stack.at(4), 0x1004);
    stack.record(4, stack.at(10), 0x2008);
    stack.record(10, stack.at(20), 0x300c);
    // Unmapped from the second half of the record at 10 on.
    OnlyReadable only{{{stack.at(0), stack.at(11)}}};
    CHECK(walk(stack.at(0), {stack.range()}) == std::vector<uptr>{0x1004, 0x2008});
}

TEST_CASE("EXC09 on a stack that nobody named, what is readable above the frame is walked") {
    Stack stack;
    stack.record(0, stack.at(4), 0x1004);
    stack.record(4, stack.at(4), 0x2008);
    OnlyReadable only{{stack.range()}};
    CHECK(walk(stack.at(0), {}) == std::vector<uptr>{0x1004, 0x2008});
    CHECK(walk(stack.at(0), {{0x10, 0x20}}) == std::vector<uptr>{0x1004, 0x2008});
}
