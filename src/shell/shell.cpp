// SPDX-License-Identifier: MIT

#include <shell/shell.hpp>

#include <base/static_room.hpp>
#include <kernel/console/console.hpp>
#include <kernel/thread/threads.hpp>
#include <shell/command.hpp>
#include <shell/first_lines.hpp>
#include <shell/line_editor.hpp>

namespace quartet::shell {
namespace {

constexpr std::string_view prompt = "quartet> ";

// Above what applications have by default, so that the prompt answers beside a busy one.
constexpr u8 shell_priority = 20;
// A tree is printed with a frame a level, and self-tests run here.
constexpr usize shell_stack = 32_KiB;
// Longer than the bytes of a cursor key are apart, shorter than a person notices.
constexpr kernel::Duration half_a_key = kernel::milliseconds(100);

constexpr usize max_commands = 48;

class Shell {
public:
    explicit Shell(const Environment& environment)
        : environment_(environment), first_lines_(environment.first_lines), editor_(prompt, name_commands()) {}

    [[noreturn]] void run(kernel::ThreadContext& self) {
        self_ = &self;
        for (;;) run_one();
    }

private:
    std::span<const std::string_view> name_commands() {
        usize count = 0;
        for (const CommandGroup* group : command_groups())
            for (const Command& command : *group)
                if (count < max_commands) names_[count++] = command.name();
        return std::span{names_}.first(count);
    }

    static void write(void* shell, std::string_view text) {
        kernel::console().write(*static_cast<Shell*>(shell)->self_, text);
    }

    Result<u8> typed_byte(Writer& echo) {
        // What came in one burst is echoed in one piece.
        if (!kernel::console().readable()) echo.flush();
        kernel::Duration patience = editor_.inside_sequence() ? half_a_key : kernel::Duration::forever();
        return kernel::console().read(*self_, patience);
    }

    void run_one() {
        char room[64];
        Writer echo{room, &write, this};
        // What was logged while the last line was typed, or ran, stands above the next prompt.
        kernel::console().print_log(*self_);
        editor_.begin(echo);
        LineEditor::Event event = LineEditor::Event::None;
        while (event == LineEditor::Event::None) {
            Result<u8> byte = first_lines_.empty() ? typed_byte(echo) : first_lines_.take();
            if (byte) event = editor_.feed(*byte, echo);
            else editor_.pause();
        }
        echo.flush();
        Output out{&write, this};
        switch (event) {
            case LineEditor::Event::None:
            case LineEditor::Event::Cancelled: break;
            case LineEditor::Event::TooLong: out.line("error: line too long (max {})", max_line); break;
            case LineEditor::Event::Entered: run_line(editor_.line(), out, environment_, self_); break;
        }
    }

    const Environment& environment_;
    FirstLines first_lines_;
    kernel::ThreadContext* self_ = nullptr;
    std::string_view names_[max_commands];
    LineEditor editor_;
};

constinit StaticRoom<Shell> the_shell;

}  // namespace

Status start_shell(const Environment& environment) noexcept {
    Shell& shell = the_shell.make(environment);
    kernel::ThreadOptions options{
        .name = "shell", .priority = shell_priority, .stack_size = shell_stack, .on_fault = kernel::OnFault::Stop};
    kernel::ThreadHandle thread = TRY(kernel::spawn(
        options, [](kernel::ThreadContext& self, void* ours) { static_cast<Shell*>(ours)->run(self); }, &shell));
    return kernel::detach(thread);
}

}  // namespace quartet::shell
