#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test-options.sh ROOT: what is enabled and yet cannot be built stops meson, which names it; and a prefix with a blank
# and a % in it is written into the systemd unit as systemd reads it.
set -eu
root=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# try OPTION...: meson in a folder of its own
try() {
  rm -rf "$scratch/build"
  meson setup "$scratch/build" "$root" -Dtests=disabled "$@" >"$scratch/log" 2>&1
}

# refuses PART WHOLE OPTION...
refuses() {
  part=$1
  whole=$2
  shift 2
  if try "$@" "-D$part=enabled"; then
    echo "FAIL: $* -D$part=enabled: it is left out without a word" >&2
    exit 1
  fi
  grep -q -e "-D$part= is part of -D$whole=, which is not built" "$scratch/log" || {
    cat "$scratch/log" >&2
    echo "FAIL: $* -D$part=enabled: another error" >&2
    exit 1
  }
}

refuses mpi trainer -Dtrainer=disabled
refuses queue programs -Dprograms=disabled
refuses introspection library -Dlibrary=false
refuses docs library -Dlibrary=false -Dintrospection=disabled

try -Dtrainer=disabled "--prefix=/opt/two words/5%" || {
  cat "$scratch/log" >&2
  exit 1
}
unit=$scratch/build/pipelines/genre-radio.service
[ ! -e "$unit" ] || grep -q -F 'ExecStart="/opt/two words/5%%/bin/genre-radio" --quiet' "$unit" || {
  grep ExecStart "$unit" >&2
  echo "FAIL: systemd would not find the program" >&2
  exit 1
}
