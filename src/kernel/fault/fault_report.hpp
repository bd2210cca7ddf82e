// SPDX-License-Identifier: MIT
//
// The text of a fault report, section by section, so that a fault while one is written costs that
// section and no more. Reads what the faulting core left behind; takes no lock and allocates nothing.
// The first four are the first screen: 1,000 bytes on the wire at most, and whole in 100 ms.

#pragma once

#include <arch/layout/fault_frame.hpp>
#include <arch/simd.hpp>
#include <base/writer.hpp>

#include <optional>

namespace quartet::kernel {

enum class ReportSection : u8 {
    Fault,
    Thread,
    Place,
    Frames,  // pc and the first callers
    Callers,
    Order,
    Syndrome,
    Registers,
    Locks,
    Cores,
    Threads,
    Log,
    Events,
    End,
};
inline constexpr usize section_count = 14;

inline constexpr usize first_screen_bytes = 1000;
inline constexpr usize report_bytes = 8192;

// How a core was found that did not write the report.
struct StoppedCore {
    enum class How : u8 { NotAsked, Stopped, Faulted, Silent } how = How::NotAsked;
    uptr pc = 0;  // where it was, if it answered
};

struct ReportSubject {
    arch::FaultFrame frame{};
    u32 core = 0;
    bool handler = false;   // the core was inside a handler: the fault came at EL1h, or while its stack was in use
    bool panic = false;     // frame.x[0] is a PanicNote; elr and lr are the caller's already
    bool brief = false;     // after a fault in the report itself: numbers only, and no lists
    usize name_width = 0;  // of a function's name, so that the first screen is what it is to be; longer ones are cut
    std::optional<arch::SimdControl> simd = {};  // of the thread, where it has used SIMD
    StoppedCore cores[max_cores];
};

// Writes whole lines, ended by '\n'; nothing where the section has nothing to say. Context: after a fault.
void write_section(Writer& out, ReportSubject& subject, ReportSection section) noexcept;

// How many bytes of the report a section is sure of, however long those before it are. Context: after a fault.
usize sure_bytes(ReportSection section) noexcept;

// `0x… NAME+0x…`, or the number alone where `width`, the room of the name, is 0. Of a longer name its end is told, behind
// a `~`. A return address belongs to the call before it.
enum class CodeAddress : u8 { Exact, Return };
void put_code_address(Writer& out, uptr address, CodeAddress kind, usize width) noexcept;

}  // namespace quartet::kernel
