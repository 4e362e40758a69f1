#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# player and microphone: the lines run, their properties arrive, the answers come out, and warnings. Whose reader leaves
# ends. Every script has a --help, and the shell completes the programs' options.
. "$(dirname "$0")/common.sh"

for script in player microphone radio-mp3 radio-ogg encode-ogg; do
  expect 0 "$GENRE_PIPELINES/$script" --help
  matches out "^$script .*(FILE|URL|PROPERTY)"
  [ ! -s err ] || fail "$script --help: $(cat err)"
done

# complete_words WORD...: what bash makes of the last one
complete_words() {
  (
    set +eu # as in a shell that people type into
    # shellcheck source=../../pipelines/desktop/genre-programs.bash
    . "$GENRE_PIPELINES/desktop/genre-programs.bash"
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _genre_program
    printf '%s\n' "${COMPREPLY[@]}" >out
  ) 2>err
}
complete_words "$GENRE_BUILD/pipelines/genre-listen" --exc
[ "$(tr '\n' ' ' <out)" = "--excerpts --excerpt-length " ] || fail "genre-listen --exc: $(cat out err)"
complete_words "$GENRE_BUILD/pipelines/genre-radio" report --pic
matches out '^--picture$'
complete_words "$GENRE_BUILD/pipelines/genre-radio" rep
matches out '^report$'
for words in "--csv h" "--csv=h" "--csv = h"; do
  read -ra typed <<<"$words"
  complete_words "$GENRE_BUILD/pipelines/genre-radio" report "${typed[@]}"
  [ "$(cat out)" = hours ] || fail "genre-radio report $words: $(cat out err)"
done
complete_words "$GENRE_BUILD/pipelines/genre-radio" report --csv =
[ "$(tr '\n' ' ' <out)" = "songs hours days " ] || fail "genre-radio report --csv=: $(cat out err)"
: >stations.txt
complete_words "$GENRE_BUILD/pipelines/genre-radio" --stations=sta
[ "$(cat out)" = stations.txt ] || fail "genre-radio --stations=sta: $(cat out err)"
complete_words "$GENRE_BUILD/pipelines/genre-tag" work --leas
matches out '^--lease$'
complete_words "$GENRE_BUILD/pipelines/genre-tag" enq
matches out '^enqueue$'
complete_words "$GENRE_BUILD/pipelines/genre-tag" --und
matches out '^--undo$'

# what is missing is said in one line; values may have blanks
for script in player radio-mp3 radio-ogg encode-ogg; do
  expect 2 "$GENRE_PIPELINES/$script"
  matches err "^usage: $script "
done
make_music 12 "it's a song.ogg"
mkdir 'a "folder"'
cp "$GENRE_BUILD/tests/gst/test-model.safetensors" 'a "folder"/model.safetensors'
GENRE_SINK="fakesink sync=false" expect 0 "$GENRE_PIPELINES/player" "it's a song.ogg" 'model=a "folder"/model.safetensors'
matches out '^genreclassify, .*genre=\(string\)(low|high-pitched),'
GENRE_SINK="fakesink sync=false" expect 0 "$GENRE_PIPELINES/player" "it's a song.ogg" threshold=1
matches out '^genreclassify, .*genre=\(string\)unknown,.*final=\(boolean\)true'

# a pipeline that crashes ends: its own handler of faults would wait for a debugger
mkdir crashing
# shellcheck disable=SC2016 # for the script that it makes
printf '#!/bin/sh\ncase $* in *--no-fault*) kill -SEGV $$ ;; esac\n' >crashing/gst-launch-1.0
chmod +x crashing/gst-launch-1.0
PATH=$PWD/crashing:$PATH expect 139 "$GENRE_PIPELINES/player" "it's a song.ogg"

# one that ends well does so each time
mkdir quick
printf '#!/bin/sh\necho "genreclassify, timestamp=1"\n' >quick/gst-launch-1.0
printf '#!/bin/sh\necho audio/x-vorbis\n' >quick/gst-typefind-1.0
chmod +x quick/*
for ((i = 0; i < 100; i++)); do
  PATH=$PWD/quick:$PATH expect 0 "$GENRE_PIPELINES/player" "it's a song.ogg"
done

expect 1 "$GENRE_PIPELINES/player" nothing.ogg
[ "$(cat err)" = "player: nothing.ogg: no file that can be read" ] || fail "$(cat err)"

GENRE_MICROPHONE="audiotestsrc is-live=true wave=pink-noise num-buffers=300" \
  expect 0 "$GENRE_PIPELINES/microphone" min-window=3000000000 interval=1000000000
matches out '^genreclassify, .*probabilities=.*final=\(boolean\)false'
matches out '^genreclassify, .*final=\(boolean\)true'

# without a microphone autoaudiosrc goes on with silence, and says so
ranks=$(printf '%s:NONE,' alsasrc jackaudiosrc openalsrc oss4src osssrc pipewiresrc pulsesrc)
env GST_PLUGIN_FEATURE_RANK="$ranks" "$GENRE_PIPELINES/microphone" min-window=2000000000 interval=1000000000 \
  2>err > >(head -n 1 >first) </dev/null || : # the reader has left
matches first '^genreclassify, '
matches err '^WARNING: .*autoaudiosrc'

# whose reader leaves ends, and so does its pipeline: the sources never do
make_broadcast 30
start_stations
export GENRE_SINK="fakesink sync=true" GENRE_MICROPHONE="audiotestsrc is-live=true wave=pink-noise"
for line in microphone "radio-mp3 $server/good.mp3" "radio-ogg $server/plain.mp3" "player $server/plain.mp3"; do
  read -ra words <<<"$line"
  "$GENRE_PIPELINES/${words[0]}" "${words[@]:1}" min-window=3000000000 interval=1000000000 2>err > >(head -n 1 >first) &
  script=$!
  timeout 120 tail --pid="$script" -f /dev/null || {
    read -ra children <"/proc/$script/task/$script/children" || :
    kill "$script" "${children[@]}"
    fail "$line does not end though nobody reads"
  }
  matches first '^genreclassify, '
done
