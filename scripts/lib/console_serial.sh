#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# console_serial.sh TREE: which of QEMU's serial ports is the console of this device tree: 0 (the PL011) or
# 1 (the mini-UART). It reads /chosen/stdout-path, or alias serial0 where that is missing, as the kernel does.
set -euo pipefail

tree=$1
path=$(fdtget "$tree" /chosen stdout-path 2>/dev/null || echo serial0)
path=${path%%:*}
case $path in
/*) ;;
*) path=$(fdtget "$tree" /aliases "$path" 2>/dev/null || echo /) ;;
esac
case " $(fdtget "$tree" "$path" compatible 2>/dev/null || true) " in
*" brcm,bcm2835-aux-uart "*) echo 1 ;;
*) echo 0 ;;
esac
