// SPDX-License-Identifier: MIT
//
// One-time initialisation and the pool of blocks: what is made is whole for everybody, what is given back is one owner's.

#include "machine.hpp"

#include <kernel/wait/block_pool.hpp>
#include <kernel/wait/once.hpp>

namespace quartet::model {
namespace {

using kernel::ThreadContext;

struct MadeOnce : OnMachine<MadeOnce> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"ONC01", "what is made once is whole for everybody who comes", 1000, 20'000};

    kernel::Once once;
    u32 made = 0;

    void before() {
        start();
        for (u32 core = 0; core < cores; ++core) thread<&MadeOnce::come>(core);
    }
    void come(ThreadContext& self) {
        for (u32 round = 0; round < 2; ++round) {
            const Status done = once.call(self, [&]() -> Status {
                made += 1;
                return {};
            });
            require(done.has_value() && made == 1, "it was not made, or twice");
        }
    }
};
const Model<MadeOnce> made_once{"once"};

// One block, three who want it, one of them not for long.
struct OneBlock : OnMachine<OneBlock> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"POOL01", "a block has one owner, who sees what the last one wrote, however he got it",
                                 2000, 20'000};

    alignas(64) std::byte room[128] = {};
    kernel::BlockPool pool{room, 32, 1};
    u32 inside = 0;
    u32 turns[cores] = {};

    void before() {
        start();
        for (u32 core = 0; core < cores; ++core) thread<&OneBlock::take_turns>(core);
    }
    void take_turns(ThreadContext& self) {
        const u32 who = this_core();
        const kernel::Duration patience = who == 2 ? kernel::nanoseconds(30) : kernel::Duration::forever();
        for (u32 round = 0; round < 2; ++round) {
            const auto block = pool.take_for(self, patience);
            if (!block) continue;
            inside += 1;
            turns[who] += 1;
            static_cast<u8*>(*block)[20] += 1;
            require(pool.give(*block).has_value(), "a block was refused");
        }
    }
    void after() { require(inside == turns[0] + turns[1] + turns[2], "it had two owners"); }
};
const Model<OneBlock> one_block{"pool"};

// Two blocks without waiting, so that the list is what decides.
struct TwoBlocks : OnMachine<TwoBlocks> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"POOL01", "blocks that are taken without waiting have one owner each", 1000, 20'000};

    alignas(64) std::byte room[192] = {};
    kernel::BlockPool pool{room, 32, 2};

    void before() {
        start();
        for (u32 core = 0; core < cores; ++core) thread<&TwoBlocks::take_some>(core);
    }
    void take_some(ThreadContext&) {
        for (u32 round = 0; round < 3; ++round) {
            void* block = pool.try_take();
            if (block == nullptr) continue;
            static_cast<u8*>(block)[20] += 1;
            require(pool.give(block).has_value(), "a block was refused");
        }
    }
};
const Model<TwoBlocks> two_blocks{"pool-list"};

// Both are given back while one waits: he finds the list as it is by then.
struct GivenBackMeanwhile : OnMachine<GivenBackMeanwhile> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "POOL01", "who is about to wait for a block finds those that were given back meanwhile", 3000, 10'000};

    alignas(64) std::byte room[256] = {};
    kernel::BlockPool pool{room, 32, 3};
    void* held[3] = {};

    void before() {
        for (void*& block : held) block = pool.try_take();
        start();
        thread<&GivenBackMeanwhile::give>(0);
        thread<&GivenBackMeanwhile::take>(1);
    }
    void give(ThreadContext&) {
        // Not in the order in which they lie, so that the links are others than at the beginning.
        for (u32 n : {1u, 0u, 2u}) require(pool.give(held[n]).has_value(), "a block was refused");
    }
    void take(ThreadContext& self) {
        void* taken[3] = {};
        for (void*& block : taken) {
            const auto got = pool.take_for(self, kernel::Duration::forever());
            require(got.has_value(), "a block is missing");
            block = *got;
            static_cast<u8*>(block)[20] += 1;
        }
        require(taken[0] != taken[1] && taken[1] != taken[2] && taken[0] != taken[2], "a block was had twice");
    }
};
const Model<GivenBackMeanwhile> meanwhile{"pool-meanwhile"};

}  // namespace
}  // namespace quartet::model
