// SPDX-License-Identifier: MIT
//
// The kernel's own stacks and thread records, over its own tables and frames.

#include "../fakes/apart.hpp"
#include "../fakes/check_failed.hpp"
#include "fake_tables.hpp"
#include "whole.hpp"

#include <doctest/doctest.h>
#include <kernel/thread/thread_records.hpp>
#include <mm/memory.hpp>
#include <mm/stack.hpp>

#include <set>
#include <string>

using namespace quartet;
using fakes::Apart;
using fakes::FakeTables;
using test::whole;

namespace {

// The tables' RAM with the frames of all of the kernel behind it; the linear map of this program has room for one.
struct Machine {
    FakeTables tables;
    fakes::OwnBump own;
    Machine() {
        const PhysRange frames{FakeTables::ram_begin + 4_MiB, FakeTables::ram_begin + 8_MiB};
        APART_CHECK(mm::kernel_frames.add_bank(frames, own.bump).has_value());
        APART_CHECK(mm::kernel_frames.add_range(Unsafe{"nobody uses the fake RAM"}, frames).has_value());
    }
};

u64 free_frames() { return mm::kernel_frames.stats().free_frames; }

}  // namespace

TEST_CASE("EXC07 a kernel stack is written and never executed, and nothing is mapped for 64 KiB on both sides") {
    whole([] {
        Machine machine;
        auto stack = kernel::allocate_stack(20'000);
        APART_CHECK(stack && stack->size() == 5 * page_size);
        const uptr begin = reinterpret_cast<uptr>(stack->data());
        std::set<u64> frames;
        for (uptr at = begin; at < begin + stack->size(); at += page_size) {
            const auto leaf = FakeTables::walk(at);
            APART_CHECK(leaf && leaf->writable() && !leaf->executable() && !leaf->for_el0());
            if (leaf) frames.insert(leaf->physical);
        }
        APART_CHECK(frames.size() == 5);
        for (uptr away = page_size; away <= 64_KiB; away += page_size) {
            APART_CHECK(!FakeTables::walk(begin - away));
            APART_CHECK(!FakeTables::walk(begin + stack->size() + away - page_size));
        }
        APART_CHECK(mm::kernel_stacks.describe(begin - 1)->guard &&
                    mm::kernel_stacks.describe(begin - 1)->stack == begin);
        APART_CHECK(!mm::kernel_stacks.describe(begin)->guard);
    });
}

TEST_CASE("SCH06 a stack that was freed is reached by nobody, and its frames come back") {
    whole([] {
        Machine machine;
        // Tables and the caches of stacks of the usual size aside: a large one.
        auto first = kernel::allocate_stack(256_KiB);
        APART_CHECK(first.has_value());
        kernel::free_stack(*first);
        const u64 before = free_frames();
        auto stack = kernel::allocate_stack(256_KiB);
        APART_CHECK(stack && free_frames() == before - 64);
        const uptr begin = reinterpret_cast<uptr>(stack->data());
        kernel::free_stack(*stack);
        APART_CHECK(free_frames() == before);
        for (uptr at = begin; at < begin + 256_KiB; at += page_size) APART_CHECK(!FakeTables::walk(at));
    });
}

TEST_CASE("SCH05 a stack that is freed twice is refused") {
    const Apart apart = fakes::run_apart([] {
        Machine machine;
        auto stack = kernel::allocate_stack(256_KiB);
        kernel::free_stack(*stack);
        kernel::free_stack(*stack);
    });
    CHECK(apart.end == Apart::End::Died);
    CHECK(apart.said.find("mm/stack.cpp") != std::string::npos);
}

TEST_CASE("SCH07 thread records lie apart, aligned for the mutex word, and fill a frame before the next is taken") {
    whole([] {
        Machine machine;
        const u64 before = free_frames();
        const usize in_a_frame = page_size / sizeof(kernel::Thread);
        std::set<kernel::Thread*> records;
        for (usize n = 0; n < in_a_frame; ++n) records.insert(*kernel::allocate_record());
        APART_CHECK(free_frames() == before - 1);
        records.insert(*kernel::allocate_record());
        APART_CHECK(free_frames() == before - 2 && records.size() == in_a_frame + 1);
        const kernel::Thread* last = nullptr;
        for (const kernel::Thread* record : records) {
            APART_CHECK(reinterpret_cast<uptr>(record) % 64 == 0 && record->state == kernel::ThreadState::Free);
            APART_CHECK(last == nullptr || last + 1 <= record);
            last = record;
        }
    });
}

TEST_CASE("BUD06 without a frame there is no thread record and no stack, and both say so") {
    whole([] {
        Machine machine;
        while (mm::kernel_frames.allocate(0)) {}
        const auto record = kernel::allocate_record();
        const auto stack = kernel::allocate_stack(mm::Stacks::usual_size);
        APART_CHECK(!record && record.error() == Error::NoMemory);
        APART_CHECK(!stack && stack.error() == Error::NoMemory);
    });
}
