// SPDX-License-Identifier: MIT
//
// Listing what comes and goes meanwhile: the shell's own commands, and the walks below them.

#include "threads.hpp"

#include <boot/shell_environment.hpp>
#include <mm/cache.hpp>
#include <mm/heap.hpp>
#include <shell/command.hpp>
#include <shell/output.hpp>

#include <string_view>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

constexpr std::string_view brief_names[] = {"brief", "a-rather-long-thread-nm"};

// What a command printed: lines that are text and end.
struct Listing {
    SelfTestRun* run;
    u32 lines = 0;

    static void drain(void* context, std::string_view text) {
        auto& listing = *static_cast<Listing*>(context);
        SelfTestRun& run = *listing.run;
        for (char c : text) {
            EXPECT((c >= ' ' && c <= '~') || c == '\n');
            if (c == '\n') listing.lines += 1;
        }
    }
};

bool sound(const ThreadInfo& info) {
    bool ended = false;
    for (char c : info.name) {
        ended = ended || c == 0;
        if (!ended && (c < ' ' || c > '~')) return false;
    }
    return ended && info.priority < 32 && info.base_priority < 32 && info.core < max_cores && info.affinity != 0;
}

// Threads that spawn, join and detach threads, and take and free memory, until they are told to stop.
void come_and_go(ThreadContext& self, SelfTestRun& run, const arch::Atomic<bool>& stop) {
    static constinit mm::Cache passing{"passing", 96};
    auto nothing = [](ThreadContext&, void*) {};
    for (u32 n = 0; !stop.load(Order::Relaxed); ++n) {
        const ThreadOptions options{.name = brief_names[n % 2], .priority = static_cast<u8>(1 + n % 20)};
        auto thread = spawn(options, nothing, nullptr);
        void* const large = n % 8 == 0 ? mm::kernel_heap.allocate(20'000).value_or(nullptr) : nullptr;
        auto object = passing.allocate();
        if (object) passing.free(*object);
        if (large != nullptr) mm::kernel_heap.free(large);
        if (n % 16 == 0) passing.shrink();
        EXPECT(thread.has_value());
        if (!thread) continue;
        if (n % 2 == 0) EXPECT(join(self, *thread).has_value());
        else EXPECT(detach(*thread).has_value());
    }
}

}  // namespace

SELFTEST("CON06", "threads, slabs, mem and irqs list whole rows while threads and objects vanish on other cores") {
    TestFlow flow{1};
    arch::Atomic<bool> stop{false};
    {
        auto churn = [&](ThreadContext& self) { come_and_go(self, run, stop); };
        const ThreadOptions options{.name = "churn", .priority = test_priority - 1, .affinity = 0b1110};
        TestThread a{run, flow, options, churn}, b{run, flow, options, churn}, c{run, flow, options, churn};
        for (u64 n : run.rounds(100'000)) {
            u32 next = 0;
            bool myself = false;
            for_each_thread([&](const ThreadInfo& info) {
                EXPECT(sound(info));
                EXPECT(info.id >= next);
                next = info.id + 1;
                myself = myself || (info.running && info.id == flow.self.thread().id);
            });
            EXPECT(myself);
            constexpr std::string_view commands[] = {"threads", "slabs", "mem", "irqs"};
            Listing listing{&run};
            shell::Output out{Listing::drain, &listing};
            shell::run_line(commands[n % 4], out, boot::shell_environment(), &flow.self);
            EXPECT(listing.lines >= (n % 4 == 1 ? 1u : 6u));
        }
        stop.store(true, Order::Relaxed);
    }
}
