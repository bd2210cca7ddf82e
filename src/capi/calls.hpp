// SPDX-License-Identifier: MIT
//
// What every function of quartet.h needs: the numbers of errors, the proof of being a thread, and objects that live
// until the last call has left them.

#pragma once

#include <arch/atomic.hpp>
#include <arch/handler.hpp>
#include <base/result.hpp>
#include <kernel/thread/at_thread_end.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>
#include <mm/heap.hpp>
#include <quartet.h>

#include <new>
#include <utility>

namespace quartet::capi {

static_assert(QT_TIMEOUT == static_cast<int>(Error::Timeout) && QT_NO_MEMORY == static_cast<int>(Error::NoMemory));
static_assert(QT_INVALID == static_cast<int>(Error::Invalid) && QT_NOT_OWNER == static_cast<int>(Error::NotOwner));
static_assert(QT_WOULD_BLOCK == static_cast<int>(Error::WouldBlock) && QT_DELETED == static_cast<int>(Error::Deleted));
static_assert(QT_OWNER_DEAD == static_cast<int>(Error::OwnerDead) &&
              QT_IN_HANDLER == static_cast<int>(Error::InHandler));
static_assert(QT_BUSY == static_cast<int>(Error::Busy) && QT_DEADLOCK == static_cast<int>(Error::Deadlock));
static_assert(QT_FOREVER == kernel::Duration::forever().ns && QT_NO_WAIT == kernel::Duration::zero().ns);

// C has no number for the others. Aborted: a stop request ended the wait of a thread that was started in C++ and
// wanted that; what it waited for did not come, as after a time-out. One that is terminated never sees it. The rest: what
// was asked for does not exist here.
constexpr qt_status status_of(Error error) {
    if (error == Error::Aborted) return QT_TIMEOUT;
    return static_cast<int>(error) <= QT_DEADLOCK ? static_cast<int>(error) : QT_INVALID;
}
constexpr qt_status status_of(const Status& status) { return status ? QT_OK : status_of(status.error()); }

// A caller in C has no proof to show: the register says what it is.
[[gnu::always_inline]] inline bool may_wait(u64 timeout) noexcept {
    return timeout == QT_NO_WAIT || !arch::in_handler();
}
[[gnu::always_inline]] inline kernel::ThreadContext caller() noexcept {
    return kernel::ThreadContext::current(Unsafe{"every call that may wait looks at may_wait before"});
}

// The kernel's object behind a handle, and how many have to be done with it before its memory goes: whoever made it, until
// destroy, and every call that may wait. A call that is over at once is not counted: beginning it beside destroy is the
// caller's mistake.
template <typename Object>
class Counted {
public:
    template <typename... Args>
    explicit Counted(Args&&... args) : object(std::forward<Args>(args)...) {}

    Object object;

    // Keeps the object for one call of a thread, also where that ends inside it. `Handle` is the type that C knows it by.
    template <typename Handle>
    class Stay {
    public:
        Stay(Handle& handle, kernel::ThreadContext& self) noexcept
            : handle_(handle), at_end_(self, leave_at_end, &handle) {
            // Relaxed: the object exists, as the caller knows.
            handle_.users_.fetch_add(1, arch::Order::Relaxed);
        }
        ~Stay() { leave(handle_); }
        Stay(const Stay&) = delete;
        Stay& operator=(const Stay&) = delete;

    private:
        static void leave_at_end(void* handle) noexcept { leave(*static_cast<Handle*>(handle)); }

        Handle& handle_;
        kernel::AtThreadEnd at_end_;
    };

    template <typename Handle>
    [[gnu::noinline]] static void leave(Handle& handle) noexcept {
        // AcqRel: whoever frees it comes after all that the others did with it.
        if (handle.users_.fetch_sub(1, arch::Order::AcqRel) != 1) return;
        handle.~Handle();
        mm::kernel_heap.free_sized(&handle, sizeof(Handle), alignof(Handle));
    }

private:
    arch::Atomic<u32> users_{1};
};

// A new object into `*out`.
template <typename Handle, typename... Args>
qt_status create(Handle** out, Args&&... args) noexcept {
    if (out == nullptr) return QT_INVALID;
    if (arch::in_handler()) return QT_IN_HANDLER;
    Result<void*> memory = mm::kernel_heap.allocate(sizeof(Handle), alignof(Handle));
    if (!memory) return QT_NO_MEMORY;
    *out = new (*memory) Handle{std::forward<Args>(args)...};
    return QT_OK;
}

// Wakes whoever waits, with QT_DELETED; the last one frees it.
template <typename Handle>
qt_status destroy(Handle* handle) noexcept {
    if (handle == nullptr) return QT_INVALID;
    if (arch::in_handler()) return QT_IN_HANDLER;
    handle->object.close();
    Handle::leave(*handle);
    return QT_OK;
}

}  // namespace quartet::capi
