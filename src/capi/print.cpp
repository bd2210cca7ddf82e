// SPDX-License-Identifier: MIT

#include <base/printf.hpp>
#include <capi/calls.hpp>
#include <kernel/console/console.hpp>

#include <cstdarg>

using namespace quartet;

namespace {

struct Sink {
    kernel::ThreadContext& self;
};

void write_out(void* sink, std::string_view text) { kernel::console().write(static_cast<Sink*>(sink)->self, text); }

}  // namespace

extern "C" int qt_print(const char* fmt, ...) {
    if (arch::in_handler()) return -QT_IN_HANDLER;
    if (fmt == nullptr) return -QT_INVALID;
    kernel::ThreadContext self = capi::caller();
    Sink sink{self};
    char room[512];
    Writer out{room, write_out, &sink};
    va_list args;
    va_start(args, fmt);
    print_c(out, fmt, args);
    va_end(args);
    out.flush();
    return static_cast<int>(out.wanted());
}
