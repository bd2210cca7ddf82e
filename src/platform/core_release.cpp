// SPDX-License-Identifier: MIT

#include <platform/core_release.hpp>

#include <arch/cache.hpp>
#include <arch/cpu.hpp>
#include <arch/linear_map.hpp>
#include <drivers/psci/psci.hpp>

namespace quartet::platform {

namespace {

// Devicetree Specification, 3.7: the waiting core polls the word with its caches off, asleep in wfe
// between two looks. So: store, clean the line to PoC (ends in dsb), sev.
void write_spin_table(PhysAddr slot, PhysAddr entry) {
    auto* word =
        static_cast<u64*>(arch::linear_pointer(Unsafe{"the tree's release address was checked to lie in RAM"}, slot));
    *word = entry.value();
    arch::clean_to_poc(word, sizeof(*word));
    arch::send_event();
}

}  // namespace

Status release_core(Unsafe proof, const CoreNode& core, std::optional<Conduit> psci, PhysAddr entry) {
    switch (core.method) {
        case EnableMethod::SpinTable: write_spin_table(core.release_address, entry); return {};
        case EnableMethod::Psci:
            if (!psci) return fail(Error::Unsupported);
            return drivers::Psci{Unsafe{"the tree's psci node says that this conduit is answered"}, *psci}.start_core(
                proof, core.mpidr, entry);
        case EnableMethod::None: break;
    }
    return fail(Error::Unsupported);
}

}  // namespace quartet::platform
