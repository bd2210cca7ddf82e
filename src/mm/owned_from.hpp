// SPDX-License-Identifier: MIT
//
// One owner of one object that goes back where it came from: to a pool or to a named cache.

#pragma once

#include <base/types.hpp>

#include <utility>

namespace quartet::mm {

// `Home` has `destroy(T*)`, and lives longer.
template <typename T, typename Home>
class [[nodiscard]] OwnedFrom {
public:
    constexpr OwnedFrom() = default;
    // Takes over what `release` gave, of an object of `home`.
    constexpr OwnedFrom(Home& home, T* object) noexcept : home_(&home), object_(object) {}
    OwnedFrom(OwnedFrom&& other) noexcept : home_(other.home_), object_(other.release()) {}
    OwnedFrom& operator=(OwnedFrom&& other) noexcept {
        if (this != &other) {
            reset();
            home_ = other.home_;
            object_ = other.release();
        }
        return *this;
    }
    ~OwnedFrom() { reset(); }

    // Context: any. Null where it owns nothing.
    T* get() const noexcept { return object_; }
    T* operator->() const noexcept { return object_; }
    T& operator*() const noexcept { return *object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }

    // The caller owns it from now on, and gives it to `destroy` of its home, or to another owner. Context: any.
    [[nodiscard]] T* release() noexcept { return std::exchange(object_, nullptr); }
    // Destroys the object and gives it back. Context: as `destroy` of its home.
    void reset() noexcept {
        if (T* object = release(); object != nullptr) static_cast<void>(home_->destroy(object));
    }

private:
    Home* home_ = nullptr;
    T* object_ = nullptr;
};

}  // namespace quartet::mm
