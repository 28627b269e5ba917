#!/usr/bin/env bash
# Makes the Wine 10 root that `npm run test:windows` runs in: a small Debian 13 with Wine, in a folder of its
# own, so that this machine's packages stay as they are. Usage: make-root.sh FOLDER. Needs root and Debian's
# package mirror; about 1.2 GB and four minutes. The file `ready` is written last: a root without it is made anew.
set -euo pipefail
root=$1
suite=trixie

[ "$(id -u)" = 0 ] || { echo 'the Wine root is made with debootstrap, which must be run as root' >&2; exit 1; }
command -v debootstrap >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends debootstrap

# The mirror this machine itself uses.
mirror=$(sed -nE 's/^URIs: *(\S+).*/\1/p; s/^deb +(\[[^]]*\] +)?(\S+debian\/?) .*/\2/p' \
  /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -E '/debian/?$' | head -1 || true)
mirror=${mirror:-http://deb.debian.org/debian}

rm -rf "$root"
mkdir -p "$root"
debootstrap --variant=minbase "$suite" "$root" "$mirror"
for file in resolv.conf hosts; do cp -L "/etc/$file" "$root/etc/$file"; done
for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/*proxy*; do [ ! -f "$file" ] || cp "$file" "$root/etc/apt/apt.conf.d/"; done

unshare --mount bash -eu -c '
  mount -t proc proc "$1/proc"
  mount --rbind /dev "$1/dev"
  mount --rbind /sys "$1/sys"
  export DEBIAN_FRONTEND=noninteractive
  chroot "$1" apt-get update -qq
  chroot "$1" apt-get install -y -qq --no-install-recommends wine wine64
  chroot "$1" apt-get clean
  chroot "$1" wine --version
' -- "$root"
touch "$root/ready"
