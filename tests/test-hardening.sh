#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test-hardening.sh FILE...: programs and plugins are built so that a mistake in them is harder to make use of:
# position independent, read-only after relocation, all symbols bound at the start, no stack that can
# run, stacks and copies guarded. Skipped where readelf is not installed.
set -eu
command -v readelf >/dev/null || { echo "no readelf is installed: skipped"; exit 77; }
status=0

# has PATTERN READELF-OPTION...
has() {
  pattern=$1
  shift
  readelf -W "$@" "$file" | grep -q -E -- "$pattern"
}

# needs WHAT PATTERN READELF-OPTION...
needs() {
  what=$1
  shift
  has "$@" && return
  echo "$file: $what is missing" >&2
  status=1
}

for file; do
  needs "position independence (PIE)" 'Type: +DYN' --file-header
  needs "RELRO" 'GNU_RELRO' --program-headers
  needs "a stack that cannot run" 'GNU_STACK .* RW ' --program-headers
  needs "immediate binding" 'BIND_NOW|FLAGS.*NOW' --dynamic
  needs "stack protection" '__stack_chk_fail' --symbols
  # what prints with formats has something to guard, whatever the compiler knows about sizes
  if has ' (__)?v?f?printf(_chk)?@' --symbols; then
    needs "fortified functions" ' __[a-z]+_chk@' --symbols
  fi
done
exit "$status"
