#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The README's two commands on a machine that has nothing: a fresh Debian root made by debootstrap, a clean clone in
# it, run.sh up to the prompt and test.sh to its last line. What works only because somebody installed it by hand fails here.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

usage() {
    cat <<'TEXT'
usage: scripts/clean_root.sh [--only run|test] [--ring NAME] [--release bookworm|trixie] [--fresh] [--keep]

As root: makes a minimal Debian in the cache folder, clones the committed state of this repository into it, and there
runs ./scripts/run.sh until the prompt (and powers off), then ./scripts/test.sh. Exit 0 only if both are good.

  --only run|test     one of the two (without it test.sh follows in the same root)
  --ring NAME         of test.sh only this ring (may be given more than once)
  --release NAME      bookworm (the default) or trixie
  --fresh             make the minimal Debian again, and not from the archive of it in the cache
  --keep              leave the root where it is, to look into it
  --help              this text

The mirror is the one in this machine's apt sources. Mounts are made in a name space of their own and end with it.
TEXT
}

only=both
release=bookworm
fresh=no
keep=no
rings=()
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --only)
        only=$(value_of "$@")
        [ "$only" = run ] || [ "$only" = test ] || refuse "--only takes run or test, not '$only'"
        shift 2
        ;;
    --ring)
        value=$(value_of "$@")
        [ -x "$repository/scripts/rings/$value" ] || refuse "no ring '$value'"
        rings+=(--ring "$value")
        shift 2
        ;;
    --release)
        release=$(value_of "$@")
        [ "$release" = bookworm ] || [ "$release" = trixie ] || refuse "--release takes bookworm or trixie, not '$release'"
        shift 2
        ;;
    --fresh)
        fresh=yes
        shift
        ;;
    --keep)
        keep=yes
        shift
        ;;
    *) refuse "unknown option '$1'" ;;
    esac
done

[ "$(id -u)" = 0 ] || die "debootstrap, mount and chroot need root; run this as root"
if ! have debootstrap; then
    say "this is going to: install debootstrap"
    apt-get -q update
    apt-get -q install -y --no-install-recommends debootstrap
fi
"$repository/scripts/setup.sh" --quiet      # python3-pexpect, to type at the prompt

# shellcheck disable=SC1091
host_release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
entry=$(debian_entry "$host_release" "$release") || die "no Debian entry in this machine's apt sources to take the mirror from"
form=$(printf '%s\n' "$entry" | head -n 1)
mirror=$(printf '%s\n' "$entry" | grep -oE '[a-z]+://[^ ]+' | head -n 1)

folder=$cache/clean-root
archive=$folder/$release.tar
root=$folder/$release
mkdir -p "$folder"

make_archive() {
    say "making a minimal $release"
    rm -rf "$root"
    debootstrap --variant=minbase "$release" "$root" "$mirror" >"$folder/debootstrap.log" 2>&1 ||
        { tail -n 20 "$folder/debootstrap.log" >&2; die "debootstrap failed; its log is $folder/debootstrap.log"; }
    rm -f "$root/etc/apt/sources.list" "$root"/var/cache/apt/archives/*.deb
    printf '%s\n' "$entry" | tail -n +2 >"$root/etc/apt/sources.list.d/debian.$form"
    # How this machine reaches its mirror (a proxy, say) holds for the root too.
    apt-config dump | grep -E '^Acquire::(http|https|Check-)[^ ]* ' >"$root/etc/apt/apt.conf.d/90from-host" || true
    tar -C "$root" -cf "$archive.new" .
    mv "$archive.new" "$archive"
}

fresh_root() {
    rm -rf "$root"
    mkdir -p "$root"
    tar -C "$root" -xf "$archive"
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    git clone -q --no-hardlinks "$repository" "$root/root/quartet"
}

# in_root COMMAND...: in the clone, with proc, sys and dev, and with nothing of this machine's environment.
in_root() {
    # shellcheck disable=SC2016  # the inner shell expands
    unshare --mount --propagation private bash -c '
        root=$1; shift
        mount -t proc proc "$root/proc" && mount --rbind /sys "$root/sys" && mount --rbind /dev "$root/dev" || exit 1
        exec env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb chroot "$root" \
            /bin/sh -c "cd /root/quartet && exec \"\$@\"" sh "$@"' bash "$root" "$@"
}

trap '[ $keep = yes ] || rm -rf "$root"' EXIT

if [ $fresh = yes ] || ! [ -f "$archive" ]; then make_archive; fi

status=0
if [ "$only" != test ]; then
    fresh_root
    say "./scripts/run.sh in a clean $release"
    export -f in_root
    export root
    if /usr/bin/python3 "$repository/scripts/lib/drive_prompt.py" 60 bash -c 'in_root ./scripts/run.sh'; then
        say "run.sh reached the prompt"
    else
        say "run.sh did not reach the prompt, or poweroff did not end it with 0"
        status=1
    fi
fi
if [ "$only" != run ]; then
    [ "$only" = both ] || fresh_root
    say "./scripts/test.sh ${rings[*]} in a clean $release"
    if in_root ./scripts/test.sh "${rings[@]}"; then
        say "test.sh passed"
    else
        say "test.sh failed"
        status=1
    fi
fi
[ $status != 0 ] || say "all good"
exit $status
