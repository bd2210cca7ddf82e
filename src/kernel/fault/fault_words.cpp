// SPDX-License-Identifier: MIT

#include "fault_words.hpp"

#include <arch/layout/esr.hpp>
#include <arch/layout/panic_trap.h>
#include <base/format.hpp>
#include <base/literal.hpp>

namespace quartet::kernel {

using arch::AbortType;
using arch::Esr;
using arch::ExceptionClass;
using arch::VectorKind;
using arch::VectorOrigin;

namespace {

struct Three {
    Literal read, write, execute;
};

// The KINDs of an access to each place.
constexpr Three kinds_of(Place place) {
    switch (place) {
        case Place::NullPage: return {"null-read", "null-write", "null-call"};
        case Place::Text: return {"text-read", "text-write", "text-call"};
        case Place::Rodata: return {"rodata-read", "rodata-write", "exec-rodata"};
        case Place::Data: return {"data-read", "data-write", "exec-data"};
        case Place::Stack: return {"stack-read", "stack-write", "exec-stack"};
        case Place::StackGuard: return {"stack-overflow", "stack-overflow", "exec-guard"};
        case Place::Heap: return {"heap-read", "heap-write", "exec-heap"};
        case Place::Tree: return {"tree-read", "tree-write", "exec-tree"};
        case Place::Device: return {"device-read", "device-write", "exec-device"};
        case Place::Unmapped: return {"wild-read", "wild-write", "wild-call"};
    }
    return {"wild-read", "wild-write", "wild-call"};
}

std::string_view abort_kind(Esr esr, Place place) {
    switch (esr.status().type) {
        case AbortType::Alignment: return place == Place::Device ? "unaligned-device" : "unaligned";
        case AbortType::External: return "external-abort";
        case AbortType::Parity: return "parity";
        case AbortType::AddressSize:
        case AbortType::Translation:
        case AbortType::AccessFlag:
        case AbortType::Permission: break;
        case AbortType::TlbConflict: return "tlb-conflict";
        case AbortType::Unsupported: return "unsupported-access";
        case AbortType::Reserved: return "abort";
    }
    Three kinds = kinds_of(place);
    if (esr.instruction_abort()) return kinds.execute;
    return esr.write() ? kinds.write : kinds.read;
}

std::optional<arch::SystemRegisterAccess> denied_register(Esr esr, const FaultScene& scene) {
    if (esr.ec() == ExceptionClass::SystemRegister) return esr.system_register();
    if (esr.ec() != ExceptionClass::Unknown || !scene.instruction) return {};
    return arch::system_register_instruction(*scene.instruction);
}

std::string_view synchronous_kind(Esr esr, const FaultScene& scene) {
    if (esr.abort()) return abort_kind(esr, scene.touched.place);
    if (denied_register(esr, scene)) return "sysreg";
    switch (esr.ec()) {
        case ExceptionClass::Unknown: return "undefined";
        case ExceptionClass::FpSimd: return "simd";
        case ExceptionClass::IllegalState: return "illegal-state";
        case ExceptionClass::Svc: return "svc";
        case ExceptionClass::PcAlignment: return "pc-misaligned";
        case ExceptionClass::SpAlignment: return "sp-misaligned";
        case ExceptionClass::Brk: return esr.comment() == SPIN_BRK ? "spin-lock" : "brk";
        case ExceptionClass::Breakpoint:
        case ExceptionClass::Step:
        case ExceptionClass::Watchpoint: return "debug";
        default: return "exception";
    }
}

// A thread that may use SIMD does not get as far as a report. A handler must not: the registers are a thread's.
bool simd_in_handler(const arch::FaultFrame& frame, const FaultScene& scene) {
    return Esr{frame.esr}.ec() == ExceptionClass::FpSimd && scene.handled.has_value();
}

std::string_view slot_kind(u32 slot) {
    static constexpr Literal el0[] = {"el0-sync", "el0-irq", "el0-fiq", "el0-serror"};
    static constexpr Literal aarch32[] = {"aarch32-sync", "aarch32-irq", "aarch32-fiq", "aarch32-serror"};
    static constexpr Literal here[] = {"sync", "irq", "fiq", "serror"};
    u32 kind = slot & 3;
    switch (arch::vector_origin(slot)) {
        case VectorOrigin::LowerAArch64: return el0[kind];
        case VectorOrigin::LowerAArch32: return aarch32[kind];
        case VectorOrigin::ThreadStack:
        case VectorOrigin::ExceptionStack: return here[kind];
    }
    return here[kind];
}

bool synchronous_here(u32 slot) { return arch::vector_kind(slot) == VectorKind::Synchronous && slot < 8; }

void put_access(Writer& out, Esr esr, u64 far) {
    if (esr.instruction_abort()) {
        format(out, "execution at {:#x}", far);
        return;
    }
    out.put(esr.cache_maintenance() ? "cache maintenance" : esr.write() ? "write" : "read");
    if (auto size = esr.access_size()) format(out, " of {} byte{}", *size, *size == 1 ? "" : "s");
    if (esr.far_valid()) format(out, " at {:#x}", far);
    else out.put(" at an unknown address");
}

void put_place(Writer& out, const TouchedPlace& touched) {
    format(out, ", {}", words(touched.place));
    if (!touched.owner.empty()) format(out, " of {}", touched.owner);
}

void put_status(Writer& out, Esr esr) {
    out.put(words(esr.status().type));
    if (esr.on_table_walk()) out.put(" on a table walk");
    if (auto level = esr.status().level) format(out, ", level {}", *level);
}

void put_register(Writer& out, const arch::SystemRegisterAccess& access) {
    format(out, "{} of S{}_{}_C{}_C{}_{}", access.read ? "read" : "write", access.op0, access.op1, access.crn,
           access.crm, access.op2);
}

}  // namespace

std::string_view words(Place place) {
    switch (place) {
        case Place::Unmapped: return "where nothing is mapped";
        case Place::NullPage: return "in the null page";
        case Place::Text: return "in the kernel's text";
        case Place::Rodata: return "in read-only data";
        case Place::Data: return "in the kernel's data";
        case Place::Stack: return "in the stack";
        case Place::StackGuard: return "in the stack guard";
        case Place::Heap: return "in the heap";
        case Place::Tree: return "in the device tree";
        case Place::Device: return "in a device's registers";
    }
    return "somewhere";
}

bool is_panic(const arch::FaultFrame& frame) {
    Esr esr{frame.esr};
    return synchronous_here(frame.slot) && esr.ec() == ExceptionClass::Brk && esr.comment() == PANIC_BRK;
}

std::string_view fault_kind(const arch::FaultFrame& frame, const FaultScene& scene) {
    if (scene.note != nullptr) return scene.note->kind;
    if (!synchronous_here(frame.slot)) return slot_kind(frame.slot);
    if (simd_in_handler(frame, scene)) return "panic";
    return synchronous_kind(Esr{frame.esr}, scene);
}

void put_syndrome(Writer& out, u64 bits) {
    Esr esr{bits};
    out.put(words(esr.ec()));
    switch (esr.ec()) {
        case ExceptionClass::Svc:
        case ExceptionClass::Hvc:
        case ExceptionClass::Smc:
        case ExceptionClass::Brk: format(out, " {:#x}", esr.comment()); return;
        case ExceptionClass::SystemRegister:
            out.put(", ");
            put_register(out, esr.system_register());
            return;
        case ExceptionClass::SError: format(out, ", syndrome {:#x}", esr.iss()); return;
        default: break;
    }
    if (!esr.abort()) return;
    if (esr.data_abort()) out.put(esr.cache_maintenance() ? ", cache maintenance" : esr.write() ? ", write" : ", read");
    out.put(", ");
    put_status(out, esr);
}

void put_fault_words(Writer& out, const arch::FaultFrame& frame, const FaultScene& scene) {
    Esr esr{frame.esr};
    if (scene.note != nullptr) {
        out.put(scene.note->what);
        if (!scene.note->file.empty()) format(out, " ({}:{})", scene.note->file, scene.note->line);
        return;
    }
    switch (arch::vector_kind(frame.slot)) {
        case VectorKind::Irq: out.put("interrupt where none can be taken"); break;
        case VectorKind::Fiq: out.put("fast interrupt, which this kernel does not use"); break;
        case VectorKind::SError:
            format(out, "asynchronous: an access made earlier failed (SError, syndrome {:#x})", esr.iss());
            break;
        case VectorKind::Synchronous:
            if (frame.slot >= 8) put_syndrome(out, frame.esr);
            break;
    }
    if (frame.slot >= 8) {
        format(out, ", from EL0 in {}, where nothing runs", frame.slot >= 12 ? "AArch32" : "AArch64");
        return;
    }
    if (arch::vector_kind(frame.slot) != VectorKind::Synchronous) return;

    if (simd_in_handler(frame, scene)) {
        format(out, "SIMD in handler of irq {}", *scene.handled);
    } else if (esr.abort()) {
        put_access(out, esr, frame.far);
        if (esr.far_valid() || esr.instruction_abort()) put_place(out, scene.touched);
        out.put(" (");
        put_status(out, esr);
        out.put(")");
    } else if (auto access = denied_register(esr, scene)) {
        put_register(out, *access);
        out.put(", a system register that this level does not have");
    } else if (esr.ec() == ExceptionClass::Brk && esr.comment() == SPIN_BRK) {
        format(out, "the spin lock at {:#x} did not come free", frame.x[16]);
    } else {
        put_syndrome(out, frame.esr);
        if (esr.ec() == ExceptionClass::Unknown && scene.instruction) format(out, " {:#010x}", *scene.instruction);
        if (esr.ec() == ExceptionClass::Svc) out.put(" inside the kernel, which has no such calls");
        if (esr.ec() == ExceptionClass::SpAlignment) format(out, " {:#x}", frame.sp);
        if (esr.ec() == ExceptionClass::PcAlignment) format(out, " {:#x}", frame.elr);
    }
}

void put_registers(Writer& out, std::span<const u64, 31> x) noexcept {
    for (u32 i = 0; i < 31; ++i) format(out, "x{}: {:#018x}{}", i, x[i], i % 3 == 2 || i == 30 ? '\n' : ' ');
}

}  // namespace quartet::kernel
