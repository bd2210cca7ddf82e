// SPDX-License-Identifier: MIT
//
// The line editor before a model of a terminal: what the screen shows is what the line holds, whatever
// bytes arrive.

#include <shell/line_editor.hpp>

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace quartet;
using shell::LineEditor;
using Event = LineEditor::Event;

namespace {

constexpr std::string_view prompt = "quartet> ";
constexpr std::array<std::string_view, 6> words{"help", "threads", "test", "time", "version", "mem"};

// What a terminal makes of the echo. Only the row of the cursor is looked at again.
class Screen {
public:
    void show(std::string_view text) {
        for (char c : text) {
            if (c == '\r') column_ = 0;
            else if (c == '\n') rows_.emplace_back();
            else if (c == '\b') REQUIRE(column_-- > 0);
            else if (c == '\a') ++bells;
            else {
                REQUIRE((c >= ' ' && c <= '~'));
                std::string& row = rows_.back();
                if (row.size() <= column_) row.resize(column_ + 1, ' ');
                row[column_++] = c;
            }
        }
    }
    std::string row() const {
        std::string text = rows_.back();
        while (!text.empty() && text.back() == ' ' && text.size() > column_) text.pop_back();
        return text;
    }
    usize column() const { return column_; }
    const std::vector<std::string>& rows() const { return rows_; }
    u32 bells = 0;

private:
    std::vector<std::string> rows_{std::string{}};
    usize column_ = 0;
};

struct Session {
    std::unique_ptr<LineEditor> editor = std::make_unique<LineEditor>(prompt, words);
    Screen screen;
    std::string echoed;
    std::vector<std::string> entered;
    u32 too_long = 0;
    u32 cancelled = 0;

    Session() { begin(); }

    void begin() {
        std::string out;
        char room[64];
        Writer echo{room, &gather, &out};
        editor->begin(echo);
        echo.flush();
        screen.show(out);
    }
    static void gather(void* context, std::string_view text) { *static_cast<std::string*>(context) += text; }

    Event key(u8 byte) {
        std::string out;
        char room[64];
        Writer echo{room, &gather, &out};
        Event event = editor->feed(byte, echo);
        echo.flush();
        screen.show(out);
        echoed = out;
        switch (event) {
            case Event::None: return event;
            case Event::Entered: entered.emplace_back(editor->line()); break;
            case Event::TooLong: ++too_long; break;
            case Event::Cancelled: ++cancelled; break;
        }
        begin();
        return event;
    }
    void type(std::string_view text) {
        for (char c : text) key(static_cast<u8>(c));
    }
    std::string line() const { return std::string{editor->line()}; }
};

}  // namespace

TEST_CASE("CON03 a plain character at the end echoes as itself alone") {
    Session s;
    for (char c = ' '; c <= '~'; ++c) {
        s.key(static_cast<u8>(c));
        CHECK(s.echoed == std::string(1, c));
    }
    CHECK(s.screen.row() == std::string{prompt} + s.line());
}

TEST_CASE("CON03 Enter is CR, LF or CR LF, and each is one line") {
    Session s;
    s.type("one\rtwo\nthree\r\nfour\n\nfive\r\r");
    CHECK(s.entered == std::vector<std::string>{"one", "two", "three", "four", "", "five", ""});
    s.type("\r\n\r\n\n");
    CHECK(s.entered.size() == 10);
    // The prompt stands at column 0, once for each line read.
    u32 prompts = 0;
    for (const std::string& row : s.screen.rows())
        if (row.starts_with(prompt)) ++prompts;
    CHECK(prompts == s.entered.size() + 1);
}

TEST_CASE("CON03 lines of 0, 1, 254, 255, 256, 257 and 1,000,000 bytes") {
    Session s;
    for (usize length : {usize{0}, usize{1}, usize{254}, usize{255}}) {
        std::string text(length, 'x');
        s.type(text + "\r");
        CHECK(s.entered.back() == text);
        CHECK(s.too_long == 0);
    }
    u32 expected = 0;
    for (usize length : {usize{256}, usize{257}, usize{300}, usize{1'000'000}}) {
        for (usize i = 0; i < length; ++i) s.key('y');
        CHECK(s.echoed == "y");
        CHECK(s.key('\r') == Event::TooLong);
        CHECK(s.too_long == ++expected);
        CHECK(s.entered.size() == 4);
    }
    s.type("ok\r");
    CHECK(s.entered.back() == "ok");
}

TEST_CASE("CON03 a line that became too long is good again once it was shortened") {
    Session s;
    s.type(std::string(260, 'a'));
    s.type("\x7f\x7f\x7f\x7f");
    CHECK(s.too_long == 0);
    s.type("\x1b[D\x1b[A\x01\tz");  // excess is still 1: nothing but shortening has a meaning
    CHECK(s.screen.row() == std::string{prompt} + std::string(256, 'a') + "z");
    s.type("\x7f\x7f\r");
    CHECK(s.entered.back() == std::string(255, 'a'));
    s.type(std::string(300, 'b') + "\x15" + "help\r");
    CHECK(s.entered.back() == "help");
    s.type(std::string(300, 'b') + "\x03");
    CHECK(s.cancelled == 1);
    s.type(std::string(255, 'c') + "\x1b[D" + "d");
    CHECK(s.screen.bells == 1);
    s.type("\r");
    CHECK(s.entered.back() == std::string(255, 'c'));
}

TEST_CASE("CON03 NUL and bytes from 0x80 on leave no trace") {
    Session s;
    s.key(0);
    s.type("he");
    for (u32 byte = 0x80; byte <= 0xff; ++byte) {
        s.key(static_cast<u8>(byte));
        CHECK(s.echoed.empty());
    }
    s.key(0);
    s.type("lp\r");
    CHECK(s.entered.back() == "help");
}

TEST_CASE("CON03 escape sequences cut in half anywhere do no harm") {
    for (std::string sequence : {"\x1b[A", "\x1b[3~", "\x1bOH", "\x1b[1;5C", "\x1b[200~", "\x1b[[A"}) {
        for (usize cut = 1; cut <= sequence.size(); ++cut) {
            Session s;
            s.type(sequence.substr(0, cut));
            s.type("\r");
            REQUIRE(s.entered.size() == 1);
            s.type("echo after\r");
            CHECK(s.entered.back() == "echo after");
        }
    }
    Session s;
    s.type("\x1b");
    s.type("help\r");  // ESC alone is dropped
    CHECK(s.entered.back() == "help");
    s.type("\x1b[");
    s.editor->pause();
    s.type("help\r");
    CHECK(s.entered.back() == "help");
    s.type("\x1b[" + std::string(1000, '1') + "\r");
    s.type(
        "\x1b\x1b\x1b["
        "\x1b["
        "help\r");
    s.type("mem\r");
    CHECK(s.entered.back() == "mem");
}

TEST_CASE("CON03 backspace at column 0, delete at the end, kills of nothing echo nothing") {
    Session s;
    for (char byte : std::string_view{"\x7f\x08\x04\x0b\x15\x17\x01\x05\x02\x06\x10\x0e"}) {
        s.key(static_cast<u8>(byte));
        CHECK(s.echoed.empty());
    }
    CHECK(s.screen.row() == prompt);
}

TEST_CASE("CON03 editing keys do what they say") {
    struct Case {
        std::string_view typed;
        std::string_view line;
    };
    for (const Case& c : {
             Case{"helo\x1b[Dl", "hello"},
             Case{"xhelp\x01\x04", "help"},
             Case{"xhelp\x1b[H\x1b[3~", "help"},
             Case{"xhelp\x1bOH\x1b[3~", "help"},
             Case{"elp\x1b[1~h\x1b[4~!", "help!"},
             Case{"elp\x1b[7~h\x1b[8~!", "help!"},
             Case{"elp\x01h\x05!", "help!"},
             Case{"one two three\x17", "one two "},
             Case{"one two   \x17", "one "},
             Case{"one two\x02\x02\x02\x02\x0b", "one"},
             Case{"one two\x02\x02\x02\x15", "two"},
             Case{"ab\x1b[D\x1b[D\x1b[D\x1b[C\x7f", "b"},
             Case{"abc\x1b[1;5D\x08", "ac"},
         }) {
        Session s;
        s.type(c.typed);
        CHECK(s.line() == c.line);
        CHECK(s.screen.row() == std::string{prompt} + std::string{c.line});
    }
}

TEST_CASE("CON03 history goes up and down and keeps what was being typed") {
    Session s;
    s.type("first\rsecond\rsecond\r\rthird\r");
    s.type("dra");
    const char* up = "\x1b[A";
    const char* down = "\x1b[B";
    for (const char* expected : {"third", "second", "first", "first"}) {
        s.type(up);
        CHECK(s.line() == expected);
        CHECK(s.screen.row() == std::string{prompt} + expected);
    }
    for (const char* expected : {"second", "third", "dra", "dra"}) {
        s.type(down);
        CHECK(s.line() == expected);
        CHECK(s.screen.row() == std::string{prompt} + expected);
    }
    s.type(up);
    s.type("!\r");
    CHECK(s.entered.back() == "third!");
    s.type(up);
    s.type(up);
    CHECK(s.line() == "third");
    s.type("\r");
    for (int i = 0; i < 40; ++i) s.type("n" + std::to_string(i) + "\r");
    for (int i = 0; i < 60; ++i) s.type(up);
    CHECK(s.line() == "n24");
}

TEST_CASE("CON03 Tab completes the first word, or lists what it may become") {
    Session s;
    s.type("v\t");
    CHECK(s.line() == "version ");
    s.type("v\t\x15");
    CHECK(s.line().empty());
    s.type("t\t");
    CHECK(s.line() == "t");
    CHECK(s.screen.row() == std::string{prompt} + "t");
    CHECK(s.screen.rows()[s.screen.rows().size() - 2] == "threads test time ");
    s.type("h\t");
    CHECK(s.line() == "threads ");
    s.type("\x15zz\t");
    CHECK(s.line() == "zz");
    s.type("\x15help\t");
    CHECK(s.line() == "help ");
    s.type("\x15 t\t");
    CHECK(s.line() == " t");
}

namespace {

// The editor as one would explain it.
struct Model {
    std::string text;
    usize cursor = 0;
    usize excess = 0;

    void apply(u8 byte) {
        if (byte >= ' ' && byte <= '~') {
            if (text.size() == shell::max_line) {
                if (cursor == text.size()) ++excess;
                return;
            }
            text.insert(cursor++, 1, static_cast<char>(byte));
            return;
        }
        if (excess > 0 && byte != 0x7f && byte != 0x15) return;
        switch (byte) {
            case 0x7f:
                if (excess > 0) --excess;
                else if (cursor > 0) text.erase(--cursor, 1);
                break;
            case 0x04:
                if (cursor < text.size()) text.erase(cursor, 1);
                break;
            case 0x02:
                if (cursor > 0) --cursor;
                break;
            case 0x06:
                if (cursor < text.size()) ++cursor;
                break;
            case 0x01: cursor = 0; break;
            case 0x05: cursor = text.size(); break;
            case 0x0b: text.erase(cursor); break;
            case 0x15:
                excess = 0;
                text.erase(0, cursor);
                cursor = 0;
                break;
            default: break;
        }
    }
};

}  // namespace

TEST_CASE("CON03 1,000,000 random keys: screen, cursor and line agree with a model") {
    Session s;
    Model model;
    std::mt19937 random{3};
    const u8 editing[] = {0x7f, 0x04, 0x02, 0x06, 0x01, 0x05, 0x0b, 0x15};
    u32 longest = 0;
    for (u32 i = 0; i < 1'000'000; ++i) {
        // Stretches that mostly type, so that lines get full, and stretches that mostly edit.
        bool typing = random() % 100 < ((i / 2000) % 2 == 0 ? 97 : 40);
        u8 byte = typing ? static_cast<u8>(' ' + random() % 95) : editing[random() % sizeof editing];
        if (typing && (i / 2000) % 4 == 0 && byte == 0x15) continue;
        s.key(byte);
        model.apply(byte);
        longest = std::max(longest, static_cast<u32>(model.text.size() + model.excess));
        if (i % 64 != 0) continue;
        REQUIRE(s.line() == model.text);
        REQUIRE(s.screen.column() == prompt.size() + model.cursor + model.excess);
        if (model.excess == 0) {
            std::string shown = s.screen.row();
            shown.resize(std::max(shown.size(), prompt.size() + model.text.size()), ' ');
            REQUIRE(shown.substr(prompt.size(), model.text.size()) == model.text);
            REQUIRE(shown.find_first_not_of(' ', prompt.size() + model.text.size()) == std::string::npos);
        }
    }
    CHECK(longest > 100);
}

TEST_CASE("CON03 1,000,000 random bytes: no line over 255, always a prompt again") {
    Session s;
    std::mt19937 random{4};
    for (u32 i = 0; i < 1'000'000; ++i) s.key(static_cast<u8>(random()));
    for (const std::string& line : s.entered) {
        REQUIRE(line.size() <= shell::max_line);
        for (char c : line) REQUIRE((c >= ' ' && c <= '~'));
    }
    s.type("\r");
    s.type("help\r");
    CHECK(s.entered.back() == "help");
    CHECK(s.screen.row() == prompt);
}
