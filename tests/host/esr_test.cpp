// SPDX-License-Identifier: MIT
//
// Syndromes as numbers, from the manual's encoding and from what QEMU and Linux logs show.

#include <arch/layout/esr.hpp>
#include <arch/layout/fault_frame.hpp>
#include <doctest/doctest.h>

using namespace quartet;
using namespace quartet::arch;

TEST_CASE("EXC03 aborts: who, what, which level") {
    Esr read_translation{0x9600'0005};  // the classic null pointer
    CHECK(read_translation.ec() == ExceptionClass::DataAbort);
    CHECK(read_translation.data_abort());
    CHECK_FALSE(read_translation.write());
    CHECK(read_translation.status().type == AbortType::Translation);
    CHECK(read_translation.status().level == 1);
    CHECK(read_translation.far_valid());
    CHECK_FALSE(read_translation.access_size());

    Esr write_permission{0x9600'004f};
    CHECK(write_permission.write());
    CHECK(write_permission.status().type == AbortType::Permission);
    CHECK(write_permission.status().level == 3);

    Esr execute_permission{0x8600'000f};
    CHECK(execute_permission.instruction_abort());
    CHECK_FALSE(execute_permission.write());
    CHECK(execute_permission.status().type == AbortType::Permission);

    Esr alignment{0x9600'0021};
    CHECK(alignment.status().type == AbortType::Alignment);
    CHECK_FALSE(alignment.status().level);

    Esr external{0x9600'0010};
    CHECK(external.status().type == AbortType::External);
    CHECK_FALSE(external.on_table_walk());
    Esr walk{0x9600'0016};
    CHECK(walk.status().type == AbortType::External);
    CHECK(walk.status().level == 2);
    CHECK(walk.on_table_walk());

    Esr no_far{0x9600'0410};
    CHECK_FALSE(no_far.far_valid());
    Esr maintenance{0x9600'0147};  // CM: WnR says nothing
    CHECK(maintenance.cache_maintenance());
    CHECK_FALSE(maintenance.write());
}

TEST_CASE("EXC03 access size where the syndrome is valid") {
    CHECK(Esr{0x9300'0006}.access_size() == 1);
    CHECK(Esr{0x9340'0006}.access_size() == 2);
    CHECK(Esr{0x9380'0006}.access_size() == 4);
    CHECK(Esr{0x93c0'0006}.access_size() == 8);
    CHECK_FALSE(Esr{0x83c0'0006}.access_size());  // an instruction abort has none
}

TEST_CASE("EXC03 every abort status has one meaning") {
    u32 reserved = 0;
    for (u32 status = 0; status < 64; ++status) {
        AbortStatus decoded = abort_status(status);
        if (decoded.type == AbortType::Reserved) ++reserved;
        CHECK(words(decoded.type).size() > 3);
        if (decoded.level) CHECK(*decoded.level == (status & 3));
    }
    CHECK(reserved == 64 - 6 * 4 - 5);
    CHECK(abort_status(0x03).type == AbortType::AddressSize);
    CHECK(abort_status(0x09).type == AbortType::AccessFlag);
    CHECK(abort_status(0x1d).type == AbortType::Parity);
    CHECK(abort_status(0x18).type == AbortType::Parity);
    CHECK(abort_status(0x30).type == AbortType::TlbConflict);
    CHECK(abort_status(0x35).type == AbortType::Unsupported);
    CHECK(abort_status(0x11).type == AbortType::Reserved);
}

TEST_CASE("EXC05 comment fields and classes") {
    CHECK(Esr{0xf200'03e8}.ec() == ExceptionClass::Brk);
    CHECK(Esr{0xf200'03e8}.comment() == 1000);
    CHECK(Esr{0x5600'002a}.ec() == ExceptionClass::Svc);
    CHECK(Esr{0x5600'002a}.comment() == 42);
    CHECK(Esr{0x0200'0000}.ec() == ExceptionClass::Unknown);
    CHECK(Esr{0x0200'0000}.wide_instruction());
    CHECK(Esr{0x1fe0'0000}.ec() == ExceptionClass::FpSimd);
    CHECK(Esr{0x8a00'0000}.ec() == ExceptionClass::PcAlignment);
    CHECK(Esr{0x9a00'0000}.ec() == ExceptionClass::SpAlignment);
    CHECK(Esr{0xbf00'0002}.ec() == ExceptionClass::SError);
    CHECK(words(ExceptionClass::SpAlignment) == "misaligned sp");
    for (u64 ec = 0; ec < 64; ++ec) CHECK(words(Esr{ec << 26}.ec()).size() > 2);
    CHECK(words(static_cast<ExceptionClass>(0x3f)) == "reserved exception class");
}

TEST_CASE("EXC05 system registers from the syndrome and from the instruction") {
    // msr ttbr1_el1, x5 = S3_0_C2_C0_1
    auto trapped = Esr{0x18ULL << 26 | 3U << 20 | 1U << 17 | 0U << 14 | 2U << 10 | 5U << 5}.system_register();
    CHECK(trapped.op0 == 3);
    CHECK(trapped.op1 == 0);
    CHECK(trapped.crn == 2);
    CHECK(trapped.crm == 0);
    CHECK(trapped.op2 == 1);
    CHECK(trapped.rt == 5);
    CHECK_FALSE(trapped.read);

    auto mrs = system_register_instruction(0xd53c'1100);  // mrs x0, hcr_el2 = S3_4_C1_C1_0
    REQUIRE(mrs);
    CHECK(mrs->read);
    CHECK(mrs->op0 == 3);
    CHECK(mrs->op1 == 4);
    CHECK(mrs->crn == 1);
    CHECK(mrs->crm == 1);
    CHECK(mrs->op2 == 0);
    CHECK(mrs->rt == 0);
    auto msr = system_register_instruction(0xd518'2025);  // msr ttbr1_el1, x5
    REQUIRE(msr);
    CHECK_FALSE(msr->read);
    CHECK(msr->rt == 5);
    CHECK_FALSE(system_register_instruction(0));
    CHECK_FALSE(system_register_instruction(0xd503'201f));  // nop
    CHECK_FALSE(system_register_instruction(0xd503'3fdf));  // isb
}

TEST_CASE("EXC01 a slot's number says what and from where") {
    CHECK(vector_kind(0) == VectorKind::Synchronous);
    CHECK(vector_origin(0) == VectorOrigin::ThreadStack);
    CHECK(vector_kind(6) == VectorKind::Fiq);
    CHECK(vector_origin(6) == VectorOrigin::ExceptionStack);
    CHECK(vector_kind(11) == VectorKind::SError);
    CHECK(vector_origin(11) == VectorOrigin::LowerAArch64);
    CHECK(vector_kind(13) == VectorKind::Irq);
    CHECK(vector_origin(13) == VectorOrigin::LowerAArch32);
}
