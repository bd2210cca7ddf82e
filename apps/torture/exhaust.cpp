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

// Everything here happens on one core: what lies in the magazines of others would come and go with where we run.
constexpr u32 only_core = 1;

struct Kept {
    Kept* next;
    u64 seed;
};

// Everything that is left, from blocks of 4 MiB down to the smallest objects, as lists through the blocks themselves: two, so
// that what is given back comes in another order than it was taken.
class Everything {
public:
    explicit Everything(u64 seed) : random_(seed, 0) { take(); }

    // Once more: what others have given back meanwhile.
    void take() {
        for (usize bytes = usize{4} << 20; bytes >= sizeof(Kept); bytes /= 2) {
            while (auto memory = mm::kernel_heap.allocate(bytes)) {
                auto* kept = static_cast<Kept*>(*memory);
                Kept*& first = first_[random_.below(2)];
                *kept = {first, mixed(count_++)};
                first = kept;
            }
        }
    }
    ~Everything() {
        while (first_[0] != nullptr || first_[1] != nullptr) {
            Kept*& first = first_[first_[0] == nullptr || (first_[1] != nullptr && random_.one_in(2)) ? 1 : 0];
            Kept* freed = first;
            first = freed->next;
            mm::kernel_heap.free(freed);
        }
    }
    Everything(const Everything&) = delete;
    Everything& operator=(const Everything&) = delete;

    u64 blocks() const { return count_; }

private:
    Random random_;
    Kept* first_[2] = {};
    u64 count_ = 0;
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
    auto thread = Thread::spawn({.name = "rich", .affinity = only_core}, [](ThreadContext&) {});
    if (worker.done(thread, "spawn")) worker.expect(thread->join(worker.self).has_value(), "join");
}

}  // namespace

void exhaust(u64 rounds, shell::Output& out, ThreadContext& self) {
    start_data();
    tally.begin();
    check(kernel::set_affinity(this_thread::id(self), only_core).has_value(), "core 0 runs threads");
    u64 done = 0;
    InUse first{};
    for (; done < rounds && tally.errors.load(arch::Order::Relaxed) == 0; ++done) {
        Worker worker{self, 0, 1};
        worker.operation = "memory";
        {
            Everything everything{done};
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
