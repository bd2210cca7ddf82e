// SPDX-License-Identifier: MIT
//
// Memory, threads and the wire, as the debugger's protocol sees them.

#include <debug/gdb/machine.hpp>

#include <arch/cpu.hpp>
#include <arch/debug_unit.hpp>
#include <arch/probe.hpp>
#include <debug/gdb/points.hpp>
#include <kernel/fault/core_stop.hpp>
#include <kernel/fault/panic.hpp>
#include <kernel/thread/thread_records.hpp>
#include <mm/kernel_map.hpp>
#include <sync/clock.hpp>

namespace quartet::debug::gdb {

namespace {

// How many of `size` bytes from `at` on are there. A page is there as a whole.
usize present(uptr at, usize size) {
    usize found = 0;
    while (found < size && at + found >= at && arch::readable(at + found)) {
        found += page_size - (at + found) % page_size;
    }
    return found < size ? found : size;
}

// Where `at`, which is there, can be written until `done_writing`; 0: nowhere.
uptr writable_view(uptr at) {
    if (arch::writable(at)) return at;
    const Result<mm::Mapping> mapping = mm::lookup(at);
    if (!mapping) return 0;
    const uptr offset = at % page_size;
    const uptr alias = mm::open_alias(Unsafe{"a debugger answers for what it writes"},
                                      PhysAddr{align_down(mapping->physical.value(), page_size)});
    return alias == 0 ? 0 : alias + offset;
}

void done_writing(uptr at, uptr view) {
    arch::publish_instruction(view, at);
    if (view != at) mm::close_alias();
}

}  // namespace

bool write_instruction(uptr at, u32 instruction) noexcept {
    const uptr view = writable_view(at);
    if (view == 0) return false;
    arch::store_instruction(Unsafe{"writable_view gave it for this"}, view, instruction);
    done_writing(at, view);
    return true;
}

namespace machine {

usize read(uptr at, std::span<u8> to) noexcept {
    const usize found = present(at, to.size());
    for (usize n = 0; n < found; ++n) to[n] = arch::load_byte(Unsafe{"present probed its page"}, at + n);
    return found;
}

bool write(uptr at, std::span<const u8> from) noexcept {
    if (present(at, from.size()) != from.size()) return false;
    for (usize n = 0; n < from.size(); ++n) {
        const uptr view = writable_view(at + n);
        if (view == 0) return false;
        arch::store_byte(Unsafe{"writable_view gave it for this"}, view, from[n]);
        done_writing(at + n, view);
    }
    return true;
}

const kernel::Thread* next_thread(const kernel::Thread* after) noexcept {
    using kernel::Thread;
    const Thread* thread = after == nullptr ? kernel::first_record() : kernel::record_behind(*after);
    while (thread != nullptr && thread->state == kernel::ThreadState::Free) thread = kernel::record_behind(*thread);
    return thread;
}

arch::FaultFrame* live_frame(const kernel::Thread& thread) noexcept {
    return kernel::stopped_frame(core_of(thread)).frame;
}

void read_registers(const kernel::Thread& thread, kernel::ThreadFrame& found) noexcept {
    kernel::read_thread_frame(thread, found);
}

u32 core_of(const kernel::Thread& thread) noexcept { return kernel::core_running(thread); }

Byte receive() noexcept {
    arch::relax();
    kernel::Uart* port = kernel::panic_port();
    if (port == nullptr) return {};
    const kernel::Received got = port->receive();
    return {got.kind == kernel::Received::Kind::Byte, got.byte};
}

void send(u8 byte) noexcept {
    if (kernel::Uart* port = kernel::panic_port()) port->put_polled(byte);
}

u64 now() noexcept { return arch::counter(); }

bool passed(u64 begin, u32 milliseconds) noexcept {
    return arch::counter() - begin > sync::counter_hertz() / 1000 * milliseconds;
}

}  // namespace machine

}  // namespace quartet::debug::gdb
