// SPDX-License-Identifier: MIT
//
// The console: one serial port for people, shared by whoever writes whole lines, the log, and one reader.
//
// Before threads run, everything goes out by polling and the log drains itself. Afterwards the port's
// interrupt moves bytes, writers block when its ring is full, and a thread of its own formats the log into its
// history. Lines come out only where the cursor is at the beginning of a line: behind a prompt they wait there.

#pragma once

#include <base/result.hpp>
#include <base/types.hpp>
#include <kernel/console/console_port.hpp>
#include <kernel/irq/irq_context.hpp>
#include <kernel/console/log.hpp>
#include <kernel/wait/mutex.hpp>
#include <kernel/wait/semaphore.hpp>
#include <kernel/thread/thread_context.hpp>

#include <string_view>

namespace quartet::kernel {

class Console {
public:
    // What moves bytes between the port and its rings. Polling is for a port whose tree names no interrupt.
    enum class Drive : u8 { Interrupt, Polling };

    constexpr Console() = default;
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;

    // From here on log lines reach the wire, each before `log` returns. Context: boot; `uart` lives for ever.
    void use(Uart& uart) noexcept;

    // Goes over to interrupts (the port's, and the log's own between cores) and starts the thread that writes
    // the log. Context: a thread, after irq::start, once. Errors: as `spawn` and
    // irq::attach.
    Status start(Drive drive) noexcept;

    // All of `text`, with nobody else's in between; '\n' goes out as CR LF. Blocks while the ring is full.
    // Context: thread, after `start`; before it, boot.
    void write(ThreadContext& self, std::string_view text) noexcept;

    // What was logged is in the history; of it, lines that the wire has not shown go out now, if the cursor is at the
    // beginning of a line. Context: thread.
    void print_log(ThreadContext& self) noexcept;

    // The next byte that arrives. Errors: Timeout. Context: one thread at a time.
    Result<u8> read(ThreadContext& self, Duration timeout = Duration::forever()) noexcept;
    // Whether `read` would return at once. Context: the reader.
    bool readable() const noexcept { return port_.readable(); }

    // Past every ring and lock, for the time before `start`. Context: any.
    void write_polled(std::string_view text) noexcept;
    // What was written and what was logged, as far as it has not left and `more` says so (null: all of it), which is asked
    // before each byte of the ring and each line: by polling, past every lock. Context: after a
    // fault, the other cores stopped. Cost: at most the port's ring, the history and the log's ring on the wire.
    void flush_after_fault(bool (*more)() noexcept) noexcept;

    // Until all that was written has left. Context: thread.
    void drain(ThreadContext& self) noexcept;

    ConsolePort& port() noexcept { return port_; }
    // The reader looks again. Context: handler, or an exception of a thread.
    void wake_reader() noexcept { nudge(arrived_); }

private:
    static void nudge(Semaphore& semaphore) noexcept;

    // console.cpp: what moves the port's bytes.
    static void poll_thread(ThreadContext& self, void* console);
    static void handle_port(IrqContext& context) noexcept;
    void move() noexcept;

    // console_io.cpp.
    void put(ThreadContext& self, std::string_view text) noexcept REQUIRES_LOCK(output_);
    void put_byte(ThreadContext& self, u8 byte) noexcept REQUIRES_LOCK(output_);

    // console_log.cpp: first each line as it is logged; from `end_polled_log` on by a thread, rung for by whoever logs.
    static void show_log_polled() noexcept;
    static void show_or_ring() noexcept;
    void end_polled_log() noexcept;
    Status start_log() noexcept;
    void open_log() noexcept;
    static void ring_doorbell() noexcept;
    static void handle_doorbell() noexcept;
    static void log_thread(ThreadContext& self, void* console);

    ConsolePort port_;
    // Written once: from then on threads write, one at a time. Read relaxed: until then only the flow that sets it writes,
    // and the log's thread is rung for by who has seen it set. Who shows lines by polling asks behind the log's fence.
    arch::Atomic<bool> threaded_{false};
    arch::Atomic<u32> rung_;

    Semaphore arrived_{0, 1};
    Semaphore room_{0, 1};
    Semaphore log_due_{0, 1};

    Mutex formatting_;  // taken before `output_`, never under it
    Mutex output_;
    char last_ GUARDED_BY(output_) = '\n';  // last character written: where the cursor is
};

// Makes the one console. Context: boot, once.
Console& make_console() noexcept;

// Context: any, after `make_console`.
Console& console() noexcept;
// Null before it: for panics.
Console* console_if_any() noexcept;

}  // namespace quartet::kernel
