// SPDX-License-Identifier: MIT

#include <arch/frame.hpp>
#include <mm/large_blocks.hpp>
#include <mm/memory_fault.hpp>
#include <mm/slab.hpp>

#include <cstring>

namespace quartet::mm {

namespace {

LargeRecord* record_of(const void* block, usize bytes) {
    return reinterpret_cast<LargeRecord*>(reinterpret_cast<uptr>(block) + bytes - sizeof(LargeRecord));
}

}  // namespace

void mark_large(void* block, usize bytes, usize requested, uptr caller) {
    *record_of(block, bytes) = {
        .red_zone = guard_word, .caller = caller, .requested = requested, .owners = {}, .guard = guard_word};
    note_allocation(record_of(block, bytes)->owners, arch::frame_address(), caller, requested);
    std::memset(static_cast<std::byte*>(block) + requested, red_zone_byte, bytes - sizeof(LargeRecord) - requested);
}

bool expect_large_sound(const void* block, usize bytes, uptr caller) {
    LargeRecord& record = *record_of(block, bytes);
    // A run of bytes that reached the record came through the red zone, and ran over whatever the record said.
    if (record.requested > bytes - sizeof(LargeRecord) || record.guard != guard_word) {
        memory_damage("the heap's block {} of {} bytes was overrun up to its end (freed at {})", block, bytes,
                      CodeName{caller}.text());
        return false;
    }
    const auto* end = reinterpret_cast<const u8*>(&record.caller);
    for (const u8* at = static_cast<const u8*>(block) + record.requested; at != end; ++at) {
        if (*at == red_zone_byte) continue;
        tell_owners(record.owners);
        memory_damage("the heap's block {} ({} bytes, allocated at {}) was overrun: {:#x} at {}, {} bytes past its end",
                      block, record.requested, CodeName{record.caller}.text(), *at, static_cast<const void*>(at),
                      static_cast<usize>(at - static_cast<const u8*>(block)) - record.requested + 1);
        return false;
    }
    note_free(record.owners, arch::frame_address(), caller, record.requested);
    return true;
}

usize large_requested(const void* block, usize bytes) { return record_of(block, bytes)->requested; }

}  // namespace quartet::mm
