// SPDX-License-Identifier: MIT
//
// The atomics of the whole kernel: exclusive pairs, inlined. They need the MMU on and Normal
// cacheable memory (Cortex-A72 TRM, 6.4.5: exclusives to other memory are unpredictable), so
// nothing of this is used before the early map is live.

#pragma once

#include <arch/order.hpp>
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

    // A relaxed access is a volatile one: as single a load or store as the builtin's, but GCC 12 folds the offset
    // into its address.
    [[gnu::always_inline]] T load(Order order) const noexcept {
        if (order == Order::Relaxed) return static_cast<T>(*const_cast<const volatile Word*>(&value_));
        return static_cast<T>(__atomic_load_n(&value_, static_cast<int>(order)));
    }
    [[gnu::always_inline]] void store(T value, Order order) noexcept {
        if (order == Order::Relaxed) {
            *const_cast<volatile Word*>(&value_) = static_cast<Word>(value);
            return;
        }
        __atomic_store_n(&value_, static_cast<Word>(value), static_cast<int>(order));
    }
    [[gnu::always_inline]] T exchange(T value, Order order) noexcept {
        return static_cast<T>(__atomic_exchange_n(&value_, static_cast<Word>(value), static_cast<int>(order)));
    }
    // On failure `expected` holds what was found.
    [[gnu::always_inline]] bool compare_exchange(T& expected, T desired, Order success, Order failure) noexcept {
        Word found = static_cast<Word>(expected);
        bool done = __atomic_compare_exchange_n(&value_, &found, static_cast<Word>(desired), false,
                                                static_cast<int>(success), static_cast<int>(failure));
        expected = static_cast<T>(found);
        return done;
    }
    // May fail although `expected` was found: for loops that retry anyway.
    [[gnu::always_inline]] bool compare_exchange_weak(T& expected, T desired, Order success, Order failure) noexcept {
        Word found = static_cast<Word>(expected);
        bool done = __atomic_compare_exchange_n(&value_, &found, static_cast<Word>(desired), true,
                                                static_cast<int>(success), static_cast<int>(failure));
        expected = static_cast<T>(found);
        return done;
    }
    [[gnu::always_inline]] T fetch_add(T value, Order order) noexcept {
        return __atomic_fetch_add(&value_, value, static_cast<int>(order));
    }
    [[gnu::always_inline]] T fetch_sub(T value, Order order) noexcept {
        return __atomic_fetch_sub(&value_, value, static_cast<int>(order));
    }
    [[gnu::always_inline]] T fetch_or(T value, Order order) noexcept {
        return __atomic_fetch_or(&value_, value, static_cast<int>(order));
    }
    [[gnu::always_inline]] T fetch_and(T value, Order order) noexcept {
        return __atomic_fetch_and(&value_, value, static_cast<int>(order));
    }

    // For assembly that works on the same word.
    constexpr Word* address() noexcept { return &value_; }
    constexpr const Word* address() const noexcept { return &value_; }

private:
    Word value_{};
};

}  // namespace quartet::arch
