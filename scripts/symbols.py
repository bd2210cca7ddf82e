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
import zlib

MAGIC = 0x324D5951
HEADER = 32
BLOCK = 32     # functions from one mark to the next
DEEPEST = 12   # pairs of pairs of pairs …
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


def codes_for(texts):
    """The characters that occur, the pairs of codes that stand for a code each (byte-pair encoding), and `texts` in codes."""
    characters = sorted({c for text in texts for c in text})
    code = {c: i for i, c in enumerate(characters)}
    rows = [[code[c] for c in text] for text in texts]
    pairs, depth = [], [0] * len(characters)
    while len(depth) < 256:
        uses = collections.Counter(pair for row in rows for pair in zip(row, row[1:])
                                   if max(depth[pair[0]], depth[pair[1]]) < DEEPEST)
        if not uses:
            break
        # Ties go to the smaller pair: the same image from the same source.
        (a, b), count = max(uses.items(), key=lambda item: (item[1], -item[0][0], -item[0][1]))
        if count < 3:
            break
        new = len(depth)
        pairs.append((a, b))
        depth.append(max(depth[a], depth[b]) + 1)
        for row in rows:
            i = 0
            while i + 1 < len(row):
                if row[i] == a and row[i + 1] == b:
                    row[i:i + 2] = [new]
                i += 1
    return characters, pairs, rows


def shared_lengths(names):
    """Of each name, how many characters it begins with that the one before it has as well, as one of sixteen lengths."""
    longest = []
    for i, name in enumerate(names):
        before = names[i - 1] if i % BLOCK else ""
        longest.append(next((n for n, (a, b) in enumerate(zip(name, before)) if a != b), min(len(name), len(before))))
    lengths = {0}
    while len(lengths) < 16:
        # Whichever length spares most characters beside those that there are.
        spared = {n: sum(n - max(m for m in lengths if m <= n) for of in longest if of >= n
                         and max(m for m in lengths if m <= of) < n) for n in set(longest) - lengths}
        if not spared:
            break
        lengths.add(max(spared, key=lambda n: (spared[n], -n)))
    lengths = sorted(lengths)
    return lengths, [max(i for i, n in enumerate(lengths) if n <= of) for of in longest]


def number(value):
    """Seven bits a byte, the lowest first; the last byte is below 128."""
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return out + bytes([value])


def line_tables(path):
    """CRC-32 of the line number programs (DWARF 5, 6.2.4), less their headers, which hold names of folders."""
    from elftools.elf.elffile import ELFFile

    with open(path, "rb") as file:
        section = ELFFile(file).get_section_by_name(".debug_line")
        data = section.data() if section else b""
    at, total = 0, 0
    while at + 12 <= len(data):
        size, version = struct.unpack_from("<IH", data, at)
        header = at + (8 if version >= 5 else 6)  # where the length of what is left of the header stands
        begin = header + 4 + struct.unpack_from("<I", data, header)[0]
        total = zlib.crc32(data[begin:at + 4 + size], total)
        at += 4 + size
    return total


def encode(functions, end, lines=0):
    base = functions[0][0]
    if end - base > 0xFFFFFFFF:
        die("functions are more than 4 GiB apart")
    names = [name for _, name in functions]
    lengths, share = shared_lengths(names)
    characters, pairs, rows = codes_for([name[lengths[s]:] for name, s in zip(names, share)])
    records, marks = bytearray(), bytearray()
    ends = [address for address, _ in functions[1:]] + [end]
    for i, ((address, name), after) in enumerate(zip(functions, ends)):
        if (after - address) % 4:
            die(f"{name} is not a row of instructions")
        if i % BLOCK == 0:
            marks += struct.pack("<II", address - base, len(records))
        short = min(len(rows[i]), 15)
        records += number((after - address) // 4) + bytes([share[i] << 4 | short])
        if short == 15:
            records += bytes([len(rows[i])])
        records += bytes(rows[i])
    if len(pairs) + len(characters) > 256:
        die("more than 256 characters")
    body = marks + bytes(lengths) + bytes(16 - len(lengths))
    body += bytes(ord(c) if ord(c) < 256 else ord("?") for c in characters) + b"".join(bytes(pair) for pair in pairs) + records
    body += bytes(-len(body) % 4) + struct.pack("<I", lines)
    rest = struct.pack("<IIQIHH", HEADER + len(body), len(functions), base, end - base, len(characters), len(pairs)) + body
    total = 0x811C9DC5
    for byte in rest:
        total = ((total ^ byte) * 0x01000193) & 0xFFFFFFFF
    return struct.pack("<II", MAGIC, total) + rest


def decode(blob):
    """{address: name} and the end; the reader in Python, for `check`."""
    _, _, size, count, base, span, characters, pairs = struct.unpack_from("<IIIIQIHH", blob)
    lengths_at = HEADER + (count + BLOCK - 1) // BLOCK * 8
    texts = [chr(c) for c in blob[lengths_at + 16:lengths_at + 16 + characters]]
    at = lengths_at + 16 + characters
    for _ in range(pairs):
        texts.append(texts[blob[at]] + texts[blob[at + 1]])
        at += 2
    found, address, name = {}, base, ""
    for _ in range(count):
        words, shift = 0, 0
        while True:
            byte = blob[at]
            words |= (byte & 127) << shift
            shift += 7
            at += 1
            if byte < 128:
                break
        length, shared = blob[at] & 15, blob[lengths_at + (blob[at] >> 4)]
        at += 1
        if length == 15:
            length = blob[at]
            at += 1
        name = name[:shared] + "".join(texts[code] for code in blob[at:at + length])
        at += length
        found[address] = name
        address += words * 4
    return found, base + span


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
        (end, _), functions, lines = functions[-1], functions[:-1], 0
    else:
        functions, end = functions_of(arguments.input)
        lines = line_tables(arguments.input)
    with open(arguments.output, "wb") as file:
        file.write(encode(functions, end, lines))


if __name__ == "__main__":
    main()
