// SPDX-License-Identifier: MIT
//
// What each packet does. A packet that is not known gets the empty answer, as the protocol wants it; one that cannot be obeyed gets
// `E` and a number: 1 it makes no sense, 2 that thread does not run, 3 that memory is not there, 4 there is no room.

#include <debug/gdb/session.hpp>

namespace quartet::debug::gdb {

using kernel::Known;
using kernel::Thread;

namespace {

// Of an answer in hexadecimal, with `$`, `#xx` and what `E` needs besides.
constexpr usize most_bytes = kernel::max_packet / 2 - 8;
constexpr u8 no_sense = 1, not_running = 2, not_there = 3, no_room = 4;

u32 size_of(u32 number) { return number == cpsr_number ? 4 : 8; }

u64& slot_of(arch::FaultFrame& frame, u32 number) {
    switch (number) {
        case sp_number: return frame.sp;
        case pc_number: return frame.elr;
        case cpsr_number: return frame.spsr;
        default: return frame.x[number];
    }
}

// A thread's number in packets, where 0 means any.
u32 wire_id(const Thread& thread) { return thread.id + 1; }

const Thread* thread_of(u64 id) {
    for (const Thread* each = nullptr; (each = machine::next_thread(each)) != nullptr;) {
        if (wire_id(*each) == id) return each;
    }
    return nullptr;
}

}  // namespace

void Session::fail(u8 number) noexcept {
    reply_.clear();
    reply_.put('E');
    put_byte(reply_, number);
}

void Session::say(bool good) noexcept {
    if (good) reply_.put("OK");
    else fail(no_sense);
}

void Session::tell_stop() noexcept {
    reply_.put('T');
    put_byte(reply_, stop_.signal);
    if (stop_.thread != nullptr) {
        reply_.put("thread:");
        put_number(reply_, wire_id(*stop_.thread));
        if (const u32 core = machine::core_of(*stop_.thread); core < max_cores) {
            reply_.put(";core:");
            put_number(reply_, core);
        }
        reply_.put(';');
    }
    if (stop_.watched == 0) return;
    reply_.put("watch:");
    put_number(reply_, stop_.watched);
    reply_.put(';');
}

// `any`: it said all, or any one.
const Thread* Session::take_thread(Body& body, bool& any) noexcept {
    u64 id = 0;
    any = body.take("-1");
    if (any || !body.take_number(id)) return nullptr;
    any = id == 0;
    return thread_of(id);
}

// --- Registers

void Session::read_registers(u32 begin, u32 end) noexcept {
    if (chosen_ == nullptr) return fail(no_sense);
    machine::read_registers(*chosen_, registers_);
    for (u32 number = begin; number < end; ++number) {
        const bool saved = (number >= 19 && number != cpsr_number);
        if (registers_.known == Known::All || (registers_.known == Known::Saved && saved))
            put_little(reply_, slot_of(registers_.frame, number), size_of(number));
        else reply_.repeat('x', 2 * size_of(number));
    }
}

bool Session::write_registers(Body& body, u32 begin, u32 end) noexcept {
    arch::FaultFrame* frame = chosen_ != nullptr ? machine::live_frame(*chosen_) : nullptr;
    if (frame == nullptr) return false;
    arch::FaultFrame changed = *frame;
    for (u32 number = begin; number < end; ++number) {
        if (!body.take_little(slot_of(changed, number), size_of(number))) return false;
    }
    // Where it goes on, and what it interrupts there, is not the debugger's to say: the level, and what is masked.
    constexpr u64 flags = 0xf000'0000;
    changed.spsr = (frame->spsr & ~flags) | (changed.spsr & flags);
    if (!body.empty() || !is_aligned(changed.sp, 16) || !is_aligned(changed.elr, 4)) return false;
    // An interrupt's frame is laid below the stack pointer (arch/thread_stack.hpp).
    u8 probe = 0;
    if (changed.sp != frame->sp && machine::read(changed.sp - IRQ_FRAME_SIZE, {&probe, 1}) == 0) return false;
    *frame = changed;
    return true;
}

// --- Memory

void Session::read_memory(Body& body) noexcept {
    u64 at = 0, size = 0;
    if (!body.take_pair(at, size) || !body.empty()) return fail(no_sense);
    u8 room[64];
    usize left = size < most_bytes ? size : most_bytes;
    if (left != 0 && machine::read(at, {room, 1}) == 0) return fail(not_there);
    while (left != 0) {
        const usize part = left < sizeof(room) ? left : sizeof(room);
        const usize found = machine::read(at, {room, part});
        for (usize n = 0; n < found; ++n) put_byte(reply_, room[n]);
        if (found < part) return;
        at += part;
        left -= part;
    }
}

bool Session::write_memory(Body& body) noexcept {
    u64 at = 0, size = 0;
    if (!body.take_pair(at, size) || !body.take(":") || body.rest().size() != 2 * size || size > most_bytes)
        return false;
    u8 bytes[most_bytes];
    for (usize n = 0; n < size; ++n) {
        if (!body.take_byte(bytes[n])) return false;
    }
    return machine::write(at, {bytes, size});
}

bool Session::change_point(Body& body, bool set) noexcept {
    u64 kind = 0, at = 0, size = 0;
    // What follows behind `;` are conditions that we never said we understood.
    if (!body.take_number(kind) || kind > 4 || !body.take(",") || !body.take_pair(at, size) || !body.empty()) {
        fail(no_sense);
        return false;
    }
    if (!set) machine::clear_point(static_cast<PointKind>(kind), at, size);
    else if (!machine::set_point(static_cast<PointKind>(kind), at, size)) {
        fail(no_room);
        return false;
    }
    return true;
}

// --- Going on

// Whether the machine can go on so; else the answer says why not.
bool Session::fits(char action, const Thread* thread) noexcept {
    const bool step = action == 's' || action == 'S';
    if (!can_run_ || (step && (thread == nullptr || machine::live_frame(*thread) == nullptr))) {
        fail(not_running);
        return false;
    }
    const bool deliver = action == 'C' || action == 'S';
    resume_ = {deliver ? Resume::How::Deliver : step ? Resume::How::Step : Resume::How::Go, thread};
    return true;
}

// A signal is our own number for a fault, and delivered only where the machine stands by one: see entry.cpp. A `pc` to go on
// at is set by P.
Session::Answer Session::go_on(Body& body, char action) noexcept {
    u8 signal = 0;
    const bool with_signal = action == 'C' || action == 'S';
    if ((with_signal && !body.take_byte(signal)) || !body.empty()) {
        fail(no_sense);
        return Answer::Reply;
    }
    return fits(action, stepped_) ? Answer::GoOn : Answer::Reply;
}

// Whoever is to be stepped is, and the others stand meanwhile, whatever is said of them. Else all go on.
Session::Answer Session::many_go_on(Body& body) noexcept {
    char action = 0;
    const Thread* thread = nullptr;
    bool good = true;
    while (good && body.take(";")) {
        char each = 0;
        for (char known : {'c', 'C', 's', 'S'}) {
            if (each == 0 && body.take({&known, 1})) each = known;
        }
        u8 signal = 0;
        const Thread* whose = stop_.thread;
        good = each != 0 && (each == 'c' || each == 's' || body.take_byte(signal));
        if (good && body.take(":")) {
            bool any = false;
            const Thread* named = take_thread(body, any);
            if (named != nullptr) whose = named;
            good = any || named != nullptr;
        }
        const bool step = each == 's' || each == 'S';
        if (action == 0 || (step && action == 'c')) {
            action = each;
            thread = whose;
        }
    }
    if (!good || action == 0 || !body.empty()) {
        fail(no_sense);
        return Answer::Reply;
    }
    return fits(action, thread) ? Answer::GoOn : Answer::Reply;
}

// --- Questions

void Session::describe_target(Window& out) noexcept {
    out.put(
        "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target "
        "version=\"1.0\"><architecture>aarch64"
        "</architecture><feature name=\"org.gnu.gdb.aarch64.core\">");
    for (u32 number = 0; number < sp_number; ++number) {
        out.put("<reg name=\"x");
        out.put_number(number, 10);
        out.put("\" bitsize=\"64\"/>");
    }
    out.put(
        "<reg name=\"sp\" bitsize=\"64\" type=\"data_ptr\"/><reg name=\"pc\" bitsize=\"64\" type=\"code_ptr\"/>"
        "<reg name=\"cpsr\" bitsize=\"32\"/></feature></target>");
}

void Session::list_threads(Window& out) noexcept {
    out.put("<?xml version=\"1.0\"?><threads>");
    for (const Thread* thread = nullptr; (thread = machine::next_thread(thread)) != nullptr;) {
        out.put("<thread id=\"");
        out.put_number(wire_id(*thread), 16);
        const u32 core = machine::core_of(*thread);
        if (core < max_cores) {
            out.put("\" core=\"");
            out.put_number(core, 10);
        }
        out.put("\" name=\"");
        out.put_name(kernel::thread_name(*thread));
        out.put("\">");
        out.put(core < max_cores ? "running" : words(thread->state));
        out.put(", priority ");
        out.put_number(thread->priority, 10);
        out.put("</thread>");
    }
    out.put("</threads>");
}

Session::Answer Session::answer_query(Body body) noexcept {
    if (body.take("Supported")) {
        // Whoever says this begins, and knows of no points.
        machine::clear_all_points();
        reply_.put("PacketSize=");
        put_number(reply_, kernel::max_packet - 4);
        reply_.put(";qXfer:features:read+;qXfer:threads:read+;vContSupported+");
    } else if (body.take("Attached")) {
        reply_.put('1');  // so that GDB's end is a detach, not a kill
    } else if (body.rest() == "C") {
        reply_.put("QC");
        put_number(reply_, stop_.thread != nullptr ? wire_id(*stop_.thread) : 0);
    } else if (body.take("Xfer:")) {
        const bool target = body.take("features:read:target.xml:");
        u64 offset = 0, length = 0;
        if (!target && !body.take("threads:read::")) return Answer::Reply;
        if (!body.take_pair(offset, length) || !body.empty()) {
            fail(no_sense);
            return Answer::Reply;
        }
        constexpr u64 most = kernel::max_packet - 8;
        reply_.put('m');
        Window window{reply_, offset, length < most ? length : most};
        if (target) describe_target(window);
        else list_threads(window);
        if (!window.more()) room_[0] = 'l';
    }
    return Answer::Reply;
}

Session::Answer Session::answer(Body body) noexcept {
    if (body.empty()) return Answer::Reply;
    const char command = body.rest().front();
    body.take(body.rest().substr(0, 1));
    bool any = false;
    switch (command) {
        case '?': tell_stop(); break;
        case 'g': read_registers(0, register_count); break;
        case 'G': say(write_registers(body, 0, register_count)); break;
        case 'p':
        case 'P': {
            u64 number = 0;
            if (!body.take_number(number) || number >= register_count || body.take("=") != (command == 'P'))
                fail(no_sense);
            else if (command == 'p') read_registers(static_cast<u32>(number), static_cast<u32>(number) + 1);
            else say(write_registers(body, static_cast<u32>(number), static_cast<u32>(number) + 1));
            break;
        }
        case 'm': read_memory(body); break;
        case 'M':
            if (write_memory(body)) say(true);
            else fail(not_there);
            break;
        case 'H': {
            const bool steps = body.take("c");
            if (!steps && !body.take("g")) fail(no_sense);
            else {
                const Thread* thread = take_thread(body, any);
                if (any) thread = stop_.thread;
                if (thread != nullptr) (steps ? stepped_ : chosen_) = thread;
                say(thread != nullptr && body.empty());
            }
            break;
        }
        case 'T': say(take_thread(body, any) != nullptr && body.empty()); break;
        case 'c':
        case 'C':
        case 's':
        case 'S': return go_on(body, command);
        case 'Z':
        case 'z':
            if (change_point(body, command == 'Z')) say(true);
            break;
        case 'D':
            say(true);
            resume_ = leave();
            return Answer::ReplyAndGoOn;
        case 'k': resume_ = {Resume::How::Reboot, nullptr}; return Answer::GoOn;
        case 'q': return answer_query(body);
        case 'v':
            if (body.take("Cont?")) reply_.put("vCont;c;C;s;S");
            else if (body.take("Cont")) return many_go_on(body);
            else if (body.take("Kill")) {
                say(true);
                resume_ = {Resume::How::Reboot, nullptr};
                return Answer::ReplyAndGoOn;
            }
            break;
        default: break;
    }
    return Answer::Reply;
}

}  // namespace quartet::debug::gdb
