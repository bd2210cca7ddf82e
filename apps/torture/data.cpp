// SPDX-License-Identifier: MIT
//
// Data that several workers share and that says itself when it is wrong: records under mutexes whose parts belong together,
// messages with a checksum, blocks of memory that are filled by one worker and looked at by another.

#include "spare_lines.hpp"
#include "worker.hpp"

#include <base/static_room.hpp>

#include <array>

namespace quartet::torture {
namespace {

using Order = arch::Order;

struct Record {
    Mutex mutex;
    u64 changes = 0;
    u64 check = mixed(0);  // mixed(changes), at every moment at which nobody owns the mutex
    u64 owner = 0;  // who is at it; 0: nobody
};

struct Message {
    u64 sender;
    u64 sequence;
    u64 check;
    u64 more[3];
};

u64 check_of(const Message& message) { return mixed(message.sender ^ mixed(message.sequence)); }

// At the beginning of each block; all behind it is filled from `seed`.
struct Block {
    u64 seed;
    usize bytes;
};

struct Shared {
    std::array<Record, 4> records;
    // Changes to records: by worker, which alone counts its own, and the judge reads it when that one has ended.
    std::array<u64, worker_count + 1> made{};
    u64 before = 0;
    MessageQueue<Message, 16> messages;
    arch::Atomic<u64> sent_sum{0};
    arch::Atomic<u64> received_sum{0};
    arch::Atomic<u64> sequences{0};
    std::array<arch::Atomic<Block*>, 48> blocks{};
};
constinit StaticRoom<Shared> room;
Shared& shared() { return *room.get(); }

u64* words_of(Block* block) { return static_cast<u64*>(static_cast<void*>(block + 1)); }
usize words_in(const Block* block) { return (block->bytes - sizeof(Block)) / sizeof(u64); }

// All of a small one; of a large one a word in each 512 bytes, which is every frame and both ends of most lines.
usize step_of(const Block* block) { return block->bytes <= 4096 ? 1 : 64; }

Block* filled(void* memory, usize bytes, u64 seed) {
    auto* block = static_cast<Block*>(memory);
    *block = {seed, bytes};
    u64* words = words_of(block);
    for (usize n = 0; n < words_in(block); n += step_of(block)) words[n] = mixed(seed + n);
    return block;
}

bool whole(Block* block) {
    const u64* words = words_of(block);
    for (usize n = 0; n < words_in(block); n += step_of(block))
        if (words[n] != mixed(block->seed + n)) return false;
    return true;
}

void give_back(Worker& worker, Block* block) {
    if (block == nullptr) return;
    worker.expect(whole(block), "a block of memory is as it was filled");
    mm::kernel_heap.free(block);
}

void change(Worker& worker, Record& record) {
    worker.expect(record.owner == 0, "one owner at a time");
    record.owner = worker.number + 1;
    worker.expect(record.check == mixed(record.changes), "the parts of a record belong together");
    record.changes += 1;
    shared().made[worker.number] += 1;
    switch (worker.random.below(8)) {
        case 0: this_thread::sleep_for(worker.self, kernel::microseconds(worker.random.below(50))); break;
        case 1: this_thread::yield(worker.self); break;
        default: break;
    }
    record.check = mixed(record.changes);
    worker.expect(record.owner == worker.number + 1, "nobody else came in");
    record.owner = 0;
}

u64 all_changes() {
    u64 sum = 0;
    for (const Record& record : shared().records) sum += record.changes;
    return sum;
}

}  // namespace

void lock(Worker& worker) {
    std::array<Record, 4>& records = shared().records;
    const u32 first = worker.random.below(static_cast<u32>(records.size()));
    Record& one = records[first];
    const bool limited = worker.random.one_in(4);
    const Status locked = limited ? one.mutex.lock_for(worker.self, kernel::microseconds(worker.random.below(300)))
                                  : one.mutex.lock(worker.self);
    if (!locked) {
        if (!worker.expect(limited, "a lock without a time limit ends owned")) return;
        const bool gave_up = locked.error() == Error::Timeout || locked.error() == Error::WouldBlock;
        worker.expect(gave_up, "a lock with a time limit ends by that, or owned");
        return;
    }
    change(worker, one);
    // Two at once, always in the order of their places.
    if (first + 1 < records.size() && worker.random.one_in(3)) {
        Record& two = records[first + 1];
        if (worker.expect(two.mutex.lock(worker.self).has_value(), "the second mutex")) {
            change(worker, two);
            worker.expect(two.mutex.unlock(worker.self).has_value(), "its unlock");
        }
    }
    worker.expect(one.mutex.unlock(worker.self).has_value(), "unlock");
}

void queue(Worker& worker) {
    const Duration patience = kernel::microseconds(worker.random.below(400));
    if (worker.random.one_in(2)) {
        Message message{worker.number, shared().sequences.fetch_add(1, Order::Relaxed), 0, {}};
        message.check = check_of(message);
        for (u64& more : message.more) more = message.check;
        const Status sent = worker.random.one_in(4)
                                ? shared().messages.send_to_front_for(worker.self, message, patience)
                                : shared().messages.send_for(worker.self, message, patience);
        if (sent) shared().sent_sum.fetch_add(message.check, Order::Relaxed);
        else worker.expect(sent.error() == Error::Timeout || sent.error() == Error::WouldBlock, "send");
        return;
    }
    const Result<Message> got = shared().messages.receive_for(worker.self, patience);
    if (!got) {
        worker.expect(got.error() == Error::Timeout || got.error() == Error::WouldBlock, "receive");
        return;
    }
    shared().received_sum.fetch_add(got->check, Order::Relaxed);
    bool same = got->check == check_of(*got);
    for (const u64 more : got->more) same = same && more == got->check;
    worker.expect(same, "a message arrives as it was sent");
}

void allocate(Worker& worker) {
    usize bytes = worker.random.from(sizeof(Block), 512);
    if (worker.random.one_in(4)) bytes = worker.random.from(512, 8192);
    if (worker.random.one_in(40)) bytes = worker.random.from(8192, 300'000);
    auto memory = mm::kernel_heap.allocate(bytes);
    Block* block = worker.done(memory, "allocate") ? filled(*memory, bytes, worker.random.next()) : nullptr;
    // What another worker, perhaps on another core, has put there. Both orders: what was filled is seen with the pointer.
    const u32 place = worker.random.below(static_cast<u32>(shared().blocks.size()));
    give_back(worker, shared().blocks[place].exchange(block, Order::AcqRel));
}

void start_data() noexcept {
    if (room.get() == nullptr) room.make();
    shared().made = {};
    shared().before = all_changes();
    shared().sent_sum.store(0, Order::Relaxed);
    shared().received_sum.store(0, Order::Relaxed);
}

void end_data(Worker& judge) noexcept {
    judge.operation = "end";
    for (Record& record : shared().records) {
        judge.expect(record.owner == 0 && record.check == mixed(record.changes), "a record is whole at the end");
        judge.expect(!record.mutex.owned(judge.self), "nobody owns its mutex");
    }
    u64 made = 0;
    for (const u64 each : shared().made) made += each;
    judge.expect(all_changes() - shared().before == made, "every change of a record stays");
    for (;;) {
        const Result<Message> left = shared().messages.try_receive();
        if (!left) break;
        shared().received_sum.fetch_add(left->check, Order::Relaxed);
    }
    judge.expect(shared().sent_sum.load(Order::Relaxed) == shared().received_sum.load(Order::Relaxed),
                 "every message arrived, once");
    for (arch::Atomic<Block*>& block : shared().blocks) give_back(judge, block.exchange(nullptr, Order::AcqRel));
}

}  // namespace quartet::torture
