// SPDX-License-Identifier: MIT

#include <arch/mmio.hpp>
#include <base/field.hpp>
#include <doctest/doctest.h>

#include "../fakes/check_failed.hpp"

using namespace quartet;

namespace {

enum class Mode : u32 { Off = 0, Slow = 1, Fast = 2 };

struct Control : ReadWrite<u32, 0x10> {
    using Speed = Field<Control, 5, 4, Mode>;
    using Count = Field<Control, 31, 16>;
};
struct Status : ReadOnly<u32, 0x14> {};
struct Command : WriteOnly<u32, 0x18> {};
struct Table : ReadWrite<u32, 0x40, 8> {};

template <typename Reg>
concept CanRead = requires(const arch::MmioRegion& region) { read<Reg>(region); };
template <typename Reg>
concept CanWrite = requires(const arch::MmioRegion& region, Value<Reg> value) { write(region, value); };

static_assert(CanRead<Control> && CanWrite<Control>);
static_assert(CanRead<Status> && !CanWrite<Status>);
static_assert(!CanRead<Command> && CanWrite<Command>);

}  // namespace

TEST_CASE("REG01 fields are packed, unpacked and replaced in their own bits") {
    constexpr Value<Control> value = Control::Speed::of(Mode::Fast) | Control::Count::of(0x1234);
    static_assert(value.bits == 0x1234'0020);
    CHECK(Control::Speed::in(value) == Mode::Fast);
    CHECK(Control::Count::in(value) == 0x1234);
    CHECK(Control::Speed::put(value, Mode::Slow).bits == 0x1234'0010);
    CHECK(Control::Count::mask().bits == 0xffff'0000);
    CHECK(value.has_any(Control::Speed::mask()));
    CHECK_FALSE(Control::Count::of(1).has_any(Control::Speed::mask()));
}

TEST_CASE("REG01 a value that does not fit its field is a bug, not a neighbour's bits") {
    CHECK_THROWS_AS(static_cast<void>(Control::Count::of(0x1'0000)), fakes::CheckFailed);
    CHECK_THROWS_AS(static_cast<void>(Control::Speed::of(static_cast<Mode>(4))), fakes::CheckFailed);
}

TEST_CASE("REG01 arrays of registers stop at their end") {
    arch::MmioTrace trace;
    arch::MmioRegion region{trace};
    write(region, Value<Table>{7}, 7);
    CHECK(trace.writes == std::vector<arch::MmioTrace::Write>{{0x5c, 7}});
    CHECK_THROWS_AS(write(region, Value<Table>{7}, 8), fakes::CheckFailed);
    CHECK_THROWS_AS(static_cast<void>(read<Table>(region, 8)), fakes::CheckFailed);
}

TEST_CASE("REG01 modify reads once and writes once, keeping the other fields") {
    arch::MmioTrace trace;
    trace.values[0x10] = 0xabcd'0035;
    modify<Control::Speed>(arch::MmioRegion{trace}, Mode::Off);
    CHECK(trace.reads == std::vector<u32>{0x10});
    CHECK(trace.writes == std::vector<arch::MmioTrace::Write>{{0x10, 0xabcd'0005}});
}
