// SPDX-License-Identifier: MIT
//
// Where the models' threads have their records: made here, where the compiler's instrumentation sees it.

#include "machine.hpp"

#include <kernel/thread/thread.hpp>
#include <kernel/thread/thread_records.hpp>

#include <new>

namespace quartet::model::machine {
namespace {

constexpr u32 most_records = 8;
alignas(kernel::Thread) char records[most_records][sizeof(kernel::Thread)];
u32 used = 0;
bool refused = false;

// The models' own count: not watched.
[[gnu::no_sanitize_thread, gnu::noinline]] u32 next_record() {
    if (refused) {
        refused = false;
        return most_records;
    }
    return used++;
}

}  // namespace

void forget_records() {
    used = 0;
    refused = false;
}
[[gnu::no_sanitize_thread]] void refuse_a_record() { refused = true; }

}  // namespace quartet::model::machine

namespace quartet::kernel {

Result<Thread*> allocate_record() noexcept {
    using namespace model::machine;
    const u32 number = next_record();
    if (number >= most_records) return fail(Error::NoMemory);
    return new (records[number]) Thread;
}

}  // namespace quartet::kernel
