// SPDX-License-Identifier: MIT
//
// The end of a check for undefined behaviour (-fsanitize, on where QUARTET_CHECKS is): the compiler calls one of
// these where a check failed. Each makes a panic's note and traps by itself, so that the report's pc is the checked
// place and not one in here. In a build without checks nobody calls them and the linker drops them.
//
// They end the run, on the interrupt path too: scripts/callgraph_checks.txt names them.

#include "undefined_words.hpp"

#include <arch/panic_trap.hpp>
#include <kernel/fault/fault_words.hpp>

#include <array>

namespace {

using namespace quartet;
namespace ub = debug::undefined;
using ub::Operand;
using Room = std::array<char, 128>;

// The compilers write these names whole, whatever they are told of names in macros.
std::string_view path_in_project(std::string_view file) {
    constexpr std::string_view root = QUARTET_SOURCE_ROOT "/";
    if (file.starts_with(root)) file.remove_prefix(root.size());
    return file;
}

// In its caller, whose frame record then leads to the checked place (see panic.cpp, leave_panic_function).
[[noreturn]] [[gnu::always_inline]] inline void stop(std::string_view what, const ub::Place& place) {
    const kernel::PanicNote note{"undefined-behaviour", what, path_in_project(place.file), place.line};
    quartet_panic_trap(&note);
}

}  // namespace

// The names are the compilers'; those of checks that cannot fail in this kernel (variable-length arrays, floats,
// exceptions) are left out, and would not link.
extern "C" {

[[noreturn]] void __ubsan_handle_add_overflow_abort(const ub::Overflow& what, Operand left, Operand right) noexcept;
[[noreturn]] void __ubsan_handle_sub_overflow_abort(const ub::Overflow& what, Operand left, Operand right) noexcept;
[[noreturn]] void __ubsan_handle_mul_overflow_abort(const ub::Overflow& what, Operand left, Operand right) noexcept;
[[noreturn]] void __ubsan_handle_divrem_overflow_abort(const ub::Overflow& what, Operand left, Operand right) noexcept;
[[noreturn]] void __ubsan_handle_negate_overflow_abort(const ub::Overflow& what, Operand value) noexcept;
[[noreturn]] void __ubsan_handle_shift_out_of_bounds_abort(const ub::Shift& what, Operand left, Operand right) noexcept;
[[noreturn]] void __ubsan_handle_out_of_bounds_abort(const ub::Index& what, Operand index) noexcept;
[[noreturn]] void __ubsan_handle_type_mismatch_v1_abort(const ub::Pointer& what, uptr address) noexcept;
[[noreturn]] void __ubsan_handle_alignment_assumption_abort(const ub::Alignment& what, uptr address, uptr promised,
                                                            uptr offset) noexcept;
[[noreturn]] void __ubsan_handle_pointer_overflow_abort(const ub::Place& where, uptr from, uptr to) noexcept;
[[noreturn]] void __ubsan_handle_load_invalid_value_abort(const ub::Value& what, Operand value) noexcept;
[[noreturn]] void __ubsan_handle_nonnull_arg_abort(const ub::Place& where) noexcept;
[[noreturn]] void __ubsan_handle_nonnull_return_v1_abort(const ub::Place& attribute, const ub::Place& where) noexcept;
[[noreturn]] void __ubsan_handle_invalid_builtin_abort(const ub::Builtin& what) noexcept;
[[noreturn]] void __ubsan_handle_builtin_unreachable(const ub::Place& where) noexcept;
[[noreturn]] void __ubsan_handle_missing_return(const ub::Place& where) noexcept;

void __ubsan_handle_add_overflow_abort(const ub::Overflow& what, Operand left, Operand right) noexcept {
    Room room;
    stop(ub::overflow(room, what, '+', left, right), what.place);
}
void __ubsan_handle_sub_overflow_abort(const ub::Overflow& what, Operand left, Operand right) noexcept {
    Room room;
    stop(ub::overflow(room, what, '-', left, right), what.place);
}
void __ubsan_handle_mul_overflow_abort(const ub::Overflow& what, Operand left, Operand right) noexcept {
    Room room;
    stop(ub::overflow(room, what, '*', left, right), what.place);
}
void __ubsan_handle_divrem_overflow_abort(const ub::Overflow& what, Operand left, Operand right) noexcept {
    Room room;
    stop(ub::division(room, what, left, right), what.place);
}
void __ubsan_handle_negate_overflow_abort(const ub::Overflow& what, Operand value) noexcept {
    Room room;
    stop(ub::negation(room, what, value), what.place);
}
void __ubsan_handle_shift_out_of_bounds_abort(const ub::Shift& what, Operand left, Operand right) noexcept {
    Room room;
    stop(ub::shift(room, what, left, right), what.place);
}
void __ubsan_handle_out_of_bounds_abort(const ub::Index& what, Operand index) noexcept {
    Room room;
    stop(ub::index(room, what, index), what.place);
}
void __ubsan_handle_type_mismatch_v1_abort(const ub::Pointer& what, uptr address) noexcept {
    Room room;
    stop(ub::pointer(room, what, address), what.place);
}
void __ubsan_handle_alignment_assumption_abort(const ub::Alignment& what, uptr address, uptr promised, uptr) noexcept {
    Room room;
    stop(ub::alignment(room, what, address, promised), what.place);
}
void __ubsan_handle_pointer_overflow_abort(const ub::Place& where, uptr from, uptr to) noexcept {
    Room room;
    stop(ub::pointer_sum(room, from, to), where);
}
void __ubsan_handle_load_invalid_value_abort(const ub::Value& what, Operand value) noexcept {
    Room room;
    stop(ub::value(room, what, value), what.place);
}
void __ubsan_handle_nonnull_arg_abort(const ub::Place& where) noexcept {
    stop("null is passed where it must not be", where);
}
void __ubsan_handle_nonnull_return_v1_abort(const ub::Place&, const ub::Place& where) noexcept {
    stop("null is returned where it must not be", where);
}
void __ubsan_handle_invalid_builtin_abort(const ub::Builtin& what) noexcept { stop(ub::builtin(what), what.place); }
void __ubsan_handle_builtin_unreachable(const ub::Place& where) noexcept {
    stop("a place that is never reached is", where);
}
void __ubsan_handle_missing_return(const ub::Place& where) noexcept {
    stop("a function ends without its value", where);
}

}  // extern "C"
