// SPDX-License-Identifier: MIT
//
// Errors as values: `Result<T>`, `Status` (a Result of nothing), the enum `Error` with `words(error)`, `fail(error)`, and
// `TRY(expression)`, which is the value or returns the error to the caller. A Result that holds an error and is asked for
// its value is a bug of the caller: look first.
//
// Context: any. Cost: a Result of a pointer or a number travels in registers.

#pragma once

#include <base/result.hpp>
