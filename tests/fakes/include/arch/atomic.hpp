// SPDX-License-Identifier: MIT
//
// The host's atomics: the same calls. Every access is a point at which the simulation may switch
// core, deliver an interrupt or let time pass (see arch/sim_point.hpp).

#pragma once

#include <arch/order.hpp>
#include <arch/sim_point.hpp>
#include <base/types.hpp>

#include <type_traits>

namespace quartet::arch {

template <typename T>
class Atomic {
    template <typename U>
    struct WordOf {
        using Type = U;
    };
    template <typename U>
        requires std::is_enum_v<U>
    struct WordOf<U> {
        using Type = std::underlying_type_t<U>;
    };
    // The builtins take integers and pointers; an enum is its integer.
    using Word = typename WordOf<T>::Type;

public:
    constexpr Atomic() = default;
    constexpr explicit Atomic(T value) : value_(static_cast<Word>(value)) {}
    Atomic(const Atomic&) = delete;
    Atomic& operator=(const Atomic&) = delete;

    T load(Order order) const noexcept {
        sim_point();
        return static_cast<T>(__atomic_load_n(&value_, static_cast<int>(order)));
    }
    void store(T value, Order order) noexcept {
        sim_point();
        __atomic_store_n(&value_, static_cast<Word>(value), static_cast<int>(order));
    }
    T exchange(T value, Order order) noexcept {
        sim_point();
        return static_cast<T>(__atomic_exchange_n(&value_, static_cast<Word>(value), static_cast<int>(order)));
    }
    bool compare_exchange(T& expected, T desired, Order success, Order failure) noexcept {
        sim_point();
        Word found = static_cast<Word>(expected);
        bool done = __atomic_compare_exchange_n(&value_, &found, static_cast<Word>(desired), false,
                                                static_cast<int>(success), static_cast<int>(failure));
        expected = static_cast<T>(found);
        return done;
    }
    bool compare_exchange_weak(T& expected, T desired, Order success, Order failure) noexcept {
        sim_point();
        if (T found = static_cast<T>(__atomic_load_n(&value_, static_cast<int>(failure)));
            found == expected && sim_pair_fails())
            return false;
        Word found = static_cast<Word>(expected);
        bool done = __atomic_compare_exchange_n(&value_, &found, static_cast<Word>(desired), false,
                                                static_cast<int>(success), static_cast<int>(failure));
        expected = static_cast<T>(found);
        return done;
    }
    T fetch_add(T value, Order order) noexcept {
        sim_point();
        return __atomic_fetch_add(&value_, value, static_cast<int>(order));
    }
    T fetch_sub(T value, Order order) noexcept {
        sim_point();
        return __atomic_fetch_sub(&value_, value, static_cast<int>(order));
    }
    T fetch_or(T value, Order order) noexcept {
        sim_point();
        return __atomic_fetch_or(&value_, value, static_cast<int>(order));
    }
    T fetch_and(T value, Order order) noexcept {
        sim_point();
        return __atomic_fetch_and(&value_, value, static_cast<int>(order));
    }

    constexpr Word* address() noexcept { return &value_; }
    constexpr const Word* address() const noexcept { return &value_; }

private:
    Word value_{};
};

}  // namespace quartet::arch
