// SPDX-License-Identifier: MIT

#include "choices.hpp"

#include <sys/mman.h>

#include <charconv>
#include <cstdlib>

namespace quartet::sim {
namespace {

constexpr std::string_view letters = ">=+-x";  // by Kind

// Takes a number off the front of `text`.
bool take_number(std::string_view& text, u32& number) {
    const char* end = text.data() + text.size();
    auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{}) return false;
    text = {rest, static_cast<usize>(end - rest)};
    return true;
}

bool take_one(std::string_view& text, Choice& choice) {
    u32 core = 0;
    if (!take_number(text, core) || core >= max_cores || !text.starts_with('.')) return false;
    text.remove_prefix(1);
    if (!take_number(text, choice.at) || text.empty()) return false;
    const auto kind = letters.find(text.front());
    if (kind == std::string_view::npos) return false;
    text.remove_prefix(1);
    choice.core = static_cast<u8>(core);
    choice.kind = static_cast<Choice::Kind>(kind);
    if (choice.kind != Choice::Kind::GoOn) return true;
    u32 to = 0;
    if (!take_number(text, to) || to >= max_cores) return false;
    choice.to = static_cast<u8>(to);
    return true;
}

}  // namespace

std::string text_of(std::span<const Choice> choices) {
    std::string text;
    for (const Choice& choice : choices) {
        if (!text.empty()) text += ',';
        text +=
            std::to_string(choice.core) + '.' + std::to_string(choice.at) + letters[static_cast<usize>(choice.kind)];
        if (choice.kind == Choice::Kind::GoOn) text += std::to_string(choice.to);
    }
    return text;
}

std::optional<std::vector<Choice>> choices_of(std::string_view text) {
    std::vector<Choice> choices;
    while (!text.empty()) {
        if (!choices.empty()) {
            if (!text.starts_with(',')) return {};
            text.remove_prefix(1);
        }
        if (!take_one(text, choices.emplace_back())) return {};
    }
    return choices;
}

Report& report() {
    static Report* const shared = [] {
        void* memory = mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) std::abort();
        return static_cast<Report*>(memory);
    }();
    return *shared;
}

}  // namespace quartet::sim
