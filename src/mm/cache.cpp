// SPDX-License-Identifier: MIT
//
// The slow half of a cache: slabs, and what moves between them and the magazines.

#include <arch/linear_map.hpp>
#include <mm/cache.hpp>
#include <mm/frame_poison.hpp>
#include <mm/heap.hpp>
#include <mm/memory_fault.hpp>

#include <cstddef>
#include <optional>

extern "C" void* quartet_cache_refill(quartet::mm::Cache* cache) { return cache->refill(); }
extern "C" void quartet_cache_flush(quartet::mm::Cache* cache, void* object) { cache->flush(object); }

namespace quartet::mm {

using arch::Order;

namespace {

// A magazine holds at most this much memory, so that big objects do not pile up on idle cores.
constexpr usize magazine_bytes = 8_KiB;

std::byte* byte_at(void* base, usize offset) { return static_cast<std::byte*>(base) + offset; }
void*& link_in(void* object) { return *static_cast<void**>(object); }

// What every build looks at, in the half of a cache that is seldom run: a release image has nothing else between a wrong
// free and an object that two have. (A debug image has found it before.)
[[noreturn]] [[gnu::cold]] void freed_twice(const void* object, const char* name) {
    memory_fault("object {} of cache {} was freed twice", object, name);
}

}  // namespace

void Cache::assert_layout() { static_assert(offsetof(Cache, slot_) == CACHE_SLOT); }

// The first miss claims the cache's magazines. Whoever loses this race, or finds no slot left, works with
// slot 0, which sends every operation here.
void Cache::attach() {
    u32 expected = 0;
    // Relaxed: only one may claim, nothing is published by it.
    if (!attached_.compare_exchange(expected, 1, Order::Relaxed, Order::Relaxed)) return;
    const usize objects = std::clamp<usize>(magazine_bytes / layout_.stride, 2, Magazine{}.objects.size());
    // Release: the magazines are made before a core can find them; the address dependency in magazine.S, or the
    // acquire of `refill`, is the other half.
    slot_.store(claim_magazines(*this, static_cast<u32>(objects)), Order::Release);
}

void* Cache::refill() {
    refuse_handlers();
    if (heap_ != nullptr && !heap_->started()) return heap_->boot_object(layout_);
    if (attached_.load(Order::Relaxed) == 0) [[unlikely]]
        attach();
    BrokenLink broken;
    void* object;
    {
        sync::IrqLockGuard guard{lock_};
        object = take_locked(broken);
        Magazine& magazine = this_magazine(slot_.load(Order::Acquire), guard.masked());
        // Half a magazine more, as far as slabs that exist anyway have it.
        for (u32 extra = magazine.capacity() / 2; extra > 0 && !magazine.full(); --extra) {
            if (object == nullptr || slabs_[0] == nullptr) break;
            if (void* more = take_locked(broken)) magazine.push(more);
        }
    }
    if (broken.object != nullptr) [[unlikely]]
        report(broken);
    return object;
}

void Cache::flush(void* object) {
    refuse_handlers();
    sync::IrqLockGuard guard{lock_};
    Magazine& magazine = this_magazine(slot_.load(Order::Acquire), guard.masked());
    if (magazine.capacity() == 0) return give_locked(object);
    for (u32 i = 0; i < magazine.count(); ++i) {
        if (magazine.objects[i] == object) [[unlikely]]
            freed_twice(object, name_);
    }
    if (magazine.full()) {
        const u32 half = (magazine.count() + 1) / 2;
        for (u32 i = 0; i < half; ++i) give_locked(magazine.objects[i]);
        magazine.drop_oldest(half);
    }
    magazine.push(object);
}

void* Cache::take_locked(BrokenLink& broken) {
    for (;;) {
        Slab* slab = slabs_[static_cast<u32>(SlabPlace::Partial)];
        if (slab == nullptr) slab = grow_locked();
        if (slab == nullptr) return nullptr;
        void* object = slab->free;
        if (object == nullptr) {
            object = byte_at(slab, object_offset(layout_, slab->fresh++));
            if constexpr (checks_enabled) paint_fresh(object);
        } else {
            void* link = link_in(object);
            // A free object's first word was written by somebody who had it: it leads out of the slab, or stands askew.
            if (link != nullptr && (slab_of(link) != slab || !is_aligned(reinterpret_cast<uptr>(link), sizeof(void*))))
                [[unlikely]] {
                broken = {object, link};
                move_locked(slab, SlabPlace::Damaged);
                continue;
            }
            if constexpr (checks_enabled) {
                if (!link_is_sound(slab, link)) {
                    broken = {object, link};
                    move_locked(slab, SlabPlace::Damaged);
                    continue;
                }
                *static_cast<u64*>(object) = frame_poison;
            }
            slab->free = link;
        }
        if (slab->in_use++ == 0) --empty_;
        ++in_use_;
        if (slab->in_use == layout_.capacity) move_locked(slab, SlabPlace::Full);
        return object;
    }
}

void Cache::give_locked(void* object) {
    Slab* slab = slab_of(object);
    if (slab->free == object) [[unlikely]]
        freed_twice(object, name_);
    --in_use_;
    --slab->in_use;
    if (slab->place == SlabPlace::Damaged) return;
    link_in(object) = slab->free;
    slab->free = object;
    if (slab->place == SlabPlace::Full) move_locked(slab, SlabPlace::Partial);
    if (slab->in_use != 0) return;
    // One empty slab is kept, so that a single object that comes and goes costs no frames.
    if (empty_ != 0) return discard_locked(slab);
    ++empty_;
}

Slab* Cache::grow_locked() {
    auto block = frames_->allocate(layout_.order, FrameUse::Slab);
    if (!block) return nullptr;
    auto* slab =
        static_cast<Slab*>(arch::linear_pointer(Unsafe{"frames of the allocator are in the linear map"}, *block));
    *slab = Slab{.next = nullptr,
                 .prev = nullptr,
                 .cache = this,
                 .free = nullptr,
                 .in_use = 0,
                 .fresh = 0,
                 .place = SlabPlace::Partial};
    if constexpr (checks_enabled) *reinterpret_cast<u64*>(byte_at(slab, layout_.first - sizeof(u64))) = guard_word;
    link_locked(slab, SlabPlace::Partial);
    ++slab_count_;
    ++empty_;
    return slab;
}

// Pre: nothing of it is in use; `empty_` does not count it.
void Cache::discard_locked(Slab* slab) {
    unlink_locked(slab);
    --slab_count_;
    frames_->free(arch::linear_physical(Unsafe{"slabs lie in the linear map"}, slab), layout_.order, FrameUse::Slab);
}

void Cache::move_locked(Slab* slab, SlabPlace place) {
    if (place == SlabPlace::Damaged) {
        ++damaged_;
        if (slab->in_use == 0) --empty_;
    }
    unlink_locked(slab);
    link_locked(slab, place);
}

void Cache::link_locked(Slab* slab, SlabPlace place) {
    Slab*& first = slabs_[static_cast<u32>(place)];
    slab->place = place;
    slab->prev = nullptr;
    slab->next = first;
    if (first != nullptr) first->prev = slab;
    first = slab;
}

void Cache::unlink_locked(Slab* slab) {
    const bool sound = slab->prev != nullptr ? slab->prev->next == slab : slabs_[static_cast<u32>(slab->place)] == slab;
    if (!sound || (slab->next != nullptr && slab->next->prev != slab)) [[unlikely]]
        memory_fault("the list of slabs of cache {} is broken at {}", name_, static_cast<const void*>(slab));
    if (slab->next != nullptr) slab->next->prev = slab->prev;
    if (slab->prev != nullptr) slab->prev->next = slab->next;
    else slabs_[static_cast<u32>(slab->place)] = slab->next;
}

Slab* Cache::slab_of(void* object) const {
    return reinterpret_cast<Slab*>(align_down(reinterpret_cast<uptr>(object), block_bytes(layout_.order)));
}

void Cache::shrink() {
    sync::IrqLockGuard guard{lock_};
    for (Slab* slab = slabs_[static_cast<u32>(SlabPlace::Partial)]; slab != nullptr;) {
        Slab* next = slab->next;
        if (slab->in_use == 0) {
            --empty_;
            discard_locked(slab);
        }
        slab = next;
    }
}

Status Cache::destroy() {
    u32 live;
    static_cast<void>(check());  // what is wrong with its objects is told before they go, and nothing rests any more
    const u64 slot = slot_.load(Order::Acquire);
    {
        sync::IrqLockGuard guard{lock_};
        for (u32 core = 0; slot != 0 && core < max_cores; ++core) {
            Magazine& magazine = magazine_of(core, slot);
            while (magazine.count() != 0) give_locked(magazine.pop());
        }
        live = in_use_;
    }
    if (live != 0) {
        std::array<char, 120> room;
        memory_notice(format_to(room, "cache {} is not destroyed: {} objects are live", name_, live));
        return fail(Error::Busy);
    }
    shrink();
    if (slot != 0) {
        slot_.store(0, Order::Release);  // pairs with `refill`: later users find slot 0, then claim anew
        release_magazines(slot);
        attached_.store(0, Order::Relaxed);
    }
    return {};
}

CacheStats Cache::stats() {
    const u64 slot = slot_.load(Order::Acquire);
    u32 cached = 0;
    for (u32 core = 0; slot != 0 && core < max_cores; ++core) cached += magazine_of(core, slot).count_about();
    sync::IrqLockGuard guard{lock_};
    cached += quarantine_.count();
    return {.name = name_,
            .object_size = layout_.size,
            .slabs = slab_count_,
            .slab_bytes = static_cast<u32>(block_bytes(layout_.order)),
            .live = in_use_ > cached ? in_use_ - cached : 0,
            .cached = cached,
            .damaged = damaged_};
}

std::optional<CacheStats> cache_stats(u32 slot) {
    CacheStats stats{};
    auto ask = [](Cache& cache, void* out) { *static_cast<CacheStats*>(out) = cache.stats(); };
    if (!visit_cache(slot, ask, &stats)) return std::nullopt;
    return stats;
}

}  // namespace quartet::mm
