// SPDX-License-Identifier: MIT
//
// Handlers that come and go on four cores while their devices go on: alone on a line, several on one, and with a thread.

#include "controller.hpp"
#include "threads.hpp"

#include <kernel/irq/irq.hpp>
#include <kernel/irq/irq_lines.hpp>
#include <kernel/irq/shared_handler.hpp>
#include <kernel/irq/threaded_handler.hpp>

#include <arch/handler.hpp>
#include <doctest/doctest.h>

#include <memory>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

constexpr u32 line = 40;

void let_time_pass(u32 points) {
    for (u32 n = choose(points); n > 0; --n) arch::sim_point();
}

// What was acknowledged before the line was closed may still begin.
void disable_and_wait(ThreadContext& self) {
    SIM_CHECK(irq::disable(line).has_value());
    while (irq::the_controller->active(line)) yield(self);
}

// The line is what its device wants, which may change until it is.
template <typename Wants>
void settle_line(Wants wants) {
    for (;;) {
        const bool up = wants();
        if (up) raise_line(line);
        else lower_line(line);
        if (up == wants()) return;
    }
}

// --- One handler -------------------------------------------------------------------------------------------------

// What its owner promised to whoever is called with it.
struct Ownership {
    bool attached = true;
    bool open = false;
    bool inside = false;
    u32 runs = 0;
};

void be_handled(IrqContext& context) noexcept {
    Ownership& it = *static_cast<Ownership*>(context.argument());
    SIM_CHECK(it.attached && it.open && !it.inside);
    it.inside = true;
    let_time_pass(20);
    it.inside = false;
    it.runs += 1;
}

bool pulsing = false;

void pulse_now_and_then(ThreadContext& self, void*) {
    while (pulsing) {
        pulse_line(line);
        if (choose(4) == 0) (void)irq::pend(line);
        if (choose(4) == 0) (void)irq::set_core(line, choose(max_cores));
        let_time_pass(60);
        if (choose(4) == 0) sleep_for(self, nanoseconds(choose(500)));
    }
}

void come_and_go() {
    start_interrupts();
    start_all();
    auto self = boot_context();
    pulsing = true;
    const ThreadHandle device = must_spawn("device", 10, pulse_now_and_then, nullptr);
    u32 runs = 0;
    for (u32 life = 0; life < 12; ++life) {
        (void)set_affinity(current(), 1 + choose(15));
        auto it = std::make_unique<Ownership>();
        SIM_CHECK(irq::attach(line, be_handled, it.get(),
                              {.core = choose(max_cores), .trigger = Trigger::EdgeTriggered, .storm_limit = 0})
                      .has_value());
        SIM_CHECK(irq::attach(line, be_handled, it.get()) == fail(Error::Busy));
        for (u32 turn = 0; turn < 3; ++turn) {
            it->open = true;
            SIM_CHECK(irq::enable(line).has_value());
            let_time_pass(400);
            disable_and_wait(self);
            it->open = false;
            let_time_pass(60);
        }
        it->open = true;
        SIM_CHECK(irq::enable(line).has_value());
        let_time_pass(100);
        SIM_CHECK(irq::detach(line).has_value());
        SIM_CHECK(!it->inside);
        it->attached = false;
        runs += it->runs;
        let_time_pass(100);
    }
    pulsing = false;
    must_join(self, device);
    SIM_CHECK(runs != 0);
}

// --- A shared line -----------------------------------------------------------------------------------------------

constexpr u32 sharers = 3;

struct SharingDevice;
SharingDevice* devices_on_line[sharers];

// A device that holds the line until its handler has been there. Lines meet in the wire: one is enough to hold it up.
struct SharingDevice {
    explicit SharingDevice(u32 number) : place(number) {}

    bool wants = false;
    bool attached = false;
    bool leaves = false;  // in its next run
    u32 runs = 0;
    u32 place;
    bool inside = false;
    irq::SharedHandler handler{handle, this};

    static void settle() {
        settle_line([] {
            bool up = false;
            for (const SharingDevice* device : devices_on_line) up |= device != nullptr && device->wants;
            return up;
        });
    }

    static irq::Claim handle(IrqContext& context) noexcept {
        SharingDevice& it = *static_cast<SharingDevice*>(context.argument());
        SIM_CHECK(it.attached && !it.inside);
        it.inside = true;
        let_time_pass(10);
        const bool mine = it.wants;
        it.wants = false;
        settle();
        it.runs += mine ? 1 : 0;
        if (it.leaves && mine) {
            SIM_CHECK(irq::detach_shared(it.handler, context).has_value());
            it.attached = false;
        }
        it.inside = false;
        return mine ? irq::Claim::Mine : irq::Claim::NotMine;
    }
};

void own_a_device(ThreadContext& self, void* argument) {
    const u32 place = static_cast<u32>(reinterpret_cast<uptr>(argument));
    for (u32 life = 0; life < 6; ++life) {
        (void)set_affinity(current(), 1 + choose(15));
        SharingDevice device{place};
        device.attached = true;
        // The line may be leaving with its last handler at this moment.
        for (;;) {
            const Status attached = irq::attach_shared(line, device.handler, {.core = 1});
            if (attached) break;
            SIM_CHECK(attached == fail(Error::Busy));
            sleep_for(self, nanoseconds(100));  // who leaves it may be below us
        }
        devices_on_line[place] = &device;
        for (u32 turn = 0; turn < 4; ++turn) {
            const u32 before = device.runs;
            device.leaves = turn == 3 && choose(2) == 0;
            device.wants = true;
            SharingDevice::settle();
            while (device.runs == before) {
                // Whoever came with the line anew has to open it.
                if (device.attached) (void)irq::enable(line);
                sleep_for(self, nanoseconds(choose(300)));
            }
        }
        while (device.inside) yield(self);
        const Status left = irq::detach_shared(device.handler);
        SIM_CHECK(left.has_value() == !device.leaves);
        SIM_CHECK(!device.inside && !device.wants);
        device.attached = false;
        devices_on_line[place] = nullptr;
        let_time_pass(60);
    }
}

void share_a_line() {
    start_interrupts();
    start_all();
    auto self = boot_context();
    ThreadHandle owners[sharers];
    for (u32 n = 0; n < sharers; ++n)
        owners[n] =
            must_spawn("owner", static_cast<u8>(10 + choose(4)), own_a_device, reinterpret_cast<void*>(uptr{n}));
    for (ThreadHandle owner : owners) must_join(self, owner);
    SIM_CHECK(!irq::info(line)->attached);
}

// --- With a thread -----------------------------------------------------------------------------------------------

// A device with a number of things to do, which holds its line until all are done.
struct BusyDevice {
    bool attached = true;
    bool open = false;
    bool working = false;
    bool level = true;
    u32 quick_looks = 0;
    u32 to_do = 0;
    u32 done = 0;

    static irq::Quick look(IrqContext& context) noexcept {
        BusyDevice& it = *static_cast<BusyDevice*>(context.argument());
        SIM_CHECK(it.attached && it.open);
        SIM_CHECK(!(it.level && it.working));  // masked until the work is done
        it.quick_looks += 1;
        if (it.to_do != 0) return irq::Quick::RunThread;
        it.settle();
        return irq::Quick::Done;
    }
    void settle() {
        settle_line([this] { return to_do != 0; });
    }
    static void work(ThreadContext& self, void* argument) {
        BusyDevice& it = *static_cast<BusyDevice*>(argument);
        SIM_CHECK(it.attached && !it.working && !arch::in_handler());
        it.working = true;
        if (choose(2) == 0) sleep_for(self, nanoseconds(choose(500)));
        let_time_pass(60);
        it.done += it.to_do;
        it.to_do = 0;
        if (it.level) it.settle();
        it.working = false;
    }
};

template <bool Level>
void work_in_a_thread() {
    start_interrupts();
    auto self = start_and_await_all();
    u32 looks = 0;
    for (u32 life = 0; life < 6; ++life) {
        (void)set_affinity(current(), 1 + choose(15));
        BusyDevice device;
        device.level = Level;
        irq::ThreadedHandler handler{BusyDevice::work, &device, BusyDevice::look};
        const irq::ThreadedOptions options{
            .line = {.core = choose(max_cores),
                     .trigger = Level ? Trigger::LevelSensitive : Trigger::EdgeTriggered,
                     .storm_limit = 0},
            .thread = {.name = "irq", .priority = static_cast<u8>(5 + choose(20)), .affinity = 1 + choose(15)}};
        SIM_CHECK(irq::attach_threaded(line, handler, options).has_value());
        SIM_CHECK(irq::attach_threaded(line, handler, options) == fail(Error::Busy));
        SIM_CHECK(irq::detach(line) == fail(Error::Busy));
        u32 asked = 0;
        for (u32 turn = 0; turn < 4; ++turn) {
            device.open = true;
            SIM_CHECK(irq::enable(line).has_value());
            for (u32 n = choose(3); n > 0; --n) {
                device.to_do += 1;
                asked += 1;
                if (Level) device.settle();
                else pulse_line(line);
                let_time_pass(100);
            }
            if (choose(2) == 0) {
                while (device.done != asked) sleep_for(self, nanoseconds(choose(500)));
            }
            disable_and_wait(self);
            // The thread may be at work, and opens nothing when it has done it.
            device.open = false;
            let_time_pass(300);
            SIM_CHECK(Level || !line_enabled(line));
            while (line_enabled(line)) sleep_for(self, nanoseconds(100));  // its thread may be below us
        }
        device.open = true;
        SIM_CHECK(irq::enable(line).has_value());
        if (choose(2) == 0) {
            while (device.done != asked) sleep_for(self, nanoseconds(choose(500)));
        }
        SIM_CHECK(irq::detach_threaded(self, handler).has_value());
        SIM_CHECK(irq::detach_threaded(self, handler) == fail(Error::Invalid));
        SIM_CHECK(!device.working && !line_enabled(line));
        device.attached = false;
        lower_line(line);
        let_time_pass(100);
        looks += device.quick_looks;
    }
    SIM_CHECK(looks != 0);
}

}  // namespace

TEST_CASE("IRQ06 no handler begins after disable, and none runs after detach, wherever the device and the cores are") {
    CHECK(run_seeds("IRQ06", 100, {}, come_and_go));
}
TEST_CASE("IRQ07 handlers of a shared line come and go while the others' devices are served") {
    CHECK(run_seeds("IRQ07", 300, {}, share_a_line));
}
TEST_CASE("IRQ11 a level line is masked while its thread works, and every request is worked at") {
    CHECK(run_seeds("IRQ11 a level", 100, {}, work_in_a_thread<true>));
}
TEST_CASE("IRQ11 an edge that comes while the thread works makes it work again") {
    CHECK(run_seeds("IRQ11 an edge", 100, {}, work_in_a_thread<false>));
}
