// SPDX-License-Identifier: MIT

#include <shell/spinners.hpp>

#include <arch/cpu.hpp>
#include <base/format.hpp>
#include <kernel/thread/threads.hpp>

namespace quartet::shell {
namespace {

constexpr u8 spin_priority = 4;

// Each spins as long as its number is below this.
constinit arch::Atomic<u32> wanted;
constinit u32 running = 0;
constinit kernel::ThreadHandle spinners[max_spinners];

void spin(kernel::ThreadContext&, void* number) {
    // Relaxed: a wish, it orders nothing.
    while (*static_cast<const u32*>(number) < wanted.load(arch::Order::Relaxed)) arch::relax();
}

constexpr auto numbers = [] {
    struct {
        u32 value[max_spinners];
    } list{};
    for (u32 i = 0; i < max_spinners; ++i) list.value[i] = i;
    return list;
}();

}  // namespace

Status set_spinners(kernel::ThreadContext& self, u32 count) noexcept {
    wanted.store(count, arch::Order::Relaxed);
    // They see the wish as soon as they have a core. We wait for that at our own priority: at theirs, any thread that
    // works above them would keep us waiting for as long as it works.
    if (running > count) {
        const u8 mine = TRY(kernel::priority_of(self.handle()));
        for (u32 i = count; i < running; ++i) TRY(kernel::set_priority(spinners[i], mine));
    }
    while (running > count) {
        TRY(kernel::join(self, spinners[running - 1]));
        --running;
    }
    while (running < count) {
        char room[kernel::thread_name_size];
        kernel::ThreadOptions options{.name = format_to(room, "spin{}", running),
                                      .priority = spin_priority,
                                      .stack_size = kernel::smallest_stack};
        u32* number = const_cast<u32*>(&numbers.value[running]);
        Result<kernel::ThreadHandle> thread = kernel::spawn(options, &spin, number);
        if (!thread) {
            wanted.store(running, arch::Order::Relaxed);
            return fail(thread.error());
        }
        spinners[running++] = *thread;
    }
    return {};
}

}  // namespace quartet::shell
