// SPDX-License-Identifier: MIT

#include <debug/gdb/points.hpp>

#include <arch/debug_unit.hpp>
#include <arch/probe.hpp>
#include <debug/gdb/machine.hpp>
#include <kernel/fault/core_stop.hpp>
#include <kernel/fault/memory_place.hpp>
#include <kernel/irq/irq.hpp>

namespace quartet::debug::gdb {

namespace {

struct Point {
    PointKind kind;
    bool used;
    bool in;        // of a software breakpoint: the code has it
    u32 original;   // and had this
    uptr at;
    u64 size;
};
constexpr u32 most_points = 32;
constinit Point points[most_points]{};
// The debug units of the cores are not as `points` says.
constinit bool units_stale = false;

arch::DebugPair pair_of(PointKind kind) {
    return kind == PointKind::Hardware ? arch::DebugPair::Breakpoint : arch::DebugPair::Watchpoint;
}

// DBGBCR: enabled, EL1, all four bytes. DBGWCR: enabled, EL1, which accesses, which of eight bytes (DDI 0487, D13.3.2 and D13.3.11).
u64 control_of(const Point& point) {
    if (point.kind == PointKind::Hardware) return 0x1e3;
    const u64 accesses = point.kind == PointKind::Write ? 2 : point.kind == PointKind::Read ? 1 : 3;
    const u64 bytes = ((u64{1} << point.size) - 1) << (point.at & 7);
    return 3 | accesses << 3 | bytes << 5;
}

// This core's unit is as `points` says. Those that are not used are off.
void set_unit(arch::FaultFrame&, void*) noexcept {
    u32 next[2] = {};
    for (const Point& point : points) {
        if (!point.used || point.kind == PointKind::Software) continue;
        const arch::DebugPair pair = pair_of(point.kind);
        const uptr value = pair == arch::DebugPair::Watchpoint ? align_down(point.at, 8) : point.at;
        quartet_set_debug_pair(next[static_cast<u32>(pair)]++, value, control_of(point), pair);
    }
    for (arch::DebugPair pair : {arch::DebugPair::Breakpoint, arch::DebugPair::Watchpoint}) {
        for (u32 n = next[static_cast<u32>(pair)]; n < arch::debug_pairs(pair); ++n)
            quartet_set_debug_pair(n, 0, 0, pair);
    }
    arch::set_debug_control(uses_debug_unit(), false);
}

u32 count_of(arch::DebugPair pair) {
    u32 count = 0;
    for (const Point& point : points)
        count += point.used && point.kind != PointKind::Software && pair_of(point.kind) == pair;
    return count;
}

Point* find(PointKind kind, uptr at, u64 size) {
    for (Point& point : points) {
        if (point.used && point.kind == kind && point.at == at && point.size == size) return &point;
    }
    return nullptr;
}

bool possible(PointKind kind, uptr at, u64 size) {
    if (kind == PointKind::Software || kind == PointKind::Hardware) {
        const bool code = size == 4 && is_aligned(at, 4) && kernel::code_range().contains(at, 4);
        return code && (kind == PointKind::Software || count_of(pair_of(kind)) < arch::debug_pairs(pair_of(kind)));
    }
    // One unit watches bytes of eight that lie side by side.
    return size != 0 && size <= 8 && (at & 7) + size <= 8 && count_of(pair_of(kind)) < arch::debug_pairs(pair_of(kind));
}

}  // namespace

bool uses_debug_unit() noexcept {
    return count_of(arch::DebugPair::Breakpoint) + count_of(arch::DebugPair::Watchpoint) != 0;
}

void put_points_in(u32 self) noexcept {
    for (Point& point : points) {
        if (!point.used || point.kind != PointKind::Software || point.in) continue;
        point.original = arch::load_instruction(Unsafe{"set_point found it in the image's code"}, point.at);
        point.in = write_instruction(point.at, break_instruction);
    }
    if (!units_stale) return;
    units_stale = false;
    for (u32 core = 0; core < max_cores; ++core) {
        // A core that does not stand is told when it does.
        if (core != self && kernel::irq::core_started(core))
            units_stale |= !kernel::do_standing(core, set_unit, nullptr);
    }
    set_unit(*kernel::stopped_frame(self).frame, nullptr);
}

void take_points_out() noexcept {
    for (Point& point : points) {
        if (point.in) point.in = !write_instruction(point.at, point.original);
    }
}

uptr watched_at(uptr far) noexcept {
    uptr nearest = far;
    u64 least = ~u64{0};
    for (const Point& point : points) {
        if (!point.used || point.kind < PointKind::Write) continue;
        const u64 distance = point.at > far ? point.at - far : far - point.at < point.size ? 0 : far - point.at;
        if (distance >= least) continue;
        least = distance;
        nearest = point.at;
    }
    return nearest;
}

bool breaks_at(uptr pc) noexcept { return find(PointKind::Software, pc, 4) != nullptr; }

bool machine::set_point(PointKind kind, uptr at, u64 size) noexcept {
    if (find(kind, at, size) != nullptr) return true;
    if (!possible(kind, at, size)) return false;
    for (Point& point : points) {
        if (point.used) continue;
        point = {.kind = kind, .used = true, .in = false, .original = 0, .at = at, .size = size};
        if (kind != PointKind::Software) units_stale = true;
        return true;
    }
    return false;
}

void machine::clear_point(PointKind kind, uptr at, u64 size) noexcept {
    Point* point = find(kind, at, size);
    if (point == nullptr) return;
    point->used = false;
    if (kind != PointKind::Software) units_stale = true;
}

void machine::clear_all_points() noexcept {
    for (Point& point : points) {
        if (point.used) clear_point(point.kind, point.at, point.size);
    }
}

}  // namespace quartet::debug::gdb
