#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# genre-radio mic and genre-listen mic, on a null sink of PulseAudio: bars on a terminal, lines in a pipe, silence
# and missing microphones called by their names.
. "$(dirname "$0")/common.sh"
command -v pulseaudio >/dev/null || skip "no pulseaudio"
for element in pulsesrc pulsesink; do
  gst-inspect-1.0 $element >/dev/null || skip "no $element"
done
programs=$GENRE_BUILD/pipelines
export HOME=$PWD XDG_RUNTIME_DIR=$PWD PULSE_SERVER=unix:$PWD/sound GENRE_RADIO_HASTE=5

# wait_for FILE REGEX
wait_for() {
  local tries=600
  until grep -qaE -- "$2" "$1" 2>/dev/null; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || {
      tail -c 2000 "$1" >&2
      fail "waited in vain for: $2"
    }
    sleep 0.1
  done
}

# no microphone at all is no silence; gstreamer1.0-plugins-bad has a source that is taken, and then has none
export GST_PLUGIN_FEATURE_RANK=openalsrc:NONE
expect 1 timeout 60 "$programs/genre-listen" mic
matches err '^genre-listen: mic: no microphone: '
expect 1 timeout 60 "$programs/genre-listen" alsa:no-such-device
matches err '^genre-listen: alsa:no-such-device: '
[ "$(wc -l <err)" -eq 1 ] || fail "complaints that nobody asked for"

make_raw 100 part.raw
pulseaudio -n --daemonize=no --exit-idle-time=-1 --use-pid-file=no -L "module-null-sink sink_name=null" \
  -L "module-native-protocol-unix socket=$PWD/sound auth-anonymous=1" &>pulse.log &
tries=300
until [ -e sound ]; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || skip "pulseaudio does not start: $(tail -n 1 pulse.log)"
  sleep 0.1
done

# lines in a pipe; what cannot be heard yet is silence
"$programs/genre-radio" mic --min-window 5 --window 5 --interval 1 >lines.out 2>lines.err &
radio=$!
"$programs/genre-radio" --json pulse:null.monitor --min-window 5 >json.out 2>&1 &
wait_for lines.out '  mic  +-- listening$'
wait_for lines.out '  mic  +silence  '
wait_for json.out '"station":"pulse:null.monitor".*"state":"listening"'
# shellcheck disable=SC2086 # several words
gst-launch-1.0 -q filesrc location=part.raw ! $parse_raw ! audioconvert ! audioresample ! pulsesink device=null &
wait_for lines.out '  mic  +[a-z]+ +[0-9]+ %$'
wait_for json.out '"music":(0\.[5-9]|1)'
! grep -q $'\033' lines.out || fail "escapes in a pipe"
kill -INT "$radio"
wait "$radio" || fail "exit status $?"
[ ! -s lines.err ] || fail "complaints: $(cat lines.err)"

# lines on a terminal that cannot draw, or does not say that it can
TERM=dumb timeout 100 script -qfc "$programs/genre-listen mic" dumb.out >/dev/null </dev/null &
wait_for dumb.out '^mic'
wait_for dumb.out '^ +0:[0-9]{2}  [a-z]+ +[0-9]+ %'
! grep -q $'\033' dumb.out || fail "escapes on a dumb terminal"

# bars on a terminal, in place
TERM=xterm timeout 100 script -qfc "stty cols 60; LC_ALL=C.UTF-8 $programs/genre-listen mic" tty.out >/dev/null </dev/null &
wait_for tty.out 'listening'
wait_for tty.out 'level       █'
wait_for tty.out '[a-z]+, [0-9]+ % sure'
wait_for tty.out ' █+.* [0-9]+ %'
matches tty.out $'\033\\[7A'
