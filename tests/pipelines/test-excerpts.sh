#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --excerpts of genre-listen and genre-tag: these places of a file are heard and no others, and what
# cannot be heard in excerpts is heard in full.
. "$(dirname "$0")/common.sh"
listen=$GENRE_BUILD/pipelines/genre-listen
tag=$GENRE_BUILD/pipelines/genre-tag
tab=$'\t'

# make_song FILE SOUND SECONDS SOUND SECONDS...: music and silence, one after the other.
make_song() {
  local file=$1 encoder
  shift
  case $file in
    *.ogg) encoder="vorbisenc ! oggmux" ;;
    *.opus) encoder="audioresample ! opusenc ! oggmux" ;;
    *.mka) encoder="audioresample ! opusenc ! matroskamux" ;;
    *.flac) encoder="flacenc" ;;
    *.mp3) encoder="lamemp3enc target=bitrate cbr=true bitrate=128" ;; # does not say how long it is
    *.wav) encoder="wavenc" ;;
  esac
  : >song.raw
  while [ $# -gt 0 ]; do
    if [ "$1" = music ]; then
      make_raw "$2" part.raw
      cat part.raw >>song.raw
    else
      head -c $(($2 * 44100 * 4)) /dev/zero >>song.raw
    fi
    shift 2
  done
  # shellcheck disable=SC2086 # several words
  gst-launch-1.0 -q filesrc location=song.raw ! $parse_raw ! audioconvert ! $encoder ! filesink location="$file"
}

# answer SECONDS EXPECTED OPTION...: a known or unknown genre, SECONDS of it heard.
answer() {
  local heard=$1 expected=$2
  shift 2
  expect 0 timeout 60 "$listen" --threshold 0 "$@"
  tail -n 1 out >last
  matches last "^ +$heard  "
  case $expected in
    known) ! grep -q 'no music' last ;;
    unknown) grep -qE 'no music|silence' last ;;
  esac || fail "$(cat last): not $expected: $*"
}

# Of 120 s, two excerpts of 11 s are 0:24 to 0:35 and 1:24 to 1:35, one is 0:54 to 1:05.
for ending in wav flac ogg opus mka mp3; do
  make_song inside.$ending silence 80 music 20 silence 20
  answer '0:(2[01])' known --excerpts 2 inside.$ending
  matches last '\(2 excerpts\)$'
  answer '0:1[01]' unknown --excerpts 1 inside.$ending
  matches last '\(1 excerpt\)$'
  answer '[12]:[0-9]+' known inside.$ending
  make_song outside.$ending music 20 silence 20 music 40 silence 20 music 20
  answer '0:(2[01])' unknown --excerpts 2 outside.$ending
  answer '[12]:[0-9]+' known outside.$ending
done

# one line a song, and the same line on every run
expect 0 "$listen" --terse --excerpts 2 inside.ogg
matches out "^[a-z-]+${tab}[01]\.[0-9]{3}${tab}inside\.ogg$"
[ "$(wc -l <out)" -eq 1 ] || fail "not one line"
cp out before
expect 0 "$listen" --terse --excerpts 2 inside.ogg
cmp before out || fail "another answer"

# everything is heard of: a file shorter than twice its excerpts; what cannot seek; excerpts shorter
# than the model's segments; several songs in a file; half a file, of which the rest is missing
answer '[12]:[0-9]+' known --excerpts 7 inside.ogg
matches last '\(the whole song\)$'
mkfifo pipe
(
  exec 3<>pipe # GStreamer opens it, closes it and opens it again: the writer must survive that
  cat inside.ogg >&3
) &
answer '[12]:[0-9]+' known --excerpts 2 pipe
matches last '\(the whole song\)$'
answer '[12]:[0-9]+' known --excerpts 1 --excerpt-length 1 inside.ogg
matches last '\(the whole song\)$'
cat inside.ogg outside.opus >two.ogg
expect 0 timeout 60 "$listen" --terse --excerpts 2 two.ogg
[ "$(wc -l <out)" -eq 2 ] || fail "not one line for each of two songs"
for ending in wav flac ogg opus mka mp3; do
  make_song whole.$ending music 120
  head -c $(($(stat -c %s whole.$ending) / 2)) whole.$ending >half.$ending
  answer '[01]:[0-9]+' known --excerpts 3 half.$ending
done

# a window shorter than the excerpts is the last of them
answer '0:0[5-9]' known --excerpts 2 --window 5 inside.ogg
matches last '\(2 excerpts\)$'

# faults are named, the rest goes on
echo "no audio" >broken.ogg
expect 1 "$listen" --terse --excerpts 2 broken.ogg nothing.ogg inside.ogg
matches err '^genre-listen: broken\.ogg: '
matches err '^genre-listen: nothing\.ogg: No such file'
matches out 'inside\.ogg$'
expect 2 "$listen" --excerpts -1 inside.ogg
expect 2 "$listen" --excerpts 2 --excerpt-length 0 inside.ogg
expect 2 "$listen" --excerpts 2 --excerpt-length nan inside.ogg
expect 2 "$listen" --excerpts 2 --play inside.ogg
expect 0 "$listen" --help
matches out '--excerpts=N'

# genre-tag writes what genre-listen hears in the same places
expect 0 "$listen" --terse --excerpts 2 whole.ogg
heard=$(cut -f 1 out | tr -d -)
if [ "$heard" != unknown ]; then
  expect 0 "$tag" --excerpts 2 --output copy.ogg whole.ogg
  written=$(sed -n 's/^whole\.ogg: \([^,]*\),.*/\1/p' out | tr '[:upper:]' '[:lower:]' | tr -d -)
  [ "$heard" = "$written" ] || fail "$written written, $heard heard"
fi
expect 0 "$tag" --excerpts 1 --output silent.ogg inside.ogg # silence
matches out '(unknown|no music|silence)'
cmp inside.ogg silent.ogg || fail "silence has a genre"
expect 2 "$tag" --excerpts -1 inside.ogg
