// SPDX-License-Identifier: MIT
//
// Debug builds: what was freed last rests here before anybody can have it again, so that a late write meets nobody's data
// and is found when the rest is over.

#pragma once

#include <base/types.hpp>

#include <array>

namespace quartet::mm {

// The objects of one cache, oldest first out. Its user holds the cache's lock.
class Quarantine {
public:
    static constexpr u32 room = 16;

    // Returns who has to leave for it, or null.
    void* admit(void* object) {
        void* oldest = count_ == room ? release() : nullptr;
        objects_[(first_ + count_++) % room] = object;
        return oldest;
    }

    // The one that rests longest, which leaves; null where nobody rests.
    void* release() {
        if (count_ == 0) return nullptr;
        void* oldest = objects_[first_];
        first_ = (first_ + 1) % room;
        --count_;
        return oldest;
    }

    u32 count() const { return count_; }
    // 0 is the oldest. Pre: index < count().
    void* operator[](u32 index) const { return objects_[(first_ + index) % room]; }

private:
    std::array<void*, room> objects_{};
    u32 first_ = 0;
    u32 count_ = 0;
};

// Release builds: nothing rests.
struct NoQuarantine {
    static constexpr void* admit(void* object) { return object; }
    static constexpr void* release() { return nullptr; }
    static constexpr u32 count() { return 0; }
};

}  // namespace quartet::mm
