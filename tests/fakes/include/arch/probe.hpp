// SPDX-License-Identifier: MIT
//
// Host twin: a test says which addresses are there; by default all are. Every load is checked
// against what the test said, so that code which reads without asking is caught.

#pragma once

#include <base/assert.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

#include <functional>

namespace quartet::arch {

namespace fake {
inline std::function<bool(uptr)> readable_addresses;
}

// No point: who looks at memory that may not be there runs alone.
inline bool readable(uptr address) noexcept { return !fake::readable_addresses || fake::readable_addresses(address); }

// No point, as above.
inline u64 load_word(Unsafe, uptr address) {
    check(readable(address) && readable(address + 7), "a load from memory that is not there");
    return *reinterpret_cast<const u64*>(address);
}

// No point, as above.
inline u32 load_instruction(Unsafe, uptr address) {
    check(readable(address) && readable(address + 3), "a load from memory that is not there");
    return *reinterpret_cast<const u32*>(address);
}

}  // namespace quartet::arch
