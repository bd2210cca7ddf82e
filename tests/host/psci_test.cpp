// SPDX-License-Identifier: MIT

#include <arch/firmware.hpp>
#include <doctest/doctest.h>
#include <drivers/psci/psci.hpp>

using namespace quartet;
using arch::Conduit;
using arch::FirmwareCall;
using drivers::Psci;

namespace {

struct Firmware {
    Firmware() { arch::sim_firmware_calls.clear(); }
    ~Firmware() { arch::sim_firmware_answer = 0; }
};

constexpr PhysAddr entry{0x4020'0000};

}  // namespace

TEST_CASE("WDT06 PSCI resets and switches off, by the conduit that the tree names") {
    for (Conduit conduit : {Conduit::Hvc, Conduit::Smc}) {
        Firmware firmware;
        Psci psci{Unsafe{"the firmware is this test"}, conduit};
        psci.reboot();
        psci.power_off();
        CHECK(arch::sim_firmware_calls ==
              std::vector<FirmwareCall>{{conduit, {0x8400'0009, 0, 0, 0}}, {conduit, {0x8400'0008, 0, 0, 0}}});
    }
}

TEST_CASE("FDT07 PSCI starts a core by its whole affinity; one that runs already is no error") {
    Firmware firmware;
    const Psci psci{Unsafe{"the firmware is this test"}, Conduit::Smc};
    const auto start = [&](i64 answer) {
        arch::sim_firmware_answer = answer;
        return psci.start_core(Unsafe{"nobody runs what is there"}, 0x1'0000'0003, entry);
    };
    CHECK(start(0).has_value());
    CHECK(arch::sim_firmware_calls ==
          std::vector<FirmwareCall>{{Conduit::Smc, {0xc400'0003, 0x1'0000'0003, entry.value(), 0}}});
    CHECK(start(-4).has_value());  // ALREADY_ON
    CHECK(start(-5).has_value());  // ON_PENDING
    for (i64 refused : {-1, -2, -3, -6, -9}) CHECK(start(refused).error() == Error::Device);
}
