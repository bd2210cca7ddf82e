// SPDX-License-Identifier: MIT
//
// Small cases for a search: two cores, three threads. The boot flow, bound to core 0, and a second thread on core 1 begin
// their parts together; a third one has begun before, and waits. The search lasts from there until all parts are
// over, so that no choice is spent on how threads come and go.

#pragma once

#include "threads.hpp"

#include <kernel/wait/semaphore.hpp>

namespace quartet::sim {

using Part = void (*)(ThreadContext& self);

struct Player {
    Part part = nullptr;
    Thread* thread = nullptr;
    bool over = false;
};

class Stage {
public:
    // On two cores, under the priority scheduler.
    Stage() {
        worth_exploring = [] {
            for (const Player& player : players_)
                if (player.over && player.thread == &current_thread()) return false;
            return true;
        };
        start_all(2);
        while (cores[1].state.load(arch::Order::Acquire) != CoreState::Online) yield(self_);
        SIM_CHECK(set_affinity(current(), 1).has_value());
    }

    // Begins at once; goes on when it waits. What is above the boot flow has its other core.
    ThreadHandle waiting(const char* name, u8 priority, Part part, u32 affinity = 3) {
        ThreadHandle thread = must_spawn(name, priority, play, add(part), affinity);
        while (thread.record()->state != ThreadState::Blocked) arch::relax();
        return thread;
    }
    // Begins with the boot flow's part, on core 1.
    ThreadHandle ready(const char* name, u8 priority, Part part) {
        ThreadHandle thread = must_spawn(name, priority, wait_and_play, add(part), 2);
        while (arrived_ == 0) arch::relax();
        return thread;
    }
    // The boot flow's part, and until all are over. Whoever is terminated is over too.
    void begin(Part part) {
        exploring = true;
        open_ = true;
        part(self_);
        for (Player& player : players_)
            while (player.part != nullptr && !player.over && !ended(player)) arch::relax();
        exploring = false;
        for (u32 n = 0; n < 2; ++n) SIM_CHECK(end_.give().has_value());
    }
    ThreadContext& self() { return self_; }

private:
    static Player* add(Part part) {
        Player& player = players_[players_[0].part != nullptr ? 1 : 0];
        player.part = part;
        return &player;
    }
    static bool ended(const Player& player) { return player.thread->state == ThreadState::Dead; }
    static void play(ThreadContext& self, void* argument) {
        Player& player = *static_cast<Player*>(argument);
        player.thread = &self.thread();
        player.part(self);
        player.over = true;
        SIM_CHECK(end_.take(self).has_value());
    }
    static void wait_and_play(ThreadContext& self, void* argument) {
        static_cast<Player*>(argument)->thread = &self.thread();
        arrived_ = 1;
        while (!open_) arch::relax();
        play(self, argument);
    }

    static inline Player players_[2];
    static inline Semaphore end_{0};
    static inline bool open_ = false;
    static inline u32 arrived_ = 0;
    ThreadContext self_ = boot_context();
};

}  // namespace quartet::sim
