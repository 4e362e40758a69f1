# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests beside this file share. They run with GENRE_BUILD, GENRE_PIPELINES and GST_PLUGIN_PATH
# set by meson, in a scratch folder that goes away with them.
set -euo pipefail

scratch=$(mktemp -d)
trap 'cleanup; rm -rf "$scratch"' EXIT
cd "$scratch"
# what programs keep in a home goes away with the rest; what they remember is in $XDG_STATE_HOME
users_home=$HOME
export HOME=$scratch/home XDG_CACHE_HOME=$scratch/home/.cache XDG_CONFIG_HOME=$scratch/home/.config \
  XDG_DATA_HOME=$scratch/home/.local/share XDG_STATE_HOME=$scratch/state
mkdir home

cleanup() { # for a test to redefine; of what still runs: the number of what has ended may be another's by now
  local pid
  for pid in $(jobs -pr); do
    kill "$pid" 2>/dev/null || :
  done
  wait 2>/dev/null || :
}

skip() {
  echo "SKIP: $*"
  exit 77
}

fail() {
  echo "FAIL: $*" >&2
  exit 1
}

# expect STATUS COMMAND...: runs it, output in the files out and err.
expect() {
  local expected=$1 status=0
  shift
  "$@" >out 2>err </dev/null || status=$?
  if [ "$status" -ne "$expected" ]; then
    cat out err >&2
    fail "exit status $status, not $expected: $*"
  fi
}

# matches FILE REGEX
matches() {
  grep -qE -- "$2" "$1" || {
    cat "$1" >&2
    fail "nothing in it matches: $2"
  }
}

# read_only FOLDER COMMAND...: as on a medium on which nothing can be written; after it, for others than root,
# `chmod -R u+w FOLDER`. It fails where that cannot be.
read_only() {
  local folder=$1
  shift
  if [ "$(id -u)" -eq 0 ]; then
    # shellcheck disable=SC2016 # for the shell inside
    unshare --mount sh -c 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"' "$folder" "$@"
  else
    chmod -R a-w "$folder"
    "$@"
  fi
}

# make_raw SECONDS FILE: the middle of a real recording as S16LE, 44,100 Hz, stereo; noise is no music to the
# built-in model. parse_raw reads it.
make_raw() {
  local song=/usr/share/games/dink/dink/Sound/1.ogg
  [ -e "$song" ] || skip "needs the package freedink-data"
  [ -e music.raw ] || gst-launch-1.0 -q filesrc location="$song" ! decodebin ! audioconvert ! audioresample ! \
    audio/x-raw,format=S16LE,rate=44100,channels=2 ! filesink location=music.raw
  dd if=music.raw of="$2" bs=$((44100 * 4)) skip=30 count="$1" status=none
}
parse_raw="rawaudioparse use-sink-caps=false format=pcm pcm-format=s16le sample-rate=44100 num-channels=2"

# make_broadcast SECONDS: music.mp3 for stations.py, at 128 kbit/s
make_broadcast() {
  make_raw "$1" part.raw
  # shellcheck disable=SC2086 # several words
  gst-launch-1.0 -q filesrc location=part.raw ! $parse_raw ! audioconvert ! \
    lamemp3enc target=bitrate bitrate=128 cbr=true ! filesink location=music.mp3
  rm part.raw music.raw
}

# Stations on this machine, at $server (stations.py), until the test ends.
start_stations() {
  local tries=0
  /usr/bin/python3 "$(dirname "$(readlink -f "$0")")/stations.py" port . &
  until [ -e port ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 3000 ] || fail "no server"
    sleep 0.1
  done
  # shellcheck disable=SC2034 # for the test
  server=http://127.0.0.1:$(cat port)
}

# make_list FILE SEGMENT: a list of HLS, which may bear any name, that names a file of this machine.
make_list() {
  printf '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://%s\n#EXT-X-ENDLIST\n' "$(readlink -f "$2")" >"$1"
}

# make_music SECONDS FILE [TAGS]
make_music() {
  local encoder
  case $2 in
    *.ogg) encoder="vorbisenc ! oggmux" ;;
    *.flac) encoder="flacenc" ;;
    *.mp3) encoder="lamemp3enc ! id3v2mux" ;;
    *.wav) encoder="wavenc" ;;
  esac
  make_raw "$1" part.raw
  # shellcheck disable=SC2086 # an encoder is several words
  gst-launch-1.0 -q filesrc location=part.raw ! $parse_raw ! audioconvert ! \
    taginject tags="${3:-title=\"Music\"}" ! $encoder ! filesink location="$2"
  rm part.raw
}

# pour FIFO SONG...: again and again, until the test ends. GStreamer opens it, closes it and opens it once more: who
# ended at the first closing would leave nothing for the second.
pour() {
  local fifo=$1
  shift
  (
    trap '' PIPE
    while kill -0 $$ 2>/dev/null; do cat "$@" || sleep 0.1; done >"$fifo" 2>/dev/null
  ) &
}

# decoded_audio FILE: a checksum of what is heard in it.
decoded_audio() {
  gst-launch-1.0 -q filesrc location="$1" ! decodebin ! audioconvert ! \
    audio/x-raw,format=S16LE ! fdsink | md5sum
}

# tags FILE: what gst-launch-1.0 -t says about it.
tags() {
  gst-launch-1.0 -t filesrc location="$1" ! decodebin ! fakesink
}
