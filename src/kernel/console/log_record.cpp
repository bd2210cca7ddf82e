// SPDX-License-Identifier: MIT

#include <kernel/console/log_record.hpp>

namespace quartet::kernel {

void LogRecord::fill(u64 time, u32 core, std::string_view format, std::span<const FormatArg> args) noexcept {
    time_ = time;
    core_ = static_cast<u8>(core);
    format_ = format.data();
    format_length_ = static_cast<u16>(format.size());
    count_ = static_cast<u8>(args.size() < max_args ? args.size() : max_args);
    usize used = 0;
    for (usize i = 0; i < count_; ++i) {
        kinds_[i] = args[i].kind();
        if (args[i].kind() != ArgKind::Text) {
            values_[i] = args[i].number;
            continue;
        }
        usize length = args[i].length();
        if (length > max_text - used) length = max_text - used;
        for (usize at = 0; at < length; ++at) text_[used + at] = args[i].text[at];
        values_[i] = used | length << 32;
        used += length;
    }
}

void LogRecord::print(Writer& out) const noexcept {
    FormatArg args[max_args];
    for (usize i = 0; i < count_; ++i) {
        if (kinds_[i] == ArgKind::Text) args[i] = FormatArg{{text_ + (values_[i] & 0xffff'ffff), values_[i] >> 32}};
        else args[i] = FormatArg{kinds_[i], values_[i]};
    }
    struct Clean {
        static void drain(void* context, std::string_view text) {
            for (char c : text) static_cast<Writer*>(context)->put(c >= ' ' && c <= '~' ? c : '?');
        }
    };
    char room[64];
    Writer cleaned{room, &Clean::drain, &out};
    format_args(cleaned, {format_, format_length_}, std::span{args}.first(count_));
    cleaned.flush();
}

}  // namespace quartet::kernel
