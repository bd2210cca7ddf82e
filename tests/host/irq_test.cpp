// SPDX-License-Identifier: MIT
//
// Attaching, dispatch and requests between cores against a controller of sets of numbers. `deliver`
// plays vectors.S, `at_core` moves the program to another core.

#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <arch/handler.hpp>
#include <arch/irq_mask.hpp>
#include <arch/sim_point.hpp>
#include <doctest/doctest.h>
#include <kernel/sched/core.hpp>
#include <kernel/irq/ipi.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/irq/irq_lines.hpp>
#include <kernel/irq/shared_handler.hpp>
#include <kernel/console/log.hpp>

#include "../fakes/check_failed.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace quartet;
using namespace quartet::kernel;

namespace {

struct FakeController final : InterruptController {
    std::set<std::pair<u32, u32>> on;       // id, core (0 for shared)
    std::set<u32> waiting, running;
    std::map<u32, u32> routes;
    std::map<u32, Trigger> triggers;
    std::map<std::pair<u32, u32>, IrqPriority> priorities;
    std::vector<std::pair<u32, u32>> sent;
    std::vector<std::string> order;
    u32 started = 0;

    static u32 bank(u32 id) { return id < 32 ? arch::sim_core_id : 0; }

    std::string_view name() const noexcept override { return "fake"; }
    u32 lines() const noexcept override { return 224; }
    void start_core() noexcept override { started += 1; }
    void enable(u32 id) noexcept override { on.insert({id, bank(id)}); }
    void disable(u32 id) noexcept override { on.erase({id, bank(id)}); }
    bool enabled(u32 id) const noexcept override { return on.contains({id, bank(id)}); }
    bool pending(u32 id) const noexcept override { return waiting.contains(id); }
    void set_pending(u32 id) noexcept override { waiting.insert(id); }
    void clear_pending(u32 id) noexcept override { waiting.erase(id); }
    bool active(u32 id) const noexcept override { return running.contains(id); }
    void set_priority(u32 id, IrqPriority priority) noexcept override { priorities[{id, bank(id)}] = priority; }
    void set_trigger(u32 id, Trigger trigger) noexcept override { triggers[id] = trigger; }
    void route(u32 id, u32 core) noexcept override { routes[id] = core; }
    void send(u32 id, u32 core) noexcept override { sent.push_back({id, core}); }
};

int reschedules = 0;
u32 calls_of_handler = 0;
void* seen_argument = nullptr;
FakeController* controller = nullptr;

void handler(IrqContext& context) noexcept {
    calls_of_handler += 1;
    seen_argument = context.argument();
}
void on_reschedule() noexcept { reschedules += 1; }

// The purpose's own work asks again, as another core would in that moment.
int stops = 0;
void on_stop() noexcept {
    stops += 1;
    arch::IrqsMasked masked;
    if (stops == 1) ipi::send(arch::sim_core_id, ipi::Purpose::Stop, masked);
}

std::vector<std::string> log_lines() {
    static std::vector<std::string> lines;
    lines.clear();
    the_log.show([](std::string_view line) { lines.emplace_back(line); });
    return lines;
}

// What vectors.S does, and what it completes with.
std::vector<u32> completed;
void deliver(u32 iar) {
    arch::IrqsMasked masked;
    u32 id = iar & 0x3ff;
    const IrqEntry* entry = id < 1020 ? &quartet_irq_table[id] : nullptr;
    IrqHandler handler = entry != nullptr ? entry->handler.load(arch::Order::Acquire) : nullptr;
    void* argument = entry != nullptr ? entry->argument.load(arch::Order::Relaxed) : nullptr;
    IrqContext context{Unsafe{"the test plays vectors.S"}, iar, argument};
    if (entry == nullptr) {
        quartet_irq_special(context);
        return;
    }
    handler(context);
    completed.push_back(iar);
}

// A fresh kernel side: the state is static, as in the kernel, so that what a case attaches it detaches.
struct Machine {
    FakeController fake;
    std::array<std::unique_ptr<Core>, max_cores> records;

    explicit Machine(u32 cores = max_cores) {
        controller = &fake;
        static bool first = true;
        static FakeController forgotten;
        if (first) {
            irq::start(forgotten, 0xc000);
            ipi::attach<ipi::Purpose::Reschedule, on_reschedule>();
            first = false;
        }
        irq::the_controller = &fake;
        for (u32 core = 0; core < cores; ++core) {
            records[core] = std::make_unique<Core>();
            records[core]->become(core);
            at_core(core);
            arch::IrqsMasked masked;
            irq::start_core(*records[core], masked);
        }
        at_core(0);
        fake.sent.clear();
        calls_of_handler = 0;
        reschedules = 0;
        seen_argument = nullptr;
        completed.clear();
        static_cast<void>(log_lines());
        // A rate-limited log line of an earlier case must not silence this one.
        arch::sim_counter += 10 * arch::sim_frequency;
    }
    ~Machine() {
        static_cast<void>(log_lines());
        at_core(0);
    }
    static void at_core(u32 core) { arch::sim_core_id = core; }

    // Software interrupts arrive.
    void arrive() {
        auto now = std::move(fake.sent);
        fake.sent.clear();
        u32 back = arch::sim_core_id;
        for (auto [id, core] : now) {
            at_core(core);
            deliver(back << 10 | id);
        }
        at_core(back);
    }
};

}  // namespace

TEST_CASE("IRQ02 an interrupt that nobody attached is counted, masked at once, completed, and told once") {
    Machine machine;
    machine.fake.on.insert({99, 0});
    u32 before = irq::info(99)->counts[0];
    deliver(99);
    CHECK_FALSE(machine.fake.enabled(99));
    CHECK(completed == std::vector<u32>{99});
    for (int i = 0; i < 999; ++i) deliver(99);
    CHECK(irq::info(99)->counts[0] == before + 1000);
    std::vector<std::string> lines = log_lines();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("irq 99: nobody handles it, masked") != std::string::npos);
}

TEST_CASE("IRQ01 a spurious interrupt is counted and leaves no trace, 1022 counts as a wrong group") {
    Machine machine;
    auto before = irq::specials(0);
    for (int i = 0; i < 1000; ++i) deliver(1023);
    CHECK(log_lines().empty());
    deliver(1022);
    CHECK(irq::specials(0).spurious == before.spurious + 1000);
    CHECK(irq::specials(0).wrong_group == before.wrong_group + 1);
    CHECK(completed.empty());
    CHECK(machine.records[0]->reschedule == 0);
    CHECK(log_lines().size() == 1);
}

TEST_CASE("IRQ06 attach refuses what cannot be, and a second handler") {
    Machine machine;
    CHECK(irq::attach(224, handler, nullptr) == fail(Error::Invalid));
    CHECK(irq::attach(1023, handler, nullptr) == fail(Error::Invalid));
    CHECK(irq::attach(100, nullptr, nullptr) == fail(Error::Invalid));
    CHECK(irq::attach(100, handler, nullptr, {.core = 4}) == fail(Error::Invalid));
    CHECK(irq::enable(100) == fail(Error::Invalid));
    CHECK(irq::disable(100) == fail(Error::Invalid));
    CHECK(irq::detach(100) == fail(Error::Invalid));
    REQUIRE(irq::attach(100, handler, nullptr));
    CHECK(irq::attach(100, handler, nullptr) == fail(Error::Busy));
    CHECK(irq::detach(100));
    CHECK(irq::attach(100, handler, nullptr));
    CHECK(irq::detach(100));
}

TEST_CASE("IRQ06 an attached handler gets its argument, on the core and with the priority asked for") {
    Machine machine;
    int argument = 0;
    REQUIRE(irq::attach(153, handler, &argument, {.core = 2, .priority = IrqPriority::High, .name = "uart"}));
    CHECK_FALSE(machine.fake.enabled(153));
    REQUIRE(irq::enable(153));
    CHECK(machine.fake.enabled(153));
    CHECK(machine.fake.routes[153] == 2);
    CHECK(machine.fake.priorities[{153, 0}] == IrqPriority::High);
    u32 before = irq::info(153)->counts[2];
    machine.at_core(2);
    deliver(153);
    CHECK(calls_of_handler == 1);
    CHECK(seen_argument == &argument);
    auto info = irq::info(153);
    CHECK(info->counts[2] == before + 1);
    CHECK(info->name == "uart");
    CHECK(info->enabled);
    CHECK(info->core == 2);
    CHECK(irq::detach(153));
    deliver(153);
    CHECK(calls_of_handler == 1);
}

TEST_CASE("IRQ06 an attached line is made pending like its device would, and goes over to another core") {
    Machine machine;
    CHECK(irq::pend(153) == fail(Error::Invalid));
    CHECK(irq::set_core(153, 1) == fail(Error::Invalid));
    REQUIRE(irq::attach(153, handler, nullptr, {.trigger = Trigger::EdgeTriggered}));
    CHECK(machine.fake.triggers[153] == Trigger::EdgeTriggered);
    CHECK(irq::pend(153));
    CHECK(machine.fake.pending(153));
    CHECK(irq::pend(5) == fail(Error::Invalid));
    CHECK(irq::pend(30) == fail(Error::Invalid));
    CHECK(irq::pend(1019) == fail(Error::Invalid));
    CHECK(irq::set_core(153, 3));
    CHECK(machine.fake.routes[153] == 3);
    CHECK(irq::info(153)->core == 3);
    CHECK(irq::set_core(153, 4) == fail(Error::Invalid));
    CHECK(irq::set_core(30, 1) == fail(Error::Invalid));
    CHECK(irq::detach(153));
}

TEST_CASE("IRQ06 the detach that waits is refused in a handler, which would wait for itself") {
    Machine machine;
    REQUIRE(irq::attach(101, handler, nullptr));
    arch::default_in_handler = true;
    const Status detached = irq::detach(101);
    arch::default_in_handler = false;
    CHECK(detached == fail(Error::InHandler));
    CHECK(irq::info(101)->attached);
    CHECK(irq::detach(101));
}

TEST_CASE("IRQ06 a handler may disable, enable and detach itself") {
    Machine machine;
    REQUIRE(irq::attach(
        101,
        [](IrqContext& context) noexcept {
            calls_of_handler += 1;
            static_cast<void>(irq::disable(context.id()));
            if (calls_of_handler == 1) static_cast<void>(irq::enable(context.id()));
            if (calls_of_handler == 3) static_cast<void>(irq::detach(context));
        },
        nullptr));
    REQUIRE(irq::enable(101));
    deliver(101);
    CHECK(machine.fake.enabled(101));
    deliver(101);
    CHECK_FALSE(machine.fake.enabled(101));
    deliver(101);
    CHECK_FALSE(irq::info(101)->attached);
    CHECK(calls_of_handler == 3);
    CHECK(completed == std::vector<u32>{101, 101, 101});
    CHECK(irq::detach(101) == fail(Error::Invalid));
}

namespace {

// What a core would dispatch to that takes the interrupt at this very moment, at each point where one can; and the
// other cores answer what they are asked meanwhile.
u32 watched_id = 0;
Machine* watched_machine = nullptr;
std::set<std::pair<IrqHandler, void*>> dispatched;

void dispatch_elsewhere() noexcept {
    IrqHandler found = *quartet_irq_table[watched_id].handler.address();
    void* argument = *quartet_irq_table[watched_id].argument.address();
    if (found == irq::dispatch_counted && argument == &irq::irq_lines[watched_id]) {
        found = irq::irq_lines[watched_id].handler;
        argument = irq::irq_lines[watched_id].argument;
    }
    if (found != irq::dispatch_unhandled) dispatched.insert({found, argument});
    arch::sim_hook = nullptr;
    watched_machine->arrive();
    arch::sim_hook = dispatch_elsewhere;
}
void other_handler(IrqContext&) noexcept {}

}  // namespace

TEST_CASE("IRQ06 a core that dispatches while a handler comes or goes sees its own argument, or nobody") {
    Machine machine;
    watched_machine = &machine;
    int one = 1, two = 2;
    const std::pair<IrqHandler, void*> lawful[] = {{handler, &one}, {other_handler, &two}};
    for (u32 id : {5u, 30u, 40u}) {
        CAPTURE(id);
        watched_id = id;
        dispatched.clear();
        arch::sim_hook = dispatch_elsewhere;
        for (int round = 0; round < 4; ++round) {
            auto [function, argument] = lawful[round % 2];
            bool attached = irq::attach(id, function, argument) && irq::enable(id);
            bool detached = irq::detach(id).has_value();
            CHECK(attached);
            CHECK(detached);
        }
        arch::sim_hook = nullptr;
        CHECK(dispatched == std::set<std::pair<IrqHandler, void*>>{lawful[0], lawful[1]});
    }
}

TEST_CASE("IRQ06 a software interrupt that is disabled does not reach its handler, whatever the controller masks") {
    Machine machine;
    REQUIRE(irq::attach(5, handler, nullptr));
    deliver(5);
    CHECK(calls_of_handler == 0);
    CHECK(irq::enable(5));
    machine.arrive();
    deliver(5);
    CHECK(calls_of_handler == 1);
    CHECK(irq::disable(5));
    machine.arrive();
    deliver(5);
    CHECK(calls_of_handler == 1);
    watched_machine = &machine;
    arch::sim_hook = dispatch_elsewhere;
    bool detached = irq::detach(5).has_value();
    arch::sim_hook = nullptr;
    CHECK(detached);
}

TEST_CASE("IRQ06 detach waits for the handler that runs on another core, and drops what is pending") {
    Machine machine;
    REQUIRE(irq::attach(102, handler, nullptr, {.core = 1}));
    REQUIRE(irq::enable(102));
    machine.fake.running.insert(102);
    machine.fake.waiting.insert(102);
    static u64 end;
    end = arch::sim_counter + arch::sim_frequency / 100;
    arch::sim_hook = []() noexcept {
        arch::sim_counter += 1000;
        if (arch::sim_counter > end) controller->running.clear();
    };
    CHECK(irq::detach(102));
    arch::sim_hook = nullptr;
    CHECK(arch::sim_counter > end);
    CHECK_FALSE(machine.fake.enabled(102));
    CHECK_FALSE(machine.fake.pending(102));

    // A handler that never ends: an error, and the entry stays.
    REQUIRE(irq::attach(102, handler, nullptr));
    machine.fake.running.insert(102);
    arch::sim_hook = []() noexcept { arch::sim_counter += 100'000; };
    CHECK(irq::detach(102) == fail(Error::Timeout));
    arch::sim_hook = nullptr;
    CHECK(irq::info(102)->attached);
    machine.fake.running.clear();
    CHECK(irq::detach(102));
}

TEST_CASE("IRQ05 an id that each core has is enabled on all, on those too that start later") {
    Machine machine{2};
    REQUIRE(irq::attach(27, handler, nullptr, {.priority = IrqPriority::Highest}));
    REQUIRE(irq::enable(27));
    machine.arrive();
    for (u32 core = 2; core < max_cores; ++core) {
        machine.records[core] = std::make_unique<Core>();
        machine.records[core]->become(core);
        machine.at_core(core);
        arch::IrqsMasked masked;
        irq::start_core(*machine.records[core], masked);
    }
    for (u32 core = 0; core < max_cores; ++core) {
        CAPTURE(core);
        CHECK(machine.fake.on.contains({27, core}));
        CHECK(machine.fake.priorities[{27, core}] == IrqPriority::Highest);
        CHECK(machine.records[core]->gicc == 0xc000);
        CHECK(machine.records[core]->irq_table == quartet_irq_table.data());
        machine.at_core(core);
        deliver(27);
    }
    CHECK(calls_of_handler == 4);
    machine.at_core(0);

    // Taken away on all before detach returns. The other cores serve while this one waits.
    static Machine* self;
    self = &machine;
    arch::sim_hook = []() noexcept {
        arch::sim_hook = nullptr;
        if (!arch::irqs_masked()) self->arrive();
        arch::sim_hook = []() noexcept {
            auto hook = arch::sim_hook;
            arch::sim_hook = nullptr;
            if (!arch::irqs_masked()) self->arrive();
            arch::sim_hook = hook;
        };
    };
    CHECK(irq::detach(27));
    arch::sim_hook = nullptr;
    for (u32 core = 0; core < max_cores; ++core) CHECK_FALSE(machine.fake.on.contains({27, core}));
}

TEST_CASE("IRQ03 a line that does not stop is masked, told once a second at most, and can be enabled again") {
    Machine machine;
    for (u32 id : {110u, 111u}) {
        REQUIRE(irq::attach(id, handler, nullptr, {.name = "stuck"}));
        REQUIRE(irq::enable(id));
    }
    u32 delivered = 0;
    while (machine.fake.enabled(110) || machine.fake.enabled(111)) {
        for (u32 id : {110u, 111u}) {
            if (machine.fake.enabled(id)) deliver(id);
        }
        arch::sim_counter += arch::sim_frequency / 200'000;  // 200,000 a second of each
        delivered += 1;
        REQUIRE(delivered < 50'000);
    }
    CHECK(delivered > 9'000);
    CHECK(irq::info(110)->stormed);
    CHECK(log_lines().size() == 1);
    REQUIRE(irq::enable(110));
    CHECK_FALSE(irq::info(110)->stormed);
    CHECK(machine.fake.enabled(110));
    for (u32 id : {110u, 111u}) CHECK(irq::detach(id));
}

TEST_CASE("IRQ03 a busy line is no storm: bursts, and a rate below the limit for a long time") {
    Machine machine;
    REQUIRE(irq::attach(112, handler, nullptr));
    REQUIRE(irq::enable(112));
    for (int burst = 0; burst < 20; ++burst) {
        for (int i = 0; i < 8 * 1024; ++i) deliver(112);
        arch::sim_counter += arch::sim_frequency;
        for (int i = 0; i < 1024; ++i) deliver(112);
    }
    for (int i = 0; i < 100'000; ++i) {
        arch::sim_counter += arch::sim_frequency / 39'000;
        deliver(112);
    }
    CHECK(machine.fake.enabled(112));
    CHECK(log_lines().empty());
    CHECK(irq::detach(112));
}

TEST_CASE("SMP06 a thousand requests to a masked core are one interrupt, and the next one is a new one") {
    Machine machine;
    {
        arch::IrqsMasked masked;
        for (int i = 0; i < 1000; ++i) ipi::send(2, ipi::Purpose::Reschedule, masked);
    }
    CHECK(machine.fake.sent == std::vector<std::pair<u32, u32>>{{0, 2}});
    machine.arrive();
    CHECK(reschedules == 1);
    {
        arch::IrqsMasked masked;
        ipi::send(2, ipi::Purpose::Reschedule, masked);
    }
    CHECK(machine.fake.sent.size() == 1);
    machine.arrive();
    CHECK(reschedules == 2);
}

TEST_CASE("SMP06 a request that is made while the last one is being served is not lost") {
    Machine machine;
    stops = 0;
    ipi::attach<ipi::Purpose::Stop, on_stop>();
    ipi::attach<ipi::Purpose::Stop, on_stop>();  // again: nothing changes
    CHECK_THROWS_AS((ipi::attach<ipi::Purpose::Stop, on_reschedule>()), fakes::CheckFailed);
    {
        arch::IrqsMasked masked;
        ipi::send(3, ipi::Purpose::Stop, masked);
    }
    machine.arrive();
    CHECK(machine.fake.sent == std::vector<std::pair<u32, u32>>{{1, 3}});
    machine.arrive();
    CHECK(stops == 2);
}

TEST_CASE("SMP06 nothing is sent to a core that has not started") {
    Machine machine;
    arch::IrqsMasked masked;
    ipi::send(7, ipi::Purpose::Reschedule, masked);
    CHECK(machine.fake.sent.empty());
    CHECK(irq::trigger(5, 7) == fail(Error::Invalid));
    CHECK(irq::trigger(16, 0) == fail(Error::Invalid));
    CHECK(irq::trigger(4, 0) == fail(Error::Invalid));  // the kernel's own
    CHECK(irq::trigger(5, 3));
    CHECK(machine.fake.sent == std::vector<std::pair<u32, u32>>{{5, 3}});
}

TEST_CASE("IRQ04 software interrupts reach their handler directly, with the sender, from each core to each") {
    Machine machine;
    static std::vector<std::pair<u32, u32>> seen;
    seen.clear();
    REQUIRE(irq::attach(
        6, [](IrqContext& context) noexcept { seen.push_back({context.sender(), context.core()}); }, nullptr));
    REQUIRE(irq::enable(6));
    machine.arrive();
    completed.clear();
    for (u32 from = 0; from < max_cores; ++from) {
        for (u32 to = 0; to < max_cores; ++to) {
            machine.at_core(from);
            REQUIRE(irq::trigger(6, to));
            machine.arrive();
            CHECK(seen.back() == std::pair{from, to});
            CHECK(completed.back() == (from << 10 | 6));
        }
    }
    CHECK(seen.size() == 16);
    machine.at_core(0);
    arch::sim_hook = nullptr;
    static Machine* self;
    self = &machine;
    arch::sim_hook = []() noexcept {
        auto hook = arch::sim_hook;
        arch::sim_hook = nullptr;
        if (!arch::irqs_masked()) self->arrive();
        arch::sim_hook = hook;
    };
    CHECK(irq::detach(6));
    arch::sim_hook = nullptr;
}

namespace {

// A device on a shared line, and what its handler does besides looking.
struct SharedDevice {
    bool wants = false;
    u32 looks = 0;
    irq::SharedHandler* removes = nullptr;
    Status removed{};
};
std::vector<const SharedDevice*> asked;

irq::Claim look_at_device(IrqContext& context) noexcept {
    SharedDevice& device = *static_cast<SharedDevice*>(context.argument());
    asked.push_back(&device);
    device.looks += 1;
    if (device.removes != nullptr) device.removed = irq::detach_shared(*device.removes, context);
    return std::exchange(device.wants, false) ? irq::Claim::Mine : irq::Claim::NotMine;
}

}  // namespace

TEST_CASE("IRQ07 all handlers of a shared line are asked, in the order of their attaching, with their own argument") {
    Machine machine;
    SharedDevice one, two, three;
    irq::SharedHandler first{look_at_device, &one}, second{look_at_device, &two}, third{look_at_device, &three};
    const irq::Options options{.core = 2, .priority = IrqPriority::High, .trigger = Trigger::EdgeTriggered};
    REQUIRE(irq::attach_shared(120, first, options));
    REQUIRE(irq::attach_shared(120, second, options));
    REQUIRE(irq::attach_shared(120, third, options));
    REQUIRE(irq::enable(120));
    CHECK(machine.fake.routes[120] == 2);
    CHECK(machine.fake.triggers[120] == Trigger::EdgeTriggered);
    machine.at_core(2);
    one.wants = true;
    asked.clear();
    deliver(120);
    CHECK(asked == std::vector<const SharedDevice*>{&one, &two, &three});
    CHECK(completed == std::vector<u32>{120});
    machine.at_core(0);
    REQUIRE(irq::detach_shared(second));
    asked.clear();
    deliver(120);
    CHECK(asked == std::vector<const SharedDevice*>{&one, &three});
    CHECK(irq::detach_shared(second) == fail(Error::Invalid));
    CHECK(machine.fake.enabled(120));
    REQUIRE(irq::detach_shared(first));
    REQUIRE(irq::detach_shared(third));
    CHECK_FALSE(irq::info(120)->attached);
    CHECK_FALSE(machine.fake.enabled(120));
    CHECK(irq::attach(120, handler, nullptr));
    CHECK(irq::detach(120));
}

TEST_CASE("IRQ07 a line is shared by those alone who say so, and want the same of it") {
    Machine machine;
    SharedDevice device;
    irq::SharedHandler one{look_at_device, &device}, two{look_at_device, &device};
    CHECK(irq::attach_shared(30, one) == fail(Error::Invalid));
    CHECK(irq::attach_shared(224, one) == fail(Error::Invalid));
    CHECK(irq::attach_shared(5000, one) == fail(Error::Invalid));
    CHECK(irq::attach_shared(121, one, {.core = 7}) == fail(Error::Invalid));
    REQUIRE(irq::attach(121, handler, nullptr));
    CHECK(irq::attach_shared(121, one) == fail(Error::Busy));
    REQUIRE(irq::detach(121));
    REQUIRE(irq::attach_shared(121, one));
    CHECK(irq::attach(121, handler, nullptr) == fail(Error::Busy));
    CHECK(irq::detach(121) == fail(Error::Busy));
    CHECK(irq::attach_shared(121, one) == fail(Error::Busy));
    CHECK(irq::attach_shared(122, one) == fail(Error::Busy));
    CHECK(irq::attach_shared(121, two, {.core = 1}) == fail(Error::Invalid));
    CHECK(irq::attach_shared(121, two, {.trigger = Trigger::EdgeTriggered}) == fail(Error::Invalid));
    CHECK(irq::attach_shared(121, two, {.priority = IrqPriority::Highest}) == fail(Error::Invalid));
    CHECK(irq::detach_shared(two) == fail(Error::Invalid));
    arch::default_in_handler = true;
    const Status in_handler = irq::detach_shared(one);
    arch::default_in_handler = false;
    CHECK(in_handler == fail(Error::InHandler));
    CHECK(irq::detach_shared(one));
}

TEST_CASE("IRQ07 a handler removes itself or its neighbour, and the others are asked all the same") {
    Machine machine;
    SharedDevice one, two, three;
    irq::SharedHandler first{look_at_device, &one}, second{look_at_device, &two}, third{look_at_device, &three};
    for (irq::SharedHandler* it : {&first, &second, &third}) REQUIRE(irq::attach_shared(123, *it));
    REQUIRE(irq::enable(123));
    one.removes = &second;  // the one that the walk would come to next
    one.wants = true;
    asked.clear();
    deliver(123);
    CHECK(one.removed);
    CHECK(asked == std::vector<const SharedDevice*>{&one, &three});
    one.removes = nullptr;
    three.removes = &third;
    asked.clear();
    deliver(123);
    CHECK(three.removed);
    CHECK(asked == std::vector<const SharedDevice*>{&one, &three});
    one.removes = &third;
    deliver(123);
    CHECK(one.removed == fail(Error::Invalid));
    one.removes = &first;
    deliver(123);
    CHECK(one.removed);
    CHECK_FALSE(irq::info(123)->attached);
    CHECK_FALSE(machine.fake.enabled(123));
}

namespace {

// Taken away while it runs.
irq::SharedHandler* removed_handler = nullptr;
bool returned_too_early = false;

}  // namespace

TEST_CASE("IRQ07 who takes a handler away waits for its run on another core, and for none of the others") {
    Machine machine;
    SharedDevice quiet;
    irq::SharedHandler stays{look_at_device, &quiet};
    // In its run the program goes to the core that takes it away, as if both ran at once; back in the run, the removal
    // is still waiting.
    irq::SharedHandler leaves{[](IrqContext&) noexcept {
        const u32 core = arch::sim_core_id;
        Machine::at_core(0);
        const bool was_masked = std::exchange(*arch::sim_irqs_masked, false);
        arch::sim_hook = []() noexcept { arch::sim_counter += 100'000; };
        const Status early = irq::detach_shared(*removed_handler);
        arch::sim_hook = nullptr;
        returned_too_early = early.has_value();
        *arch::sim_irqs_masked = was_masked;
        Machine::at_core(core);
        return irq::Claim::Mine;
    }};
    removed_handler = &leaves;
    REQUIRE(irq::attach_shared(124, leaves, {.core = 1}));
    REQUIRE(irq::attach_shared(124, stays, {.core = 1}));
    REQUIRE(irq::enable(124));
    machine.at_core(1);
    asked.clear();
    deliver(124);
    machine.at_core(0);
    CHECK_FALSE(returned_too_early);
    CHECK(asked == std::vector<const SharedDevice*>{&quiet});
    // It is not called any more, and its end has come.
    asked.clear();
    deliver(124);
    CHECK(asked == std::vector<const SharedDevice*>{&quiet});
    CHECK(irq::attach_shared(124, leaves, {.core = 1}) == fail(Error::Busy));
    CHECK(irq::detach_shared(leaves));
    CHECK(irq::detach_shared(stays));
}

TEST_CASE("IRQ03 a shared line that none of its handlers knows is masked, told once, and counted") {
    Machine machine;
    SharedDevice one, two;
    irq::SharedHandler first{look_at_device, &one}, second{look_at_device, &two};
    REQUIRE(irq::attach_shared(125, first, {.name = "aux"}));
    REQUIRE(irq::attach_shared(125, second, {.name = "aux"}));
    REQUIRE(irq::enable(125));
    // Now and then is no trouble.
    for (u32 n = 0; n < 20'000; ++n) {
        two.wants = n % 100 == 0;
        deliver(125);
        arch::sim_counter += arch::sim_frequency / 1000;
    }
    CHECK(machine.fake.enabled(125));
    CHECK(irq::info(125)->unclaimed == 20'000 - 200);
    CHECK(log_lines().empty());
    two.wants = true;
    deliver(125);
    u32 delivered = 0;
    while (machine.fake.enabled(125)) {
        deliver(125);
        arch::sim_counter += arch::sim_frequency / 1000;
        delivered += 1;
        REQUIRE(delivered < 50'000);
    }
    CHECK(delivered == 1000);
    CHECK(irq::info(125)->stormed);
    const std::vector<std::string> lines = log_lines();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("irq 125 aux: none of its handlers knows it, masked") != std::string::npos);
    CHECK(irq::enable(125));
    CHECK(machine.fake.enabled(125));
    CHECK(irq::detach_shared(first));
    CHECK(irq::detach_shared(second));
}

TEST_CASE("IRQ03 a shared line that storms is masked however many of its handlers claim it") {
    Machine machine;
    SharedDevice device;
    irq::SharedHandler only{look_at_device, &device};
    REQUIRE(irq::attach_shared(126, only, {.name = "stuck"}));
    REQUIRE(irq::enable(126));
    u32 delivered = 0;
    while (machine.fake.enabled(126)) {
        device.wants = true;
        deliver(126);
        arch::sim_counter += arch::sim_frequency / 200'000;
        delivered += 1;
        REQUIRE(delivered < 50'000);
    }
    CHECK(delivered > 9'000);
    CHECK(irq::info(126)->stormed);
    CHECK(irq::detach_shared(only));
}
