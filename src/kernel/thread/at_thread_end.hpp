// SPDX-License-Identifier: MIT
//
// What is given back although a thread is ended in the middle of a wait (`terminate`), where no destructor on its stack
// runs. A wait that holds nothing needs none of this; one that has counted itself among the users of an object does.

#pragma once

#include <kernel/thread/thread_context.hpp>

namespace quartet::kernel {

// Where the thread ends before this is destroyed, the last made first, `work(argument)` runs: it belongs to the end of a
// thread, so it waits for nothing. Where this is destroyed, it does not run. Context: thread. Cost: 5 instructions to begin, 2 to end.
class [[nodiscard]] AtThreadEnd {
public:
    AtThreadEnd(ThreadContext& self, void (*work)(void* argument) noexcept, void* argument) noexcept
        : thread_(self.thread()), action_{work, argument, thread_.at_end} {
        thread_.at_end = &action_;
    }
    ~AtThreadEnd() { thread_.at_end = action_.outer; }
    AtThreadEnd(const AtThreadEnd&) = delete;
    AtThreadEnd& operator=(const AtThreadEnd&) = delete;

private:
    Thread& thread_;
    EndAction action_;
};

}  // namespace quartet::kernel
