# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests beside this file share. They run with GENRE_BUILD, GENRE_PIPELINES and GST_PLUGIN_PATH
# set by meson, in a scratch folder that goes away with them.
set -euo pipefail

scratch=$(mktemp -d)
trap 'cleanup; rm -rf "$scratch"' EXIT
cd "$scratch"
cleanup() { :; } # for a test to redefine

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

# make_music SECONDS FILE [TAGS]: noise. No music, but something to decode and to classify.
make_music() {
  local encoder
  case $2 in
    *.ogg) encoder="vorbisenc ! oggmux" ;;
    *.flac) encoder="flacenc" ;;
    *.mp3) encoder="lamemp3enc ! id3v2mux" ;;
    *.wav) encoder="wavenc" ;;
  esac
  # shellcheck disable=SC2086 # an encoder is several words
  gst-launch-1.0 -q audiotestsrc wave=pink-noise num-buffers=$(($1 * 10)) samplesperbuffer=4410 ! \
    audio/x-raw,rate=44100,channels=2 ! audioconvert ! taginject tags="${3:-title=\"Noise\"}" ! \
    $encoder ! filesink location="$2"
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
