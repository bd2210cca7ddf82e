// SPDX-License-Identifier: MIT
//
// What the models' machine does at an access of an atomic: relacy's memory decides which value is seen, relacy's scheduler
// which core goes on. No word of relacy is in here, because the kernel's own sources are compiled with it
// (tests/models/engine.cpp has them).
//
// An access knows where it stands in the source. That is how the ring takes one order at a time away: it names a place.

#pragma once

#include <arch/order.hpp>
#include <base/types.hpp>

#include <source_location>

namespace quartet::model {

// An order and the place of the call that writes it: what `Order` becomes as a parameter.
struct OrderAt {
    arch::Order order;
    std::source_location place;

    constexpr OrderAt(arch::Order wanted, std::source_location where = std::source_location::current())
        : order(wanted), place(where) {}
};

enum class Change : u8 { Exchange, Add, Sub, Or, And };

// `plain` is the object's own memory: the value that the word has when the models begin, or when it was constructed.
// Each returns what was seen; outside a model's run it is plain memory.
u64 load(const void* at, usize size, u64 plain, const OrderAt& order) noexcept;
bool store(void* at, usize size, u64 plain, u64 value, const OrderAt& order) noexcept;  // false: no model runs
bool change(void* at, usize size, u64 plain, Change how, u64 value, const OrderAt& order, u64& before) noexcept;
enum class Kind : u8 { Strong, Weak };
enum class Exchanged : u8 { No, Yes, NotRunning };
Exchanged compare_exchange(void* at, usize size, u64 plain, u64& expected, u64 desired, Kind kind,
                           const OrderAt& success, const OrderAt& failure) noexcept;
// A new object is at this address: what was known of the last one's word is forgotten.
void forget(const void* at, usize size) noexcept;

void fence(const std::source_location& place) noexcept;
// What this core wrote before is seen by the handler of an interrupt that comes after this; `after_interrupt` is its other end.
void publish(const std::source_location& place) noexcept;
void after_interrupt() noexcept;
// Others go on; what this core reads next is not older than what there is now.
void yield() noexcept;

}  // namespace quartet::model
