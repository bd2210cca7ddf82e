// SPDX-License-Identifier: MIT
//
// All of Quartet's C++ interface. docs/api.md has the list with a line for each, and the rules that hold for all of it.

#pragma once

#include <quartet/barrier.hpp>
#include <quartet/condition.hpp>
#include <quartet/context.hpp>
#include <quartet/cross_call.hpp>
#include <quartet/event_flags.hpp>
#include <quartet/handler_ring.hpp>
#include <quartet/irq.hpp>
#include <quartet/latch.hpp>
#include <quartet/memory.hpp>
#include <quartet/message_queue.hpp>
#include <quartet/mutex.hpp>
#include <quartet/object_pool.hpp>
#include <quartet/once.hpp>
#include <quartet/print.hpp>
#include <quartet/result.hpp>
#include <quartet/semaphore.hpp>
#include <quartet/shared_mutex.hpp>
#include <quartet/stop_token.hpp>
#include <quartet/thread.hpp>
#include <quartet/thread_locals.hpp>
#include <quartet/time.hpp>
#include <quartet/timer.hpp>
#include <quartet/trace.hpp>
#include <quartet/work_queue.hpp>
