// SPDX-License-Identifier: MIT
//
// Errors are values. A function that can fail returns `Result<T>`, and TRY hands its caller's
// caller the error in one word.

#pragma once

#include <base/types.hpp>

#include <expected>
#include <string_view>

namespace quartet {

// The first ten carry the numbers that the C interface gives them.
enum class [[nodiscard]] Error : u8 {
    Timeout = 1,
    NoMemory = 2,
    Invalid = 3,
    NotOwner = 4,
    WouldBlock = 5,
    Deleted = 6,
    OwnerDead = 7,
    InHandler = 8,
    Busy = 9,
    Deadlock = 10,
    NotFound = 11,
    Unsupported = 12,
    Device = 13,  // a device answered with an error or not at all
    Aborted = 14, // a wait was ended because the thread is asked to stop, or to end
};

constexpr std::string_view words(Error error) {
    switch (error) {
        case Error::Timeout: return "timed out";
        case Error::NoMemory: return "out of memory";
        case Error::Invalid: return "invalid argument";
        case Error::NotOwner: return "not the owner";
        case Error::WouldBlock: return "would block";
        case Error::Deleted: return "deleted while waiting";
        case Error::OwnerDead: return "owner died";
        case Error::InHandler: return "not allowed in an interrupt handler";
        case Error::Busy: return "busy";
        case Error::Deadlock: return "would deadlock";
        case Error::NotFound: return "not found";
        case Error::Unsupported: return "not supported here";
        case Error::Device: return "device error";
        case Error::Aborted: return "wait aborted";
    }
    return "unknown error";
}

template <typename T>
using Result = std::expected<T, Error>;

using Status = Result<void>;

constexpr std::unexpected<Error> fail(Error error) { return std::unexpected<Error>{error}; }

}  // namespace quartet

// `auto frame = TRY(allocate());` is the value, or returns the error to the caller.
// A statement expression, which GCC and clang both have.
#define TRY(expression)                                                                      \
    ({                                                                                       \
        auto&& try_result = (expression);                                                    \
        if (!try_result) [[unlikely]]                                                        \
            return std::unexpected{static_cast<decltype(try_result)&&>(try_result).error()}; \
        *static_cast<decltype(try_result)&&>(try_result);                                    \
    })
