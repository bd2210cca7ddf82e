// SPDX-License-Identifier: MIT

#include <arch/mmio.hpp>
#include <doctest/doctest.h>
#include <drivers/gpio/gpio.hpp>

using namespace quartet;
using namespace quartet::drivers;

TEST_CASE("GPIO01 the console's pins carry PL011 or mini-UART, and their neighbours keep what they carry") {
    arch::MmioTrace trace;
    trace.values[0x04] = 0x3fff'ffff;  // pins 10-19
    Gpio gpio{arch::MmioRegion{trace}};
    CHECK(gpio.set_function(14, Gpio::Function::Alt0));
    CHECK(gpio.set_function(15, Gpio::Function::Alt0));
    CHECK(trace.values[0x04] == ((0x3fff'ffff & ~(077u << 12)) | 044u << 12));
    CHECK(gpio.set_function(14, Gpio::Function::Alt5));
    CHECK(gpio.set_function(15, Gpio::Function::Alt5));
    CHECK(trace.values[0x04] == ((0x3fff'ffff & ~(077u << 12)) | 022u << 12));
}

TEST_CASE("GPIO01 pulls are two bits a pin, sixteen pins a register") {
    arch::MmioTrace trace;
    Gpio gpio{arch::MmioRegion{trace}};
    CHECK(gpio.set_pull(14, Gpio::Pull::None));
    CHECK(gpio.set_pull(15, Gpio::Pull::Up));
    CHECK(trace.values[0xe4] == 0x4000'0000);
    CHECK(gpio.set_pull(16, Gpio::Pull::Down));
    CHECK(trace.values[0xe8] == 2);
    CHECK(gpio.set_pull(57, Gpio::Pull::Up));
    CHECK(trace.values[0xf0] == 1u << 18);
}

TEST_CASE("GPIO01 a pin that does not exist is refused") {
    arch::MmioTrace trace;
    Gpio gpio{arch::MmioRegion{trace}};
    CHECK(gpio.set_function(58, Gpio::Function::Input) == fail(Error::Invalid));
    CHECK(gpio.set_pull(58, Gpio::Pull::None) == fail(Error::Invalid));
    CHECK(trace.writes.empty());
}
