// SPDX-License-Identifier: MIT

#include <kernel/console/console.hpp>
#include <kernel/console/print.hpp>

namespace quartet::kernel {
namespace {

void write_out(void* self, std::string_view text) { console().write(*static_cast<ThreadContext*>(self), text); }

}  // namespace

void print_args(ThreadContext& self, std::string_view text, std::span<const FormatArg> args) noexcept {
    char room[256];
    Writer out{room, write_out, &self};
    format_args(out, text, args);
    out.flush();
}

}  // namespace quartet::kernel
