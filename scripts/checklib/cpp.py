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


def without_comments(text):
    """Literals stay; line numbers stay what they were."""
    return _TOKEN.sub(lambda match: "\n" * match[0].count("\n") if match[0].startswith("/") else match[0], text)


def includes(text):
    """(line number, '<' or '"', name) of every #include outside comments."""
    plain = without_comments(text)
    return [(plain.count("\n", 0, m.start()) + 1, m[1], m[2]) for m in _INCLUDE.finditer(plain)]


def odd_includes(text):
    """(line number, text) of every line that includes in a form that `includes` does not read."""
    plain = without_comments(text)
    lines = [(plain.count("\n", 0, m.start()) + 1, m[0]) for m in re.finditer(r"^[ \t]*(?:#|%:)(?:\\\n|.)*", plain, re.M)]
    joined = [(number, line.replace("\\\n", ""), "\\\n" in line or not line.lstrip().startswith("#")) for number, line in lines]
    return [(number, line.strip()) for number, line, odd in joined
            if re.match(r"\s*(?:#|%:)\s*(?:include|import|embed|$)", line) and (odd or not _INCLUDE.match(line))]


def find(pattern, code):
    """(line number, text found) of every match."""
    return [(code.count("\n", 0, m.start()) + 1, m[0]) for m in re.finditer(pattern, code)]
