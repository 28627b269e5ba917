#!/usr/bin/env bash
# Runs a command inside the Wine root, in mounts of its own: in-root.sh ROOT WORK COMMAND [ARGUMENT...]
# WORK is seen as /w there (Z:\w in Wine), and holds the Wine prefix and everything that a run leaves.
set -euo pipefail
export ROOT=$1 WORK=$2
shift 2
exec unshare --mount --pid --kill-child --fork bash -euc '
  mount -t proc proc "$ROOT/proc"
  mount --rbind /dev "$ROOT/dev"
  mount --rbind /sys "$ROOT/sys"
  mkdir -p "$ROOT/w"
  mount --bind "$WORK" "$ROOT/w"
  for file in hosts resolv.conf; do cp -L "/etc/$file" "$ROOT/etc/$file" 2>/dev/null || true; done
  # mscoree must stay: without it no .NET program starts.
  exec chroot "$ROOT" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/w LANG=C.UTF-8 TERM=dumb \
    WINEPREFIX=/w/prefix WINEARCH=win64 WINEDEBUG="${WINEDEBUG:--all}" WINEDLLOVERRIDES="mshtml=" XDG_RUNTIME_DIR=/tmp \
    "$@"
' -- "$@"
