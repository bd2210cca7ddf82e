// SPDX-License-Identifier: MIT
//
// Case: CMP46 a public queue of items that bytes alone do not copy
// Refused-by: gcc `an item is copied byte by byte`
// Refused-by: clang `an item is copied byte by byte`

#include <quartet/message_queue.hpp>

using namespace quartet;

struct Message {
    u32 number;
#if WRONG
    Message(const Message& other) : number(other.number + 1) {}
#endif
};

usize room(MessageQueue<Message, 4>& queue) { return queue.capacity(); }
