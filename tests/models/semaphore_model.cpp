// SPDX-License-Identifier: MIT
//
// Block against wake: what the giver wrote before is seen by the taker, whether he waited or not, and no give is lost.

#include "machine.hpp"

#include <kernel/wait/semaphore.hpp>

namespace quartet::model {
namespace {

struct GivenAcross : OnMachine<GivenAcross> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"SEM03", "what was written before a give is seen after the take", 1000};

    kernel::Semaphore there{0};
    u32 written = 0;

    void before() {
        start();
        thread<&GivenAcross::give>(0);
        thread<&GivenAcross::take>(1);
    }
    void give(kernel::ThreadContext&) {
        written = 1;
        (void)there.give();
    }
    void take(kernel::ThreadContext& self) {
        require(there.take(self).has_value(), "a take was refused");
        require(written == 1, "what was written is not there");
    }
};
const Model<GivenAcross> given{"semaphore"};

}  // namespace
}  // namespace quartet::model
