#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test-hear.sh HEAR: the program of docs/application.md names what it hears, and says what it cannot play.
set -eu
gst-inspect-1.0 wavenc >/dev/null 2>&1 || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gst-launch-1.0 -q audiotestsrc wave=sine freq=110 samplesperbuffer=44100 num-buffers=12 ! audio/x-raw,rate=44100 ! \
  wavenc ! filesink location="$work/tone.wav"
"$1" "file://$work/tone.wav" | tee "$work/heard"
# not 0.00, which stands there if nothing was read
grep -E '^unknown [01]\.[0-9]{2}, rock 0\.(0[1-9]|[1-9][0-9])$' "$work/heard"
status=0
"$1" "file://$work/none.wav" 2>"$work/errors" || status=$?
[ "$status" -eq 1 ]
grep -E 'none\.wav cannot be played: .+' "$work/errors"
