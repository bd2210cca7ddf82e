// SPDX-License-Identifier: MIT

#include "races.hpp"

#include "engine.hpp"
#include "places.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace quartet::model::races {
namespace {

constexpr u32 most_cores = 4;
constexpr usize granule = 8;

struct Byte {
    u32 written[most_cores];  // the writer's own clock at his last write; 0: none
    u32 read[most_cores];
};

struct Shadow {
    uptr number;
    u32 run;
    const void* from[most_cores];  // where the last access of each core was made
    Byte bytes[granule];
};

constexpr usize shadows_size = 1 << 16;
Shadow* const shadows = static_cast<Shadow*>(std::calloc(shadows_size, sizeof(Shadow)));
u32 run_number = 0;
usize used = 0;
u32 cores = 0;

struct Range {
    uptr begin;
    uptr end;
};
Range left_out[32];
usize left_out_count = 0;

Shadow& shadow_of(uptr number) {
    usize slot = number * 0x9e37'79b9'7f4a'7c15 >> 48;
    while (shadows[slot].run == run_number && shadows[slot].number != number) slot = (slot + 1) % shadows_size;
    Shadow& shadow = shadows[slot];
    if (shadow.run != run_number) {
        if (++used > shadows_size / 2) std::abort();
        shadow = {};
        shadow.number = number;
        shadow.run = run_number;
    }
    return shadow;
}

enum class Kind : u8 { Read, Write, Atomic };

[[noreturn]] void race(uptr at, Kind kind, const void* from, const Shadow& shadow, u32 other, const char* with) {
    char text[200];
    static const char* const names[] = {"read", "write", "atomic access"};
    std::snprintf(text, sizeof text, "data race: %s of 0x%llx at %p with a %s by core %u at %p",
                  names[static_cast<u8>(kind)], static_cast<unsigned long long>(at), from, with, other,
                  shadow.from[other]);
    refute(text);
}

void access(uptr begin, usize size, Kind kind, const void* from) {
    if (!in_run()) return;
    for (usize n = 0; n < left_out_count; ++n) {
        if (begin >= left_out[n].begin && begin < left_out[n].end) return;
    }
    const timestamps self = clocks();
    *self.own += 1;
    const u32 now = static_cast<u32>(*self.own);
    for (uptr at = begin; at < begin + size;) {
        Shadow& shadow = shadow_of(at / granule);
        const uptr end = begin + size < (at / granule + 1) * granule ? begin + size : (at / granule + 1) * granule;
        for (; at < end; ++at) {
            Byte& byte = shadow.bytes[at % granule];
            for (u32 other = 0; other < cores; ++other) {
                if (other == self.core) continue;
                if (byte.written[other] > self.seen[other]) race(at, kind, from, shadow, other, "write");
                if (kind == Kind::Write && byte.read[other] > self.seen[other])
                    race(at, kind, from, shadow, other, "read");
            }
            (kind == Kind::Write ? byte.written : byte.read)[self.core] = now;
        }
        shadow.from[self.core] = from;
    }
}

}  // namespace

void begin_run(u32 number_of_cores) {
    run_number += 1;
    used = 0;
    cores = number_of_cores;
}

void atomic_access(const void* at, usize size) {
    access(reinterpret_cast<uptr>(at), size, Kind::Atomic, __builtin_return_address(0));
}

void leave_out(const void* at, usize size) {
    if (left_out_count == sizeof left_out / sizeof left_out[0]) std::abort();
    left_out[left_out_count++] = {reinterpret_cast<uptr>(at), reinterpret_cast<uptr>(at) + size};
}

}  // namespace quartet::model::races

// What the compiler calls.
extern "C" {

using quartet::uptr;
using quartet::usize;
using quartet::model::races::access;
using quartet::model::races::Kind;

#define HERE __builtin_return_address(0)
#define SIZE(n)                                                                                            \
    void __tsan_read##n(void* at) { access(reinterpret_cast<uptr>(at), n, Kind::Read, HERE); }             \
    void __tsan_write##n(void* at) { access(reinterpret_cast<uptr>(at), n, Kind::Write, HERE); }           \
    void __tsan_unaligned_read##n(void* at) { access(reinterpret_cast<uptr>(at), n, Kind::Read, HERE); }   \
    void __tsan_unaligned_write##n(void* at) { access(reinterpret_cast<uptr>(at), n, Kind::Write, HERE); } \
    void __tsan_volatile_read##n(void* at) { access(reinterpret_cast<uptr>(at), n, Kind::Read, HERE); }    \
    void __tsan_volatile_write##n(void* at) { access(reinterpret_cast<uptr>(at), n, Kind::Write, HERE); }
SIZE(1)
SIZE(2)
SIZE(4)
SIZE(8)
SIZE(16)
#undef SIZE

void __tsan_read_range(void* at, unsigned long size) { access(reinterpret_cast<uptr>(at), size, Kind::Read, HERE); }
void __tsan_write_range(void* at, unsigned long size) { access(reinterpret_cast<uptr>(at), size, Kind::Write, HERE); }
void __tsan_vptr_update(void** at, void*) { access(reinterpret_cast<uptr>(at), sizeof *at, Kind::Write, HERE); }
void __tsan_vptr_read(void** at) { access(reinterpret_cast<uptr>(at), sizeof *at, Kind::Read, HERE); }
void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
#undef HERE
}
