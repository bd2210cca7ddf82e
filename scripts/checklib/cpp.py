# SPDX-License-Identifier: MIT
"""C++ text as the rule checks need it: without comments and literals, lines kept."""

import re

_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^\s()\\]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])*\'',
                    re.S)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def code_only(text):
    """Comments become blanks and literals `""`; line numbers stay what they were."""
    def blank(match):
        piece = match[0]
        lines = "\n" * piece.count("\n")
        return lines if piece.startswith("/") else '""' + lines
    return _TOKEN.sub(blank, text)


def includes(text):
    """(line number, '<' or '"', name) of every #include outside comments."""
    def blank(match):
        piece = match[0]
        return "\n" * piece.count("\n") if piece.startswith("/") else piece
    plain = _TOKEN.sub(blank, text)
    return [(plain.count("\n", 0, m.start()) + 1, m[1], m[2]) for m in _INCLUDE.finditer(plain)]


def find(pattern, code):
    """(line number, text found) of every match."""
    return [(code.count("\n", 0, m.start()) + 1, m[0]) for m in re.finditer(pattern, code)]
