// SPDX-License-Identifier: MIT
//
// A slab cache for objects of one type, under a name: `slabs` at the prompt shows how many there are, and
// a debug build names it where an object of it is damaged. For what is made and destroyed often.
//
//     constinit mm::NamedCache<Packet> packets{"packet"};
//     auto packet = TRY(packets.make(length));

#pragma once

#include <mm/cache.hpp>
#include <mm/owned_from.hpp>

#include <memory>
#include <utility>

namespace quartet::mm {

template <typename T>
class NamedCache {
    static_assert(sizeof(T) <= largest_cached && alignof(T) <= largest_cached,
                  "a cache has objects of at most 2 KiB: larger ones are for make<T>");

public:
    using Object = OwnedFrom<T, NamedCache>;

    // `name` lives for ever, and is one word, because it is one column of `slabs`.
    constexpr explicit NamedCache(const char* name, FrameAllocator& frames = kernel_frames)
        : cache_(name, sizeof(T), alignof(T), frames) {}

    // A T made with `args`. Context: thread or boot. Errors: NoMemory. Cost: the constructor, and 11 instructions where
    // the core's magazine has room for one.
    template <typename... Args>
    Result<Object> make(Args&&... args) noexcept {
        void* memory = TRY(cache_.allocate());
        return Object{*this, std::construct_at(static_cast<T*>(memory), std::forward<Args>(args)...)};
    }

    // What `Object::release` gave is destroyed and goes back. Context: thread or boot, on whatever core. Cost: the
    // destructor, and 12 instructions where the core's magazine has room. Pre: `object` came from this cache: a debug
    // build stops where it did not, or came back before, and names the cache.
    void destroy(T* object) {
        object->~T();
        cache_.free(object);
    }

    // Gives all memory back; it may be used again afterwards. Context: thread, and nobody uses the cache meanwhile.
    // Errors: Busy where objects are still live: nothing is lost, and the log has their number.
    Status destroy() { return cache_.destroy(); }

    // What the listing shows. Context: thread.
    CacheStats stats() { return cache_.stats(); }

private:
    Cache cache_;
};

}  // namespace quartet::mm
