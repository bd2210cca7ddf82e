// SPDX-License-Identifier: MIT
//
// Between Quartet and the standard library, for applications that have the whole of it: durations to and from std::chrono,
// a clock for std::chrono, and a memory resource for std::pmr. quartet::Mutex and its kin need nothing: they are Lockable, so
// std::lock_guard, std::scoped_lock and std::unique_lock take them (a LockGuard also keeps its thread from being
// terminated in the middle). Where the library is the freestanding one, this header adds nothing.

#pragma once

#include <quartet/memory.hpp>
#include <quartet/mutex.hpp>
#include <quartet/shared_mutex.hpp>
#include <quartet/time.hpp>

#if __STDC_HOSTED__ && __has_include(<chrono>) && __has_include(<memory_resource>)

#include <chrono>
#include <cstdint>
#include <memory_resource>
#include <mutex>
#include <ratio>
#include <shared_mutex>

namespace quartet {

// At least as long, in whole nanoseconds. What is negative is `zero`; what std::chrono::nanoseconds, or 63 bits of the
// duration's own unit, could not hold is `forever`. Context: any.
template <typename Rep, typename Period>
constexpr Duration from_chrono(std::chrono::duration<Rep, Period> duration) {
    using std::chrono::nanoseconds;
    if (duration <= duration.zero()) return Duration::zero();
    if constexpr (std::ratio_greater_v<Period, std::nano>) {
        // In the coarser unit, where neither side is cut off.
        if (duration > std::chrono::floor<std::chrono::duration<std::int64_t, Period>>(nanoseconds::max()))
            return Duration::forever();
    } else if (duration > std::chrono::duration<std::int64_t, Period>::max()) {
        return Duration::forever();
    }
    return {static_cast<u64>(std::chrono::ceil<nanoseconds>(duration).count())};
}

// Saturates at nanoseconds::max(), 292 years: so does `forever`. Context: any.
constexpr std::chrono::nanoseconds to_chrono(Duration duration) {
    constexpr auto most = static_cast<u64>(std::chrono::nanoseconds::max().count());
    return std::chrono::nanoseconds{static_cast<std::int64_t>(duration.ns < most ? duration.ns : most)};
}

// Quartet's clock, as std::chrono knows clocks: from the machine's reset on.
struct ChronoClock {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<ChronoClock>;
    static constexpr bool is_steady = true;

    // Context: any.
    [[nodiscard]] static time_point now() noexcept { return time_point{to_chrono(Clock::since_reset(Clock::now()))}; }
};

namespace this_thread {

// As the forms without std::chrono. Context: thread.
template <typename Rep, typename Period>
void sleep_for(std::chrono::duration<Rep, Period> duration) noexcept {
    sleep_for(from_chrono(duration));
}
template <typename Length>
void sleep_until(std::chrono::time_point<ChronoClock, Length> time) noexcept {
    sleep_until(Instant{} + from_chrono(time.time_since_epoch()));
}

}  // namespace this_thread

// What std::pmr's containers take from: `resource`, which lives longer. Its callers cannot be told that there is no memory,
// so that is a panic. Context: as `resource` says.
class PmrResource final : public std::pmr::memory_resource {
public:
    explicit PmrResource(MemoryResource& resource = heap_memory()) noexcept : resource_(resource) {}

private:
    void* do_allocate(std::size_t bytes, std::size_t align) override {
        void* memory = resource_.allocate(bytes, align);
        check(memory != nullptr, "out of memory in a container of std::pmr");
        return memory;
    }
    void do_deallocate(void* memory, std::size_t bytes, std::size_t align) override {
        resource_.deallocate(memory, bytes, align);
    }
    // Without type information nobody knows what `other` is: a container copies between two of these, and moves within one.
    bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }

    MemoryResource& resource_;
};

}  // namespace quartet

#endif
