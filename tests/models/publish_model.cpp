// SPDX-License-Identifier: MIT
//
// Small protocols of one word: a self-test's first failure, and the count of who still uses a handle of the C interface.

#include "machine.hpp"

#include <capi/calls.hpp>
#include <kernel/selftest/selftest.hpp>
#include <mm/memory.hpp>

namespace quartet::model {
namespace {

// One fails, one looks.
struct FailureIsSeen {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"TST01", "who sees that a self-test failed sees what was written before", 1000};

    kernel::SelfTestRun run;
    u32 written = 0;

    void core(u32 number) {
        if (number == 0) {
            written = 1;
            run.fail("file", 1, "what");
        } else if (run.failed()) {
            require(written == 1, "what was written is not there");
        }
    }
};
const Model<FailureIsSeen> failure{"selftest"};

struct Content {
    u32 value = 0;
    u32* last = nullptr;
    void close() {}
    ~Content() { *last = value; }
};
struct Handle : capi::Counted<Content> {};

alignas(64) std::byte memory[4096];

// Who made it destroys it while others are inside; the last one frees it.
struct LastOneFrees : OnMachine<LastOneFrees> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "CAP05", "a handle's object goes when the last one has left it, after all that was done with it", 1500};

    Handle* handle = nullptr;
    arch::Atomic<u32> inside{0};
    u32 last = 0;

    void before() {
        start();
        mm::kernel_bump.give(Unsafe{"the model's own memory"}, memory);
        require(capi::create(&handle) == QT_OK, "there is no memory");
        handle->object.last = &last;
        thread<&LastOneFrees::use>(0);
        thread<&LastOneFrees::destroy>(1);
    }
    void use(kernel::ThreadContext& self) {
        Handle::Stay<Handle> stay{*handle, self};
        inside.store(1, arch::Order::Relaxed);
        handle->object.value += 1;
    }
    void destroy(kernel::ThreadContext&) {
        while (inside.load(arch::Order::Relaxed) == 0) yield();
        require(capi::destroy(handle) == QT_OK, "it was not destroyed");
    }
};
const Model<LastOneFrees> last_one{"handle"};

}  // namespace
}  // namespace quartet::model
