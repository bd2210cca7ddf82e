// SPDX-License-Identifier: MIT
//
// The text of a fault report, section by section, so that a fault while one is written costs that
// section and no more. Reads what the faulting core left behind; takes no lock and allocates nothing.

#pragma once

#include <arch/layout/fault_frame.hpp>
#include <arch/simd.hpp>
#include <base/writer.hpp>

#include <optional>

namespace quartet::kernel {

enum class ReportSection : u8 { Waiting, Fault, Thread, Place, Trace, Syndrome, Registers, Cores, End };

// How a core was found that did not write the report.
struct StoppedCore {
    enum class How : u8 { NotAsked, Stopped, Faulted, Silent } how = How::NotAsked;
    uptr pc = 0;
};

struct ReportSubject {
    arch::FaultFrame frame{};
    u32 core = 0;
    bool handler = false;   // the core was inside a handler: the fault came at EL1h, or while its stack was in use
    bool panic = false;     // frame.x[0] is a PanicNote; elr and lr are the caller's already
    bool names = true;      // false: numbers only, after the names themselves made trouble
    std::optional<arch::SimdControl> simd = {};  // of the thread, where it has used SIMD
    StoppedCore cores[max_cores];
};

// Writes whole lines, ended by CR LF. Context: after a fault.
void write_section(Writer& out, ReportSubject& subject, ReportSection section) noexcept;

// `0x… NAME+0x…`, or the number alone. A return address belongs to the call before it.
enum class CodeAddress : u8 { Exact, Return };
void put_code_address(Writer& out, uptr address, CodeAddress kind, bool names) noexcept;

}  // namespace quartet::kernel
