// SPDX-License-Identifier: MIT

#include "crash_keeper.hpp"

#include <arch/counter.hpp>
#include <arch/image.hpp>
#include <arch/irq_mask.hpp>
#include <debug/crash_setup.hpp>
#include <kernel/console/log.hpp>
#include <sync/clock.hpp>

namespace quartet::debug {

namespace {

constinit CrashRecord the_record;

constexpr std::string_view line_begin = "fault: ";
// A log record keeps 152 bytes of text.
constexpr usize widest_words = 140;

u64 lasted_us() { return (arch::counter() - quartet_boot_record.counter) / (sync::counter_hertz() / 1'000'000); }

}  // namespace

void open_crash_record(Unsafe, std::span<std::byte> room) noexcept { the_record = CrashRecord{room}; }

void keep_crash_piece(kernel::CrashPiece piece, std::span<const std::byte> content) noexcept {
    if (piece == kernel::CrashPiece::Begin) the_record.begin(image_checksum(), lasted_us());
    else the_record.append(piece, content);
}

void show_crash_record(Writer& out) noexcept { static_cast<void>(the_record.print(out)); }

// Masked: a fault on another core waits until this core has stopped before it begins a record of its own.
void clear_crash_record() noexcept {
    arch::IrqsMasked masked;
    the_record.clear();
}

void note_good_end() noexcept {
    arch::IrqsMasked masked;
    the_record.mark(RecordHeader::ended);
}

StartMode tell_last_run() noexcept {
    auto last = the_record.header();
    if (!last) {
        if (last.error() == Error::NotFound) return StartMode::Usual;
        kernel::log("advice: the last run left a crash record that is damaged, and nothing of it can be read");
        clear_crash_record();
        return StartMode::Usual;
    }
    if ((last->flags & RecordHeader::told) == 0) {
        std::string_view line = the_record.first_line();
        if (!line.starts_with(line_begin)) line = "fault: a fault whose record is damaged";
        line.remove_prefix(line_begin.size());
        kernel::log("advice: the last run ended in {}: crash show tells more", line.substr(0, widest_words));
        the_record.mark(RecordHeader::told);
    }
    if (!wants_safe_mode(*last)) return StartMode::Usual;
    kernel::log("advice: safe mode after {} crashes in a minute: no run=, no application; reboot leaves it",
                last->crashes);
    return StartMode::Safe;
}

}  // namespace quartet::debug
