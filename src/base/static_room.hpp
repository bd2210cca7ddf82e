// SPDX-License-Identifier: MIT
//
// Room for one object that lives for ever but is made when its turn in the boot order comes. A plain global
// would want its destructor registered where it has one, and the kernel has no static constructors.

#pragma once

#include <base/assert.hpp>
#include <base/types.hpp>

#include <new>
#include <utility>

namespace quartet {

template <typename T>
class StaticRoom {
public:
    constexpr StaticRoom() = default;
    StaticRoom(const StaticRoom&) = delete;
    StaticRoom& operator=(const StaticRoom&) = delete;

    // Context: boot, once.
    template <typename... Args>
    T& make(Args&&... args) {
        check(object_ == nullptr, "an object that exists once is made once");
        object_ = ::new (static_cast<void*>(bytes_)) T(std::forward<Args>(args)...);
        return *object_;
    }

    // Null before `make`. Context: any.
    T* get() const noexcept { return object_; }

private:
    T* object_ = nullptr;
    alignas(T) std::byte bytes_[sizeof(T)] = {};
};

}  // namespace quartet
