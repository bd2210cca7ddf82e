// SPDX-License-Identifier: MIT
//
// At most N objects of one type, with their room inside the pool: handlers make objects from it, and threads wait while all
// N are in use.
//
//     ObjectPool<Packet, 32> packets;
//     auto packet = packets.try_make(length);           // anywhere
//     auto packet = TRY(packets.make(self, length));    // in a thread: waits until one is free
//
// What is made has one owner, `ObjectPool<Packet, 32>::Object`: `*`, `->`, `get()`, `reset()`, and `release()` to hand a
// pointer on, for instance through a HandlerRing; whoever has it last calls `packets.destroy(pointer)`.

#pragma once

#include <kernel/wait/object_pool.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>
#include <quartet/time.hpp>

#include <type_traits>
#include <utility>

namespace quartet {

// N objects of T can be counted: else it does not compile.
template <typename T, usize N>
class ObjectPool : private kernel::ObjectPool<T, N> {
    using Kernel = kernel::ObjectPool<T, N>;

public:
    using Object = typename Kernel::Object;

    ObjectPool() = default;

    // A T made with the arguments, if one is free. Errors: WouldBlock (none is), Deleted (the pool is closed).
    // Context: any that T's constructor can bear.
    using Kernel::try_make;

    // Waits until one is free. `make(self, arguments…)`. Errors: Deleted, Aborted. Context: thread.
    using Kernel::make;
    template <typename... Args>
        requires std::is_constructible_v<T, Args...>
    Result<Object> make(Args&&... args) noexcept {
        ThreadContext self = this_thread::context();
        return make(self, std::forward<Args>(args)...);
    }
    // The same with a time limit: `make_for(self, timeout, arguments…)`. Errors: also Timeout; WouldBlock where it is zero.
    using Kernel::make_for;
    template <typename... Args>
    Result<Object> make_for(Duration timeout, Args&&... args) noexcept {
        ThreadContext self = this_thread::context();
        return make_for(self, timeout, std::forward<Args>(args)...);
    }

    // Destroys what `Object::release` gave; a thread that waits has its room at once. Errors: Invalid (no object of this
    // pool), Busy (it was destroyed before): then nothing was done; Deleted (the pool is closed: done all the same).
    // Context: any that T's destructor can bear.
    using Kernel::destroy;

    // Every waiter returns with Deleted, and so does every call from now on; objects that somebody has stay his. Destroying
    // the pool while objects live or threads wait is a panic. Context: any, better a thread. Cost: grows with those who
    // wait, in steps.
    using Kernel::close;

    // How many more can be made, and how many there are: snapshots. Context: any. Cost: a step for each.
    using Kernel::available;
    using Kernel::live;
    // N. Context: any.
    using Kernel::capacity;
};

}  // namespace quartet
