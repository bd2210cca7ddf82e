// SPDX-License-Identifier: MIT
//
// The kernel half of the address space: one set of tables, shared by all cores. A table, once it is there, stays;
// pages come, lose rights and go (stacks are mapped and unmapped). No live block is ever split: what will need pages
// is mapped by pages from the start.

#pragma once

#include <arch/layout/translation.hpp>
#include <base/address.hpp>
#include <base/result.hpp>
#include <base/unsafe.hpp>

namespace quartet::mm {

using arch::Access;

// Windows of the upper half. The linear map's base is arch::linear_base, the image's arch::image_base.
inline constexpr uptr tree_window = 0xffff'ffc0'4000'0000;    // the device tree that we were given
inline constexpr uptr stack_window = 0xffff'ffd0'0000'0000;   // guarded stacks
inline constexpr uptr device_window = 0xffff'ffe0'0000'0000;  // device registers
inline constexpr usize window_size = 64_GiB;

// Where the tables of new mappings come from: a page that nobody else uses, content unknown.
using TableSource = Result<PhysAddr> (*)();

// Before the first frame allocator exists, tables come from a small pool in the image.
void use_table_source(TableSource source);

// Map [va, va + size) to [pa, pa + size) by pages. Context: thread or boot. Errors: Busy where part of the
// range is mapped already (nothing is changed), Invalid where an address or the size is no multiple of a page or the
// range leaves its window, NoMemory. Cost: a store a page, one barrier.
// Safety: that memory is the caller's, who answers for what is written through the new view of it.
Status map(Unsafe, uptr va, PhysAddr pa, usize size, Access access);

// Undo it. After the return no core can reach the memory through `va`; what is not mapped is skipped.
// Safety: nobody uses the range any more.
void unmap(Unsafe, uptr va, usize size);

// Take away the right to write through `va`; other views of the memory keep theirs. Context: thread or boot.
// Errors: Invalid where part of it is not mapped by pages, and nothing is changed.
Status make_read_only(uptr va, usize size);

// RAM at its place in the linear map: 2 MiB blocks where the whole block is RAM and lies outside
// `by_pages`, pages elsewhere. Text and read-only data that the image maps are left out. Errors: NoMemory for tables.
Status map_linear(PhysRange ram, PhysRange by_pages);

// Registers of a device, mapped for good with Device attributes. A range whose pages lie mapped side by side already
// is not mapped again.
// Returns the address of `at`. Errors: NoMemory; Invalid past 2^48 or where the window has no room.
Result<uptr> map_device(PhysAddr at, usize size);

// What the tables say of an address. Context: any; no lock: tables stay, and the entry is read once, so the answer is
// what it said at one moment. Of a page that others may unmap it holds as long as the caller keeps them from it.
struct Mapping {
    PhysAddr physical;
    bool writable;
    bool executable;
};
Result<Mapping> lookup(uptr va);

// The kernel's address of physical memory that is mapped somewhere (linear map, image, device), with
// at least `size` bytes behind it; NotFound elsewhere. Context: any. For `peek` and `poke`.
Result<uptr> address_of(PhysAddr at, usize size);

// A page of addresses through which a debugger writes what nobody may write to, opened for each write.
// Context: boot, once. Errors: NoMemory for its tables.
Status make_alias() noexcept;
// The address at which `page` can be written until `close_alias`; 0 where there is no alias. Context: any, the other cores held.
// Cost: a store and a barrier. Safety: what is written is the caller's to answer for.
uptr open_alias(Unsafe, PhysAddr page) noexcept;
void close_alias() noexcept;

// Physical address of something inside the image (its code, rodata, data, bss), and where all of it lies.
PhysAddr image_physical(const void* object);
PhysRange image_range();

}  // namespace quartet::mm
