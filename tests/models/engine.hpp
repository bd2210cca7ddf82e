// SPDX-License-Identifier: MIT
//
// A model: the kernel's own sources on two to four cores, in a memory that is as weak as the written orders allow. Relacy
// (engine.cpp) chooses at each atomic access which core goes on and which of the values that may be seen is seen;
// all plain memory is watched for data races by the compiler's instrumentation (races.cpp), so that nothing in the sources is
// written for the model's sake.
//
//     struct Handed {
//         static constexpr u32 cores = 2;
//         static constexpr Claim claim{"RNG01", "what was put is taken whole"};
//         ItemRing<u32, 4, sync::RingAtomics> ring;
//         void core(u32 number) { ... require(..., "why"); }
//         void after() { ... }                               // may be left out, as may before()
//     };
//     const Model<Handed> handed;
//
// The object is made anew for each run. `Claim` may say how many runs the short tier makes and how long one may be.

#pragma once

#include <base/types.hpp>

#include <new>

namespace quartet::model {

struct Claim {
    const char* id;
    const char* states;
    u32 runs = 2000;
    u32 longest = 4000;  // accesses of one run; more is a livelock
};

// What the engine knows of a model.
struct Entry {
    Claim claim;
    u32 cores = 0;
    const char* name = nullptr;
    void* (*make)(void* room) = nullptr;
    void (*before)(void*) = nullptr;
    void (*core)(void*, u32) = nullptr;
    void (*after)(void*) = nullptr;
    void (*destroy)(void*) = nullptr;
    Entry* next = nullptr;
};

void enter(Entry& entry);

// In a model's run: the property does not hold.
[[noreturn]] void refute(const char* why) noexcept;
inline void require(bool holds, const char* why) noexcept {
    if (!holds) refute(why);
}
// A number below `limit`, by the run's own choice.
u32 choose(u32 limit) noexcept;
// Which core this is, in a model's run.
u32 this_core() noexcept;
bool in_run() noexcept;

inline constexpr usize suite_room = 256 * 1024;

template <typename Suite>
class Model {
public:
    explicit Model(const char* name) {
        static_assert(sizeof(Suite) <= suite_room);
        entry_.claim = Suite::claim;
        entry_.cores = Suite::cores;
        entry_.name = name;
        entry_.make = [](void* room) -> void* { return new (room) Suite; };
        entry_.before = [](void* suite) {
            if constexpr (requires(Suite& s) { s.before(); }) static_cast<Suite*>(suite)->before();
        };
        entry_.core = [](void* suite, u32 number) { static_cast<Suite*>(suite)->core(number); };
        entry_.after = [](void* suite) {
            if constexpr (requires(Suite& s) { s.after(); }) static_cast<Suite*>(suite)->after();
        };
        enter(entry_);
    }

private:
    Entry entry_;
};

}  // namespace quartet::model
