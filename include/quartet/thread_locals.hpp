// SPDX-License-Identifier: MIT
//
// A pointer that each thread has of its own. There are 8 for all of an image, in the thread's record, so that neither
// setting nor reading one allocates or takes a lock.
//
//     void give_back(ThreadContext&, Buffer& buffer) noexcept;
//     auto buffer = TRY((ThreadLocal<Buffer, &give_back>::make()));
//     …
//     TRY(buffer.set(self, mine));

#pragma once

#include <kernel/thread/thread_locals.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>

#include <type_traits>
#include <utility>

namespace quartet {

// `Destroy` is nullptr, or a `void(ThreadContext& self, T& value) noexcept`, which a thread calls at its end for the
// value that it leaves; it may wait, and set values again, four times over.
template <typename T, auto Destroy = nullptr>
class [[nodiscard]] ThreadLocal {
public:
    // Context: thread. Errors: NoMemory (all 8 are in use).
    static Result<ThreadLocal> make() noexcept {
        kernel::LocalDestructor destroy = nullptr;
        if constexpr (!std::is_null_pointer_v<decltype(Destroy)>) {
            static_assert(std::is_nothrow_invocable_v<decltype(Destroy), ThreadContext&, T&>);
            destroy = [](ThreadContext& self, void* value) noexcept { Destroy(self, *static_cast<T*>(value)); };
        }
        return ThreadLocal{TRY(kernel::make_local(destroy))};
    }

    ThreadLocal(ThreadLocal&& other) noexcept : key_(std::exchange(other.key_, kernel::LocalKey{})) {}
    ThreadLocal& operator=(ThreadLocal&&) = delete;
    // The values of all threads are forgotten, and not destroyed. Pre: no thread that has one is ending now.
    ~ThreadLocal() {
        if (key_ != kernel::LocalKey{}) static_cast<void>(kernel::drop_local(key_));
    }

    // The calling thread's value from now on. Context: thread. Errors: Invalid (it was moved from).
    Status set(ThreadContext& self, T* value) noexcept { return kernel::set_local(self, key_, value); }
    Status set(T* value) noexcept {
        ThreadContext self = this_thread::context();
        return set(self, value);
    }
    // Null where the calling thread has set none. Context: thread. Cost: 8 instructions.
    [[nodiscard]] T* get(const ThreadContext& self) const noexcept {
        return static_cast<T*>(kernel::local(self, key_));
    }
    [[nodiscard]] T* get() const noexcept { return get(this_thread::context()); }

private:
    explicit ThreadLocal(kernel::LocalKey key) noexcept : key_(key) {}

    kernel::LocalKey key_;
};

}  // namespace quartet
