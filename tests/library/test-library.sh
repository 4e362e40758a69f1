#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# test-library.sh FOLDER CLASSIFY: programs in C, Python and JavaScript, which know nothing but libgenre
# in FOLDER, answer as the element does; what the library shows is what genre.map says.
set -euo pipefail
folder=$1 classify=$2
here=$(dirname "$(readlink -f "$0")")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export LD_LIBRARY_PATH=$folder GI_TYPELIB_PATH=$folder

fail() {
  echo "FAIL: $*" >&2
  exit 1
}

shown=$(nm -D --defined-only "$folder/libgenre.so" | awk '$2 != "A" { sub(/@@GENRE_0$/, "", $3); print $3 }' | sort)
promised=$(sed -n 's/^ *\(genre_[a-z_]*\);$/\1/p' "$here/../../src/genre/genre.map" | sort)
[ "$shown" = "$promised" ] || fail "the library shows: $shown"

for example in classify.c classify.py classify.js; do
  "${PYTHON:-/usr/bin/python3}" -c 'import sys
example, page = (open(name, encoding="utf-8").read() for name in sys.argv[1:])
sys.exit(example.split("\n", 1)[1].strip() not in page)' "$here/$example" "$here/../../docs/library.md" ||
    fail "docs/library.md does not show $example as it is"
done

status=0
"$classify" 2>"$scratch/usage" || status=$?
[ "$status" -eq 2 ] || fail "without a file: exit status $status"
grep -q '^usage: ' "$scratch/usage" || fail "without a file: $(cat "$scratch/usage")"

status=0
"$classify" "$scratch/missing" 2>"$scratch/fault" || status=$?
[ "$status" -eq 1 ] || fail "a file that is not there: exit status $status"
grep -q '^classify: .*missing' "$scratch/fault" || fail "a file that is not there: $(cat "$scratch/fault")"

raw=audio/x-raw,format=F32LE,rate=44100,channels=2,layout=interleaved
for wave in "wave=pink-noise volume=0.3" "wave=ticks" "wave=silence" "freq=300"; do
  # shellcheck disable=SC2086 # two properties
  gst-launch-1.0 -q audiotestsrc num-buffers=700 samplesperbuffer=1024 $wave ! $raw ! \
    filesink location="$scratch/samples"
  heard=$(gst-launch-1.0 -m filesrc location="$scratch/samples" ! rawaudioparse use-sink-caps=false \
    format=pcm pcm-format=f32le sample-rate=44100 num-channels=2 ! genreclassify window=0 ! fakesink |
    sed -n 's/.*genre=(string)\([a-z]*\), confidence=(double)\([0-9.e-]*\), music=(double)\([0-9.e-]*\),.*final=(boolean)true.*/\1 \2 \3/p')
  expected=$(LC_ALL=C awk '{ printf "%s %.6f %.6f", $1, $2, $3 }' <<<"$heard")
  [ -n "$expected" ] || fail "the element says nothing of $wave"
  for line in "$classify" "${PYTHON:-/usr/bin/python3} $here/classify.py" "gjs $here/classify.js"; do
    if { [ "${line%% *}" = gjs ] && ! command -v gjs >/dev/null; } ||
      { [ ! -e "$folder/Genre-0.1.typelib" ] && [ "$line" != "$classify" ]; }; then
      echo "without $line"
      continue
    fi
    # shellcheck disable=SC2086 # program and script
    answer=$($line "$scratch/samples") || fail "$line: exit status $?"
    [ "$answer" = "$expected" ] || fail "$wave: $line says \"$answer\", the element \"$expected\""
  done
done
