#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Makes this machine able to build, run and test Quartet. A second run only looks and takes well under a second.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

usage() {
    cat <<'TEXT'
usage: scripts/setup.sh [--for run|test|long] [--check] [--quiet]

On Debian 12 and 13 (as root, or with sudo): prints what it is going to change, then installs the packages that
are missing; on Debian 12 it adds the backports suite, from the mirror this machine already uses, for a QEMU that
has the Raspberry Pi 4. For the tests it also fetches Debian's arm64 device trees and U-Boot into
${XDG_CACHE_HOME:-$HOME/.cache}/quartet/, by package version.
On any other system it changes nothing: it checks versions and names what is missing.

  --for run    only what building and running needs
  --for test   what the tests need too (the default)
  --for long   what the long tier needs besides: a browser that opens the pages of scripts/trace.py
  --check      change nothing; say what is missing, exit 1 if anything is
  --quiet      say nothing where nothing is to be done
  --help       this text
TEXT
}

purpose='test'
more=()
check=no
quiet=no
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --for)
        purpose=$(value_of "$@")
        case $purpose in
        run | test) ;;
        long)
            purpose=test
            more=(chromium)
            ;;
        *) refuse "--for takes run, test or long, not '$purpose'" ;;
        esac
        shift 2
        ;;
    --check)
        check=yes
        shift
        ;;
    --quiet)
        quiet=yes
        shift
        ;;
    *) refuse "unknown option '$1'" ;;
    esac
done

# What building and running needs.
packages=(cmake ninja-build g++-aarch64-linux-gnu device-tree-compiler python3 python3-pyelftools)
if [ "$purpose" = test ]; then
    packages+=(git patch g++ ccache clang-19 lld-19 llvm-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev    # compilers and checks
        doctest-dev relacy-dev libfdt-dev libboost-context-dev gcovr                               # host tests, models, fuzz, coverage
        python3-pexpect mtools u-boot-tools gdb-multiarch)                                                     # system tests
fi

packages+=("${more[@]}")

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
qemu_has_the_board() { have qemu-system-aarch64 && qemu-system-aarch64 -M help | grep -q '^raspi4b '; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# ---- files from packages of another architecture

device_trees=(bcm2711-rpi-4-b.dtb bcm2711-rpi-400.dtb bcm2711-rpi-cm4-io.dtb)

trees_present() {
    local tree
    for tree in "${device_trees[@]}"; do [ -f "$cache/device-trees/$tree" ] || return 1; done
}
u_boot_present() { [ -f "$cache/u-boot/rpi_4/u-boot.bin" ]; }

# apt for arm64, beside the machine's own: own lists, own archives, and only Debian's own release as source.
arm64_apt() {
    local state=$1 tool=$2
    shift 2
    "$tool" -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User="$(id -un)" \
        -o Dir::State="$state" -o Dir::State::Lists="$state/lists" -o Dir::State::status="$state/status" \
        -o Dir::Cache="$state/cache" -o Dir::Etc::sourceparts="$state/sources" -o Dir::Etc::sourcelist=/dev/null \
        -o APT::Get::List-Cleanup=false -o Acquire::Languages=none "$@"
}

# keep NAME VERSION FOLDER: FOLDER becomes $cache/NAME-VERSION, and $cache/NAME names it. The link is changed last
# and by rename, so that an interrupted run leaves nothing that looks complete.
keep() {
    local kept=$cache/$1-$2
    rm -rf "$kept"
    mv "$3" "$kept"
    ln -sfn "$(basename "$kept")" "$cache/.$1.new"
    mv -T "$cache/.$1.new" "$cache/$1"
}

fetch_foreign_files() (
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/fetch.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work"/{lists/partial,cache/archives/partial,sources,trees,u-boot,unpacked}
    : >"$work/status"
    entry=$(debian_entry "$codename" "$codename") || die "no entry for $codename in /etc/apt/sources.list or sources.list.d: cannot fetch arm64 packages"
    printf '%s\n' "$entry" | tail -n +2 >"$work/sources/debian.$(printf '%s\n' "$entry" | head -n 1)"
    cd "$work"
    arm64_apt "$work" apt-get update

    kernel=$(arm64_apt "$work" apt-cache depends linux-image-arm64 | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
    [ -n "$kernel" ] || die "Debian's linux-image-arm64 names no kernel package"
    arm64_apt "$work" apt-get download "$kernel" u-boot-rpi

    # The kernel package is large and nothing of it is wanted but its device trees.
    version=$(dpkg-deb -f "$kernel"_*.deb Version)
    dpkg-deb --fsys-tarfile "$kernel"_*.deb | tar -x -C unpacked --wildcards '*/broadcom/bcm2[78]*-rpi-*.dtb'
    find unpacked -name '*.dtb' -exec mv -t trees {} +
    keep device-trees "$version" trees

    version=$(dpkg-deb -f u-boot-rpi_*.deb Version)
    dpkg-deb --fsys-tarfile u-boot-rpi_*.deb | tar -x -C u-boot --strip-components=4 --wildcards './usr/lib/u-boot/*/u-boot.bin'
    keep u-boot "$version" u-boot
)

# ---- Debian 12 and 13

set_up_debian() {
    local missing=() package plan=() backports='' entry='' file='' qemu=()
    for package in "${packages[@]}"; do installed "$package" || missing+=("$package"); done
    qemu_has_the_board || qemu=(qemu-system-arm)

    if [ ${#qemu[@]} -gt 0 ] && [ "$codename" = bookworm ]; then
        backports=bookworm-backports    # bookworm's own QEMU 7.2 does not know the Raspberry Pi 4
        if ! grep -rqs --include='*.list' --include='*.sources' "^[^#]*$backports" /etc/apt/sources.list /etc/apt/sources.list.d; then
            entry=$(debian_entry "$codename" "$backports") ||
                die "no entry for bookworm (component main) in /etc/apt/sources.list or sources.list.d that $backports could be taken from; add $backports by hand"
            file=/etc/apt/sources.list.d/quartet-backports.$(printf '%s\n' "$entry" | head -n 1)
            plan+=("add $file ($backports, from the mirror in use)")
        fi
    fi
    [ ${#missing[@]} -eq 0 ] || plan+=("install ${missing[*]}")
    [ ${#qemu[@]} -eq 0 ] || plan+=("install ${qemu[*]}${backports:+ from $backports}")
    local fetch=no
    if [ "$purpose" = test ] && ! { trees_present && u_boot_present; }; then
        fetch=yes
        plan+=("fetch Debian's arm64 device trees and U-Boot into $cache")
    fi
    if [ ${#plan[@]} -eq 0 ]; then
        [ "$quiet" = yes ] || say "everything is here; nothing to do"
        return 0
    fi
    say "this is going to:"
    printf '    %s\n' "${plan[@]}" >&2
    [ "$check" = no ] || exit 1
    if [ ${#missing[@]} -gt 0 ] || [ ${#qemu[@]} -gt 0 ]; then
        [ "$(id -u)" = 0 ] || have sudo || die "installing packages needs root: run this as root, or install sudo"
        export DEBIAN_FRONTEND=noninteractive
        [ -z "$file" ] || printf '%s\n' "$entry" | tail -n +2 | as_root tee "$file" >/dev/null
        as_root apt-get -q update
        [ ${#missing[@]} -eq 0 ] || as_root apt-get -q install -y --no-install-recommends "${missing[@]}"
        [ ${#qemu[@]} -eq 0 ] || as_root apt-get -q install -y --no-install-recommends ${backports:+-t "$backports"} "${qemu[@]}"
        qemu_has_the_board || die "the QEMU that was installed has no machine raspi4b: $(qemu-system-aarch64 --version | head -n 1)"
    fi
    [ "$fetch" = no ] || fetch_foreign_files
    say "done"
}

# ---- any other system: say what is missing

at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# want COMMAND VERSION WHY: note COMMAND as missing, or as too old.
missing_here=()
want() {
    local found wanted="$1 $2 or newer ($3)"
    [ "$2" != any ] || wanted="$1 ($3)"
    if ! have "$1"; then
        missing_here+=("$wanted")
        return
    fi
    [ "$2" = any ] && return
    found=$("$1" --version 2>/dev/null | grep -oE "[0-9]+\.[0-9]+(\.[0-9]+)?" | head -n 1 || true)
    at_least "$2" "${found:-0}" || missing_here+=("$wanted; here is ${found:-an unknown version}")
}

check_other_system() {
    want cmake 3.25 build
    want ninja 1.10 build
    want dtc 1.6 "device trees"
    want /usr/bin/python3 3.11 "build and tests"
    /usr/bin/python3 -c 'import elftools' 2>/dev/null || missing_here+=("Python's elftools (the symbol table in the image)")
    if have aarch64-none-elf-g++; then want aarch64-none-elf-g++ 12 "the kernel"; else want aarch64-linux-gnu-g++ 12 "the kernel; or the Arm GNU Toolchain"; fi
    qemu_has_the_board || missing_here+=("qemu-system-aarch64 9.0 or newer (it needs the machine raspi4b)")
    if [ "$purpose" = test ]; then
        want g++ 12 "host tests"
        want ccache any "host tests"
        want clang++-19 19 "second compiler"
        want clang-format-19 19 checks
        want clang-tidy-19 19 checks
        want git any checks
        want patch any "planted bugs"
        want mkimage any "U-Boot's boot script"
        want mcopy any "SD card images"
        want gcovr 5 coverage
        local header
        for header in doctest/doctest.h relacy/relacy.hpp libfdt.h boost/context/fiber.hpp; do
            echo "#include <$header>" | g++ -std=c++17 -E -x c++ - >/dev/null 2>&1 || missing_here+=("the header <$header> (tests)")
        done
        /usr/bin/python3 -c 'import pexpect' 2>/dev/null || missing_here+=("Python's pexpect (scripts/clean_root.sh)")
        trees_present || say "note: Debian's arm64 device trees are not in $cache/device-trees: tests that need them are skipped"
        u_boot_present || say "note: U-Boot is not in $cache/u-boot: tests that need it are skipped"
    fi
    if [ ${#missing_here[@]} -gt 0 ]; then
        say "this is not Debian 12 or 13, so nothing is installed. Missing here:"
        printf '    %s\n' "${missing_here[@]}" >&2
        exit 1
    fi
    [ "$quiet" = yes ] || say "everything is here (not Debian 12 or 13: nothing was changed)"
}

os_id='' codename=''
if [ -r /etc/os-release ]; then
    os_id=$(. /etc/os-release && echo "${ID:-}")
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
fi
case $os_id/$codename in
debian/bookworm | debian/trixie) set_up_debian ;;
*) check_other_system ;;
esac
