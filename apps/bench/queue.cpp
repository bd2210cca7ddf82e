// SPDX-License-Identifier: MIT
//
// Figure of the message queue: 16 bytes in and out, with nobody else there.

#include "operation.hpp"

#include <kernel/wait/message_queue.hpp>

namespace quartet::bench {
namespace {

struct Message {
    u64 words[2];
};

}  // namespace

Measured queue_pair(kernel::ThreadContext& self, u64 rounds) {
    kernel::MessageQueue<Message, 4> queue;
    u64 begin = 0;
    for (u64 n = 0; n < warm_up + rounds; ++n) {
        if (n == warm_up) begin = arch::instruction_count();
        if (!queue.send(self, {{n, ~n}})) [[unlikely]]
            return {};
        auto message = queue.receive(self);
        if (!message || message->words[0] != n) [[unlikely]]
            return {};
    }
    return {arch::instruction_count() - begin, rounds};
}

}  // namespace quartet::bench
