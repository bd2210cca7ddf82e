#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# console_serial.sh TREE: which of QEMU's serial ports is the console of this device tree: 0 (the PL011) or
# 1 (the mini-UART). As the kernel chooses: what /chosen/stdout-path names, else alias serial0, else the first port in
# the tree; a port that is disabled, or none of the two kinds, is passed over.
set -euo pipefail

tree=$1

property() { fdtget "$tree" "$@" 2>/dev/null || true; }

# serial_of PATH: the port's number; fails where no usable port is there.
serial_of() {
    local status
    status=$(property "$1" status)
    case ${status:-okay} in
    ok | okay) ;;
    *) return 1 ;;
    esac
    case " $(property "$1" compatible) " in
    *" brcm,bcm2835-aux-uart "*) echo 1 ;;
    *" arm,pl011 "*) echo 0 ;;
    *) return 1 ;;
    esac
}

# path_of NAME: the path that an alias or a path with options (`serial0:115200n8`) means.
path_of() {
    case $1 in
    /*) echo "${1%%:*}" ;;
    *) property /aliases "${1%%:*}" ;;
    esac
}

# first_below PATH: the first usable port in the tree's order.
first_below() {
    local child
    for child in $(fdtget -l "$tree" "$1"); do
        serial_of "${1%/}/$child" || first_below "${1%/}/$child" || continue
        return 0
    done
    return 1
}

for name in "$(property /chosen stdout-path)" serial0; do
    path=$(path_of "$name")
    [ -z "$path" ] || ! serial_of "$path" || exit 0
done
first_below / || echo 0     # no port at all: the kernel takes its built-in tree, whose console is the PL011
