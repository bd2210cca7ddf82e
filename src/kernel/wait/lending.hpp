// SPDX-License-Identifier: MIT
//
// What a mutex that somebody waits for lends to its owner, as an entry of the owner's list (inheritance.cpp). Apart from
// the mutex, because the owner's record holds the list and the mutex knows the record.

#pragma once

#include <base/priority_list.hpp>

namespace quartet::kernel {

class Mutex;

// The link's priority is the Level that is lent, that of the first waiter; 0 where the mutex is in no list.
// Guarded by the mutex's queue lock and the run-queue lock of the owner's core: written under both, the level read under
// either.
struct Lending {
    constexpr explicit Lending(Mutex& of) : mutex(of) {}

    Mutex& mutex;
    PriorityLink<Lending> link;
};

// Guarded by the run-queue lock of the owner's core.
using Lendings = PriorityList<Lending, &Lending::link>;

}  // namespace quartet::kernel
