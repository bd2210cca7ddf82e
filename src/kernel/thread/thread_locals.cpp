// SPDX-License-Identifier: MIT

#include <kernel/thread/safe_point.hpp>
#include <kernel/thread/thread_locals.hpp>
#include <sync/spin_lock.hpp>

namespace quartet::kernel {
namespace {

struct Key {
    u32 generation = 0;  // odd: in use
    LocalDestructor destructor = nullptr;
};

struct Keys {
    sync::SpinLock<sync::LockRank::Threads> lock;
    Key slots[local_slots] GUARDED_BY(lock);
};
constinit Keys keys;

bool used(const Key& key) { return key.generation % 2 != 0; }

bool names(LocalKey key, const Key& slot) { return used(slot) && slot.generation == key.generation; }

// Null where the value is not one of a key that has a destructor.
LocalDestructor destructor_of(u32 slot, u32 generation) {
    sync::IrqLockGuard guard{keys.lock};
    const Key& key = keys.slots[slot];
    return names({slot, generation}, key) ? key.destructor : nullptr;
}

}  // namespace

Result<LocalKey> make_local(LocalDestructor destructor) noexcept {
    sync::IrqLockGuard guard{keys.lock};
    for (u32 slot = 0; slot < local_slots; ++slot) {
        Key& key = keys.slots[slot];
        if (used(key)) continue;
        key.generation += 1;
        key.destructor = destructor;
        return LocalKey{slot, key.generation};
    }
    return fail(Error::NoMemory);
}

Status drop_local(LocalKey key) noexcept {
    if (key.slot >= local_slots) return fail(Error::Invalid);
    sync::IrqLockGuard guard{keys.lock};
    Key& slot = keys.slots[key.slot];
    if (!names(key, slot)) return fail(Error::Invalid);
    slot.generation += 1;
    slot.destructor = nullptr;
    return {};
}

Status set_local(ThreadContext& self, LocalKey key, void* value) noexcept {
    if (key.slot >= local_slots) return fail(Error::Invalid);
    {
        sync::IrqLockGuard guard{keys.lock};
        if (!names(key, keys.slots[key.slot])) return fail(Error::Invalid);
    }
    Thread& thread = self.thread();
    thread.locals[key.slot] = {value, key.generation};
    thread.locals_set |= 1u << key.slot;
    return {};
}

void destroy_locals(ThreadContext& self) noexcept {
    Thread& thread = self.thread();
    // A destructor that waits does so although the thread was terminated, and is not cut off by a second request.
    WaitsKept kept{self};
    if ((thread.locals_set & argument_kept) != 0) {
        thread.locals_set &= ~argument_kept;
        thread.destroy_argument(thread.argument);
    }
    for (u32 round = 0; round < local_rounds && thread.locals_set != 0; ++round) {
        u32 set = thread.locals_set;
        thread.locals_set = 0;
        for (u32 slot = 0; slot < local_slots; ++slot) {
            LocalValue left = thread.locals[slot];
            if ((set & (1u << slot)) == 0 || left.value == nullptr) continue;
            if (LocalDestructor destroy = destructor_of(slot, left.generation)) destroy(self, left.value);
        }
    }
}

}  // namespace quartet::kernel
