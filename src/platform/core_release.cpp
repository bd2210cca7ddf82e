// SPDX-License-Identifier: MIT

#include <platform/core_release.hpp>

#include <arch/cache.hpp>
#include <arch/cpu.hpp>
#include <arch/firmware.hpp>
#include <arch/linear_map.hpp>

namespace quartet::platform {

namespace {

constexpr u64 psci_cpu_on = 0xc400'0003;  // DEN0022, 5.1.3
constexpr i64 psci_already_on = -4;
constexpr i64 psci_on_pending = -5;

// Devicetree Specification, 3.7: the waiting core polls the word with its caches off, asleep in wfe
// between two looks. So: store, clean the line to PoC (ends in dsb), sev.
void write_spin_table(PhysAddr slot, PhysAddr entry) {
    auto* word =
        static_cast<u64*>(arch::linear_pointer(Unsafe{"the tree's release address was checked to lie in RAM"}, slot));
    *word = entry.value();
    arch::clean_to_poc(word, sizeof(*word));
    arch::send_event();
}

Status call_psci(u64 mpidr, Conduit conduit, PhysAddr entry) {
    auto through = conduit == Conduit::Hvc ? arch::Conduit::Hvc : arch::Conduit::Smc;
    i64 answer = arch::firmware_call(Unsafe{"the tree's psci node says that this conduit is answered"}, through,
                                     psci_cpu_on, mpidr, entry.value(), 0);
    // On already, or coming: it runs somebody's code, ours if we asked before.
    if (answer == 0 || answer == psci_already_on || answer == psci_on_pending) return {};
    return fail(Error::Device);
}

}  // namespace

Status release_core(Unsafe, const CoreNode& core, std::optional<Conduit> psci, PhysAddr entry) {
    switch (core.method) {
        case EnableMethod::SpinTable: write_spin_table(core.release_address, entry); return {};
        case EnableMethod::Psci:
            if (!psci) return fail(Error::Unsupported);
            return call_psci(core.mpidr, *psci, entry);
        case EnableMethod::None: break;
    }
    return fail(Error::Unsupported);
}

}  // namespace quartet::platform
