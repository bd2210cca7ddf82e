#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The counted figures: instructions of the kernel's hot paths and sizes of its images, a line each.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

usage() {
    cat <<'TEXT'
usage: scripts/bench.sh [--no-build] [NAME]

Builds build/release/kernel8.img with Debian's compiler, starts it in QEMU so that the counter counts instructions
(-accel tcg,thread=single -icount shift=4,sleep=off) and prints what the shell's `bench` prints, a line a figure:

    bench NAME instructions=N.N rounds=N

then the image's size, `bench image kib=N.N`, and a table of all figures beside their budgets (bench/budgets.toml), in which
those over their budget are marked; that is no error. A figure without a budget, or a budget without its figure, is one. The
figures are the same in every run of one build.

  NAME         only the figures whose name begins with NAME
  --no-build   take what was built last
  --help       this text
TEXT
}

build=yes
name=''
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --no-build) build=no ;;
    -*) refuse "unknown option '$1'" ;;
    *)
        [ -z "$name" ] || refuse "one NAME at most"
        name=$1
        ;;
    esac
    shift
done

"$repository/scripts/setup.sh" --quiet
if [ $build = yes ]; then build_kernel release; fi
exec /usr/bin/python3 "$repository/scripts/lib/bench.py" "$name"
