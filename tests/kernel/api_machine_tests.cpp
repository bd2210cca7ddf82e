// SPDX-License-Identifier: MIT

#include "api.hpp"

using namespace quartet;
using namespace quartet::selftest_detail;

namespace {

struct Counted {
    explicit Counted(int& count) : alive(count) { alive += 1; }
    ~Counted() { alive -= 1; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    int& alive;
    u64 room[6] = {};
};

struct TooLarge {
    std::byte room[usize{1} << 40];
};

}  // namespace

SELFTEST("API11", "an interrupt is attached once, comes to its handler, and is refused where it does not exist") {
    ApiFlow flow;
    constexpr u32 id = 6;
    Semaphore came;
    auto handler = [](IrqContext& context) noexcept {
        static_cast<void>(static_cast<Semaphore*>(context.argument())->give().has_value());
    };
    EXPECT(is(irq::enable(id), Error::Invalid) && is(irq::detach(id), Error::Invalid));
    EXPECT(irq::attach(id, handler, &came, {.name = "api"}).has_value());
    EXPECT(is(irq::attach(id, handler, &came), Error::Busy));
    EXPECT(is(irq::attach(5'000, handler, &came), Error::Invalid));
    EXPECT(irq::enable(id).has_value());
    EXPECT(irq::trigger(id, 0).has_value() && is(irq::trigger(id, 9), Error::Invalid));
    EXPECT(is(irq::trigger(40, 0), Error::Invalid));
    EXPECT(came.take_for(flow.self, 10_s).has_value());
    auto info = irq::info(id);
    REQUIRE(info.has_value());
    EXPECT(info->attached);
    EXPECT(info->enabled);
    EXPECT(irq::detach(id).has_value());
    EXPECT(call_core(
               flow.self, 9, [](IrqContext&) noexcept {}, nullptr) == std::unexpected(CallFailure{Error::Invalid, 9}));
    if (!irq::core_started(1)) return;
    u32 core = 9;
    auto look = [](IrqContext& context) noexcept { *static_cast<u32*>(context.argument()) = context.core(); };
    EXPECT(call_core(flow.self, 1, look, &core).has_value());
    EXPECT_EQ(core, 1u);
}

SELFTEST("API12", "an object is made, owned once and freed; what does not fit into memory is a value") {
    int alive = 0;
    {
        auto made = make<Counted>(alive);
        REQUIRE(made);
        Owned<Counted> owner = std::move(*made);
        EXPECT_EQ(alive, 1);
        EXPECT(owner && !*made && (*owner).room[5] == 0);
    }
    EXPECT_EQ(alive, 0);
    EXPECT(is(make<TooLarge>(), Error::NoMemory));
    MemoryResource& heap = heap_memory();
    void* memory = heap.allocate(100, 64);
    EXPECT(memory != nullptr && is_aligned(__builtin_bit_cast(uptr, memory), 64));
    heap.deallocate(memory, 100, 64);
    EXPECT(heap.allocate(usize{1} << 40) == nullptr && heap == heap_memory());
}

SELFTEST("API19", "what a handler leaves to a thread is done there, and what a pool has left is a handler's too") {
    ApiFlow flow;
    Semaphore done;
    DeferredWork work{[](ThreadContext& self, DeferredWork& it) {
                          this_thread::sleep_for(self, 10_us);
                          static_cast<void>(static_cast<Semaphore*>(it.argument())->give().has_value());
                      },
                      &done};
    WorkQueue queue;
    REQUIRE(queue.start({.name = "api", .priority = ApiFlow::above}).has_value());
    EXPECT(in_handler([&]() noexcept { static_cast<void>(queue.queue(work).has_value()); }));
    EXPECT(done.take_for(flow.self, 10_s).has_value());
    EXPECT(queue.stop(flow.self).has_value() && is(queue.queue(work), Error::Deleted));
    int alive = 0;
    {
        ObjectPool<Counted, 1> pool;
        bool empty = false;
        auto one = pool.try_make(alive);
        EXPECT(one.has_value() && alive == 1);
        EXPECT(in_handler([&]() noexcept { empty = is(pool.try_make(alive), Error::WouldBlock); }));
        EXPECT(empty && is(pool.make_for(flow.self, 100_us, alive), Error::Timeout));
    }
    EXPECT_EQ(alive, 0);
    auto numbers = make_array<u64>(5);
    EXPECT(numbers.has_value() && numbers->size() == 5 && (*numbers)[4] == 0);
    EXPECT(is(make_array<u64>(~usize{0}), Error::Invalid));
    auto buffer = DmaBuffer::allocate(100);
    EXPECT(buffer.has_value() && buffer->size() == 128 && !buffer->clean(1, 64).has_value());
    EXPECT(is(DmaBuffer::allocate(0), Error::Invalid));
}

// That it arrives on the wire as it stands here is what the system test of the same id looks at.
SELFTEST("API13", "what is printed is formatted, in pieces where it is long") {
    ApiFlow flow;
    print("api: {} of {:#x}, {}\n", 7, 255u, Error::Busy);
    print(flow.self, "api: {{{:5}}} {} {}\n", -3, true, 'c');
    char text[300];
    for (char& c : text) c = 'x';
    print("api: {}!\n", std::string_view{text, sizeof text});
    log("api: logged {}", 12);
}
