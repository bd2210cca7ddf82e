// SPDX-License-Identifier: MIT
//
// What the cores keep of the page tables: an address that gets other memory is read by all of them as that.

#include "threads.hpp"

#include <arch/probe.hpp>
#include <mm/kernel_map.hpp>

using namespace quartet;
using namespace quartet::selftest_detail;

namespace {

struct alignas(page_size) Page {
    u64 first;
};
constinit Page pages[2] = {{1}, {2}};

// The last page before the stacks: far from the tree, for which the window is there.
constexpr uptr window = mm::stack_window - page_size;

}  // namespace

SELFTEST("B20", "where one page is unmapped and another one mapped, every core reads the new one, time after time") {
    for (u64 round = 0; round < 20; ++round) {
        const Page& page = pages[round % 2];
        EXPECT(mm::map(Unsafe{"read only, and nobody writes to either page"}, window, mm::image_physical(&page),
                       page_size, mm::Access::ReadOnly)
                   .has_value());
        on_every_core(run, [&](u32) {
            EXPECT_EQ(arch::load_word(Unsafe{"mapped above, and unmapped when all have read"}, window), page.first);
        });
        mm::unmap(Unsafe{"all that read it have ended"}, window, page_size);
        EXPECT(!mm::lookup(window));
    }
}
