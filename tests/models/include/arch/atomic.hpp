// SPDX-License-Identifier: MIT
//
// The models' atomics: the calls of the machine's, whose word lives in relacy's memory (model_atomics.hpp). Size and
// layout are the kernel's own.

#pragma once

#include <arch/model_atomics.hpp>
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
    using Word = typename WordOf<T>::Type;

public:
    using OrderAt = model::OrderAt;

    constexpr Atomic() {
        if (!std::is_constant_evaluated()) model::forget(&value_, sizeof value_);
    }
    constexpr explicit Atomic(T value) : value_(static_cast<Word>(value)) {
        if (!std::is_constant_evaluated()) model::forget(&value_, sizeof value_);
    }
    Atomic(const Atomic&) = delete;
    Atomic& operator=(const Atomic&) = delete;

    T load(OrderAt order) const noexcept {
        sim_point();
        return of_bits(model::load(&value_, sizeof value_, plain(), order));
    }
    void store(T value, OrderAt order) noexcept {
        sim_point();
        if (!model::store(&value_, sizeof value_, plain(), bits(value), order)) value_ = static_cast<Word>(value);
    }
    T exchange(T value, OrderAt order) noexcept { return change(model::Change::Exchange, value, order); }
    bool compare_exchange(T& expected, T desired, OrderAt success, OrderAt failure) noexcept {
        return compare_exchange(expected, desired, success, failure, model::Kind::Strong);
    }
    bool compare_exchange_weak(T& expected, T desired, OrderAt success, OrderAt failure) noexcept {
        return compare_exchange(expected, desired, success, failure, model::Kind::Weak);
    }
    T fetch_add(T value, OrderAt order) noexcept { return change(model::Change::Add, value, order); }
    T fetch_sub(T value, OrderAt order) noexcept { return change(model::Change::Sub, value, order); }
    T fetch_or(T value, OrderAt order) noexcept { return change(model::Change::Or, value, order); }
    T fetch_and(T value, OrderAt order) noexcept { return change(model::Change::And, value, order); }

    constexpr Word* address() noexcept { return &value_; }
    constexpr const Word* address() const noexcept { return &value_; }

private:
    static u64 bits(T value) noexcept {
        if constexpr (std::is_pointer_v<Word>) return reinterpret_cast<u64>(value);
        else return static_cast<u64>(static_cast<Word>(value));
    }
    static T of_bits(u64 value) noexcept {
        if constexpr (std::is_pointer_v<Word>) return reinterpret_cast<T>(value);
        else return static_cast<T>(static_cast<Word>(value));
    }
    // Without the instrumentation that looks for data races: the word's plain memory has no part in the protocol.
    [[gnu::no_sanitize_thread]] u64 plain() const noexcept { return bits(static_cast<T>(value_)); }

    bool compare_exchange(T& expected, T desired, const OrderAt& success, const OrderAt& failure,
                          model::Kind kind) noexcept {
        sim_point();
        u64 seen = bits(expected);
        const model::Exchanged done =
            model::compare_exchange(&value_, sizeof value_, plain(), seen, bits(desired), kind, success, failure);
        if (done == model::Exchanged::NotRunning) {
            const bool same = value_ == static_cast<Word>(expected);
            if (same) value_ = static_cast<Word>(desired);
            else expected = static_cast<T>(value_);
            return same;
        }
        expected = of_bits(seen);
        return done == model::Exchanged::Yes;
    }
    T change(model::Change how, T value, const OrderAt& order) noexcept {
        sim_point();
        u64 before = 0;
        if (model::change(&value_, sizeof value_, plain(), how, bits(value), order, before)) return of_bits(before);
        const T was = static_cast<T>(value_);
        if constexpr (std::is_integral_v<Word> && !std::is_same_v<Word, bool>) {
            switch (how) {
                case model::Change::Exchange: value_ = static_cast<Word>(value); break;
                case model::Change::Add: value_ += static_cast<Word>(value); break;
                case model::Change::Sub: value_ -= static_cast<Word>(value); break;
                case model::Change::Or: value_ |= static_cast<Word>(value); break;
                case model::Change::And: value_ &= static_cast<Word>(value); break;
            }
        } else {
            value_ = static_cast<Word>(value);
        }
        return was;
    }

    Word value_{};
};

}  // namespace quartet::arch
