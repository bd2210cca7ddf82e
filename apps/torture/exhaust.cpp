// SPDX-License-Identifier: MIT

#include "exhaust.hpp"

#include "in_use.hpp"
#include "random.hpp"
#include "worker.hpp"

#include <mm/heap.hpp>
#include <mm/memory.hpp>
#include <quartet/quartet.hpp>

namespace quartet::torture {
namespace {

struct Kept {
    Kept* next;
    u64 number;  // by its place in its list; once more in the block's last word
};

u64& last_word(Kept* kept) {
    const usize words = mm::kernel_heap.usable_size(kept) / sizeof(u64);
    return static_cast<u64*>(static_cast<void*>(kept))[words - 1];
}

// Everything that is left, from blocks of 4 MiB down to the smallest objects, as lists through the blocks themselves: two, so
// that what is given back comes in another order than it was taken. Each block has to hold its number then: one that was handed
// out twice has the later one, at both ends or at one, and one that somebody wrote to has none.
class Everything {
public:
    Everything(Worker& worker, u64 seed) : worker_(worker), random_(seed, 0) { take(); }

    // Once more: what others have given back meanwhile.
    void take() {
        for (usize bytes = usize{4} << 20; bytes >= sizeof(Kept); bytes /= 2) {
            while (auto memory = mm::kernel_heap.allocate(bytes)) {
                auto* kept = static_cast<Kept*>(*memory);
                List& list = lists_[random_.below(2)];
                *kept = {list.first, number_of(list, list.blocks)};
                last_word(kept) = kept->number;
                list.first = kept;
                list.blocks += 1;
                taken_ += 1;
            }
        }
    }
    ~Everything() {
        while (lists_[0].first != nullptr || lists_[1].first != nullptr) {
            const bool second = lists_[0].first == nullptr || (lists_[1].first != nullptr && random_.one_in(2));
            List& list = lists_[second ? 1 : 0];
            Kept* freed = list.first;
            const u64 number = number_of(list, list.blocks - 1);
            const bool mine = list.blocks != 0 && freed->number == number && last_word(freed) == number;
            // Behind one that is not, there is no list that could be followed.
            list.first = mine ? freed->next : nullptr;
            if (!worker_.expect(mine, "a block taken from the last memory is as it was left")) continue;
            list.blocks -= 1;
            mm::kernel_heap.free(freed);
        }
        worker_.expect(lists_[0].blocks == 0 && lists_[1].blocks == 0, "as many blocks as were taken");
    }
    Everything(const Everything&) = delete;
    Everything& operator=(const Everything&) = delete;

    u64 blocks() const { return taken_; }

private:
    struct List {
        Kept* first = nullptr;
        u64 blocks = 0;
    };
    // Of the block that stands at `place`: not that of any other one, in either list.
    u64 number_of(const List& list, u64 place) const { return mixed(place << 1 | (&list == &lists_[1] ? 1 : 0)); }

    Worker& worker_;
    Random random_;
    List lists_[2] = {};
    u64 taken_ = 0;
};

void expect_refusals(Worker& worker, Everything& everything) {
    auto nothing = [](ThreadContext&) {};
    // Of a size that no ended thread has left.
    auto thread = Thread::spawn({.name = "poor", .stack_size = 300 * 1024}, nothing);
    if (thread) static_cast<void>(thread->join(worker.self));
    worker.expect(!thread && thread.error() == Error::NoMemory, "a thread without memory is refused");
    everything.take();  // the stack of an ended thread, which was too small
    for (const usize bytes : {usize{16}, usize{64}, usize{2048}, usize{4096}, usize{1} << 20}) {
        auto memory = mm::kernel_heap.allocate(bytes);
        if (memory) mm::kernel_heap.free(*memory);
        worker.expect(!memory && memory.error() == Error::NoMemory, "memory that is not there is refused");
    }
    auto buffer = DmaBuffer::allocate(4096);
    worker.expect(!buffer && buffer.error() == Error::NoMemory, "a buffer without memory is refused");
}

// What has its memory already does not notice.
void expect_the_rest(Worker& worker) {
    for (u32 n = 0; n < 3; ++n) {
        sleep(worker);
        lock(worker);
        timer(worker);
    }
    auto thread = Thread::spawn({.name = "rich", .affinity = core_0_mask}, [](ThreadContext&) {});
    if (worker.done(thread, "spawn")) worker.expect(thread->join(worker.self).has_value(), "join");
}

}  // namespace

void exhaust(u64 rounds, shell::Output& out, ThreadContext& self) {
    start_data();
    tally.begin();
    check(kernel::set_affinity(this_thread::id(self), core_0_mask).has_value(), "core 0 runs threads");
    u64 done = 0;
    InUse first{};
    for (; done < rounds && tally.errors.load(arch::Order::Relaxed) == 0; ++done) {
        Worker worker{self, 0, 1};
        worker.operation = "memory";
        {
            Everything everything{worker, done};
            worker.expect(everything.blocks() > 100, "there was memory to take");
            expect_refusals(worker, everything);
        }
        expect_the_rest(worker);
        // The first round is for what stays once it was needed: tables, records of threads.
        const InUse now = in_use();
        if (done == 0) first = now;
        if (now == first) continue;
        out.line("torture: error: round {}: {} frames are left and {} objects live, not {} and {}", done,
                 now.frames_left, now.live_objects, first.frames_left, first.live_objects);
        worker.expect(false, "nothing is lost");
    }
    check(kernel::set_affinity(this_thread::id(self), every_core).has_value(), "and so do others");
    out.line("torture: memory ran out {} times, {} errors", done, tally.errors.load(arch::Order::Relaxed));
}

}  // namespace quartet::torture
