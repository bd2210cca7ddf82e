// SPDX-License-Identifier: MIT
//
// ESR_EL1: why an exception was taken (Arm ARM DDI 0487, D17.2.37 ESR_EL1). Fields as numbers and
// short words for them; sentences are made by whoever knows the address space.

#pragma once

#include <base/literal.hpp>
#include <base/types.hpp>

#include <optional>
#include <string_view>

namespace quartet::arch {

// Those that this kernel can meet; every other value has the words "reserved exception class".
enum class ExceptionClass : u8 {
    Unknown = 0x00,
    WfiWfe = 0x01,
    FpSimd = 0x07,
    IllegalState = 0x0e,
    Svc32 = 0x11,
    Svc = 0x15,
    Hvc = 0x16,
    Smc = 0x17,
    SystemRegister = 0x18,
    InstructionAbortLower = 0x20,
    InstructionAbort = 0x21,
    PcAlignment = 0x22,
    DataAbortLower = 0x24,
    DataAbort = 0x25,
    SpAlignment = 0x26,
    FloatingPoint = 0x2c,
    SError = 0x2f,
    BreakpointLower = 0x30,
    Breakpoint = 0x31,
    StepLower = 0x32,
    Step = 0x33,
    WatchpointLower = 0x34,
    Watchpoint = 0x35,
    Brk32 = 0x38,
    Brk = 0x3c,
};

struct ExceptionClassWords {
    ExceptionClass ec;
    Literal words;
};
inline constexpr ExceptionClassWords exception_class_words[] = {
    {ExceptionClass::Unknown, "undefined instruction"},
    {ExceptionClass::WfiWfe, "trapped wfi or wfe"},
    {ExceptionClass::FpSimd, "trapped SIMD or floating-point instruction"},
    {ExceptionClass::IllegalState, "illegal execution state"},
    {ExceptionClass::Svc32, "svc from AArch32"},
    {ExceptionClass::Svc, "svc"},
    {ExceptionClass::Hvc, "hvc"},
    {ExceptionClass::Smc, "smc"},
    {ExceptionClass::SystemRegister, "trapped system register access"},
    {ExceptionClass::InstructionAbortLower, "instruction abort from a lower level"},
    {ExceptionClass::InstructionAbort, "instruction abort"},
    {ExceptionClass::PcAlignment, "misaligned pc"},
    {ExceptionClass::DataAbortLower, "data abort from a lower level"},
    {ExceptionClass::DataAbort, "data abort"},
    {ExceptionClass::SpAlignment, "misaligned sp"},
    {ExceptionClass::FloatingPoint, "floating-point exception"},
    {ExceptionClass::SError, "SError"},
    {ExceptionClass::BreakpointLower, "breakpoint from a lower level"},
    {ExceptionClass::Breakpoint, "breakpoint"},
    {ExceptionClass::StepLower, "single step from a lower level"},
    {ExceptionClass::Step, "single step"},
    {ExceptionClass::WatchpointLower, "watchpoint from a lower level"},
    {ExceptionClass::Watchpoint, "watchpoint"},
    {ExceptionClass::Brk32, "bkpt from AArch32"},
    {ExceptionClass::Brk, "brk"},
};

constexpr std::string_view words(ExceptionClass ec) {
    for (const ExceptionClassWords& entry : exception_class_words) {
        if (entry.ec == ec) return entry.words;
    }
    return "reserved exception class";
}

// The six status bits of an abort (D17.2.37, DFSC and IFSC).
enum class AbortType : u8 {
    AddressSize,
    Translation,
    AccessFlag,
    Permission,
    External,       // the bus answered with an error
    Parity,
    Alignment,
    TlbConflict,
    Unsupported,    // an exclusive or atomic to memory that cannot do it
    Reserved,
};

struct AbortStatus {
    AbortType type;
    std::optional<u8> level;  // of the translation table, where the status names one
};

constexpr AbortStatus abort_status(u32 status) {
    u8 level = static_cast<u8>(status & 3);
    switch (status & 0x3c) {
        case 0x00: return {AbortType::AddressSize, level};
        case 0x04: return {AbortType::Translation, level};
        case 0x08: return {AbortType::AccessFlag, level};
        case 0x0c: return {AbortType::Permission, level};
        case 0x14: return {AbortType::External, level};  // on a table walk
        case 0x1c: return {AbortType::Parity, level};    // on a table walk
        default: break;
    }
    switch (status & 0x3f) {
        case 0x10: return {AbortType::External, {}};
        case 0x18: return {AbortType::Parity, {}};
        case 0x21: return {AbortType::Alignment, {}};
        case 0x30: return {AbortType::TlbConflict, {}};
        case 0x35: return {AbortType::Unsupported, {}};
        default: return {AbortType::Reserved, {}};
    }
}

constexpr std::string_view words(AbortType type) {
    switch (type) {
        case AbortType::AddressSize: return "address size fault";
        case AbortType::Translation: return "translation fault";
        case AbortType::AccessFlag: return "access flag fault";
        case AbortType::Permission: return "permission fault";
        case AbortType::External: return "external abort";
        case AbortType::Parity: return "parity error";
        case AbortType::Alignment: return "alignment fault";
        case AbortType::TlbConflict: return "TLB conflict";
        case AbortType::Unsupported: return "unsupported exclusive or atomic access";
        case AbortType::Reserved: return "reserved fault status";
    }
    return "reserved fault status";
}

// A trapped MRS or MSR, by the numbers that its assembly name S<op0>_<op1>_C<n>_C<m>_<op2> has.
struct SystemRegisterAccess {
    u8 op0, op1, crn, crm, op2;
    u8 rt;
    bool read;
};

class Esr {
public:
    constexpr explicit Esr(u64 bits) : bits_(bits) {}

    constexpr u64 bits() const { return bits_; }
    constexpr ExceptionClass ec() const { return static_cast<ExceptionClass>(field(31, 26)); }
    constexpr bool wide_instruction() const { return field(25, 25) != 0; }  // IL: four bytes, not two
    constexpr u32 iss() const { return field(24, 0); }

    constexpr bool data_abort() const {
        return ec() == ExceptionClass::DataAbort || ec() == ExceptionClass::DataAbortLower;
    }
    constexpr bool instruction_abort() const {
        return ec() == ExceptionClass::InstructionAbort || ec() == ExceptionClass::InstructionAbortLower;
    }
    constexpr bool abort() const { return data_abort() || instruction_abort(); }

    // Of an abort.
    constexpr AbortStatus status() const { return abort_status(field(5, 0)); }
    constexpr bool on_table_walk() const { return (field(5, 0) & 0x34) == 0x14; }
    constexpr bool far_valid() const { return field(10, 10) == 0; }  // FnV

    // Of a data abort. Cache maintenance reports WnR as 1 whatever it does (D17.2.37, CM).
    constexpr bool write() const { return data_abort() && field(6, 6) != 0 && !cache_maintenance(); }
    constexpr bool cache_maintenance() const { return data_abort() && field(8, 8) != 0; }
    // Bytes that the instruction accesses, where the syndrome says so (ISV, SAS).
    constexpr std::optional<u8> access_size() const {
        if (!data_abort() || field(24, 24) == 0) return {};
        return static_cast<u8>(1U << field(23, 22));
    }

    // Of svc, hvc, smc and brk.
    constexpr u16 comment() const { return static_cast<u16>(field(15, 0)); }

    // Of a trapped system register access.
    constexpr SystemRegisterAccess system_register() const {
        return {static_cast<u8>(field(21, 20)),
                static_cast<u8>(field(16, 14)),
                static_cast<u8>(field(13, 10)),
                static_cast<u8>(field(4, 1)),
                static_cast<u8>(field(19, 17)),
                static_cast<u8>(field(9, 5)),
                field(0, 0) != 0};
    }

private:
    constexpr u32 field(u32 high, u32 low) const {
        return static_cast<u32>((bits_ >> low) & ((u64{1} << (high - low + 1)) - 1));
    }

    u64 bits_;
};

// The same numbers, read from an MRS or MSR (register) instruction itself: where the access is not
// trapped but undefined, the syndrome is silent (C6.2.228 MRS, C6.2.230 MSR).
constexpr std::optional<SystemRegisterAccess> system_register_instruction(u32 instruction) {
    if ((instruction & 0xffd0'0000) != 0xd510'0000) return {};
    auto field = [&](u32 high, u32 low) {
        return static_cast<u8>((instruction >> low) & ((1U << (high - low + 1)) - 1));
    };
    return SystemRegisterAccess{field(20, 19), field(18, 16), field(15, 12),     field(11, 8),
                                field(7, 5),   field(4, 0),   field(21, 21) != 0};
}

}  // namespace quartet::arch
