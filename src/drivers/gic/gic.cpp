// SPDX-License-Identifier: MIT

#include <drivers/gic/gic.hpp>

#include <arch/barrier.hpp>
#include <arch/cpu.hpp>

#include <algorithm>

namespace quartet::drivers {

namespace {

constexpr u32 shared_begin = 32;

// The register and the bit of an id in the arrays of one bit an id.
template <typename Reg>
void write_bit(const arch::MmioRegion& region, u32 id) {
    write(region, Value<Reg>{u32{1} << (id % 32)}, id / 32);
}
template <typename Reg>
bool read_bit(const arch::MmioRegion& region, u32 id) {
    return (read<Reg>(region, id / 32).bits >> (id % 32) & 1) != 0;
}

// One byte of the arrays of one byte an id. A byte access would do it too (IHI 0048B 4.1.4), but
// the caller is alone anyway and the machine boundary stays at one width.
template <typename Reg>
void write_byte(const arch::MmioRegion& region, u32 id, u32 value) {
    u32 shift = id % 4 * 8;
    u32 others = read<Reg>(region, id / 4).bits & ~(u32{0xff} << shift);
    write(region, Value<Reg>{others | value << shift}, id / 4);
}

constexpr u32 priority_byte(kernel::IrqPriority priority) { return (7 - static_cast<u32>(priority)) << 5; }
static_assert(priority_byte(kernel::IrqPriority::Highest) == 0 && priority_byte(kernel::IrqPriority::Lowest) == 0xe0);

constexpr u32 in_each_byte(u32 byte) { return byte * 0x0101'0101u; }
constexpr u32 normal = in_each_byte(priority_byte(kernel::IrqPriority::Normal));

}  // namespace

Status Gic::start_distributor() noexcept {
    // Off while it is changed: what the firmware left enabled would otherwise arrive half-configured.
    write(distributor_, gicd::Ctlr::Enable::of(0));
    u32 words = gicd::Typer::ItLinesNumber::in(read<gicd::Typer>(distributor_)) + 1;
    lines_ = std::min(words * 32, first_special_irq);

    for (u32 word = 1; word < words; ++word) {
        write(distributor_, Value<gicd::Icenabler>{~0u}, word);
        write(distributor_, Value<gicd::Icpendr>{~0u}, word);
        write(distributor_, Value<gicd::Icactiver>{~0u}, word);
    }
    u32 self = read<gicd::Itargetsr>(distributor_).bits & 0xff;
    if (self == 0) self = 1;  // a GIC for one core reads as zero (4.3.12), and ignores the writes
    for (u32 id = shared_begin; id < lines_; id += 4) {
        write(distributor_, Value<gicd::Ipriorityr>{normal}, id / 4);
        write(distributor_, Value<gicd::Itargetsr>{in_each_byte(self)}, id / 4);
    }
    for (u32 id = shared_begin; id < lines_; id += 16) write(distributor_, Value<gicd::Icfgr>{0}, id / 16);

    // Ids of group 0 read as zero in the non-secure view and ignore writes (4.3.11).
    if (lines_ > shared_begin && read<gicd::Ipriorityr>(distributor_, shared_begin / 4).bits == 0)
        return fail(Error::Unsupported);
    write(distributor_, gicd::Ctlr::Enable::of(1));
    return {};
}

void Gic::start_core() noexcept {
    u32 core = arch::core_id();
    debug_check(core < max_cores, "a core that the kernel does not know starts its interrupt interface");
    u32 self = read<gicd::Itargetsr>(distributor_).bits & 0xff;
    if (core < max_cores && self != 0) target_of_core_[core] = static_cast<u8>(self);

    // Registers of word 0 are banked: every core does this for itself. Nobody sends to it before it is
    // said to be online, so what is pending here is left over from before us.
    write(distributor_, Value<gicd::Icenabler>{~0u});
    write(distributor_, Value<gicd::Icactiver>{~0u});
    write(distributor_, Value<gicd::Icpendr>{~0u});
    for (u32 word = 0; word < gicd::Cpendsgir::count; ++word) write(distributor_, Value<gicd::Cpendsgir>{~0u}, word);
    for (u32 id = 0; id < shared_begin; id += 4) write(distributor_, Value<gicd::Ipriorityr>{normal}, id / 4);

    // Active priorities that somebody left (firmware, or a handler that a reset ended) would hold back
    // everything of equal or lower one, from the first completion on. All four words: how many priority
    // bits there are decides which of them a level is in.
    for (u32 word = 0; word < gicc::Apr::count; ++word) write(cpu_interface_, Value<gicc::Apr>{0}, word);
    // Above every priority that we give: the mask never hides anything, PSTATE.I does.
    write(cpu_interface_, gicc::Pmr::Priority::of(0xff));
    // Grouping of priorities decides who may interrupt a handler: nobody, as PSTATE.I stays set in
    // one. It is written because its value at reset is not said.
    write(cpu_interface_, gicc::Bpr::BinaryPoint::of(0));
    write(cpu_interface_, gicc::Ctlr::Enable::of(1));
}

void Gic::enable(u32 id) noexcept { write_bit<gicd::Isenabler>(distributor_, id); }

void Gic::disable(u32 id) noexcept {
    write_bit<gicd::Icenabler>(distributor_, id);
    // The distributor answers a read after it has done what was written before: from here on it
    // forwards `id` to nobody. GICv2 has no other way to see that a write took effect.
    static_cast<void>(read<gicd::Icenabler>(distributor_, id / 32));
}

bool Gic::enabled(u32 id) const noexcept { return read_bit<gicd::Isenabler>(distributor_, id); }
bool Gic::pending(u32 id) const noexcept { return read_bit<gicd::Ispendr>(distributor_, id); }
void Gic::set_pending(u32 id) noexcept { write_bit<gicd::Ispendr>(distributor_, id); }
void Gic::clear_pending(u32 id) noexcept { write_bit<gicd::Icpendr>(distributor_, id); }
bool Gic::active(u32 id) const noexcept { return read_bit<gicd::Isactiver>(distributor_, id); }

void Gic::set_priority(u32 id, kernel::IrqPriority priority) noexcept {
    write_byte<gicd::Ipriorityr>(distributor_, id, priority_byte(priority));
}

void Gic::set_trigger(u32 id, kernel::Trigger trigger) noexcept {
    if (id < 16) return;  // software interrupts are edges, their bits are read-only (4.3.13)
    u32 edge = u32{2} << (id % 16 * 2);
    u32 word = read<gicd::Icfgr>(distributor_, id / 16).bits;
    word = trigger == kernel::Trigger::EdgeTriggered ? word | edge : word & ~edge;
    write(distributor_, Value<gicd::Icfgr>{word}, id / 16);
}

void Gic::route(u32 id, u32 core) noexcept {
    debug_check(id >= shared_begin && core < max_cores, "only shared interrupts are routed, to a core that exists");
    write_byte<gicd::Itargetsr>(distributor_, id, target_of_core_[core]);
}

void Gic::send(u32 id, u32 core) noexcept {
    // The register is Device memory and what the handler is to see is Normal memory: a release
    // store does not order the two, this barrier does (Arm ARM B2.3.12).
    arch::publish_before_device_write();
    write(distributor_, gicd::Sgir::To::of(gicd::Sgir::Filter::Listed) |
                            gicd::Sgir::CpuList::of(target_of_core_[core]) | gicd::Sgir::IntId::of(id));
}

}  // namespace quartet::drivers
