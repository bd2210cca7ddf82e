// SPDX-License-Identifier: MIT
//
// Runs self-tests and writes their lines. It formats by itself into one line on the stack: what is tested
// may be the formatting, the log or the heap.

#include <kernel/selftest/selftest.hpp>

namespace quartet::kernel {

namespace {

// What does not fit is cut: a line that is too long still says which test it was.
class Line {
public:
    Line& text(std::string_view part) {
        for (char c : part) {
            if (length_ == sizeof(bytes_)) break;
            bytes_[length_++] = c;
        }
        return *this;
    }
    Line& number(u64 value) {
        char digits[20];
        usize count = 0;
        do {
            digits[count++] = static_cast<char>('0' + value % 10);
            value /= 10;
        } while (value != 0);
        while (count != 0) text({&digits[--count], 1});
        return *this;
    }
    std::string_view view() const { return {bytes_, length_}; }

private:
    char bytes_[240];
    usize length_ = 0;
};

// The path below the tree's root would differ from machine to machine: the last part names the file.
std::string_view file_name(std::string_view path) {
    usize slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

void SelfTestRun::record(const char* file, u32 line, const char* what, bool values, u64 left, u64 right) noexcept {
    u32 expected = clean;
    // Relaxed: winning the exchange gives the right to write, nothing is read through it.
    if (!state_.compare_exchange(expected, writing, arch::Order::Relaxed, arch::Order::Relaxed)) return;
    file_ = file;
    line_ = line;
    what_ = what;
    values_ = values;
    left_ = left;
    right_ = right;
    // Release pairs with the acquire in `failed`.
    state_.store(recorded, arch::Order::Release);
}

class SelfTestRunner {
public:
    SelfTestRunner(SelfTestEffort effort, SelfTestSink sink) : effort_(effort), sink_(sink) {}

    void run(const SelfTest& test) {
        const bool once = effort_.limit_counts == 0;
        const u64 begin_counts = arch::counter();
        u64 reached = 0;
        for (u64 pass = 0;; ++pass) {
            SelfTestRun run{pass};
            test.body(run);
            reached += run.done_;
            const bool over = reached >= run.wanted_ || arch::counter() - begin_counts >= effort_.limit_counts;
            if (!once && !over && !run.failed()) continue;
            if (!once && run.wanted_ != 0)
                say(begin(test).number(reached).text(" of ").number(run.wanted_).text(" rounds"));
            return judge(test, run);
        }
    }

    SelfTestTotals finish() {
        line_ = Line{};
        line_.text("selftest: ").number(totals_.passed).text(" passed, ").number(totals_.failed);
        say(line_.text(" failed, ").number(totals_.skipped).text(" skipped"));
        return totals_;
    }

private:
    void judge(const SelfTest& test, const SelfTestRun& run) {
        if (run.failed()) {
            totals_.failed += 1;
            Line& line = begin(test).text("fail ").text(file_name(run.file_)).text(":").number(run.line_);
            line.text(" ").text(run.what_);
            if (run.values_) line.text(" (").number(run.left_).text(" and ").number(run.right_).text(")");
            say(line);
        } else if (run.skipped_ != nullptr) {
            totals_.skipped += 1;
            say(begin(test).text("skip ").text(run.skipped_));
        } else {
            totals_.passed += 1;
            say(begin(test).text("pass"));
        }
    }

    Line& begin(const SelfTest& test) {
        line_ = Line{};
        return line_.text("selftest ").text(test.id).text(" ").text(test.name).text(": ");
    }
    void say(const Line& line) { sink_.line(sink_.argument, line.view()); }

    SelfTestEffort effort_;
    SelfTestSink sink_;
    SelfTestTotals totals_;
    Line line_;
};

SelfTestTotals run_selftests(std::span<const SelfTest> tests, std::string_view filter, SelfTestEffort effort,
                             SelfTestSink sink) {
    SelfTestRunner runner{effort, sink};
    for (const SelfTest& test : tests) {
        if (test.id.starts_with(filter)) runner.run(test);
    }
    return runner.finish();
}

}  // namespace quartet::kernel
