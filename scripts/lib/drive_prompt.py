#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""drive_prompt.py MINUTES COMMAND...: runs COMMAND on a terminal of its own, waits for `quartet> `, types `poweroff`.

Exit 0 only if the prompt came and the command then ended with 0 by itself. What a person would see is printed.
"""

import sys

import pexpect


def main():
    minutes, command = int(sys.argv[1]), sys.argv[2:]
    terminal = pexpect.spawn(command[0], command[1:], timeout=60 * minutes, encoding="utf-8", codec_errors="replace",
                             dimensions=(50, 200))
    terminal.logfile_read = sys.stdout
    try:
        terminal.expect(r"\nquartet> ")
        terminal.send("poweroff\r")
        terminal.expect(pexpect.EOF, timeout=60)
    except (pexpect.TIMEOUT, pexpect.EOF) as why:
        print(f"\ndrive_prompt: {type(why).__name__} before the prompt, or no end after poweroff", file=sys.stderr)
        return 1
    finally:
        terminal.close(force=True)
    print(f"\ndrive_prompt: the prompt came; ended with status {terminal.exitstatus}")
    return 0 if terminal.exitstatus == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
