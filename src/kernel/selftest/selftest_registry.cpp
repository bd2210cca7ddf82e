// SPDX-License-Identifier: MIT
//
// The tests that were linked into this image. A file of its own, because only the kernel's linker script
// defines the ends of the section: the host tests hand the runner their own list.

#include <kernel/selftest/selftest.hpp>

extern "C" {
extern const quartet::kernel::SelfTest __selftest_begin[];
extern const quartet::kernel::SelfTest __selftest_end[];
}

namespace quartet::kernel {

std::span<const SelfTest> registered_selftests() { return {__selftest_begin, __selftest_end}; }

SelfTestTotals run_selftests(std::string_view filter, SelfTestSink sink, SelfTestEffort effort) {
    return run_selftests(registered_selftests(), filter, effort, sink);
}

}  // namespace quartet::kernel
