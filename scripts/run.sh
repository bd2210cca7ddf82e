#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds Quartet and starts it in QEMU with its console on this terminal.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

usage() {
    cat <<'TEXT'
usage: scripts/run.sh [--dtb FILE] [--uboot] [--gdb] [--count] [--image FILE] [--no-build] [-- QEMU ARGS]

Installs what is missing, builds kernel8.img and starts it on QEMU's Raspberry Pi 4. The console is this terminal:
it is connected to the UART that the device tree's stdout-path names. Ctrl-A X leaves, Ctrl-A C is QEMU's monitor.

  --dtb FILE     the device tree (default: quartet.dtb of the build)
  --uboot        start through Debian's U-Boot from an SD card image, as `booti` does it
  --gdb          wait for a debugger on port 1234 (another terminal shows how: the command is printed)
  --count        count instructions: the counter advances with them, the same in every run
  --image FILE   start this image or ELF file instead of build/release/kernel8.img
  --no-build     take what was built last
  -- QEMU ARGS   what follows goes to QEMU as it is, such as `-- -append run=cpus`
  --help         this text
TEXT
}

tree=''
image=''
uboot=no
machine_tree=''
build=yes
qemu=(-M raspi4b -display none)
debugger=no
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --dtb | --image)
        value=$(value_of "$@")
        [ -f "$value" ] && [ -r "$value" ] || refuse "$1: there is no readable file '$value'"
        if [ "$1" = --dtb ]; then tree=$value; else image=$value; fi
        shift 2
        ;;
    --uboot)
        uboot=yes
        shift
        ;;
    --gdb)
        debugger=yes
        qemu+=(-S -gdb tcp:127.0.0.1:1234)
        shift
        ;;
    --count)
        qemu+=(-accel "tcg,thread=single" -icount "shift=4,sleep=off")
        shift
        ;;
    --no-build)
        build=no
        shift
        ;;
    --)
        shift
        break
        ;;
    *) refuse "unknown option '$1'" ;;
    esac
done

if [ $uboot = yes ]; then purpose='test'; else purpose='run'; fi    # U-Boot itself comes with what the tests need
"$repository/scripts/setup.sh" --quiet --for $purpose

release=$repository/build/release
if [ $build = yes ] && [ -z "$image" ]; then
    say "building build/release/kernel8.img"
    build_preset release
fi
image=${image:-$release/kernel8.img}
[ -r "$image" ] || die "there is no $image; run without --no-build first"
[ $debugger = no ] || say "now, in another terminal: gdb-multiarch ${image%.*}.elf -ex 'target remote :1234'"

if [ $uboot = yes ]; then
    u_boot=$cache/u-boot/rpi_4/u-boot.bin
    [ -r "$u_boot" ] || die "there is no U-Boot in $u_boot; scripts/setup.sh fetches it on Debian 12 and 13"
    /usr/bin/python3 "$repository/scripts/lib/sd_card.py" --kernel "$image" --out "$repository/build/sd_card.img" ${tree:+--dtb "$tree"}
    # U-Boot has its own: it needs the nodes of the SD controller. A tree that was given lies on the card, for the kernel.
    machine_tree=$cache/device-trees/bcm2711-rpi-4-b.dtb
    tree=${tree:-$machine_tree}
    image=$u_boot
    qemu+=(-drive "if=sd,format=raw,file=$repository/build/sd_card.img")
elif [ -z "$tree" ] && [ -r "$release/quartet.dtb" ]; then
    tree=$release/quartet.dtb
fi

serial=0
if [ -n "$tree" ]; then
    serial=$("$repository/scripts/lib/console_serial.sh" "$tree")
    qemu+=(-dtb "${machine_tree:-$tree}")
fi
if [ "$serial" = 1 ]; then
    qemu+=(-serial null -serial mon:stdio)      # the mini-UART is QEMU's second port
else
    qemu+=(-serial mon:stdio)
fi
say "starting QEMU; Ctrl-A X leaves"
exec qemu-system-aarch64 "${qemu[@]}" -kernel "$image" "$@"
