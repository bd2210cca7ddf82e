// SPDX-License-Identifier: MIT
//
// Several handlers on one line: devices whose interrupts were wired together, as the board does with its five PL011s.
// Each is asked whether it was its device. A shared line is one handler of the table that walks a list; a line with
// one handler pays nothing for it.

#pragma once

#include <base/assert.hpp>
#include <kernel/irq/irq.hpp>

namespace quartet::kernel::irq {

// What a handler found when it looked at its device.
enum class Claim : u8 { NotMine, Mine };

// One of those who share a line. It is the caller's, and stays where it is until it is detached.
class SharedHandler {
public:
    // Context: handler; `context.argument()` is the one given here. All of a line are called, whatever the others say: of
    // an edge there is no second one.
    using Function = Claim (*)(IrqContext& context) noexcept;

    constexpr explicit SharedHandler(Function function, void* argument = nullptr)
        : function_(function), argument_(argument) {}
    ~SharedHandler() { check(id_ == no_line, "a handler is destroyed that is attached; detach it before"); }
    SharedHandler(const SharedHandler&) = delete;
    SharedHandler& operator=(const SharedHandler&) = delete;

private:
    friend struct SharedLine;

    static constexpr u32 no_line = ~u32{0};

    Function function_;
    void* argument_;

    // Guarded by the table's lock.
    SharedHandler* next_ = nullptr;
    u32 id_ = no_line;
    bool listed_ = false;  // not, while `detach_shared` waits for the end of its last run
};

// `id` calls `handler` too, behind those that are attached to it already. The first one's options are the line's: the
// others have to want the same core, priority and trigger. `enable`, `disable` and all counts are the line's as well.
// Context: boot or thread, handlers too. Cost: a walk over those who share it, masked: a handful, as many as
// devices are wired together. No memory is allocated.
// Errors: Invalid (no such id, one below 32, other options than the line has, a core that has not started), Busy (the line has a
// handler that does not share it; `handler` is attached already).
Status attach_shared(u32 id, SharedHandler& handler, const Options& options = {}) noexcept;

// `handler` is not called any more, and does not run. The others on the line go on; with the last one the line is free.
// Context: thread, interrupts open. Cost: as `attach_shared`, and the rest of one handler's run.
// Errors: Invalid (not attached), InHandler, Timeout (it did not end in 100 ms; it is not called again, but may be destroyed only
// after a further call did not fail).
Status detach_shared(SharedHandler& handler) noexcept;

// The same in a handler of that line, for itself or for another one of it. Errors: Invalid (not of this line).
Status detach_shared(SharedHandler& handler, IrqContext& context) noexcept;

}  // namespace quartet::kernel::irq
