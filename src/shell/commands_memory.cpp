// SPDX-License-Identifier: MIT
//
// Commands about memory: mem, slabs, peek, poke.

#include <shell/command_list.hpp>

#include <arch/raw_memory.hpp>
#include <arch/image.hpp>
#include <kernel/thread/threads.hpp>
#include <mm/cache.hpp>
#include <mm/call_chains.hpp>
#include <mm/kernel_map.hpp>
#include <mm/memory.hpp>
#include <mm/memory_fault.hpp>

#include <optional>

namespace quartet::shell {
namespace {

using arch::Width;

constexpr u64 in_kib(u64 bytes) { return (bytes + 1_KiB - 1) / 1_KiB; }

bool in_image(const void* memory) { return _start <= memory && memory < __image_end; }

// What the kernel itself occupies: image with bss, what the bump allocator gave (the frame metadata is in
// it), and the stacks of threads.
struct KernelBytes {
    u64 image = 0;
    u64 bump = 0;
    u64 stacks = 0;
};

KernelBytes kernel_bytes() {
    KernelBytes bytes;
    // What was given back of it is not mapped there any more.
    for (usize at = 0; at < mm::image_range().size(); at += page_size)
        bytes.image += mm::lookup(arch::image_base + at) ? page_size : 0;
    bytes.bump = mm::kernel_bump.report().used;
    kernel::for_each_thread([&](const kernel::ThreadInfo& info) {
        // Those of the start-up lie in the image or in what bump gave.
        if (!mm::kernel_bump.owns(info.stack.data()) && !in_image(info.stack.data())) bytes.stacks += info.stack.size();
    });
    return bytes;
}

void mem(const Invocation& call) {
    mm::FrameAllocator::Stats frames = mm::kernel_frames.stats();
    KernelBytes kernel = kernel_bytes();
    call.out.line("ram: {} KiB given to the frame allocator, {} KiB free", frames.total_frames * (page_size / 1_KiB),
                  frames.free_frames * (page_size / 1_KiB));
    call.out.part("free blocks by order:");
    for (u32 blocks : frames.free_blocks) call.out.part(" {}", blocks);
    call.out.end_line();
    call.out.line("image: {} KiB", in_kib(kernel.image));
    call.out.line("bump: {} KiB in {} pieces, frame metadata {} KiB of it", in_kib(kernel.bump),
                  mm::kernel_bump.report().count, in_kib(frames.metadata_bytes));
    call.out.line("stacks: {} KiB", in_kib(kernel.stacks));
    call.out.line("kernel: {} KiB", in_kib(kernel.image + kernel.bump + kernel.stacks));
}

void slabs(const Invocation& call) {
    call.out.line("{:<12} {:>5} {:>8} {:>8} {:>6} {:>6} {:>8}", "NAME", "SIZE", "LIVE", "CACHED", "SLABS", "KIB",
                  "DAMAGED");
    for (u32 slot = 1; slot < mm::magazine_slots; ++slot) {
        std::optional<mm::CacheStats> cache = mm::cache_stats(slot);
        if (!cache) continue;
        call.out.line("{:<12} {:>5} {:>8} {:>8} {:>6} {:>6} {:>8}", cache->name, cache->object_size, cache->live,
                      cache->cached, cache->slabs, in_kib(u64{cache->slabs} * cache->slab_bytes), cache->damaged);
    }
}

void leaks(const Invocation& call) {
    if constexpr (!checks_enabled) return call.refuse("who allocates is known in a debug image alone");
    if (call.arguments.count() == 1) {
        if (call.arguments[0] != "mark") return call.misuse("{} is not mark", call.arguments[0]);
        return call.out.line("mark {}", mm::mark_leaks());
    }
    u64 objects = 0;
    u64 bytes = 0;
    u32 cursor = 0;
    for (mm::Leak leak; (leak = mm::next_leak(cursor)).objects != 0;) {
        objects += leak.objects;
        bytes += leak.bytes;
        call.out.part("{} bytes in {}", leak.bytes, leak.objects);
        for (uptr caller : leak.callers.span()) call.out.part(" < {}", mm::CodeName{caller - 4}.text());
        call.out.end_line();
    }
    call.out.line("{} bytes in {} since the mark, {} callers unknown", bytes, objects, mm::chains_passed_over());
}

std::optional<Width> parse_width(std::string_view text) {
    if (text == "8") return Width::Bits8;
    if (text == "16") return Width::Bits16;
    if (text == "32" || text.empty()) return Width::Bits32;
    if (text == "64") return Width::Bits64;
    return {};
}

// The address where `at` can be reached, or the refusal printed.
std::optional<uptr> reach(const Invocation& call, PhysAddr at, Width width) {
    if (!is_aligned(at.value(), arch::bytes_of(width))) {
        call.misuse("{} is no multiple of {}", at, arch::bytes_of(width));
        return {};
    }
    Result<uptr> address = mm::address_of(at, arch::bytes_of(width));
    if (!address) {
        call.refuse("{} is not mapped", at);
        return {};
    }
    return *address;
}

void peek(const Invocation& call) {
    constexpr u64 most_words = 4096;
    constexpr u64 words_a_line = 4;
    Result<u64> start = parse_number(call.arguments[0]);
    if (!start) return call.misuse("{} is no number", call.arguments[0]);
    Result<u64> count = call.arguments.count() > 1 ? parse_number(call.arguments[1]) : Result<u64>{1};
    if (!count || *count == 0 || *count > most_words) return call.misuse("COUNT is 1 to {}", most_words);

    for (u64 word = 0; word < *count; ++word) {
        PhysAddr at = PhysAddr{*start} + word * 4;
        bool begins_line = word % words_a_line == 0;
        // What cannot be reached ends the output, on a line of its own.
        if (!mm::address_of(at, 4) && !begins_line) call.out.end_line();
        std::optional<uptr> address = reach(call, at, Width::Bits32);
        if (!address) return;
        if (begins_line) call.out.part("{:#010x}:", at.value());
        u64 value = arch::read_raw(Unsafe{"reach() found it mapped; a person asked"}, *address, Width::Bits32);
        call.out.part(" {:#010x}", value);
        if (word % words_a_line == words_a_line - 1 || word + 1 == *count) call.out.end_line();
    }
}

void poke(const Invocation& call) {
    Result<u64> start = parse_number(call.arguments[0]);
    if (!start) return call.misuse("{} is no number", call.arguments[0]);
    Result<u64> value = parse_number(call.arguments[1]);
    if (!value) return call.misuse("{} is no number", call.arguments[1]);
    std::optional<Width> width = parse_width(call.arguments[2]);
    if (!width) return call.misuse("{} is no width", call.arguments[2]);
    if (*width != Width::Bits64 && *value >> static_cast<u32>(*width) != 0)
        return call.misuse("{:#x} does not fit {} bits", *value, static_cast<u32>(*width));

    PhysAddr at{*start};
    std::optional<uptr> address = reach(call, at, *width);
    if (!address) return;
    Result<mm::Mapping> mapping = mm::lookup(*address);
    if (!mapping || !mapping->writable) return call.refuse("{} is read-only", at);
    arch::write_raw(Unsafe{"reach() found it mapped, lookup() writable; a person asked"}, *address, *width, *value);
}

constexpr Command commands[] = {
    {"mem", "memory in use and free", 0, 0, &mem},
    {"slabs", "the slab caches", 0, 0, &slabs},
    {"leaks [mark]", "what was allocated since the mark and is live, by its callers", 0, 1, &leaks},
    {"peek ADDR [COUNT]", "COUNT words of 32 bits at a physical address", 1, 2, &peek},
    {"poke ADDR VALUE [8|16|32|64]", "writes to a physical address, 32 bits", 2, 3, &poke},
};

}  // namespace

constinit const CommandGroup memory_commands = commands;

}  // namespace quartet::shell
