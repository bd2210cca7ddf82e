#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# All tests, or a part of them. What a ring is and how one is added: docs/testing.md.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

usage() {
    cat <<'TEXT'
usage: scripts/test.sh [--ring NAME] [--filter ID] [--long] [--minutes N] [--repeat N]

Installs what is missing (scripts/setup.sh), builds, and runs the tests, ring by ring.

  --ring NAME    only this ring (may be given more than once); the rings are the files in scripts/rings/
  --filter ID    only tests whose id is ID or begins with it, such as FDT03 or FDT
  --long         every test; without it the tier that takes at most 15 minutes on two cores
  --minutes N    long loops at full count, each for at most N minutes (implies --long)
  --repeat N     the whole N times
  --help         this text

The last line is always `N passed, N failed, N skipped`; the exit status is 0 only if nothing failed.
TEXT
}

arguments=()
purpose='test'
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --ring | --filter)
        value=$(value_of "$@")
        if [ "$1" = --ring ] && ! [ -x "$repository/scripts/rings/$value" ]; then
            refuse "no ring '$value'; there are: $(cd "$repository/scripts/rings" && echo *)"
        fi
        arguments+=("$1" "$value")
        shift 2
        ;;
    --minutes | --repeat)
        value=$(value_of "$@")
        [[ $value =~ ^[1-9][0-9]*$ ]] || refuse "$1 needs a number from 1 up, not '$value'"
        arguments+=("$1" "$value")
        shift 2
        ;;
    --long)
        arguments+=("$1")
        purpose=long
        shift
        ;;
    *) refuse "unknown option '$1'" ;;
    esac
done

"$repository/scripts/setup.sh" --quiet --for $purpose
exec /usr/bin/python3 "$repository/scripts/lib/run_rings.py" "${arguments[@]}"
