// SPDX-License-Identifier: MIT

#include <arch/layout/panic_trap.h>
#include <doctest/doctest.h>
#include <kernel/fault/fault_words.hpp>

#include <array>
#include <string>

using namespace quartet;
using namespace quartet::kernel;

namespace {

arch::FaultFrame frame_of(u64 esr, u64 far = 0, u32 slot = 0) {
    arch::FaultFrame frame{};
    frame.esr = esr;
    frame.far = far;
    frame.slot = slot;
    frame.sp = 0x1008;
    frame.elr = 0x2002;
    return frame;
}

std::string line_of(const arch::FaultFrame& frame, const FaultScene& scene) {
    std::array<char, 300> room;
    Writer out{room};
    out.put(fault_kind(frame, scene));
    out.put(": ");
    put_fault_words(out, frame, scene);
    return std::string{out.text()};
}

std::string line_of(u64 esr, u64 far, Place place, std::string_view owner = {}) {
    return line_of(frame_of(esr, far), FaultScene{{place, owner}, {}, nullptr});
}

constexpr u64 read_level1 = 0x9600'0005;
constexpr u64 write_level1 = 0x9600'0045;
constexpr u64 write_permission = 0x9600'004f;
constexpr u64 execute_level0 = 0x8600'0004;
constexpr u64 execute_permission = 0x8600'000f;

}  // namespace

TEST_CASE("EXC02 null pointers with their offsets") {
    CHECK(line_of(read_level1, 0x10, Place::NullPage) ==
          "null-read: read at 0x10, in the null page (translation fault, level 1)");
    CHECK(line_of(write_level1, 0xfff, Place::NullPage) ==
          "null-write: write at 0xfff, in the null page (translation fault, level 1)");
    CHECK(line_of(execute_level0, 0, Place::NullPage) ==
          "null-call: execution at 0x0, in the null page (translation fault, level 0)");
    CHECK(line_of(0x93c0'0006, 8, Place::NullPage) ==
          "null-read: read of 8 bytes at 0x8, in the null page (translation fault, level 2)");
    CHECK(line_of(0x9300'0006, 8, Place::NullPage) ==
          "null-read: read of 1 byte at 0x8, in the null page (translation fault, level 2)");
}

TEST_CASE("EXC03 what was written or executed") {
    CHECK(line_of(write_permission, 0xffff'ffc0'0000'1000, Place::Text) ==
          "text-write: write at 0xffffffc000001000, in the kernel's text (permission fault, level 3)");
    CHECK(line_of(write_permission, 0x5000, Place::Rodata) ==
          "rodata-write: write at 0x5000, in read-only data (permission fault, level 3)");
    CHECK(line_of(execute_permission, 0x5000, Place::Data) ==
          "exec-data: execution at 0x5000, in the kernel's data (permission fault, level 3)");
    CHECK(line_of(execute_permission, 0x5000, Place::Stack, "thread shell") ==
          "exec-stack: execution at 0x5000, in the stack of thread shell (permission fault, level 3)");
    CHECK(line_of(execute_permission, 0x5000, Place::Heap) ==
          "exec-heap: execution at 0x5000, in the heap (permission fault, level 3)");
    CHECK(line_of(read_level1, 0xdead'0000'0000, Place::Unmapped) ==
          "wild-read: read at 0xdead00000000, where nothing is mapped (translation fault, level 1)");
}

TEST_CASE("EXC04 alignment") {
    CHECK(line_of(0x9600'0021, 0xffff'ffe0'0000'0001, Place::Device) ==
          "unaligned-device: read at 0xffffffe000000001, in a device's registers (alignment fault)");
    CHECK(line_of(0x9600'0021, 0x5001, Place::Heap).starts_with("unaligned: "));
    CHECK(line_of(0x9a00'0000, 0, Place::Unmapped) == "sp-misaligned: misaligned sp 0x1008");
    CHECK(line_of(0x8a00'0000, 0x2002, Place::Unmapped) == "pc-misaligned: misaligned pc 0x2002");
}

TEST_CASE("EXC05 instructions that are no good") {
    FaultScene undefined{{}, 0x0000'0000, nullptr};
    CHECK(line_of(frame_of(0x0200'0000), undefined) == "undefined: undefined instruction 0x00000000");
    CHECK(line_of(frame_of(0x0200'0000), {}) == "undefined: undefined instruction");
    FaultScene denied{{}, 0xd53c'1100, nullptr};
    CHECK(line_of(frame_of(0x0200'0000), denied) ==
          "sysreg: read of S3_4_C1_C1_0, a system register that this level does not have");
    CHECK(line_of(frame_of(0x6230'0881), {}).starts_with("sysreg: read of S3_0_C2_C0_"));
    CHECK(line_of(frame_of(0xf200'1234), {}) == "brk: brk 0x1234");
    arch::FaultFrame waiting = frame_of(0xf200'0000 | SPIN_BRK);
    waiting.x[16] = 0xffff'ffc0'0001'2340;
    CHECK(line_of(waiting, {}) == "spin-lock: the spin lock at 0xffffffc000012340 did not come free");
    CHECK(line_of(frame_of(0x5600'002a), {}) == "svc: svc 0x2a inside the kernel, which has no such calls");
    CHECK(line_of(frame_of(0x1fe0'0000), {}) == "simd: trapped SIMD or floating-point instruction");
    FaultScene handler{};
    handler.handled = 1019;
    CHECK(line_of(frame_of(0x1fe0'0000), handler) == "panic: SIMD in handler of irq 1019");
    CHECK(line_of(frame_of(0xf200'1234), handler) == "brk: brk 0x1234");
    CHECK(line_of(frame_of(0x3a00'0000), {}) == "illegal-state: illegal execution state");
}

TEST_CASE("EXC06 an address that no device answers at") {
    CHECK(line_of(0x9600'0010, 0x5000, Place::Device) ==
          "external-abort: read at 0x5000, in a device's registers (external abort)");
    CHECK(line_of(0x9600'0410, 0x5000, Place::Device) == "external-abort: read at an unknown address (external abort)");
    CHECK(line_of(0x9600'0017, 0x5000, Place::Heap) ==
          "external-abort: read at 0x5000, in the heap (external abort on a table walk, level 3)");
}

TEST_CASE("EXC07 a stack guard names whose it is") {
    CHECK(line_of(0x9600'0047, 0x5000, Place::StackGuard, "thread worker") ==
          "stack-overflow: write at 0x5000, in the stack guard of thread worker (translation fault, level 3)");
    CHECK(line_of(0x9600'0007, 0x5000, Place::StackGuard, "core 1 (exception)").starts_with("stack-overflow: read"));
}

TEST_CASE("EXC01 the slots that nothing should reach") {
    CHECK(line_of(frame_of(0, 0, 2), {}) == "fiq: fast interrupt, which this kernel does not use");
    CHECK(line_of(frame_of(0, 0, 6), {}) == "fiq: fast interrupt, which this kernel does not use");
    CHECK(line_of(frame_of(0, 0, 5), {}) == "irq: interrupt where none can be taken");
    CHECK(line_of(frame_of(0x8600'0004, 0, 8), {}) ==
          "el0-sync: instruction abort, translation fault, level 0, from EL0 in AArch64, where nothing runs");
    CHECK(line_of(frame_of(0, 0, 9), {}) ==
          "el0-irq: interrupt where none can be taken, from EL0 in AArch64, where nothing runs");
    CHECK(line_of(frame_of(0x4600'0003, 0, 12), {}).starts_with("aarch32-sync: svc from AArch32, from EL0"));
    for (u32 slot = 0; slot < 16; ++slot) {
        std::string kind{fault_kind(frame_of(0, 0, slot), {})};
        CHECK(kind.find(' ') == std::string::npos);
        CHECK(!kind.empty());
    }
}

TEST_CASE("EXC11 an SError is called asynchronous") {
    CHECK(line_of(frame_of(0xbf00'0002, 0, 3), {}) ==
          "serror: asynchronous: an access made earlier failed (SError, syndrome 0x1000002)");
    CHECK(line_of(frame_of(0xbe00'0011, 0, 7), {}).starts_with("serror: asynchronous"));
}

TEST_CASE("EXC05 a panic says its own words") {
    arch::FaultFrame frame = frame_of(0xf200'0000 | PANIC_BRK);
    CHECK(is_panic(frame));
    PanicNote note{"check", "a lock is released by its holder", "lock.cpp", 12};
    CHECK(line_of(frame, {{}, {}, &note}) == "check: a lock is released by its holder (lock.cpp:12)");
    CHECK_FALSE(is_panic(frame_of(0xf200'03e8)));
    frame.slot = 8;  // a brk from EL0 is nobody's panic
    CHECK_FALSE(is_panic(frame));
}
