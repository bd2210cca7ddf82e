// SPDX-License-Identifier: MIT
//
// A cache: objects of one size, from slabs that come from the frame allocator. The common allocate and
// free touch only the running core's magazine; a miss takes the cache's lock and moves half a magazine.
//
//     constinit mm::Cache timers{"timer", sizeof(Timer), alignof(Timer)};

#pragma once

#include <arch/atomic.hpp>
#include <arch/magazine.hpp>
#include <base/result.hpp>
#include <base/thread_safety.hpp>
#include <mm/magazine.hpp>
#include <mm/memory.hpp>
#include <mm/quarantine.hpp>
#include <mm/slab.hpp>
#include <sync/spin_lock.hpp>

#include <optional>
#include <type_traits>

extern "C" void* quartet_cache_refill(quartet::mm::Cache* cache);
extern "C" void quartet_cache_flush(quartet::mm::Cache* cache, void* object);

namespace quartet::mm {

class Heap;

struct CacheStats {
    const char* name;
    u32 object_size;
    u32 slabs;
    u32 slab_bytes;   // of one slab
    u32 live;         // objects that somebody has; a moment old where other cores allocate
    u32 cached;       // objects in magazines; debug builds: and those that rest in quarantine
    u32 damaged;      // slabs kept out of use because of what was found in them
};

class Cache {
public:
    // `size` from 1 byte to 2 KiB, `align` a power of two up to 2 KiB: anything else stops, or does not compile where the
    // cache is constinit. `name` lives for ever. `heap` is for the heap's own caches: while that one is in its bump stage,
    // so are they.
    constexpr Cache(const char* name, usize size, usize align = 16, FrameAllocator& frames = kernel_frames,
                    Heap* heap = nullptr)
        : layout_(checked_layout(size, align)), name_(name), frames_(&frames), heap_(heap) {}
    Cache(const Cache&) = delete;
    Cache& operator=(const Cache&) = delete;

    // An object, contents undefined. Context: thread or boot (never in a handler, whose IrqContext proves nothing
    // here: the call graph check does). Errors: NoMemory. Cost: 11 instructions where the magazine has one.
    [[gnu::always_inline]] Result<void*> allocate() {
        void* object = checks_enabled ? allocate_checked(layout_.size) : arch::quartet_magazine_pop(this);
        if (object == nullptr) [[unlikely]]
            return fail(Error::NoMemory);
        return object;
    }

    // Any core may free what another allocated. Context: as allocate. Cost: 12 instructions where the magazine has room.
    // Pre: `object` came from this cache.
    [[gnu::always_inline]] void free(void* object) {
        if constexpr (checks_enabled) free_checked(object);
        else arch::quartet_magazine_push(this, object);
    }

    // Debug builds: the two above, with every check that slab.hpp names. `requested` <= the object's size.
    // A report names the object, the cache, and the function that called `allocate`. Null: no memory.
    [[gnu::noinline]] void* allocate_checked(usize requested);
    [[gnu::noinline]] void free_checked(void* object);
    void* allocate_checked(usize requested, uptr caller);
    void free_checked(void* object, uptr caller);

    // Give all memory back; the cache may be used again afterwards. Context: thread.
    // Pre: nobody uses the cache meanwhile. Errors: Busy where objects are still live: nothing is lost, and a
    // notice tells how many.
    Status destroy();

    // Give empty slabs back. Context: thread. Objects in magazines stay where they are.
    void shrink();

    // Debug builds: look at every object of every slab. Returns how many things were found wrong; each was
    // reported. Context: thread, nobody allocates meanwhile. Release builds: 0.
    u32 check();

    CacheStats stats();
    const char* name() const { return name_; }
    const SlabLayout& layout() const { return layout_; }

private:
    friend void* ::quartet_cache_refill(Cache*);
    friend void ::quartet_cache_flush(Cache*, void*);

    struct BrokenLink {
        void* object = nullptr;
        void* link = nullptr;
    };

    void* refill();
    void flush(void* object);
    void attach();
    void* take_locked(BrokenLink& broken) REQUIRES_LOCK(lock_);
    void give_locked(void* object) REQUIRES_LOCK(lock_);
    Slab* grow_locked() REQUIRES_LOCK(lock_);
    void discard_locked(Slab* slab) REQUIRES_LOCK(lock_);
    void move_locked(Slab* slab, SlabPlace place) REQUIRES_LOCK(lock_);
    void link_locked(Slab* slab, SlabPlace place) REQUIRES_LOCK(lock_);
    void unlink_locked(Slab* slab) REQUIRES_LOCK(lock_);
    bool link_is_sound(const Slab* slab, const void* link) const;
    void report(const BrokenLink& broken) const;
    enum class Telling : bool { Nothing, Aloud };
    const Slab* take_damaged();
    u32 check_slab(const Slab* slab, Telling telling) const;
    Slab* slab_of(void* object) const;
    ObjectRecord& record_of(void* object) const;
    void paint_fresh(void* object) const;
    bool expect_poison(void* object) const;
    const u8* find_overrun(void* object) const;
    bool expect_red_zones(void* object) const;
    void expect_mine(void* object) const;
    void* end_rest();

    arch::Atomic<u64> slot_{0};  // first: CACHE_SLOT; 0 until the first miss
    SlabLayout layout_;
    const char* name_;
    FrameAllocator* frames_;
    Heap* heap_;
    arch::Atomic<u32> attached_{0};

    sync::SpinLock<sync::LockRank::Heap> lock_;
    std::array<Slab*, 3> slabs_ GUARDED_BY(lock_){};  // by SlabPlace
    u32 slab_count_ GUARDED_BY(lock_) = 0;
    u32 empty_ GUARDED_BY(lock_) = 0;  // slabs of which nothing is in use; one is kept
    u32 in_use_ GUARDED_BY(lock_) = 0;  // objects outside the slabs: live, in magazines, or in quarantine
    u32 damaged_ GUARDED_BY(lock_) = 0;
    [[no_unique_address]] std::conditional_t<checks_enabled, Quarantine, NoQuarantine> quarantine_ GUARDED_BY(lock_);

    static constexpr SlabLayout checked_layout(usize size, usize align) {
        quartet::check(size > 0 && size <= largest_cached, "a cache's objects have 1 to 2048 bytes");
        quartet::check(is_power_of_two(align) && align <= largest_cached,
                       "a cache aligns to a power of two up to 2048");
        return SlabLayout::make(size, align);
    }
    static void assert_layout();
};

// The statistics of the cache in that magazine slot, 1 to magazine_slots - 1, for listings. Context: any.
std::optional<CacheStats> cache_stats(u32 slot);

}  // namespace quartet::mm
