# SPDX-License-Identifier: MIT
"""Shows that files are cut into bodies and what is outside where C++ has them: one text with every form that the
tree uses, in which each body is a call of its own, `body(N)`, and all else is outside."""

from checklib import bodies

TEXT = r'''
#define LOOP { for (;;) }
namespace a::b {
struct [[nodiscard]] S : T<u32> {
    enum class Kind : u8 { One, Two };
    S() : x_{1}, y_(2) { body(0); }
    explicit S(int x) noexcept : x_(x), y_{} { body(1); }
    ~S() REQUIRES_LOCK(lock_) { body(2); }
    S& operator=(const S&) { body(3); }
    bool operator==(const S&) const noexcept { body(4); }
    template <typename F, u32 N = 2>
        requires(N > 1)
    auto walk(F f = {}) const -> decltype(f()) { body(5); }
    static constexpr u32 table[] = {1, 2, f(3)};
    u32 x_ = 1'000'000 + '{', y_{7};
    Lock lock_ GUARDED_BY(other) = {};
};
constexpr auto text = R"(void no() { })";  // void no() { }
constinit Word word{compute(1)};
alignas(64) constinit Word words[2] = {Word{1}, Word{"}"}};
extern "C" int c_function(void* /* { */ p) { body(6); { inner(); } [] { lambda(); }(); }
extern "C" {
[[gnu::always_inline]] inline Result<T*> many(int a,
                                              int b) noexcept {
    body(7);
}
}
}  // namespace a::b
'''


def problems():
    """What is cut wrongly."""
    outside, inside = bodies.parts(TEXT)
    found = [f"body {n} is {body!r}" for n, body in enumerate(inside) if f"body({n})" not in body]
    if len(inside) != 8:
        found.append(f"{len(inside)} bodies and not 8")
    if "body(" in "".join(outside):
        found.append("a body is outside")
    if "".join(piece for pair in zip(outside, inside + [""]) for piece in pair) != TEXT:
        found.append("the pieces are not the whole")
    return found
