#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# test-page.sh NAME: the page of genre-radio, as page/NAME.py tests it: what it serves, what it resists, what a proxy
# and systemd make of it. The stations are those of stations.py.
. "$(dirname "$0")/common.sh"
python=/usr/bin/python3
here=$(dirname "$(readlink -f "$0")")
export GST_REGISTRY=$PWD/registry.bin no_proxy=127.0.0.1 PYTHONDONTWRITEBYTECODE=1
for element in lamemp3enc icydemux; do
  gst-inspect-1.0 $element >/dev/null || skip "no $element"
done

cleanup() { # of what still runs: the number of what has ended may be another's by now
  for pid in $(jobs -pr); do
    kill "$pid" 2>/dev/null || :
  done
  wait 2>/dev/null || :
}

make_raw 60 part.raw
# shellcheck disable=SC2086,SC2154 # several words, from common.sh
gst-launch-1.0 -q filesrc location=part.raw ! $parse_raw ! audioconvert ! \
  lamemp3enc target=bitrate bitrate=128 cbr=true ! filesink location=music.mp3
rm part.raw music.raw
"$python" "$here/stations.py" port . &
tries=0
until [ -e port ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 300 ] || fail "no server"
  sleep 0.1
done
"$python" "$here/page/$1.py" "http://127.0.0.1:$(cat port)"
