# SPDX-License-Identifier: MIT
"""Where the function bodies of a C++ file are, by its braces alone.

Enough of the language for sources that clang-format has written: what is taken for a body wrongly, or missed, makes
a bug one that cannot be selected, or the woven source one that does not compile. It never changes what is tested."""

import re

_BLANKED = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^\s()\\]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
                      r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.S | re.M)
_SCOPE = re.compile(r'(inline\s+)?(namespace|class|struct|union|enum)\b|extern ""$')
_INITIALISERS = re.compile(r"\)[\s\w()]*:(?!:)")


def same_length(text):
    """The code alone: comments, literals and directives are blanks, every character is where it was."""
    def blank(match):
        piece = match[0]
        kept = '""' if piece.startswith('"') else ""
        return kept + re.sub(r"[^\n]", " ", piece[len(kept):])
    return _BLANKED.sub(blank, text)


def _matching(code, at):
    """The place of the brace that closes the one at `at`."""
    depth = 0
    for place in re.finditer(r"[{}]", code[at:]):
        depth += 1 if place[0] == "{" else -1
        if depth == 0:
            return at + place.start()
    raise ValueError("a brace is not closed")


def _head(code):
    """What stands before a brace, without what may hold any word: attributes, template's parameters, access."""
    head = re.sub(r"\[\[.*?\]\]|alignas\([^()]*\)|\b(?:public|private|protected)\s*:", " ", code)
    head = re.sub(r'"\s*"', '""', head).strip()
    while match := re.match(r"template\s*<", head):
        depth, at = 1, match.end()
        while depth and at < len(head):
            depth += {"<": 1, ">": -1}.get(head[at], 0)
            at += 1
        head = head[at:].strip()
    return head


def _kind(head):
    """scope, body or value: what the brace behind this head opens."""
    if head.count("(") != head.count(")"):
        return "value"
    if _SCOPE.match(head):
        return "scope"
    plain = re.sub(r"operator\s*[^\w\s(]+", "operator", head)
    if "(" not in plain or re.search(r"(?<![=<>!])=(?!=)", re.sub(r"\([^()]*(\([^()]*\)[^()]*)*\)", "", plain)):
        return "value"
    if _INITIALISERS.search(plain) and re.search(r"[\w>]$", plain):
        return "value"
    return "body"


def bodies(text):
    """(begin, end) of every function body outside others, in order: text[begin] is `{`, text[end - 1] is `}`."""
    code = same_length(text)
    found = []
    head_at = at = 0
    while match := re.search(r"[;{}]", code[at:]):
        place = at + match.start()
        at = place + 1
        if match[0] != "{":
            # A semicolon in parentheses is a loop's, and those are in bodies.
            head_at = at
            continue
        kind = _kind(_head(code[head_at:place]))
        if kind == "scope":
            head_at = at
            continue
        end = _matching(code, place) + 1
        at = end
        if kind == "body":
            found.append((place, end))
            head_at = end
    return found


def parts(text):
    """(what is outside bodies, in pieces; the bodies): text is piece, body, piece, …, piece."""
    outside, inside, last = [], [], 0
    for begin, end in bodies(text):
        outside.append(text[last:begin])
        inside.append(text[begin:end])
        last = end
    return outside + [text[last:]], inside
