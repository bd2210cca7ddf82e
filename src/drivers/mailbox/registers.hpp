// SPDX-License-Identifier: MIT
//
// The two directions of the mailbox, as the firmware's public documentation of it names them (wiki of
// raspberrypi/firmware, "Mailboxes"). Both status words show
// the state of the queue in front of them.

#pragma once

#include <base/field.hpp>

namespace quartet::drivers::mbox {

// From the VideoCore to us.
struct Read : ReadOnly<u32, 0x00> {
    using Channel = Field<Read, 3, 0>;
};
struct ReadStatus : ReadOnly<u32, 0x18> {
    using Empty = Field<ReadStatus, 30, 30>;
};

// From us to the VideoCore.
struct Write : WriteOnly<u32, 0x20> {};
struct WriteStatus : ReadOnly<u32, 0x38> {
    using Full = Field<WriteStatus, 31, 31>;
};

}  // namespace quartet::drivers::mbox
