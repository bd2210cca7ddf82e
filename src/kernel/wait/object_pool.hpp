// SPDX-License-Identifier: MIT
//
// A pool of at most N objects of one type, with their room inside: what a handler may make objects from, and what threads
// wait for while all N are in use.
//
//     kernel::ObjectPool<Packet, 32> packets;
//     auto packet = packets.try_make(length);        // in a handler
//     auto packet = TRY(packets.make(self, length)); // in a thread: waits until one is free
//
// What takes `ObjectPoolOf<Packet>&` works with a pool of any N.

#pragma once

#include <base/assert.hpp>
#include <kernel/wait/block_pool.hpp>
#include <mm/owned_from.hpp>

#include <memory>
#include <utility>

namespace quartet::kernel {

template <typename T>
class ObjectPoolOf {
public:
    using Object = mm::OwnedFrom<T, ObjectPoolOf>;

    ObjectPoolOf(const ObjectPoolOf&) = delete;
    ObjectPoolOf& operator=(const ObjectPoolOf&) = delete;

    // A T made with `args`, if one is free. Errors: WouldBlock (none is), Deleted.
    // Context: any that T's constructor can bear.
    template <typename... Args>
    Result<Object> try_make(Args&&... args) noexcept {
        void* room = blocks_.try_take();
        if (room == nullptr) [[unlikely]]
            return fail(blocks_.closed() ? Error::Deleted : Error::WouldBlock);
        return made(room, std::forward<Args>(args)...);
    }

    // Waits until one is free; by priority, equals as they came. Errors: Deleted. Context: thread.
    template <typename... Args>
    Result<Object> make(ThreadContext& self, Args&&... args) noexcept {
        return make_for(self, Duration::forever(), std::forward<Args>(args)...);
    }
    // Errors: Deleted, Timeout; WouldBlock where the timeout is zero.
    template <typename... Args>
    Result<Object> make_for(ThreadContext& self, Duration timeout, Args&&... args) noexcept {
        void* room = TRY(blocks_.take_for(self, timeout));
        return made(room, std::forward<Args>(args)...);
    }

    // What `Object::release` gave is destroyed and goes back; a thread that waits has its room at once. Errors: Invalid (no
    // object of this pool), Busy (it was destroyed before): then nothing was done; Deleted (the pool is closed: it is
    // destroyed and back all the same). Context: any that T's destructor can bear.
    Status destroy(T* object) noexcept {
        if (Status status = blocks_.begin_to_give(object); !status) [[unlikely]]
            return status;
        object->~T();
        return blocks_.put(object);
    }

    // Every waiter returns with Deleted, and so does every call from now on. Objects that somebody has stay his and
    // come back as before. Context and cost: as WaitQueue::wake_parted.
    void close() noexcept { blocks_.close(); }

    // How many more can be made, and how many there are: snapshots. Context: any. Cost: a step for each object.
    usize available() const noexcept { return blocks_.available(); }
    usize live() const noexcept { return blocks_.taken(); }

protected:
    ObjectPoolOf(std::byte* room, usize count) : blocks_(room, sizeof(T), count) {}
    // In every build: objects that outlive their memory would be found much later, and elsewhere.
    ~ObjectPoolOf() { check(live() == 0, "a pool is destroyed after its objects"); }

private:
    template <typename... Args>
    Object made(void* room, Args&&... args) noexcept {
        return {*this, std::construct_at(static_cast<T*>(room), std::forward<Args>(args)...)};
    }

    BlockPool blocks_;
};

template <typename T, usize N>
class ObjectPool : public ObjectPoolOf<T> {
    static constexpr Result<usize> room = BlockPool::room_for(sizeof(T), N);
    static_assert(room.has_value(), "a pool has objects, and an address counts their bytes");

public:
    ObjectPool() : ObjectPoolOf<T>(room_, N) {}

    static constexpr usize capacity() { return N; }

private:
    static constexpr usize align = alignof(T) > BlockPool::block_align ? alignof(T) : BlockPool::block_align;

    alignas(align) std::byte room_[room.value_or(1)];
};

}  // namespace quartet::kernel
