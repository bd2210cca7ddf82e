// SPDX-License-Identifier: MIT
//
// Commands about memory: mem, slabs, peek, poke.

#include <shell/command_list.hpp>

#include <arch/raw_memory.hpp>
#include <mm/kernel_map.hpp>
#include <mm/memory.hpp>

#include <optional>

namespace quartet::shell {
namespace {

using arch::Width;

void mem(const Invocation& call) {
    mm::FrameAllocator::Stats frames = mm::kernel_frames.stats();
    mm::Bump::Report bump = mm::kernel_bump.report();
    call.out.line("frames: {} KiB in all, {} KiB free", frames.total_frames * (page_size / 1_KiB),
                  frames.free_frames * (page_size / 1_KiB));
    call.out.part("free blocks by order:");
    for (u32 blocks : frames.free_blocks) call.out.part(" {}", blocks);
    call.out.end_line();
    call.out.line("frame metadata: {} KiB", frames.metadata_bytes / 1_KiB);
    call.out.line("bump: {} KiB in {} pieces", bump.used / 1_KiB, bump.count);
    if (call.environment.kernel_bytes != nullptr)
        call.out.line("kernel: {} KiB", (call.environment.kernel_bytes() + 1_KiB - 1) / 1_KiB);
}

void slabs(const Invocation& call) { call.refuse("this image has no slab caches"); }

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
    {"peek ADDR [COUNT]", "COUNT words of 32 bits at a physical address", 1, 2, &peek},
    {"poke ADDR VALUE [8|16|32|64]", "writes to a physical address, 32 bits", 2, 3, &poke},
};

}  // namespace

constinit const CommandGroup memory_commands = commands;

}  // namespace quartet::shell
