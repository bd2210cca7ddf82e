// SPDX-License-Identifier: MIT
//
// How a callable of any type becomes what the kernel starts: a function, and an object that the thread keeps on its own
// stack. For thread.hpp.

#pragma once

#include <arch/code.hpp>
#include <kernel/thread/threads.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>
#include <quartet/stop_token.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace quartet::detail {

// Called once, as an rvalue.
template <typename F>
concept ThreadCallable = std::is_object_v<F> && std::is_nothrow_destructible_v<F> &&
                         (std::is_invocable_v<F, ThreadContext&, StopToken> || std::is_invocable_v<F, ThreadContext&> ||
                          std::is_invocable_v<F, StopToken> || std::is_invocable_v<F>);

template <typename F>
decltype(auto) call_in_thread(F& callable, ThreadContext& self) {
    if constexpr (std::is_invocable_v<F, ThreadContext&, StopToken>) {
        return std::move(callable)(self, kernel::stop_token(self));
    } else if constexpr (std::is_invocable_v<F, ThreadContext&>) {
        return std::move(callable)(self);
    } else if constexpr (std::is_invocable_v<F, StopToken>) {
        return std::move(callable)(kernel::stop_token(self));
    } else {
        return std::move(callable)();
    }
}

// kernel::ThreadEntry: the kernel destroys the callable when this is over, however that comes.
template <typename F>
void enter_callable(ThreadContext& self, void* kept) {
    F& callable = *static_cast<F*>(kept);
    using Value = decltype(call_in_thread(callable, self));
    if constexpr (std::is_void_v<Value>) {
        call_in_thread(callable, self);
    } else {
        static_assert(std::is_convertible_v<Value, void*>, "a thread's function returns nothing, or a pointer");
        kernel::exit_thread(self, call_in_thread(callable, self));
    }
}

template <typename Callable>
Result<kernel::ThreadHandle> spawn_callable(const kernel::ThreadOptions& options, Callable&& callable) noexcept {
    using From = std::remove_reference_t<Callable>;
    if constexpr (std::is_function_v<From>) {
        // A function is no object; a pointer to it is.
        return spawn_callable(options, &callable);
    } else {
        using F = std::decay_t<Callable>;
        if constexpr (std::is_pointer_v<F>) {
            if (!arch::is_code(callable)) return fail(Error::Invalid);
        }
        const kernel::KeptArgument object{
            .from = const_cast<void*>(static_cast<const volatile void*>(std::addressof(callable))),
            .size = sizeof(F),
            .align = alignof(F),
            .move =
                [](void* to, void* from) noexcept {
                    std::construct_at(static_cast<F*>(to), static_cast<Callable&&>(*static_cast<From*>(from)));
                },
            .destroy = [](void* kept) noexcept { std::destroy_at(static_cast<F*>(kept)); },
        };
        return kernel::spawn_keeping(options, &enter_callable<F>, object);
    }
}

}  // namespace quartet::detail
