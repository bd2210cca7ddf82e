// SPDX-License-Identifier: MIT
//
// Work that a handler leaves to a thread: an item that is queued once runs once, whoever queued it how often before.
//
//     WorkQueue work;
//     DeferredWork item{[](ThreadContext& self, DeferredWork&) { … }};
//     work.start({.name = "work", .priority = 20});
//     work.queue(item);                               // also in a handler

#pragma once

#include <kernel/irq/deferred_work.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>

namespace quartet {

// `DeferredWork(void (*)(ThreadContext&, DeferredWork&), argument = nullptr)`; `argument()`, `queued()`. It stays where it is
// while it is queued; destroying it then is a panic.
using kernel::DeferredWork;
// `start(options)`, `stop(self)`, `queue(item)` (context: any), `cancel(item)` (any), `cancel_and_wait(self, item)`,
// `flush(self, item)`, `flush(self)`. Errors stand at each in its class.
using kernel::WorkQueue;

}  // namespace quartet
