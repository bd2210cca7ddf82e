// SPDX-License-Identifier: MIT

#include <doctest/doctest.h>
#include <sync/ticket_lock.hpp>

#include <thread>
#include <vector>

using namespace quartet;

TEST_CASE("LCK01 a counter under the lock is exact with four threads") {
    sync::TicketLock<> lock;
    u64 counter = 0;
    constexpr u64 rounds = 5'000;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (u64 n = 0; n < rounds; ++n) {
                lock.take();
                counter = counter + 1;
                lock.release();
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(counter == 4 * rounds);
}

TEST_CASE("LCK01 try_take fails while held and succeeds when free") {
    sync::TicketLock<> lock;
    CHECK(lock.try_take());
    CHECK_FALSE(lock.try_take());
    lock.release();
    CHECK(lock.try_take());
    CHECK(lock.taken());
    lock.release();
    CHECK_FALSE(lock.taken());
}
