# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What every script here needs: where the repository is, how to speak, where fetched files are kept,
# how a preset is built. Sourced, never run.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034  # for those who source this
cache="${XDG_CACHE_HOME:-$HOME/.cache}/quartet"
program=${0##*/}

say() { printf '%s: %s\n' "$program" "$*" >&2; }

# die MESSAGE: what is wrong and what would be right, then stop.
die() {
    say "$*"
    exit 1
}

# refuse MESSAGE: a wrong command line (exit 2, as other tools do).
refuse() {
    say "$*; see $program --help"
    exit 2
}

# value_of OPTION [VALUE]: the option's value, or a clear refusal where it was left out.
value_of() {
    if [ $# -lt 2 ] || [ -z "$2" ]; then refuse "$1 needs a value"; fi
    printf '%s\n' "$2"
}

have() { command -v "$1" >/dev/null 2>&1; }

# build_preset NAME [CMAKE OPTIONS]: configure where needed and build; on failure the end of the log and its name.
build_preset() {
    local preset=$1 log="$repository/build/$1.log"
    shift
    mkdir -p "$repository/build"
    if ! (cd "$repository" && cmake --preset "$preset" "$@" && cmake --build --preset "$preset") >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        die "preset '$preset' does not build; the whole log is $log"
    fi
}

# build_kernel PRESET: the same for release or debug, with the compiler that tests and figures are always taken with.
build_kernel() { build_preset "$1" -DQUARTET_TOOLCHAIN=debian; }

# debian_entry CODENAME SUITE: this machine's apt source entry for the Debian release, with SUITE as its suite.
# The first line is the entry's form (sources or list), the rest the entry; fails where there is none.
debian_entry() {
    local file present=()
    for file in /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list /etc/apt/sources.list; do
        if [ -f "$file" ]; then present+=("$file"); fi
    done
    [ ${#present[@]} -gt 0 ] &&
        awk -v codename="$1" -v suite="$2" -f "$repository/scripts/lib/apt_sources.awk" "${present[@]}"
}
