// SPDX-License-Identifier: MIT
//
// The debug half of a cache: who allocated an object, whether it is live, and whether anything but its
// owner wrote to it or beside it. slab.hpp shows where all this lies.

#include <arch/frame.hpp>
#include <arch/linear_map.hpp>
#include <mm/cache.hpp>
#include <mm/frame_poison.hpp>
#include <mm/heap.hpp>
#include <mm/memory_fault.hpp>

#include <cstring>

namespace quartet::mm {

using arch::Order;

namespace {

std::byte* byte_at(void* base, usize offset) { return static_cast<std::byte*>(base) + offset; }
uptr address(const void* pointer) { return reinterpret_cast<uptr>(pointer); }

// What the record says, which may be damaged, but no more than there is.
usize requested_of(const ObjectRecord& record, const void* object) {
    return std::min<usize>(record.requested, address(&record) - address(object));
}

uptr caller_of(uptr return_address) { return return_address - 4; }  // inside the call, not behind it

}  // namespace

void* Cache::allocate_checked(usize requested) {
    return allocate_checked(requested, caller_of(address(__builtin_return_address(0))));
}

void Cache::free_checked(void* object) { free_checked(object, caller_of(address(__builtin_return_address(0)))); }

void* Cache::allocate_checked(usize requested, uptr caller) {
    refuse_handlers();
    for (;;) {
        void* object = arch::quartet_magazine_pop(this);
        if (object == nullptr) object = end_rest();  // better early than no memory
        if (object == nullptr || (heap_ != nullptr && heap_->is_boot_memory(object))) return object;
        ObjectRecord& record = record_of(object);
        // Acquire: pairs with the release of the exchange in free_checked on whichever core that was.
        u32 state = object_free;
        const bool was_free = record.state.compare_exchange(state, object_live, Order::Acquire, Order::Relaxed);
        if (!was_free) {
            memory_damage("object {} of cache {} lay among the free ones, but its state is {:#x}", object, name_,
                          state);
            continue;  // it stays out of use
        }
        if (!expect_poison(object)) continue;
        record.caller = caller;
        record.requested = static_cast<u32>(requested);
        std::memset(byte_at(object, requested), red_zone_byte, address(&record) - address(object) - requested);
        record.guard = guard_word;
        note_allocation(record.owners, arch::frame_address(), caller, requested);
        return object;
    }
}

void Cache::free_checked(void* object, uptr caller) {
    refuse_handlers();
    expect_mine(object);
    ObjectRecord& record = record_of(object);
    // Release: the last owner's writes are over before anybody else can have the object. The exchange decides
    // between two cores that free the same object at once.
    u32 state = object_live;
    if (!record.state.compare_exchange(state, object_free, Order::AcqRel, Order::Relaxed)) {
        if (state == object_free) {
            tell_owners(record.owners);
            memory_fault("object {} of cache {} was freed twice: allocated at {}, freed at {}, and at {}", object,
                         name_, CodeName{record.caller}.text(), CodeName{place_of_chain(record.owners.freed_by)}.text(),
                         CodeName{caller}.text());
        }
        memory_fault("object {} of cache {} has a damaged record: state {:#x}, freed at {}", object, name_, state,
                     CodeName{caller}.text());
    }
    if (!expect_red_zones(object)) return;  // it stays out of use
    note_free(record.owners, arch::frame_address(), caller, record.requested);
    std::memset(object, static_cast<u8>(frame_poison & 0xff), address(&record) - address(object));
    void* rested;
    {
        sync::IrqLockGuard guard{lock_};
        rested = quarantine_.admit(object);
    }
    // Looked at here, and again by who takes it from the magazine.
    if (rested != nullptr && expect_poison(rested)) arch::quartet_magazine_push(this, rested);
}

// The object that was freed longest ago of those in quarantine, which leaves it; null where there is none.
void* Cache::end_rest() {
    sync::IrqLockGuard guard{lock_};
    return quarantine_.release();
}

u32 Cache::check() {
    if constexpr (!checks_enabled) return 0;
    u32 wrong = 0;
    while (void* object = end_rest()) {
        if (expect_poison(object)) arch::quartet_magazine_push(this, object);
        else ++wrong;  // it stays out of use
    }
    // What is said of it is said without the lock: there nothing of it changes hands any more.
    while (const Slab* damaged = take_damaged()) wrong += check_slab(damaged, Telling::Aloud);
    return wrong;
}

// The first slab with damage, which is out of use from now on; null where there is none.
const Slab* Cache::take_damaged() {
    sync::IrqLockGuard guard{lock_};
    for (SlabPlace place : {SlabPlace::Partial, SlabPlace::Full}) {
        for (Slab* slab = slabs_[static_cast<u32>(place)]; slab != nullptr; slab = slab->next) {
            if (check_slab(slab, Telling::Nothing) == 0) continue;
            move_locked(slab, SlabPlace::Damaged);
            return slab;
        }
    }
    return nullptr;
}

// Pre: the lock is held, or the slab is among the damaged ones.
u32 Cache::check_slab(const Slab* slab, Telling telling) const {
    u32 wrong = 0;
    auto* base = const_cast<Slab*>(slab);
    u32 free_objects = 0;
    for (void* object = slab->free; object != nullptr; object = *static_cast<void**>(object)) {
        void* link = *static_cast<void**>(object);
        if (!link_is_sound(slab, link) || ++free_objects > layout_.capacity) {
            if (telling == Telling::Aloud) report({object, link});
            return wrong + 1;
        }
    }
    for (u32 i = 0; i < slab->fresh; ++i) {
        void* object = byte_at(base, object_offset(layout_, i));
        // Relaxed: nobody allocates meanwhile.
        if (record_of(object).state.load(Order::Relaxed) != object_live) continue;
        const bool sound = telling == Telling::Aloud ? expect_red_zones(object) : find_overrun(object) == nullptr;
        if (!sound) ++wrong;
    }
    return wrong;
}

// Whether `link` may be the free object after another one of this slab.
bool Cache::link_is_sound(const Slab* slab, const void* link) const {
    if (link == nullptr) return true;
    const usize offset = address(link) - address(slab);
    if (offset < layout_.first || (offset - layout_.first) % layout_.stride != 0) return false;
    if ((offset - layout_.first) / layout_.stride >= slab->fresh) return false;
    return record_of(const_cast<void*>(link)).state.load(Order::Relaxed) == object_free;
}

void Cache::report(const BrokenLink& broken) const {
    memory_damage("object {} of cache {} was written after it was freed: its link is {}", broken.object, name_,
                  broken.link);
}

ObjectRecord& Cache::record_of(void* object) const {
    return *reinterpret_cast<ObjectRecord*>(byte_at(object, layout_.stride - sizeof(ObjectRecord)));
}

void Cache::paint_fresh(void* object) const {
    ObjectRecord& record = record_of(object);
    std::memset(object, static_cast<u8>(frame_poison & 0xff), address(&record) - address(object));
    record.caller = 0;
    record.requested = 0;
    record.owners = {};
    record.state.store(object_free, Order::Relaxed);  // the magazine passes it on
    record.guard = guard_word;
}

bool Cache::expect_poison(void* object) const {
    const auto* word = static_cast<const u64*>(object);
    const usize words = (address(&record_of(object)) - address(object)) / sizeof(u64);
    for (usize i = 0; i < words; ++i) {
        if (word[i] == frame_poison) continue;
        const ObjectRecord& record = record_of(object);
        tell_owners(record.owners);
        memory_damage("object {} of cache {} was written after it was freed: {:#x} at {}, allocated at {}, freed at {}",
                      object, name_, word[i], static_cast<const void*>(word + i), CodeName{record.caller}.text(),
                      CodeName{place_of_chain(record.owners.freed_by)}.text());
        return false;
    }
    return true;
}

// The first byte beside the object that was written, or null.
const u8* Cache::find_overrun(void* object) const {
    const ObjectRecord& record = record_of(object);
    auto* bytes = static_cast<u8*>(object);
    // The guard below belongs to the object before, or to the slab's header.
    for (const u8* at = bytes - sizeof(u64); at != bytes; ++at) {
        if (*at != red_zone_byte) return at;
    }
    const auto* end = reinterpret_cast<const u8*>(&record);
    for (const u8* at = bytes + requested_of(record, object); at != end; ++at) {
        if (*at != red_zone_byte) return at;
    }
    return nullptr;
}

bool Cache::expect_red_zones(void* object) const {
    const u8* bad = find_overrun(object);
    if (bad == nullptr) return true;
    const ObjectRecord& record = record_of(object);
    const usize bytes = requested_of(record, object);
    const bool below = address(bad) < address(object);
    tell_owners(record.owners);
    memory_damage("object {} of cache {} ({} bytes, allocated at {}) was overrun: {:#x} at {}, {} bytes {}", object,
                  name_, bytes, CodeName{record.caller}.text(), *bad, static_cast<const void*>(bad),
                  below ? address(object) - address(bad) : address(bad) - address(object) - bytes + 1,
                  below ? "before its beginning" : "past its end");
    return false;
}

void Cache::expect_mine(void* object) const {
    const FrameInfo info =
        frames_->info(arch::linear_physical(Unsafe{"the answer for a stranger is: no bank"}, object));
    if (info.use() != FrameUse::Slab) memory_fault("free of {} to cache {}: it is in no slab", object, name_);
    const auto* slab = reinterpret_cast<const Slab*>(align_down(address(object), block_bytes(info.order())));
    if (slab->cache != this) {
        memory_fault("free of {} to cache {}: it belongs to cache {}", object, name_, slab->cache->name());
    }
    const usize offset = address(object) - address(slab);
    if (offset < layout_.first || (offset - layout_.first) % layout_.stride != 0 ||
        (offset - layout_.first) / layout_.stride >= slab->fresh) {
        memory_fault("free of {} to cache {}: no object begins there", object, name_);
    }
}

}  // namespace quartet::mm
