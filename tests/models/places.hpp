// SPDX-License-Identifier: MIT
//
// The places in the source at which an order stands that is not relaxed, and the one that is made weaker in a counter-model.
// Also what the parts of the engine know of each other.

#pragma once

#include <arch/model_atomics.hpp>
#include <base/types.hpp>

#include <cstddef>

namespace quartet::model {

struct Entry;

struct Outcome {
    bool holds;
    u64 runs;
    const char* why;
};
// Its runs from number `first` on; `runs` of the answer is the number of the last one.
Outcome run(Entry& entry, u64 runs, u64 first = 1);
Entry* first_entry();
u64 run_under_way();

struct timestamps {
    const std::size_t* seen;  // of each core: up to where what it did is before this moment
    std::size_t* own;
    u32 core;
};
timestamps clocks();

// Others go on. Unlike `yield`, it says nothing of what this core reads next: for a core that sleeps, and looks at nothing.
void pass();

// Another core goes on; all is to be as at the beginning.
extern void (*become_hook)(u32 core);
extern void (*reset_hook)();

namespace places {

enum class Slot : u8 { First, Failure };

struct Place {
    const char* file;
    u32 line;
    u32 column;
    Slot slot;
    arch::Order order;
};

// The order with which an access is made. Notes the place where the order is not relaxed.
arch::Order order_at(const OrderAt& order, Slot slot);

// What `order_at` has noted since the last `start_noting`.
void start_noting();
// What one flow does alone, before the cores take turns, shows nothing.
void pause();
void go_on();
usize noted_count();
const Place& noted(usize number);

// From here on `place` has this order.
void weaken(const Place& place, arch::Order to);

}  // namespace places
}  // namespace quartet::model
