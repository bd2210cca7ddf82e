// SPDX-License-Identifier: MIT

#include <shell/trace_dump.hpp>

#include <arch/counter.hpp>
#include <arch/image.hpp>
#include <arch/probe.hpp>
#include <base/checksum.hpp>
#include <base/format.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/trace/trace.hpp>
#include <sync/clock.hpp>

namespace quartet::shell {
namespace {

namespace trace = kernel::trace;
using sync::TraceKind;
using sync::TraceRing;

constexpr u32 events_a_line = 4;
constexpr u32 names_kept = 16;  // a name that comes after so many others is told again
constexpr usize longest_name = 32;

class Dump {
public:
    explicit Dump(Output& out) : out_(out) {}

    void line(char kind, u64 a, u64 b, std::string_view text = {}) {
        begin(kind, a, b);
        body_.put(text);
        end();
    }

    // What is called by the addresses in the marks of a core. As far as it is text: where the name was no constant of the
    // image, whatever stands there now.
    void names(u32 core) {
        const TraceRing& ring = trace::ring_of(core);
        const u64 next = ring.next();
        for (u64 at = ring.oldest(next); at < next; ++at) {
            if (!ring.read(at, first_, second_)) continue;
            const sync::TraceEvent event = TraceRing::event_of(first_, second_);
            if (event.kind != TraceKind::Mark || known(event.subject)) continue;
            char name[longest_name];
            usize length = 0;
            for (uptr byte = arch::image_base | event.subject; length < sizeof name && arch::readable(byte); ++byte) {
                const u64 word = arch::load_word(Unsafe{"it was probed in the line above"}, align_down(byte, 8));
                const char c = static_cast<char>(word >> byte % 8 * 8);
                if (c < ' ' || c > '~') break;
                name[length++] = c;
            }
            line('M', event.subject, 0, {name, length});
        }
    }

    void ring(u32 core) {
        const TraceRing& ring = trace::ring_of(core);
        const u64 next = ring.next();
        const u64 oldest = ring.oldest(next);
        u64 lost = ring.lost(next);
        u32 gathered = 0;
        for (u64 at = oldest; at < next; ++at) {
            const bool whole = ring.read(at, first_, second_);
            if (gathered == events_a_line || (gathered != 0 && !whole)) {
                end();
                gathered = 0;
            }
            if (!whole) {
                lost += 1;
                continue;
            }
            if (gathered++ == 0) begin('E', core, at);
            format(body_, "{:016x}{:016x}", first_, second_);
        }
        if (gathered != 0) end();
        line('R', core, lost);
    }

    u32 lines() const { return number_; }

private:
    void begin(char kind, u64 a, u64 b) {
        body_.clear();
        format(body_, "{} {} {} {} ", number_++, kind, a, b);
    }
    void end() {
        const std::string_view text = body_.text();
        out_.line("~{}*{:08x}", text, checksum(std::as_bytes(std::span{text})));
    }
    bool known(u32 name) {
        for (u32 one : known_)
            if (one == name) return true;
        known_[known_count_++ % names_kept] = name;
        return false;
    }

    Output& out_;
    char room_[200];
    Writer body_{room_};
    u32 number_ = 0;
    u32 known_[names_kept] = {};
    u32 known_count_ = 0;
    u64 first_ = 0;
    u64 second_ = 0;
};

}  // namespace

void dump_trace(Output& out) {
    Dump dump{out};
    dump.line('B', sync::counter_hertz(), arch::counter(), "1");
    kernel::for_each_thread([&](const kernel::ThreadInfo& info) {
        dump.line('T', info.id, info.idle ? 1 : 0, {info.name, __builtin_strlen(info.name)});
    });
    for (u32 id = 0; id < kernel::irq::lines(); ++id) {
        Result<kernel::irq::LineInfo> line = kernel::irq::info(id);
        if (line && line->attached) dump.line('I', id, 0, line->name);
    }
    for (u32 core = 0; core < max_cores; ++core) dump.names(core);
    for (u32 core = 0; core < max_cores; ++core) dump.ring(core);
    dump.line('Z', dump.lines(), 0);
}

}  // namespace quartet::shell
