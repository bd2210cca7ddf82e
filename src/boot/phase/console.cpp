// SPDX-License-Identifier: MIT
//
// The serial port that the tree names is programmed; what was logged so far and what follows goes out
// by polling until there are threads.

#include <boot/described.hpp>

#include <base/assert.hpp>
#include <drivers/uart/pl011.hpp>
#include <kernel/log.hpp>
#include <mm/kernel_map.hpp>

#include <optional>

namespace quartet::boot {

namespace { constinit std::optional<drivers::Pl011> pl011; 
void put_line(std::string_view line) { for (char c : line) pl011->put_polled(static_cast<u8>(c)); pl011->put_polled('\r'); pl011->put_polled('\n'); } }

Done<phase::Console> phase::Console::run(const Done<Describe>& description) {
    const Described& all = described(description);
    auto base = mm::map_device(all.machine.console.device.registers.begin, page_size);
    check(base.has_value(), "x");
    pl011.emplace(arch::MmioRegion{Unsafe{"stub for now only"}, *base}, 153u);
    (void)pl011->configure(48'000'000, 115200);
    kernel::log("hello {} {}", all.at.value(), words(all.source));
    for (auto& line : all.advice) kernel::log("advice: {}", line.text());
    for (auto& bank : all.machine.ram) kernel::log("ram: {:x}-{:x}", bank.begin.value(), bank.end.value());
    for (auto& r : all.machine.reserved) kernel::log("reserved: {:x}-{:x} {}", r.range.begin.value(), r.range.end.value(), words(r.why));
    kernel::the_log.drain(put_line);
    return {};
}

}  // namespace quartet::boot
