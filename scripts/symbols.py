#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Make the table of function names that the kernel carries (format: src/debug/symbols.hpp).

  symbols.py make  IMAGE.elf OUT.bin    from a first link
  symbols.py list  NAMES.txt OUT.bin    from lines `ADDRESS NAME` (the last: the end), for tests
  symbols.py check IMAGE.elf            the table inside a second link names what that link holds

The table lies behind the text, so that linking it in moves no function; `check` shows it.
"""
import argparse
import collections
import re
import shutil
import struct
import subprocess
import sys

MAGIC = 0x314D5951
HEADER = 32
LONGEST = 255  # a name's length is one byte


def die(message):
    sys.exit(f"symbols.py: {message}")


def cut_brackets(text, opening, closing):
    """`text` without what stands between brackets, and without them; operators keep theirs."""
    out, depth = [], 0
    for i, c in enumerate(text):
        if c == opening:
            depth += 1
        elif c == closing and depth and text[i - 1] != "-":
            depth -= 1
        elif depth == 0:
            out.append(c)
    return "".join(out)


def short_name(demangled):
    """`quartet::kernel::yield` of `void quartet::kernel::yield(Thread&) [clone .part.0]`."""
    name = re.sub(r" \[clone [^]]*\]", "", demangled)
    name = name.replace("(anonymous namespace)::", "").replace("{default arg#1}::", "")
    # The innermost lambda first: its parameters may hold brackets of any kind.
    while (m := re.search(r"\{lambda\([^{}]*\)(?:[^{}#]*)#(\d+)\}", name)):
        name = name[:m.start()] + f"lambda_{m.group(1)}" + name[m.end():]
    name = re.sub(r"'lambda(\d*)'\([^)]*\)", r"lambda_\1", name)
    operator = re.search(r"\boperator(\(\)|\[\]|<=>|[-+*/%^&|<>=!,~]+| (?:new|delete)(?:\[\])?| [^(]+)", name)
    tail = ""
    if operator:
        tail = "operator" + operator.group(1)
        name = name[:operator.start()]
    name = cut_brackets(name, "<", ">")
    if not operator:
        name = cut_inner_calls(name)
    else:
        name = name.replace("()", "")
        name = cut_brackets(name, "(", ")")
    return name.rstrip().rsplit(" ", 1)[-1] + tail


def cut_inner_calls(name):
    """Without parameter lists: `f(int)::lambda_1` keeps its tail, `f(int) const` loses it."""
    name = re.sub(r"\)( const| volatile| &&?| noexcept)+", ")", name)
    out, depth = [], 0
    for c in name:
        if c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
        elif depth == 0:
            out.append(c)
    return "".join(out)


def demangle(names):
    tool = shutil.which("aarch64-linux-gnu-c++filt") or shutil.which("aarch64-none-elf-c++filt") or shutil.which("c++filt")
    if not tool:
        die("no c++filt on PATH")
    reply = subprocess.run([tool], input="\n".join(names) + "\n", capture_output=True, text=True, check=True)
    return reply.stdout.split("\n")[: len(names)]


def functions_of(path):
    """[(address, short name)] ascending, and the end of the last function."""
    from elftools.elf.elffile import ELFFile

    with open(path, "rb") as file:
        elf = ELFFile(file)
        code = {}
        for index, section in enumerate(elf.iter_sections()):
            if section["sh_flags"] & 4 and section["sh_flags"] & 2:  # EXECINSTR, ALLOC
                code[index] = section["sh_addr"] + section["sh_size"]
        best = {}
        for symbol in elf.get_section_by_name(".symtab").iter_symbols():
            kind, name, address = symbol["st_info"]["type"], symbol.name, symbol["st_value"]
            if symbol["st_shndx"] not in code or kind not in ("STT_FUNC", "STT_NOTYPE"):
                continue
            if not name or name.startswith(("$", ".L")) or (kind == "STT_NOTYPE" and name.startswith("__")):
                continue
            if address >= code[symbol["st_shndx"]]:
                continue
            rank = (kind == "STT_FUNC", symbol["st_info"]["bind"] == "STB_GLOBAL", symbol["st_size"])
            if address not in best or best[address][0] < rank:
                best[address] = (rank, name)
        if not best:
            die(f"{path} has no functions")
        addresses = sorted(best)
        end = max(code.values())
    names = [short_name(d)[:LONGEST] for d in demangle([best[a][1] for a in addresses])]
    return list(zip(addresses, names)), end


def tokens_for(names):
    """256 strings for the bytes of names: each character that occurs, then what pairs best (byte-pair encoding)."""
    characters = sorted({c for name in names for c in name})
    texts = list(characters)
    code = {c: i for i, c in enumerate(characters)}
    rows = [[code[c] for c in name] for name in names]
    while len(texts) < 256:
        pairs = collections.Counter()
        for row in rows:
            pairs.update(zip(row, row[1:]))
        if not pairs:
            break
        # Ties go to the smaller pair: the same image from the same source.
        (a, b), uses = max(pairs.items(), key=lambda item: (item[1], -item[0][0], -item[0][1]))
        if uses < 4 or sum(map(len, texts)) + len(texts[a]) + len(texts[b]) > 0xFFFF:
            break
        new = len(texts)
        texts.append(texts[a] + texts[b])
        for row in rows:
            i = 0
            while i + 1 < len(row):
                if row[i] == a and row[i + 1] == b:
                    row[i:i + 2] = [new]
                i += 1
    return texts, rows


def encode(functions, end):
    base = functions[0][0]
    if end - base > 0xFFFFFFFF:
        die("functions are more than 4 GiB apart")
    names = [name for _, name in functions]
    texts, rows = tokens_for(names)
    stream, marks = bytearray(), []
    for i, row in enumerate(rows):
        if i % 16 == 0:
            marks.append(len(stream))
        stream += bytes([len(row)]) + bytes(row)
    token_at, text = [], bytearray()
    for i in range(257):
        token_at.append(len(text))
        if i < len(texts):
            text += texts[i].encode("latin-1", "replace")
    text += bytes(-len(text) % 4)
    body = b"".join(struct.pack("<I", address - base) for address, _ in functions)
    body += b"".join(struct.pack("<I", mark) for mark in marks)
    body += b"".join(struct.pack("<H", at) for at in token_at) + bytes(2)
    names_at = HEADER + len(body) + len(text)
    body += text + stream
    size = HEADER + len(body)
    size += -size % 4
    body += bytes(size - HEADER - len(body))
    rest = struct.pack("<IIQII", size, len(functions), base, end - base, names_at) + body
    total = 0x811C9DC5
    for byte in rest:
        total = ((total ^ byte) * 0x01000193) & 0xFFFFFFFF
    return struct.pack("<II", MAGIC, total) + rest


def decode(blob):
    """{address: name} and the end; the reader in Python, for `check`."""
    _, _, size, count, base, span, names_at = struct.unpack_from("<IIIIQII", blob)
    offsets = struct.unpack_from(f"<{count}I", blob, HEADER)
    tokens_at = HEADER + count * 4 + (count + 15) // 16 * 4
    token = struct.unpack_from("<257H", blob, tokens_at)
    text_at = tokens_at + 516
    names, at = [], names_at
    for _ in range(count):
        length = blob[at]
        codes = blob[at + 1:at + 1 + length]
        names.append(b"".join(blob[text_at + token[c]:text_at + token[c + 1]] for c in codes).decode("latin-1"))
        at += 1 + length
    return {base + o: n for o, n in zip(offsets, names)}, base + span


def embedded(path):
    from elftools.elf.elffile import ELFFile

    with open(path, "rb") as file:
        elf = ELFFile(file)
        symtab = elf.get_section_by_name(".symtab")
        found = {n: symtab.get_symbol_by_name(n) for n in ("quartet_symbols_begin", "quartet_symbols_end")}
        if not all(found.values()):
            die(f"{path} holds no symbol table")
        begin, end = (found[n][0]["st_value"] for n in ("quartet_symbols_begin", "quartet_symbols_end"))
        for segment in elf.iter_segments():
            start = segment["p_vaddr"]
            if segment["p_type"] == "PT_LOAD" and start <= begin and end <= start + segment["p_filesz"]:
                return segment.data()[begin - start:end - start]
    die(f"{path}: the table is in no segment")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("make", "list", "check"))
    parser.add_argument("input")
    parser.add_argument("output", nargs="?")
    arguments = parser.parse_args()
    if arguments.action == "check":
        functions, end = functions_of(arguments.input)
        if decode(embedded(arguments.input)) != (dict(functions), end):
            die(f"{arguments.input}: the table does not name this image's functions")
        return
    if arguments.output is None:
        die("OUT.bin is missing")
    if arguments.action == "list":
        with open(arguments.input) as file:
            lines = [line.split(None, 1) for line in file if line.strip() and not line.startswith("#")]
        functions = [(int(address, 0), name.strip()[:LONGEST]) for address, name in lines]
        (end, _), functions = functions[-1], functions[:-1]
    else:
        functions, end = functions_of(arguments.input)
    with open(arguments.output, "wb") as file:
        file.write(encode(functions, end))


if __name__ == "__main__":
    main()
