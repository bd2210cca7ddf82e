// SPDX-License-Identifier: MIT

#include <mm/kernel_map.hpp>

#include <arch/image.hpp>
#include <arch/linear_map.hpp>
#include <arch/translation.hpp>
#include <sync/spin_lock.hpp>

namespace quartet::mm {

using arch::Descriptor;
using arch::TranslationTable;

namespace {

// Tree window 1 + 2, devices 1 + 1, start memory 1 + 4 (8 MiB of metadata and more), and some over.
constexpr u32 pool_tables = 16;

// The tables that map the linear map's first part, before there is an allocator to ask.
alignas(page_size) constinit TranslationTable pool[pool_tables]{};
constinit u32 pool_used = 0;

Result<PhysAddr> take_from_pool() {
    if (pool_used == pool_tables) return fail(Error::NoMemory);
    return image_physical(&pool[pool_used++]);
}

constinit sync::SpinLock<sync::LockRank::KernelMap> lock;
constinit TableSource table_source GUARDED_BY(lock) = take_from_pool;
constinit uptr next_device GUARDED_BY(lock) = device_window;

// Tables of the image are the first ones, among the early data, and those of the pool. They are reached there, because
// the linear map does not exist when they are made. Other parts of the image are given back, guards between its data
// too: a table in one of those frames is reached like that of any frame.
bool table_of_image(PhysAddr at) {
    return PhysRange{image_physical(__early_begin), image_physical(__early_end)}.contains(at) ||
           PhysRange{image_physical(&pool[0]), image_physical(&pool[0] + pool_tables)}.contains(at);
}

TranslationTable& table_at(PhysAddr at) {
    if (table_of_image(at)) return *reinterpret_cast<TranslationTable*>(arch::image_base + (at - image_range().begin));
    return *static_cast<TranslationTable*>(
        arch::linear_pointer(Unsafe{"tables come from the image or from frames of the linear map"}, at));
}

// The entry that leads on from `entry`, with a new table behind it where there was none.
Result<TranslationTable*> next_table(Descriptor& entry) REQUIRES_LOCK(lock) {
    if (!entry.valid()) {
        PhysAddr page = TRY(table_source());
        TranslationTable& table = table_at(page);
        for (Descriptor& each : table.entries) each = Descriptor{};
        // The walker must not see the entry before the table's content: one dsb per call of map()
        // would come too late for that, so the order is made here (DDI 0487, B2.3.7).
        arch::publish_mappings();
        entry = Descriptor::table(page);
    }
    if (!entry.is_table()) return fail(Error::Busy);
    return &table_at(entry.address());
}

Result<TranslationTable*> table_of_blocks(uptr va) REQUIRES_LOCK(lock) {
    return next_table(quartet_kernel_root.entries[arch::index_at_level(1, va)]);
}

Result<Descriptor*> page_entry(uptr va) REQUIRES_LOCK(lock) {
    TranslationTable* level2 = TRY(table_of_blocks(va));
    TranslationTable* level3 = TRY(next_table(level2->entries[arch::index_at_level(2, va)]));
    return &level3->entries[arch::index_at_level(3, va)];
}

// The entry that maps `va`, or null, and what it held when it was read.
struct Found {
    Descriptor* entry = nullptr;
    Descriptor seen;
    usize size = 0;
};
Found find(uptr va) {
    if (va < arch::linear_base) return {};
    Descriptor level1 = arch::read_entry(quartet_kernel_root.entries[arch::index_at_level(1, va)]);
    if (!level1.is_table()) return {};
    Descriptor& block = table_at(level1.address()).entries[arch::index_at_level(2, va)];
    Descriptor level2 = arch::read_entry(block);
    if (!level2.valid()) return {};
    if (!level2.is_table()) return {&block, level2, arch::block_size};
    Descriptor& page = table_at(level2.address()).entries[arch::index_at_level(3, va)];
    Descriptor level3 = arch::read_entry(page);
    if (!level3.valid()) return {};
    return {&page, level3, page_size};
}

bool aligned(uptr va, usize size) { return is_aligned(va, page_size) && is_aligned(size, page_size); }

// Whether [va, va + size) lies in one window: past its end are other people's entries, and past all of them none.
bool in_a_window(uptr va, usize size) {
    constexpr struct {
        uptr begin, end;
    } windows[] = {{tree_window, stack_window},
                   {stack_window, stack_window + window_size},
                   {device_window, device_window + window_size}};
    for (const auto& window : windows) {
        if (va >= window.begin && va < window.end) return size <= window.end - va;
    }
    return false;
}

// The entry of a page that was seen to be mapped under the lock that is still held.
Descriptor& made_entry(uptr va) REQUIRES_LOCK(lock) {
    Descriptor* entry = find(va).entry;
    check(entry != nullptr, "what was mapped under this lock is mapped");
    return *entry;
}

Status map_locked(uptr va, PhysAddr pa, usize size, Access access) REQUIRES_LOCK(lock) {
    if (!in_a_window(va, size)) return fail(Error::Invalid);
    for (usize done = 0; done < size; done += page_size) {
        if (find(va + done).entry != nullptr) return fail(Error::Busy);
    }
    for (usize done = 0; done < size; done += page_size) {
        Result<Descriptor*> entry = page_entry(va + done);
        if (!entry) {
            // Nothing stays of a half-made mapping.
            for (usize undone = 0; undone < done; undone += page_size) made_entry(va + undone) = Descriptor{};
            arch::forget_mappings(va, va + done);
            return fail(entry.error());
        }
        **entry = Descriptor::page(pa + done, access);
    }
    arch::publish_mappings();
    return {};
}

// In the GiB of the devices, whose tables are there, far behind them.
constexpr uptr alias_page = device_window + 1_GiB - page_size;
constinit Descriptor* alias_entry = nullptr;

}  // namespace

Status make_alias() noexcept {
    sync::IrqLockGuard guard{lock};
    alias_entry = TRY(page_entry(alias_page));
    return {};
}

uptr open_alias(Unsafe, PhysAddr page) noexcept {
    if (alias_entry == nullptr) return 0;
    *alias_entry = Descriptor::page(page, Access::ReadWrite);
    arch::publish_mappings();
    return alias_page;
}

void close_alias() noexcept {
    *alias_entry = Descriptor{};
    arch::forget_mappings(alias_page, alias_page + page_size);
}

PhysAddr image_physical(const void* object) {
    return quartet_boot_record.load_address + (reinterpret_cast<uptr>(object) - arch::image_base);
}

PhysRange image_range() { return {image_physical(_start), image_physical(__image_end)}; }

void use_table_source(TableSource source) {
    sync::IrqLockGuard guard{lock};
    table_source = source;
}

Status map(Unsafe, uptr va, PhysAddr pa, usize size, Access access) {
    if (!aligned(va, size) || !is_aligned(pa.value(), page_size)) return fail(Error::Invalid);
    sync::IrqLockGuard guard{lock};
    return map_locked(va, pa, size, access);
}

void unmap(Unsafe, uptr va, usize size) {
    sync::IrqLockGuard guard{lock};
    for (usize done = 0; done < size; done += page_size) {
        Found found = find(va + done);
        if (found.entry != nullptr && found.size == page_size) *found.entry = Descriptor{};
    }
    arch::forget_mappings(va, va + size);
}

Status make_read_only(uptr va, usize size) {
    if (!aligned(va, size)) return fail(Error::Invalid);
    sync::IrqLockGuard guard{lock};
    // All or nothing: an entry that lost the right while some TLB still grants it would be neither.
    for (usize done = 0; done < size; done += page_size) {
        Found found = find(va + done);
        if (found.entry == nullptr || found.size != page_size) return fail(Error::Invalid);
    }
    for (usize done = 0; done < size; done += page_size) {
        Descriptor& entry = made_entry(va + done);
        entry = entry.without_write();
    }
    arch::forget_mappings(va, va + size);
    return {};
}

Status map_linear(PhysRange ram, PhysRange by_pages) {
    PhysRange whole{PhysAddr{align_up(ram.begin.value(), page_size)}, PhysAddr{align_down(ram.end.value(), page_size)}};
    PhysRange closed{image_range().begin, image_physical(__rodata_end)};  // text and rodata: no second, writable view
    sync::IrqLockGuard guard{lock};
    auto in_image = [&](PhysAddr at) {
        return closed.contains(at) && find(arch::image_base + (at - closed.begin)).entry != nullptr;
    };
    for (PhysAddr at = whole.begin; at < whole.end;) {
        uptr va = arch::linear_base + at.value();
        PhysRange block{at, at + arch::block_size};
        bool fits = is_aligned(at.value(), arch::block_size) && block.end <= whole.end && !block.overlaps(by_pages) &&
                    !block.overlaps(image_range());
        if (fits) {
            Descriptor& entry = TRY(table_of_blocks(va))->entries[arch::index_at_level(2, va)];
            if (!entry.valid()) entry = Descriptor::block(at, Access::ReadWrite);
            at = block.end;
            continue;
        }
        if (!in_image(at)) {
            Descriptor& entry = *TRY(page_entry(va));
            if (!entry.valid()) entry = Descriptor::page(at, Access::ReadWrite);
        }
        at = at + page_size;
    }
    arch::publish_mappings();
    return {};
}

Result<uptr> map_device(PhysAddr at, usize size) {
    // What the walker can be told: an entry has room for 48 bits. Then nothing below wraps.
    constexpr u64 physical_end = u64{1} << 48;
    if (at.value() >= physical_end || size > physical_end - at.value()) return fail(Error::Invalid);
    PhysAddr begin{align_down(at.value(), page_size)};
    PhysAddr end{align_up(at.value() + size, page_size)};
    sync::IrqLockGuard guard{lock};
    // Devices share pages (the UARTs do): look for the range among what is mapped already.
    for (uptr va = device_window; va < next_device; va += page_size) {
        Found found = find(va);
        if (found.entry == nullptr || found.seen.address() != begin) continue;
        bool whole = true;
        for (usize done = page_size; done < end - begin; done += page_size) {
            Found next = find(va + done);
            whole = whole && next.entry != nullptr && next.seen.address() == begin + done;
        }
        if (whole) return va + (at - begin);
    }
    uptr va = next_device;
    TRY(map_locked(va, begin, end - begin, Access::Device));
    // A page of distance: running off the end of one device's registers faults.
    next_device = va + (end - begin) + page_size;
    return va + (at - begin);
}

Result<Mapping> lookup(uptr va) {
    Found found = find(va);
    if (found.entry == nullptr) return fail(Error::NotFound);
    return Mapping{
        .physical = found.seen.address() + (va & (found.size - 1)),
        .writable = !found.seen.read_only(),
        .executable = found.seen.executable(),
    };
}

Result<uptr> address_of(PhysAddr at, usize size) {
    PhysAddr last = at + (size - 1);
    auto leads_to_it = [&](uptr va) {
        Result<Mapping> first = lookup(va);
        Result<Mapping> end = lookup(va + (size - 1));
        return first && end && first->physical == at && end->physical == last;
    };
    if (size == 0 || last < at) return fail(Error::Invalid);
    if (image_range().contains(at)) {
        uptr va = arch::image_base + (at - image_range().begin);
        if (leads_to_it(va)) return va;
    }
    if (at.value() < 256_GiB && leads_to_it(arch::linear_base + at.value())) return arch::linear_base + at.value();
    uptr devices_end;
    {
        sync::IrqLockGuard guard{lock};
        devices_end = next_device;
    }
    for (uptr va = device_window; va < devices_end; va += page_size) {
        uptr candidate = va + (at.value() & (page_size - 1));
        if (leads_to_it(candidate)) return candidate;
    }
    return fail(Error::NotFound);
}

}  // namespace quartet::mm
