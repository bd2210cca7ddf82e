// SPDX-License-Identifier: MIT
//
// Random operations on an object beside a model of it that is too simple to be wrong. The driver does one operation at
// a time, by itself or through a worker that may have to wait for it, says which workers the model wakes by that, and finds
// exactly them awake.

#pragma once

#include "threads.hpp"

#include <kernel/wait/semaphore.hpp>

#include <algorithm>
#include <vector>

namespace quartet::sim {

inline constexpr u32 reference_workers = 12;

// `Call` is one operation on the object, `call(self)` does it in a worker; equality compares what came of it.
template <typename Call>
class Reference {
public:
    struct Worker {
        Reference* all;
        u32 number;
        ThreadHandle handle;
        Semaphore go{0};
        Semaphore done{0};
        Call call{};
        bool inside = false;
        bool over = false;
        u8 priority = 0;
    };

    explicit Reference(ThreadContext& self) : self_(self) {
        SIM_CHECK(set_priority(current(), 25).has_value());
        for (u32 n = 0; n < reference_workers; ++n) {
            workers_[n].all = this;
            workers_[n].number = n;
            workers_[n].priority = static_cast<u8>(8 + choose(5));
            workers_[n].handle = must_spawn("worker", workers_[n].priority, work, &workers_[n]);
        }
    }
    ~Reference() {
        for (Worker& worker : workers_) {
            worker.over = true;
            SIM_CHECK(worker.go.give().has_value());
            must_join(self_, worker.handle);
        }
    }

    // One that has nothing to do; null where there is none.
    Worker* idle() {
        for (Worker& worker : workers_)
            if (!waits(worker.number) && choose(3) == 0) return &worker;
        return nullptr;
    }
    // It calls, and waits or is done when this returns; the model says which.
    void begin(Worker& worker, const Call& call) {
        worker.call = call;
        worker.inside = false;
        SIM_CHECK(worker.go.give().has_value());
        while (!worker.inside || worker.handle.record()->state != ThreadState::Blocked) arch::sim_point();
    }
    // The model lets it wait: behind its equals.
    void queue(Worker& worker) {
        auto behind =
            std::find_if(line.begin(), line.end(), [&](u32 n) { return workers_[n].priority < worker.priority; });
        line.insert(behind, worker.number);
    }
    // The model ends its call: it is found done, and with that result.
    template <typename Result>
    void expect(Worker& worker, const Result& result) {
        std::erase(line, worker.number);
        SIM_CHECK(worker.done.take(self_).has_value());
        SIM_CHECK(worker.call.result == result);
    }
    // Whoever waits in the model waits.
    void check_the_rest() {
        for (u32 n = choose(60); n > 0; --n) arch::sim_point();
        for (Worker& worker : workers_) SIM_CHECK(worker.done.count() == 0);
    }
    void change_a_priority() {
        if (line.empty()) return;
        Worker& worker = workers_[line[choose(static_cast<u32>(line.size()))]];
        const u8 before = worker.priority;
        worker.priority = static_cast<u8>(8 + choose(5));
        SIM_CHECK(set_priority(worker.handle, worker.priority).has_value());
        if (worker.priority == before) return;
        std::erase(line, worker.number);
        queue(worker);
    }
    Worker& worker(u32 number) { return workers_[number]; }

    std::vector<u32> line;  // who waits, in order

private:
    bool waits(u32 number) const { return std::find(line.begin(), line.end(), number) != line.end(); }

    static void work(ThreadContext& self, void* argument) {
        Worker& worker = *static_cast<Worker*>(argument);
        for (;;) {
            SIM_CHECK(worker.go.take(self).has_value());
            if (worker.over) return;
            worker.inside = true;
            worker.call(self);
            SIM_CHECK(worker.done.give().has_value());
        }
    }

    ThreadContext& self_;
    Worker workers_[reference_workers];
};

}  // namespace quartet::sim
