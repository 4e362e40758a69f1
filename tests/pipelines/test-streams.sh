#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# genre-radio on what is no MP3 or Ogg over HTTP: AAC, RTSP, datagrams of MP3 and of MPEG-TS. It is heard, and heard again after a
# break; where GStreamer lacks a plugin for it, that is said. Waits are shortened; the servers are stations.py and streams.py.
. "$(dirname "$0")/common.sh"
export GENRE_RADIO_HASTE=2 no_proxy=127.0.0.1
patience=3000 # looks, ten a second
for element in lamemp3enc rtspsrc rtpmpadepay udpsrc; do
  gst-inspect-1.0 $element >/dev/null || skip "no $element"
done

make_broadcast 20
if command -v ffmpeg >/dev/null; then
  ffmpeg -v error -i music.mp3 -c:a aac -b:a 128k -f adts music.aac </dev/null
  ffmpeg -v error -i music.mp3 -c:a copy -f mpegts music.ts </dev/null
fi
start_stations
/usr/bin/python3 "$(dirname "$(readlink -f "$0")")/streams.py" ports . &

# until_lines NUMBER REGEX: so many lines of what is printed match, sooner or later.
until_lines() {
  local tries=$patience
  until [ "$(grep -cE -- "$2" lines)" -ge "$1" ]; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      cut -c1-300 lines >&2
      fail "not $1 lines match $2"
    fi
    sleep 0.1
  done
}
heard='"genre":"[a-z]+",.*"music":(0\.[5-9]|1)'

tries=$patience
until [ -e ports ]; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "no streams"
  sleep 0.1
done
rtsp=rtsp://127.0.0.1:$(awk '$1 == "rtsp" { print $2 }' ports)
datagrams=udp://127.0.0.1:$(awk '$3 == "music.mp3" { print $2 }' ports)
stations=("$rtsp/on" "$rtsp/cut" "$datagrams")
if [ -e music.ts ]; then
  transport=udp://127.0.0.1:$(awk '$3 == "music.ts" { print $2 }' ports)
  stations+=("$server/music.aac" "$server/titled.aac" "$transport")
fi
"$GENRE_BUILD/pipelines/genre-radio" --json --interval 3 --min-window 3 "${stations[@]}" >lines &
radio=$!

until_lines 2 "\"source\":\"$rtsp/on\".*($heard)"
until_lines 1 "\"source\":\"$rtsp/cut\".*($heard).*\"final\":true"
until_lines 2 "\"source\":\"$rtsp/cut\".*\"state\":\"listening\""
until_lines 1 "\"source\":\"$rtsp/cut\".*\"state\":\"waiting\",\"error\":\"the server closed the connection\""
until_lines 1 "\"source\":\"$datagrams\".*($heard)"

has() {
  gst-inspect-1.0 "$1" >/dev/null 2>&1
}

# heard_or_missing STATION PLUGIN FAULT [REGEX]: with the plugin it is heard.
heard_or_missing() {
  if has "$2" || { [ "$2" = avdec_aac ] && has faad; }; then
    until_lines 1 "\"source\":\"$1\".*${4:-}.*($heard)"
  else
    until_lines 1 "\"source\":\"$1\".*\"state\":\"broken\",\"error\":\"GStreamer lacks a plugin: $3"
  fi
}
if [ -e music.ts ]; then
  heard_or_missing "$server/music.aac" avdec_aac "MPEG-4 AAC decoder"
  heard_or_missing "$server/titled.aac" avdec_aac "MPEG-4 AAC decoder" '"title":"Artist - One"'
  heard_or_missing "$transport" tsdemux "MPEG-2 Transport Stream demuxer"
fi

# nothing comes any more, and comes again; on a busy machine it may have been joined anew just then
waiting="\"source\":\"$datagrams\".*\"state\":\"waiting\",\"error\":\"(stalled: nothing came for 15 s|no audio within 20 s)\""
waits=$(grep -cE "$waiting" lines) || :
touch quiet
until_lines $((waits + 1)) "$waiting"
listened=$(grep -c "\"source\":\"$datagrams\".*\"state\":\"listening\"" lines)
rm quiet
until_lines $((listened + 1)) "\"source\":\"$datagrams\".*\"state\":\"listening\""

kill -TERM "$radio"
wait "$radio" || fail "exit status $?"
