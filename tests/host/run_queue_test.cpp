// SPDX-License-Identifier: MIT

#include <kernel/sched/run_queue.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <vector>

using namespace quartet;
using namespace quartet::kernel;

namespace {

std::vector<std::unique_ptr<Thread>> make_threads(usize count) {
    std::vector<std::unique_ptr<Thread>> threads;
    for (usize n = 0; n < count; ++n) {
        threads.push_back(std::make_unique<Thread>());
        threads.back()->priority = default_priority;
    }
    return threads;
}

}  // namespace

TEST_CASE("SCH02 one that is displaced keeps its turn, one that yields goes behind its equals") {
    auto threads = make_threads(3);
    RunQueue queue;
    for (auto& thread : threads) queue.add(*thread);
    Thread urgent;
    urgent.priority = 20;
    CHECK(queue.best() == threads[0].get());
    queue.add(urgent);
    CHECK(queue.best() == &urgent);
    queue.remove(urgent);
    CHECK(queue.best() == threads[0].get());
    queue.rotate(*threads[0]);
    CHECK(queue.best() == threads[1].get());
    CHECK_FALSE(RunQueue::alone(*threads[0]));
    queue.remove(*threads[1]);
    queue.remove(*threads[2]);
    CHECK(RunQueue::alone(*threads[0]));
    queue.remove(*threads[0]);
    CHECK(queue.best() == nullptr);
    CHECK(queue.empty());
}

TEST_CASE("SCH04 32 equals have their turns in order of arrival, again and again") {
    auto threads = make_threads(32);
    RunQueue queue;
    for (auto& thread : threads) queue.add(*thread);
    for (int round = 0; round < 3; ++round)
        for (auto& thread : threads) {
            CHECK(queue.best() == thread.get());
            queue.rotate(*thread);
        }
    for (auto& thread : threads) queue.remove(*thread);
}

TEST_CASE("SCH03 random operations keep the order priority, then arrival, as a list for each priority does") {
    std::mt19937 random{9};
    auto threads = make_threads(40);
    RunQueue queue;
    std::deque<Thread*> model[priority_count];
    auto model_best = [&]() -> Thread* {
        for (u32 p = priority_count; p > 0; --p)
            if (!model[p - 1].empty()) return model[p - 1].front();
        return nullptr;
    };
    for (int step = 0; step < 50'000; ++step) {
        Thread& thread = *threads[random() % threads.size()];
        auto& ring = model[thread.priority];
        bool queued = RunQueue::queued(thread);
        REQUIRE(queued == (std::find(ring.begin(), ring.end(), &thread) != ring.end()));
        switch (random() % 4) {
            case 0:
                if (queued) break;
                thread.priority = static_cast<u8>(random() % priority_count);
                thread.set_cores(1 + static_cast<u32>(random() % 15));
                queue.add(thread);
                model[thread.priority].push_back(&thread);
                break;
            case 1:
                if (queued) break;
                thread.priority = static_cast<u8>(random() % priority_count);
                thread.set_cores(1 + static_cast<u32>(random() % 15));
                queue.add_front(thread);
                model[thread.priority].push_front(&thread);
                break;
            case 2:
                if (!queued) break;
                queue.remove(thread);
                ring.erase(std::find(ring.begin(), ring.end(), &thread));
                break;
            case 3:
                if (!queued || ring.front() != &thread) break;
                queue.rotate(thread);
                ring.push_back(&thread);
                ring.pop_front();
                break;
        }
        Thread* best = model_best();
        CHECK(queue.best() == best);
        // Who waits above a level and may go to core 2, while the best one runs.
        Level above = static_cast<Level>(random() % 33);
        Thread* expected = nullptr;
        Level waiting = 0;
        for (u32 p = priority_count; p > 0; --p)
            for (Thread* at : model[p - 1]) {
                if (at == best || !RunQueue::movable(*at)) continue;
                waiting = std::max(waiting, level_of(at->priority));
                if (expected == nullptr && level_of(at->priority) > above && (at->affinity & 4) != 0) expected = at;
            }
        CHECK(queue.waiting_level(best) == waiting);
        Thread* found = queue.find_waiting(best, 4, above);
        // One that may run on core 2 alone is not in this queue for long; the model does not count it.
        if (found == nullptr) CHECK(expected == nullptr);
        else if (RunQueue::movable(*found)) CHECK(found == expected);
    }
    for (auto& thread : threads)
        if (RunQueue::queued(*thread)) queue.remove(*thread);
}
