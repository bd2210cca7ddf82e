// SPDX-License-Identifier: MIT
//
// The kernel's tables, read as the machine's walker reads them: by the bits of DDI 0487, D5.3. Tables stay for good, so each case has a
// process of its own.

#include "fake_tables.hpp"
#include "whole.hpp"

#include <arch/translation.hpp>
#include <doctest/doctest.h>
#include <mm/kernel_map.hpp>

#include <string>
#include <vector>

using namespace quartet;
using namespace quartet::mm;
using arch::TranslationCall;
using fakes::FakeTables;
using fakes::Leaf;
using test::whole;

namespace {

constexpr PhysAddr somewhere{0x2'3456'7000};
constexpr uptr stacks = stack_window;

Status map_here(uptr va, PhysAddr pa, usize size, Access access = Access::ReadWrite) {
    return map(Unsafe{"nothing is behind the test's tables"}, va, pa, size, access);
}
void unmap_here(uptr va, usize size) { unmap(Unsafe{"nobody uses the test's addresses"}, va, size); }
bool refused(const Status& status, Error why) { return !status && status.error() == why; }

// Every page of it, each where it belongs.
bool mapped_to(uptr va, PhysAddr pa, usize size) {
    for (usize done = 0; done < size; done += page_size) {
        const auto leaf = FakeTables::walk(va + done);
        if (!leaf || leaf->physical != (pa + done).value()) return false;
    }
    return true;
}
bool all_unmapped(uptr va, usize size) {
    for (usize done = 0; done < size; done += page_size)
        if (FakeTables::walk(va + done)) return false;
    return true;
}

}  // namespace

TEST_CASE("EXC03 nothing that is mapped can be written and executed, nothing is EL0's, and devices are no memory") {
    whole([] {
        FakeTables tables;
        struct {
            Access access;
            bool writable, executable;
            u64 attributes, shareable;
        } const kinds[] = {{Access::ReadOnly, false, false, 1, 3},
                           {Access::ReadWrite, true, false, 1, 3},
                           {Access::Execute, false, true, 1, 3},
                           {Access::Device, true, false, 0, 0}};
        uptr va = stacks;
        for (const auto& kind : kinds) {
            APART_CHECK(map_here(va, somewhere, 3 * page_size, kind.access).has_value());
            APART_CHECK(mapped_to(va, somewhere, 3 * page_size));
            const Leaf leaf = *FakeTables::walk(va);
            APART_CHECK(leaf.size == page_size && leaf.accessed() && !leaf.for_el0() && !leaf.executable_at_el0());
            APART_CHECK(leaf.writable() == kind.writable && leaf.executable() == kind.executable);
            APART_CHECK(leaf.attributes() == kind.attributes && leaf.shareable() == kind.shareable);
            // What the kernel says of it itself.
            const auto told = lookup(va + page_size + 0x123);
            APART_CHECK(told && told->physical == somewhere + page_size + 0x123);
            APART_CHECK(told && told->writable == kind.writable && told->executable == kind.executable);
            va += 1_MiB;
        }
    });
}

TEST_CASE("B20 a new table is whole and told of before the entry that leads to it, and each mapping before its use") {
    whole([] {
        FakeTables tables;
        static u32 calls = 0;
        arch::sim_at_translation_call = [](const TranslationCall& call) {
            APART_CHECK(call.kind == TranslationCall::Kind::Published);
            calls += 1;
            // Of the tables that were taken the newest is empty by now, and nothing leads to it before the last call.
            const u64 newest = (FakeTables::ram_begin + (FakeTables::taken - 1) * page_size).value();
            const auto* words = static_cast<const u64*>(arch::linear_pointer(Unsafe{"the fake RAM"}, PhysAddr{newest}));
            if (calls > 2) return;
            for (usize n = 0; n < page_size / 8; ++n) APART_CHECK(words[n] == 0);
            APART_CHECK(!FakeTables::walk(stacks));
        };
        APART_CHECK(map_here(stacks, somewhere, page_size).has_value());
        // A table of level 2, one of level 3, and the page.
        APART_CHECK(calls == 3 && FakeTables::taken == 2);
        APART_CHECK(mapped_to(stacks, somewhere, page_size));
        // Beside it no table is needed: one call a mapping.
        APART_CHECK(map_here(stacks + page_size, somewhere, 4 * page_size).has_value());
        APART_CHECK(calls == 4 && FakeTables::taken == 2);
    });
}

TEST_CASE(
    "B20 what is unmapped or loses rights is forgotten by all TLBs after the entry has changed, pages and no more") {
    whole([] {
        FakeTables tables;
        APART_CHECK(map_here(stacks, somewhere, 8 * page_size).has_value());
        arch::sim_translation_calls.clear();
        arch::sim_at_translation_call = [](const TranslationCall&) {
            APART_CHECK(all_unmapped(stacks + page_size, 2 * page_size));
        };
        unmap_here(stacks + page_size, 2 * page_size);
        APART_CHECK(
            arch::sim_translation_calls ==
            std::vector{TranslationCall{TranslationCall::Kind::Forgotten, stacks + page_size, stacks + 3 * page_size}});
        arch::sim_at_translation_call = nullptr;
        APART_CHECK(mapped_to(stacks, somewhere, page_size));
        APART_CHECK(mapped_to(stacks + 3 * page_size, somewhere + 3 * page_size, 5 * page_size));
        APART_CHECK(!lookup(stacks + page_size));
        // What is not mapped is skipped, and can be mapped again elsewhere.
        unmap_here(stacks, 4 * page_size);
        APART_CHECK(map_here(stacks, PhysAddr{0x7000}, 4 * page_size).has_value());
        APART_CHECK(mapped_to(stacks, PhysAddr{0x7000}, 4 * page_size));

        arch::sim_translation_calls.clear();
        arch::sim_at_translation_call = [](const TranslationCall&) {
            for (usize at = 0; at < 4 * page_size; at += page_size) {
                const auto leaf = FakeTables::walk(stacks + at);
                APART_CHECK(leaf && !leaf->writable() && !leaf->executable() && leaf->attributes() == 1);
            }
        };
        APART_CHECK(make_read_only(stacks, 4 * page_size).has_value());
        APART_CHECK(arch::sim_translation_calls ==
                    std::vector{TranslationCall{TranslationCall::Kind::Forgotten, stacks, stacks + 4 * page_size}});
        APART_CHECK(mapped_to(stacks, PhysAddr{0x7000}, 4 * page_size));
        APART_CHECK(FakeTables::walk(stacks + 4 * page_size)->writable());
    });
}

TEST_CASE("EXC03 the right to write goes from all of a range or from none of it") {
    whole([] {
        FakeTables tables;
        APART_CHECK(map_here(stacks, somewhere, 4 * page_size).has_value());
        arch::sim_translation_calls.clear();
        APART_CHECK(refused(make_read_only(stacks, 5 * page_size), Error::Invalid));
        APART_CHECK(refused(make_read_only(stacks + 1, page_size), Error::Invalid));
        APART_CHECK(refused(make_read_only(stacks, 100), Error::Invalid));
        APART_CHECK(FakeTables::walk(stacks)->writable());
        // A block cannot lose it for a page.
        APART_CHECK(map_linear({PhysAddr{0x4000'0000}, PhysAddr{0x4020'0000}}, {}).has_value());
        APART_CHECK(refused(make_read_only(arch::linear_base + 0x4000'0000, page_size), Error::Invalid));
        for (const TranslationCall& call : arch::sim_translation_calls)
            APART_CHECK(call.kind == TranslationCall::Kind::Published);
    });
}

TEST_CASE("BMP03 a mapping that is refused changes nothing: where it is taken, is no page, or leaves its window") {
    whole([] {
        FakeTables tables;
        APART_CHECK(map_here(stacks + 2 * page_size, somewhere, page_size).has_value());
        APART_CHECK(refused(map_here(stacks, PhysAddr{0x9000}, 4 * page_size), Error::Busy));
        APART_CHECK(all_unmapped(stacks, 2 * page_size) && all_unmapped(stacks + 3 * page_size, page_size));
        APART_CHECK(mapped_to(stacks + 2 * page_size, somewhere, page_size));
        APART_CHECK(refused(map_here(stacks + 8, somewhere, page_size), Error::Invalid));
        APART_CHECK(refused(map_here(stacks, somewhere + 8, page_size), Error::Invalid));
        APART_CHECK(refused(map_here(stacks, somewhere, page_size + 8), Error::Invalid));
        for (uptr window : {stack_window, device_window}) {
            const uptr last = window + window_size - page_size;
            APART_CHECK(refused(map_here(last, somewhere, 2 * page_size), Error::Invalid));
            APART_CHECK(refused(map_here(last, somewhere, ~usize{page_size - 1}), Error::Invalid));
            APART_CHECK(map_here(last, somewhere, page_size).has_value());
        }
        // Behind the stacks' window begins the devices', and behind that nothing.
        for (uptr nobodys : {uptr{0}, arch::linear_base, arch::image_base, tree_window - page_size,
                             device_window + window_size, ~uptr{page_size - 1}})
            APART_CHECK(refused(map_here(nobodys, somewhere, page_size), Error::Invalid));
        APART_CHECK(map_here(tree_window, somewhere, page_size).has_value());
    });
}

TEST_CASE("BUD06 without memory for a table nothing stays of the mapping, and it can be had later") {
    whole([] {
        FakeTables tables;
        // Across the border of two tables of level 3: the second one cannot be had.
        const uptr va = stacks + 2_MiB - 2 * page_size;
        FakeTables::left = 2;
        arch::sim_translation_calls.clear();
        APART_CHECK(refused(map_here(va, somewhere, 4 * page_size), Error::NoMemory));
        APART_CHECK(all_unmapped(va, 4 * page_size));
        // Two pages were mapped for a moment: no TLB keeps them.
        APART_CHECK(!arch::sim_translation_calls.empty() &&
                    arch::sim_translation_calls.back() ==
                        TranslationCall{TranslationCall::Kind::Forgotten, va, va + 2 * page_size});
        FakeTables::left = 1;
        APART_CHECK(map_here(va, somewhere, 4 * page_size).has_value());
        APART_CHECK(mapped_to(va, somewhere, 4 * page_size));
        FakeTables::left = 0;
        APART_CHECK(refused(map_here(device_window, somewhere, page_size), Error::NoMemory));
        APART_CHECK(!map_linear({PhysAddr{0}, PhysAddr{page_size}}, {}));
    });
}

TEST_CASE("BMP03 before there is an allocator tables come from the image, sixteen and no more") {
    whole([] {
        // One of level 2, and one of level 3 for each 2 MiB.
        for (usize n = 0; n < 15; ++n) {
            APART_CHECK(map_here(stacks + n * 2_MiB, somewhere + n * page_size, page_size).has_value());
            APART_CHECK(mapped_to(stacks + n * 2_MiB, somewhere + n * page_size, page_size));
        }
        APART_CHECK(refused(map_here(stacks + 15 * 2_MiB, somewhere, page_size), Error::NoMemory));
        APART_CHECK(mapped_to(stacks, somewhere, page_size));
        FakeTables tables;
        APART_CHECK(map_here(stacks + 15 * 2_MiB, somewhere, page_size).has_value());
        APART_CHECK(FakeTables::taken == 1 && mapped_to(stacks + 15 * 2_MiB, somewhere, page_size));
    });
}

TEST_CASE("EXC03 the linear map has all RAM once, and no view of code and constants") {
    whole([] {
        FakeTables tables;
        tables.map_image();
        const PhysRange ram{PhysAddr{0x123}, PhysAddr{0x100'0fff}};
        const PhysRange by_pages{PhysAddr{0x60'0000}, PhysAddr{0x60'1000}};
        APART_CHECK(map_linear(ram, by_pages).has_value());
        const PhysRange closed{image_physical(_start), image_physical(__rodata_end)};
        APART_CHECK(closed.begin == PhysAddr{0x8'0000} && closed.end == PhysAddr{0x8'6000});
        for (u64 at = 0; at < 0x110'0000; at += page_size) {
            const auto leaf = FakeTables::walk(arch::linear_base + at);
            const bool is_ram = at >= page_size && at < 0x100'0000;  // whole pages of it
            if (leaf.has_value() != (is_ram && !closed.contains(PhysAddr{at})))
                fakes::say_apart("page " + std::to_string(at / page_size) + "\n");
            if (!leaf) continue;
            // Blocks where nothing will need pages: not where the image is, not where it was said.
            const bool block = at >= 0x20'0000 && !(at >= 0x60'0000 && at < 0x80'0000);
            APART_CHECK(leaf->physical == at && leaf->writable() && !leaf->executable());
            APART_CHECK(leaf->size == (block ? 2_MiB : page_size) && leaf->attributes() == 1);
        }
        // A second time changes nothing, and what lies in a block is found there.
        const usize taken = FakeTables::taken;
        APART_CHECK(map_linear(ram, by_pages).has_value() && FakeTables::taken == taken);
        const auto inside = lookup(arch::linear_base + 0x23'4567);
        APART_CHECK(inside && inside->physical == PhysAddr{0x23'4567} && inside->writable && !inside->executable);
        // A block is never split.
        APART_CHECK(map_linear({PhysAddr{0x20'0000}, PhysAddr{0x20'1000}}, {}).error() == Error::Busy);
    });
}

TEST_CASE("EXC04 devices are mapped once, side by side as their registers are, with nothing behind them") {
    whole([] {
        FakeTables tables;
        const PhysAddr uart{0xfe20'1000};
        const auto first = map_device(uart + 0x40, 0x90);
        APART_CHECK(first && (*first & 0xfff) == 0x40 && *first >= device_window);
        APART_CHECK(mapped_to(*first - 0x40, uart, page_size));
        APART_CHECK(FakeTables::walk(*first)->attributes() == 0 && !FakeTables::walk(*first)->executable());
        APART_CHECK(all_unmapped(*first - 0x40 + page_size, page_size));
        // Another device in the same page, and the same one again.
        APART_CHECK(*map_device(uart + 0x800, 16) == *first - 0x40 + 0x800);
        APART_CHECK(*map_device(uart + 0x40, 0x90) == *first);
        // More pages than are there: mapped anew as a whole, behind a page of distance.
        const auto wide = map_device(uart, 3 * page_size);
        APART_CHECK(wide && *wide == *first - 0x40 + 2 * page_size && mapped_to(*wide, uart, 3 * page_size));
        APART_CHECK(*map_device(uart + page_size, 2 * page_size) == *wide + page_size);
        // Over the end of a page by one byte.
        const auto across = map_device(PhysAddr{0xff84'1ffc}, 8);
        APART_CHECK(across && mapped_to(*across - 0xffc, PhysAddr{0xff84'1000}, 2 * page_size));
        // Past what an entry has room for.
        APART_CHECK(map_device(PhysAddr{u64{1} << 48}, 1).error() == Error::Invalid);
        APART_CHECK(map_device(PhysAddr{(u64{1} << 48) - 8}, 16).error() == Error::Invalid);
        APART_CHECK(map_device(PhysAddr{0}, u64{1} << 40).error() == Error::Invalid);
    });
}

TEST_CASE("EXC06 physical memory is found where it is mapped, whole, and nowhere else") {
    whole([] {
        FakeTables tables;
        tables.map_image();
        APART_CHECK(map_linear({PhysAddr{0x20'0000}, PhysAddr{0x80'0000}}, {}).has_value());
        const uptr device = *map_device(PhysAddr{0xfe00'3000}, page_size);
        APART_CHECK(*address_of(PhysAddr{0x20'0008}, 8) == arch::linear_base + 0x20'0008);
        APART_CHECK(*address_of(PhysAddr{0x8'0010}, 4) == arch::image_base + 0x10);
        APART_CHECK(*address_of(PhysAddr{0xfe00'3ffc}, 4) == device + 0xffc);
        APART_CHECK(address_of(PhysAddr{0xfe00'3ffc}, 8).error() == Error::NotFound);
        APART_CHECK(address_of(PhysAddr{0x7f'fffc}, 8).error() == Error::NotFound);
        APART_CHECK(address_of(PhysAddr{0x1000}, 1).error() == Error::NotFound);
        APART_CHECK(address_of(PhysAddr{0x20'0000}, 0).error() == Error::Invalid);
        APART_CHECK(address_of(PhysAddr{~u64{0} - 3}, 8).error() == Error::Invalid);
        APART_CHECK(!lookup(0x1000) && !lookup(arch::linear_base) && !lookup(~uptr{0}));
    });
}
