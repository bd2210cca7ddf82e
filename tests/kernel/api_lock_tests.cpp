// SPDX-License-Identifier: MIT

#include "api.hpp"

using namespace quartet;
using namespace quartet::selftest_detail;

SELFTEST("API07", "a mutex is locked in both forms, refused to others, and by a guard") {
    ApiFlow flow;
    Mutex mutex;
    mutex.lock();
    EXPECT(mutex.owned(flow.self));
    EXPECT(is(mutex.lock(flow.self), Error::Deadlock));
    {
        ApiThread other{run, [&](ThreadContext& self) {
                            EXPECT(!mutex.try_lock() && !mutex.owned(self));
                            EXPECT(is(mutex.try_lock(self), Error::WouldBlock));
                            EXPECT(is(mutex.lock_for(self, 100_us), Error::Timeout));
                            EXPECT(is(mutex.lock_for(100_us), Error::Timeout));
                            EXPECT(is(mutex.unlock(self), Error::NotOwner));
                        }};
    }
    mutex.unlock();
    EXPECT(is(mutex.unlock(flow.self), Error::NotOwner));
    EXPECT(mutex.try_lock());
    EXPECT(mutex.unlock(flow.self).has_value());
    {
        LockGuard guard{mutex, flow.self};
        EXPECT(mutex.owned(flow.self));
    }
    {
        LockGuard guard{mutex};
        EXPECT(mutex.owned(flow.self));
    }
    EXPECT(!mutex.owned(flow.self));
    RecursiveMutex again;
    again.lock();
    {
        LockGuard guard{again, flow.self};
        EXPECT(again.try_lock());
        again.unlock();
    }
    EXPECT(again.owned(flow.self));
    for (u32 depth = 1; depth < 255; ++depth) EXPECT(again.lock(flow.self).has_value());
    EXPECT(is(again.lock(flow.self), Error::Busy));
    for (u32 depth = 0; depth < 255; ++depth) EXPECT(again.unlock(flow.self).has_value());
    EXPECT(is(again.unlock(flow.self), Error::NotOwner));
}

SELFTEST("MTX09", "close wakes who waits for a mutex with Deleted, and refuses it from then on") {
    ApiFlow flow;
    Mutex mutex;
    mutex.lock();
    ApiThread waiter{run, [&] {
                         EXPECT(is(mutex.lock_for(Duration::forever()), Error::Deleted));
                         EXPECT(!mutex.try_lock());
                     }};
    mutex.close();
    EXPECT(waiter.thread.join().has_value());
    EXPECT(mutex.unlock(flow.self).has_value());
    EXPECT(is(mutex.lock(flow.self), Error::Deleted));
}

SELFTEST("MTX07", "a thread that ends in a wait leaves its mutex owner-dead; under a guard it does not end") {
    ApiFlow flow;
    Mutex mutex;
    Semaphore never;
    ApiThread owner{run, [&](ThreadContext& self) {
                        mutex.lock();
                        static_cast<void>(never.take(self));
                    }};
    EXPECT(owner.thread.terminate().has_value());
    EXPECT(owner.thread.join().has_value());
    EXPECT(is(mutex.lock(flow.self), Error::OwnerDead));
    EXPECT(mutex.owned(flow.self) && mutex.unlock(flow.self).has_value());
    Semaphore go;
    bool whole = false;
    ApiThread guarded{run, [&](ThreadContext& self) {
                          {
                              LockGuard guard{mutex, self};
                              EXPECT(go.take(self).has_value());
                              whole = true;
                          }
                          this_thread::safe_point();
                          EXPECT(false);
                      }};
    EXPECT(guarded.thread.terminate(flow.self).has_value());
    EXPECT(is(guarded.thread.join_for(1_ms), Error::Timeout));
    EXPECT(go.give().has_value());
    auto end = guarded.thread.join();
    EXPECT(end.has_value() && end->terminated && whole);
    EXPECT(mutex.lock(flow.self).has_value() && mutex.unlock(flow.self).has_value());
}

SELFTEST("API08", "a lock without a result waits on where its thread is asked to stop") {
    ApiFlow flow;
    Mutex mutex;
    mutex.lock();
    bool locked = false;
    ApiThread waiter{run, [&](ThreadContext& self) {
                         StopEndsWaits ends{self};
                         EXPECT(is(mutex.lock(self), Error::Aborted));
                         mutex.lock();
                         locked = true;
                         mutex.unlock();
                     }};
    EXPECT(waiter.thread.request_stop().has_value());
    EXPECT(is(waiter.thread.join_for(1_ms), Error::Timeout));
    EXPECT(!locked);
    mutex.unlock();
    EXPECT(waiter.thread.join().has_value());
    EXPECT(locked);
}

SELFTEST("RWL01", "readers share, the writer is alone, and each is refused what the others have") {
    ApiFlow flow;
    SharedMutex mutex;
    {
        SharedLockGuard reading{mutex};
        ApiThread beside{run, [&](ThreadContext& self) {
                             SharedLockGuard also{mutex, self};
                             EXPECT(!mutex.try_lock());
                             EXPECT(is(mutex.lock_for(self, 100_us), Error::Timeout));
                             EXPECT(is(mutex.unlock(self), Error::NotOwner));
                         }};
    }
    EXPECT(is(mutex.unlock_shared(flow.self), Error::NotOwner));
    {
        LockGuard writing{mutex, flow.self};
        EXPECT(is(mutex.lock(flow.self), Error::Deadlock));
        ApiThread beside{run, [&] { EXPECT(!mutex.try_lock_shared()); }};
    }
    mutex.lock();
    mutex.unlock();
    mutex.lock_shared();
    EXPECT(mutex.try_lock_shared());
    mutex.unlock_shared();
    mutex.unlock_shared();
    mutex.close();
    EXPECT(is(mutex.lock(flow.self), Error::Deleted) && is(mutex.lock_shared(flow.self), Error::Deleted));
}
