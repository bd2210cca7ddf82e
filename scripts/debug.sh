#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# GDB on a running Quartet, over the wire that its console is on: docs/debugging/gdb.md.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

usage() {
    cat <<'TEXT'
usage: scripts/debug.sh --serial DEV [--elf FILE] [-- GDB ARGS]

Starts gdb-multiarch on the kernel at the other end of a serial line (115200 8N1): all four cores stop, threads have their names, and
`detach` lets the machine go on. Whoever has the line open, a terminal program, has to leave it first.

  --serial DEV   the line, such as /dev/ttyUSB0; or HOST:PORT, for a serial line that a program offers by TCP
  --elf FILE     the kernel with its symbols (default: build/release/kernel8.elf); it is to be the one that runs there
  -- GDB ARGS    what follows goes to gdb-multiarch as it is, such as `-- -ex 'info threads'`
  --help         this text
TEXT
}

serial=''
elf="$repository/build/release/kernel8.elf"
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --serial)
        serial=$(value_of "$@")
        shift 2
        ;;
    --elf)
        elf=$(value_of "$@")
        shift 2
        ;;
    --)
        shift
        break
        ;;
    *) refuse "unknown option '$1'" ;;
    esac
done

[ -n "$serial" ] || refuse "--serial is missing"
[ -r "$elf" ] || die "there is no $elf; build it first, or name another one by --elf"
have gdb-multiarch || die "there is no gdb-multiarch; apt install gdb-multiarch"
if [ -c "$serial" ]; then
    # A line end: what was typed there before, and not entered, is not the beginning of GDB's first packet.
    stty -F "$serial" 115200 raw -echo -crtscts
    printf '\r' >"$serial"
elif [[ $serial != *:* ]]; then
    die "$serial is no serial line, and no HOST:PORT"
fi
exec gdb-multiarch -q "$elf" -ex 'set serial baud 115200' -ex 'set remotetimeout 5' -ex "source $repository/scripts/gdb/quartet.py" \
    -ex "target remote $serial" "$@"
