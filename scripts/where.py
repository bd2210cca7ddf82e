#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Where a fault came from: file and line of each frame of its report, from the wire's saved text and the ELF file alone.

  scripts/where.py SAVED.txt                  what came over the wire; - is the standard input
  scripts/crash.py DUMP | scripts/where.py -  a crash record's text has the same lines

Of several reports in the text the last is told, or with --report N the N-th. The ELF file is --elf FILE, else kernel8.elf of build/release or
build/debug, whichever is the image that the report names (`image:`). Another one is refused: its lines would be wrong. Of inlined code
the line is that of the innermost function. Exit 1: nothing could be told; 2: the report is cut, and what there is was told.
"""

import argparse
import pathlib
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
sys.path.insert(0, str(ROOT / "scripts"))
import elf_lines  # noqa: E402
import fault_text  # noqa: E402
import symbols  # noqa: E402

BUILT = [ROOT / "build" / preset / "kernel8.elf" for preset in ("release", "debug")]


def image_of(path):
    """What an image made from this ELF file calls itself: the checksum of the table of functions that it carries."""
    try:
        return struct.unpack_from("<I", symbols.embedded(path), 4)[0]
    except OSError as why:
        raise elf_lines.BadElf(f"{path}: {why.strerror}") from None
    except elf_lines.ELFError:
        raise elf_lines.BadElf(f"{path} is no ELF file") from None
    except (SystemExit, AttributeError):
        raise elf_lines.BadElf(f"{path} is no ELF file of a Quartet image: it holds no table of functions") from None


def names_fit(report, path):
    """Whether each name of the report is that of the function which begins there."""
    functions = dict(symbols.functions_of(path)[0])
    named = [frame for frame in report.frames() if frame.name is not None]
    return bool(named) and all(functions.get(frame.start, "").endswith(frame.name) for frame in named)


def chosen_elf(report, given):
    """The ELF file of the image that the report is of, and how that is known."""
    candidates = [given] if given else [path for path in BUILT if path.exists()]
    if not candidates:
        raise elf_lines.BadElf("there is no build/release/kernel8.elf; --elf FILE names another one")
    images = {path: image_of(path) for path in candidates}
    if report.image is None:
        for path in candidates:
            if names_fit(report, path):
                return path, "by its names, as the text is cut before `image:`"
        raise elf_lines.BadElf("the text is cut before `image:`, and its names are not those of " + " or ".join(map(str, candidates)))
    for path, image in images.items():
        if image == report.image:
            return path, f"image {image:08x}"
    raise elf_lines.BadElf(f"the report is of image {report.image:08x}, not of " +
                           " or ".join(f"{path} ({image:08x})" for path, image in images.items()) + "; --elf FILE names its ELF file")


def answer(report, lines, functions):
    """Line by line."""
    yield f"{report.kind}: {report.words}"
    if report.thread is not None:
        yield f"thread {report.thread}, core {report.core}, context {report.context}"
    for heading, frames in report.parts:
        if heading:
            yield heading.split(" at 0x")[0].rstrip(":") + ":"
        walked = {frame.address for frame in frames if frame.label.startswith("#")}
        for frame in frames:
            if frame.label in ("pc", "lr") and frame.address in walked:
                continue
            place = lines.at(frame.within)
            name = frame.name if frame.name is not None and not frame.cut else functions.get(frame.start, frame.name)
            yield f"{frame.label:<3} {name or f'{frame.address:#x}'} " + ("{}:{}".format(*place) if place else "(no line)")


def shown(path):
    path = pathlib.Path(path).resolve()
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", help="the wire's saved text, or - for the standard input")
    parser.add_argument("--elf", type=pathlib.Path)
    parser.add_argument("--report", type=int, metavar="N", help="the N-th report of the text, from 1 on")
    options = parser.parse_args()
    try:
        text = sys.stdin.buffer.read() if options.text == "-" else pathlib.Path(options.text).read_bytes()
        reports = fault_text.reports_in(text.decode("latin-1"))
        number = len(reports) if options.report is None else options.report
        if not 1 <= number <= len(reports):
            raise fault_text.BadText(f"there is no report {number}: the text has {len(reports)}")
        report = reports[number - 1]
        if not report.frames():
            raise fault_text.BadText("the report is cut before its first address")
        elf, how = chosen_elf(report, options.elf)
        lines, functions = elf_lines.Lines(elf, ROOT), dict(symbols.functions_of(elf)[0])
    except OSError as why:
        sys.exit(f"where.py: {options.text}: {why.strerror}")
    except (fault_text.BadText, elf_lines.BadElf) as why:
        sys.exit(f"where.py: {why}")
    if len(reports) > 1:
        print(f"report {number} of {len(reports)}")
    print(*answer(report, lines, functions), f"lines from {shown(elf)}: {how}", sep="\n")
    if not report.whole:
        print("where.py: the report is cut: the text ends, or another report begins, before `end of report`", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
