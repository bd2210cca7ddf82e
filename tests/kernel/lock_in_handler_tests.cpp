// SPDX-License-Identifier: MIT
//
// No form of lock is for a handler. What takes a ThreadContext does not compile there (compile_fail CMP22, CMP50); the
// functions of quartet.h return QT_IN_HANDLER; the forms without a parameter stop the machine by name, and so each needs
// a machine of its own: tests/system/test_faults.py writes its number into the image.

#include "threads.hpp"

#include <quartet.h>
#include <quartet/quartet.hpp>
#include <quartet/std.hpp>

#include <mutex>
#include <shared_mutex>

using namespace quartet;
using namespace quartet::selftest_detail;

// Which form the handler tries: an index of `forms`. Not zero where there is none, so that it has bytes in the image.
extern "C" {
[[gnu::used]] constinit arch::Atomic<u32> quartet_form_of_lock_in_handler{~u32{0}};
}

namespace {

using Order = arch::Order;

constexpr u32 software_id = 9;

struct Objects {
    Mutex mutex;
    RecursiveMutex recursive;
    SharedMutex shared;
};

constexpr Duration soon = microseconds(1);

// All of them are free: the rule is not about who would have to wait.
using Form = void (*)(Objects& it);
constexpr Form forms[] = {
    [](Objects& it) { it.mutex.lock(); },
    [](Objects& it) { static_cast<void>(it.mutex.try_lock()); },
    [](Objects& it) { static_cast<void>(it.mutex.lock_for(soon)); },
    [](Objects& it) { LockGuard guard{it.mutex}; },
    [](Objects& it) { std::lock_guard guard{it.mutex}; },
    [](Objects& it) { it.mutex.unlock(); },
    [](Objects& it) { it.recursive.lock(); },
    [](Objects& it) { static_cast<void>(it.recursive.try_lock()); },
    [](Objects& it) { static_cast<void>(it.recursive.lock_for(soon)); },
    [](Objects& it) { LockGuard guard{it.recursive}; },
    [](Objects& it) { it.shared.lock(); },
    [](Objects& it) { static_cast<void>(it.shared.try_lock()); },
    [](Objects& it) { it.shared.lock_shared(); },
    [](Objects& it) { static_cast<void>(it.shared.try_lock_shared()); },
    [](Objects& it) { LockGuard guard{it.shared}; },
    [](Objects& it) { SharedLockGuard guard{it.shared}; },
};

void try_form(IrqContext& irq) noexcept {
    auto& it = *static_cast<Objects*>(irq.argument());
    forms[quartet_form_of_lock_in_handler.load(Order::Relaxed)](it);
}

struct Refused {
    qt_mutex* mutex = nullptr;
    qt_status got[5] = {};
    arch::Atomic<bool> through{false};
};

void locks_in_handler(void* argument) {
    auto& it = *static_cast<Refused*>(argument);
    it.got[0] = qt_mutex_lock(it.mutex, QT_NO_WAIT);
    it.got[1] = qt_mutex_lock(it.mutex, 1000);
    it.got[2] = qt_mutex_lock(it.mutex, QT_FOREVER);
    it.got[3] = qt_mutex_unlock(it.mutex);
    it.got[4] = qt_mutex_destroy(it.mutex);
    it.through.store(true, Order::Release);
}

}  // namespace

SELFTEST("MTX11", "no form of lock is for a handler: quartet.h refuses each by QT_IN_HANDLER, and nothing is locked") {
    TestFlow flow;
    Refused it;
    REQUIRE(qt_mutex_create(&it.mutex) == QT_OK);
    // Free, and owned by the thread that the handler interrupts.
    for (u32 owned = 0; owned < 2; ++owned) {
        if (owned != 0) EXPECT_EQ(qt_mutex_lock(it.mutex, QT_NO_WAIT), QT_OK);
        it.through.store(false, Order::Relaxed);
        EXPECT_EQ(qt_irq_attach(software_id, locks_in_handler, &it, 0, 4), QT_OK);
        EXPECT(qt_irq_enable(software_id, 1) == QT_OK && qt_irq_trigger(software_id, 0) == QT_OK);
        EXPECT(comes_true([&] { return it.through.load(Order::Acquire); }));
        EXPECT_EQ(qt_irq_detach(software_id), QT_OK);
        for (qt_status got : it.got) EXPECT_EQ(got, QT_IN_HANDLER);
        EXPECT_EQ(qt_mutex_unlock(it.mutex), owned != 0 ? QT_OK : QT_NOT_OWNER);
    }
    EXPECT_EQ(qt_mutex_destroy(it.mutex), QT_OK);
    if (quartet_form_of_lock_in_handler.load(Order::Relaxed) >= sizeof(forms) / sizeof(forms[0])) return;
    Objects objects;
    REQUIRE(kernel::irq::attach(software_id, try_form, &objects, {.name = "selftest"}).has_value());
    EXPECT(kernel::irq::enable(software_id).has_value() && kernel::irq::trigger(software_id, 0).has_value());
    kernel::sleep_for(flow.self, kernel::milliseconds(1));
    EXPECT(false);  // it went on
}
