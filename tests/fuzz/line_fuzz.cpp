// SPDX-License-Identifier: MIT
//
// Fuzzing the line under the prompt: any bytes into the editor, every line that comes out into the words and
// numbers of a command. What holds for all bytes is asserted here; memory errors are the sanitizers'.

#include <base/number.hpp>
#include <base/writer.hpp>
#include <shell/arguments.hpp>
#include <shell/line_editor.hpp>

#include <array>
#include <cstdlib>

using namespace quartet;

namespace {

constexpr std::array<std::string_view, 5> names{"help", "threads", "test", "time", "version"};

void demand(bool holds) {
    if (!holds) std::abort();
}

void look_at(std::string_view line) {
    demand(line.size() <= shell::max_line);
    for (char c : line) demand(c >= ' ' && c <= '~');
    shell::Arguments arguments{line};
    usize letters = arguments.name().size();
    for (usize i = 0; i < arguments.count() && i < 8; ++i) {
        demand(!arguments[i].empty() && arguments[i].find(' ') == std::string_view::npos);
        letters += arguments[i].size();
        if (Result<u64> number = parse_number(arguments[i])) demand(arguments[i].size() <= 255 && *number <= ~u64{0});
    }
    demand(letters <= line.size());
    demand(arguments.name().empty() == (line.find_first_not_of(' ') == std::string_view::npos));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, usize size) {
    shell::LineEditor editor{"quartet> ", names};
    char room[128];
    Writer echo{room, [](void*, std::string_view) {}, nullptr};
    editor.begin(echo);
    for (usize i = 0; i < size; ++i) {
        // One byte that the editor drops stands for a pause in the typing.
        if (data[i] == 0xff) editor.pause();
        shell::LineEditor::Event event = editor.feed(data[i], echo);
        if (event == shell::LineEditor::Event::None) continue;
        if (event == shell::LineEditor::Event::Entered) look_at(editor.line());
        editor.begin(echo);
    }
    return 0;
}
