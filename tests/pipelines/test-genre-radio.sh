#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# genre-radio on good and bad stations: what can be heard is heard, what cannot is named, whoever comes back is
# heard again. Waits are shortened; the server is stations.py.
. "$(dirname "$0")/common.sh"
python=/usr/bin/python3
radio=$GENRE_BUILD/pipelines/genre-radio
here=$(dirname "$(readlink -f "$0")")
export GST_PLUGIN_PATH=$GST_PLUGIN_PATH:$GENRE_BUILD/tests/pipelines GST_REGISTRY=$PWD/registry.bin
export GENRE_RADIO_HASTE=5 no_proxy=127.0.0.1
patience=3000 # looks, ten a second: a decoder that hangs is met a second time only after several long waits
for element in lamemp3enc icydemux flacenc opusenc; do
  gst-inspect-1.0 $element >/dev/null || skip "no $element"
done

make_broadcast 30
make_raw 30 part.raw
encode() {
  # shellcheck disable=SC2086 # an encoder is several words
  gst-launch-1.0 -q filesrc location=part.raw ! $parse_raw ! audioconvert ! audioresample ! \
    taginject tags="title=\"$1\"" ! $2 ! filesink location="$3"
}
encode Vorbis "vorbisenc ! oggmux" music.ogg
encode Flac "flacenc ! oggmux" music.flac.ogg
encode Opus "opusenc ! oggmux" music.opus
encode "$(head -c 100000 /dev/zero | tr '\0' x)" "vorbisenc ! oggmux" long-title.ogg
encode WebM "vorbisenc ! webmmux streamable=true" music.webm
rm part.raw music.raw

if command -v openssl >/dev/null; then
  openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 -subj /CN=localhost 2>openssl.err
  cat key.pem >>certificate.pem
fi
start_stations

get() {
  "$python" -c 'import sys, urllib.request
print(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1], timeout=30).read().decode())' "$server/$1"
}

# listen NAME ARGUMENT...: genre-radio in the background, output in NAME.out and NAME.err.
listen() {
  "$radio" "${@:2}" >"$1.out" 2>"$1.err" &
  listener=$!
}

# hears NAME STATION REGEX: a line of JSON about the station matches, sooner or later.
hears() {
  local tries=$patience
  until grep -qE -- "\"source\":\"[^\"]*/$2\".*($3)" "$1.out"; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      grep -E "\"source\":\"[^\"]*/$2\"" "$1.out" | cut -c1-300 >&2 || :
      fail "$2: nothing matches $3"
    fi
    sleep 0.1
  done
}

pictures= # that GStreamer may not be able to decode, beside sound
if command -v ffmpeg >/dev/null; then
  ffmpeg -v error -f lavfi -i testsrc=rate=5:size=64x64 -i music.mp3 -shortest -c:v mpeg4 -c:a copy pictures.mkv </dev/null
  pictures=pictures.mkv
fi
fragments= # of MP4
if command -v ffmpeg >/dev/null; then
  ffmpeg -v error -i music.mp3 -c:a copy -f hls -hls_segment_type fmp4 -hls_time 5 -hls_segment_filename fragment%d.m4s list.m3u8 </dev/null
  fragments="jumps.m3u8 breaks.m3u8"
fi
encrypted=
if command -v openssl >/dev/null; then
  encrypted=locked.m3u8
fi
music='"genre":"[a-z]+",.*"music":0\.[5-9]|"genre":"[a-z]+",.*"music":1'
names="good.mp3 plain.mp3 lyrics.mp3 lyrics-untyped wrong-type titles long-title.ogg file.mp3 short cut then.flac
  chained.ogg moved switched stalling changing list.pls list.m3u nested.m3u list.xspf odd.m3u
  live.m3u8 hole.m3u8 mapped.m3u8 signed.m3u8 vague patient.m3u8 wandering.m3u8 parts.m3u8 unparted.m3u8 frozen.m3u8 mixed.m3u8 halves.m3u8 whole.m3u8 master.m3u8 sound.m3u8 mute.m3u8 tardy.m3u8 torn.m3u8 gap.m3u8 tagged.m3u8 excess.m3u8 lent.m3u8 anew.m3u8 $fragments $encrypted drm.m3u8 html forbidden busy loop silent drip endless-header preliminary moved-endless unauthorized-endless garbage garbage.mp3 circle.m3u empty.m3u disk.m3u
  endless.m3u nothing broken.webm many.m3u wavering.m3u hang $pictures"
for name in $names; do
  echo "Station $name = $server/$name"
done >stations.txt
[ ! -e port.tls ] || echo "Secure = https://localhost:$(cat port.tls)/secure" >>stations.txt
listen all --json --stations stations.txt "$server/talk.mp3" "$server/halved.mp3" "$server/latin.mp3" "$server/utf8.mp3" http://127.0.0.1:9/refused http://no.such.host.invalid/unknown

# what is good is heard, whatever its bytes look like or its server claims
for name in good.mp3 plain.mp3 lyrics.mp3 lyrics-untyped wrong-type titles long-title.ogg file.mp3 chained.ogg \
  moved moved-endless switched stalling list.pls list.m3u nested.m3u list.xspf odd.m3u live.m3u8 hole.m3u8 mapped.m3u8 signed.m3u8 vague patient.m3u8 wandering.m3u8 parts.m3u8 unparted.m3u8 frozen.m3u8 mixed.m3u8 halves.m3u8 \
  whole.m3u8 master.m3u8 sound.m3u8 tardy.m3u8 torn.m3u8 gap.m3u8 tagged.m3u8 lent.m3u8 anew.m3u8 $fragments $encrypted $pictures; do
  hears all "$name" "\"station\":\"Station $name\".*($music)"
done
# threads come and go with all of these; memory is not left in an arena for each (the first one is no mapping of its own)
"$python" - "$listener" <<'PY' || fail "too many arenas"
import os, sys
arenas, end = 0, None
for line in open(f"/proc/{sys.argv[1]}/maps"):
    (a, b), rights = (int(x, 16) for x in line.split()[0].split("-")), line.split()[1]
    arenas += a == end and rights == "---p" # what is left of its 64 MB
    end = b if rights == "rw-p" and (a == end or a % (64 << 20) == 0) else None
sys.exit(arenas > max(2, os.cpu_count()) - 1)
PY
hears all good.mp3 '"title":"Artist - One",.*"final":true,"reason":"title"'
hears all talk.mp3 '"title":"Artist - One",.*"final":true,"reason":"title"'
hears all talk.mp3 '"title":null}'
hears all talk.mp3 '"title":null,"genre".*"final":true,"reason":"title"'
# and comes again: the last answer of the song that was over has not brought it back unsaid
titles() {
  grep -E '"source":"[^"]*/talk.mp3"' all.out | grep -oE '"title":("Artist - One"|null)}$' || :
}
tries=$patience
until [ "$(titles | wc -l)" -ge 3 ]; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "talk.mp3: too few titles"
  sleep 0.1
done
[ "$(titles | sed -n 3p)" = '"title":"Artist - One"}' ] || fail "talk.mp3: a title that was taken back does not come again"
# of one that was cut in a character the rest is shown; one in an unknown charset is a title all the same
hears all halved.mp3 '"title":"日本 - 東京の",.*"final":true,"reason":"title"'
hears all halved.mp3 '"title":"\?{5}f\?B",.*"final":true,"reason":"title"'
hears all chained.ogg '"title":"Vorbis",.*"final":true,"reason":"stream"'
hears all chained.ogg '"title":"Flac",.*"final":true,"reason":"stream"'
hears all chained.ogg '"title":"Opus","genre"'
hears all then.flac '"title":"Vorbis","genre"'
hears all then.flac '"title":"Flac","genre"'
hears all titles '"title":"\\u001b\]0;owned\\u0007<script>'
hears all long-title.ogg '"title":"x{300}…"'
hears all file.mp3 '"state":"ended"}'
hears all whole.m3u8 '"state":"ended"}'
hears all parts.m3u8 '"state":"ended"}'
hears all halves.m3u8 '"state":"ended"}'
hears all unparted.m3u8 '"state":"ended"}'
hears all master.m3u8 '"state":"ended"}'
hears all sound.m3u8 '"state":"ended"}'
# ends_of STATION FIELD: of each of the last answers about it, once it has ended, in seconds
ends_of() {
  hears all "$1" '"state":"ended"}'
  "$python" - "$server/$1" "$2" <<'PY'
import json, sys
source, field = sys.argv[1:]
lines = [line for line in map(json.loads, open("all.out", encoding="utf-8")) if line["source"] == source]
print(*(round(line[field]) for line in lines if line.get("final")))
PY
}
# what breaks off goes on where it was, and nothing comes twice; tags of segments are no titles
all=$(ends_of whole.m3u8 duration)
for name in torn.m3u8 tagged.m3u8; do
  ends=$(ends_of $name duration)
  [ "$ends" = "$all" ] || fail "$name: $ends s are heard, not $all"
done
! grep '"title":"Tag"' all.out || fail "tags of segments are taken for titles"
# another decoder for what does not follow what came before, and only for that
if [ -n "$fragments" ]; then
  ends=$(ends_of jumps.m3u8 position)
  [ "$ends" = "0 3600 10 7220" ] || fail "jumps.m3u8: what is heard begins at $ends"
  ends=$(ends_of breaks.m3u8 duration)
  [ "$ends" = "5 16" ] || fail "breaks.m3u8: $ends s are heard"
fi
hears all gap.m3u8 '"state":"ended"}'
[ "$(grep -cE '"source":"[^"]*/gap.m3u8".*"state":"listening"' all.out)" -eq 2 ] || fail "what has an end begins anew behind a gap"
hears all excess.m3u8 '"state":"ended","error":"its list is too long: its first 10000 segments were heard"'
mute='"state":"waiting","error":"bytes came for 15 s, but no sound: their format has changed, or this machine is too slow"'
hears all mute.m3u8 "$mute"
hears all changing "$mute"

# count_to PATH NUMBER FAULT: so often it is asked for, sooner or later.
count_to() {
  local tries=$patience
  until [ "$(get "count/$1")" -ge "$2" ]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "$3"
    sleep 0.1
  done
}
count_to lent_found 2 "a list is not looked for where it was found first"
count_to begun_anew 1 "the first segment of a list that counts anew is not heard"
[ "$(get count/map)" -ge 1 ] || fail "what comes before all segments is not fetched"

# a station is called as it calls itself, or, where that cannot be read, by its URL
hears all utf8.mp3 "\"station\":\"Café\".*($music)"
hears all latin.mp3 "\"station\":\"$server/latin.mp3\".*($music)"

# what is not is called by its name
hears all short '"state":"waiting","error":"the server closed the connection"'
hears all cut '"state":"waiting","error":"the server closed the connection"'
hears all stalling '"state":"waiting","error":"stalled: nothing came for 15 s"'
hears all drm.m3u8 '"state":"broken","error":"encrypted for other players: com.apple.streamingkeydelivery"'
hears all frozen.m3u8 '"state":"waiting","error":"its list has nothing new"'
[ "$(grep -cE '"source":"[^"]*/frozen.m3u8".*"state":"listening"' all.out)" -eq 1 ] || fail "a list that stands still is heard again"
hears all html '"state":"broken","error":"not audio: text/html'
hears all forbidden '"state":"broken","error":"403 Forbidden"'
hears all busy '"state":"waiting","error":"503 Service Unavailable","retry_in":30'
hears all loop '"state":"broken","error":"redirected in circles"'
hears all silent '"state":"waiting","error":"no answer within 20 s"'
hears all drip '"error":"no audio within 20 s"'
hears all endless-header '"state":"waiting","error":"the server'
hears all preliminary '"state":"waiting","error":"preliminary answers without end"'
hears all unauthorized-endless '"state":"broken","error":"401 Unauthorized"'
hears all garbage '"state":"waiting","error":"the server does not speak HTTP"'
hears all garbage.mp3 '"state":"broken","error"'
hears all broken.webm '"state":"broken","error"'
hears all broken.webm '"final":true'
hears all wavering.m3u '"state":"waiting","error":"the server closed the connection"'
hears all circle.m3u '"state":"broken","error":"playlists in playlists in playlists"'
hears all many.m3u '"state":"broken","error":"403 Forbidden"'
hears all empty.m3u '"state":"broken","error":"a playlist with nothing in it"'
hears all disk.m3u '"state":"broken","error":"its playlist names something that is no stream"'
hears all endless.m3u '"state":"broken","error":"a playlist of more than 1 MiB"'
hears all hang '"state":"broken","error":"its pipelines do not end"'
hears all nothing '"state":"broken","error":"404 Not Found"'
hears all refused '"state":"waiting","error":"connection refused"'
hears all unknown '"state":"waiting","error":"((unknown host|no name server knows about) no.such.host.invalid|no answer within 20 s)'

[ ! -e port.tls ] || hears all secure '"state":"broken","error":"wrong certificate: nobody known vouches for it"'

# libsoup keeps all that comes over HTTP/2, read or not: no server is to speak that to us
if [ -e port.tls ]; then
  [ "$(get count/alpn_http/1.1)" -gt 0 ] || fail "no connection agrees on HTTP/1.1"
  [ "$(get count/alpn_h2)" -eq 0 ] || fail "a connection agrees on HTTP/2"
fi

# a station that was heard just now and is gone for a moment is not broken
get off >gone
hears all switched '"state":"waiting","error":"404 Not Found"'
before=$(grep -c '"source":"[^"]*/switched".*"state":"listening"' all.out) # and no more of them while it is gone
get on >gone
tries=$patience
until [ "$(grep -c '"source":"[^"]*/switched".*"state":"listening"' all.out)" -gt "$before" ]; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "a station that came back is not heard"
  sleep 0.1
done

# nor is one whose second address is no station
! grep -qE '"source":"[^"]*/wavering.m3u".*"state":"broken"' all.out || fail "a station that is heard is broken"

# what is broken for good costs nothing: one try a minute at most, twelve seconds here
forbidden=$(get count/forbidden)
[ "$forbidden" -le $((SECONDS / 6 + 1)) ] || fail "$forbidden tries of a forbidden station in $SECONDS s"

# nor does a station that breaks each time after a moment of audio: two tries, then a wait; a machine that is too busy to
# see at once that it broke takes it for one that was good for two seconds, and tries once more
broken=$(get count/broken_webm)
waits=$(grep -cE '"source":"[^"]*/broken.webm".*"state":"(broken|waiting)"' all.out)
good=$("$python" - all.out <<'END'
import datetime, json, sys
lines = [line for line in map(json.loads, open(sys.argv[1], encoding="utf-8"))
         if line["source"].endswith("/broken.webm") and "state" in line]
times = [datetime.datetime.fromisoformat(line["time"]) for line in lines]
print(sum(line["state"] == "listening" and (end - begin).total_seconds() >= 1.9
          for line, begin, end in zip(lines, times, times[1:])))
END
)
[ "$broken" -le $((2 * waits + 2 + good)) ] || fail "$broken tries of a station that breaks, in $waits waits, good for $good times"

# nor does one of the thousand mirrors of a station
mirrors=$(get count/mirror)
waits=$(grep -c '"source":"[^"]*/many.m3u".*"state":"broken"' all.out)
[ "$mirrors" -le $((16 * waits + 16)) ] || fail "$mirrors tries of mirrors in $waits waits"

# stations that stay play on when the list is read anew, whatever is wrong with another line; those that are gone end
[ ! -s all.err ] || fail "something on standard error: $(cat all.err)"
# (a station that broke off for another reason, on a busy machine, may meet the 503 when it is joined anew)
grep -E '"source":"[^"]*/patient.m3u8".*"state":' all.out |
  awk '/"error":"503/ && last ~ /"listening"/ { exit 1 } { last = $0 }' ||
  fail "a list that asks for a second is not waited for"
[ "$(get count/elsewhere_segment)" -ge 1 ] || fail "segments beside a list that has moved are not fetched"
grep -E "good.mp3|html" stations.txt >new.txt
printf '%s\n' "Late = $server/moved" "Colon = http//127.0.0.1/forgotten" "Late = $server/forbidden # another" >>new.txt
mv new.txt stations.txt
kill -HUP "$listener"
hears all plain.mp3 '"state":"ended"}'
hears all live.m3u8 '"final":true,"reason":"eos"'
hears all moved '"station":"Late".*"state":"listening"'
! grep -qE '"source":"[^"]*/good.mp3".*"state":"ended"' all.out || fail "a station that stays was joined anew"

begin=$SECONDS
kill -TERM "$listener"
wait "$listener" || fail "exit status $?"
[ $((SECONDS - begin)) -le 30 ] || fail "it took $((SECONDS - begin)) s to end"
hears all good.mp3 '"state":"ended"}'
matches all.err '^genre-radio: stations\.txt: line 5: the station of line 3 has the same name, another URL: Late$'
matches all.err '^genre-radio: stations\.txt: line 4: http//127\.0\.0\.1/forgotten: expected a URL, or a file that is there$'
[ "$(wc -l <all.err)" -eq 2 ] || fail "something else on standard error: $(cat all.err)"

# for people: one line a change, titles as text
listen text "$server/titles" "$server/nothing"
tries=$patience
until grep -q owned text.out && grep -q broken text.out; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "no timeline"
  sleep 0.1
done
matches text.out '^20..-..-.. ..:..:..  The Station               [a-z]+ +[0-9]+ %  \\x1b\]0;owned\\x07<script>'
matches text.out '/nothing  -- broken: 404 Not Found; next try in '
[ "$(tr -d '[:print:]\n' <text.out | tr -d '\200-\377' | wc -c)" -eq 0 ] || fail "control characters on the terminal"
kill -INT "$listener"
wait "$listener" || fail "exit status $?"

# genre-listen does the same, for who sits in front of it: what cannot be heard at all is an error
listen=$GENRE_BUILD/pipelines/genre-listen
unset GENRE_RADIO_HASTE # what is slow to be heard at first is an error, too
expect 0 timeout 300 "$listen" "$server/file.mp3"
matches out '/file\.mp3$'
matches out '^ +0:[12][0-9]  [a-z]+ +[0-9]+ %.*\(the end\)$'
expect 1 timeout 300 "$listen" "$server/preliminary"
matches err '^genre-listen: http:.*/preliminary: preliminary answers without end$'
expect 1 timeout 300 "$listen" "$server/nothing" "$server/html" "$server/file.mp3"
matches err '^genre-listen: http:.*/nothing: 404 Not Found$'
matches err '^genre-listen: http:.*/html: not audio: text/html'
matches out 'file\.mp3 +[a-z]+ +[0-9]+ %'
expect 1 timeout 300 "$listen" --json "$server/nothing" no-such-folder/song.ogg file:///no-such-folder/song.ogg
matches out '"source":"http:[^"]*/nothing","error":"404 Not Found"}$'
matches out '"source":"no-such-folder/song.ogg","uri":"file:[^"]*/no-such-folder/song.ogg","error":'
matches out '"source":"file:///no-such-folder/song.ogg","uri":"file:///no-such-folder/song.ogg","error":'
[ "$(grep -c '"error":' out)" -eq 3 ] || fail "not one line for each fault"
cat out >>all.out
printf '#EXTINF:-1,A song\nmusic.ogg\n#EXTINF:-1,A station\n%s/file.mp3\n' "$server" >list.m3u
expect 0 timeout 300 "$listen" --json list.m3u
matches out '"source":"[^"]*music\.ogg",.*"genre":"[a-z]+","name":"[A-Z][A-Za-z-]+",.*"title":"Vorbis",.*"final":true,"reason":"eos"}$'
matches out '"source":"http:[^"]*/file.mp3","station":"A station","title":null,"genre":"[a-z]+","name":"[A-Z][A-Za-z-]+",.*"final":true'
cat out >>all.out
expect 0 timeout 300 "$listen" --terse list.m3u
matches out "^[a-z]+	[01]\.[0-9]{3}	http://.*/file.mp3$"
"$listen" "$server/good.mp3" "$server/list.pls" "$server/switched" >several.out 2>several.err &
listener=$!
tries=$patience
until [ "$(grep -cE '  [a-z]+ +[0-9]+ %' several.out)" -ge 3 ]; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "not all stations at once"
  sleep 0.1
done
kill -INT "$listener"
status=0
wait "$listener" || status=$?
[ "$status" -eq 130 ] || fail "exit status $status, not 130"

# whose reader leaves goes, too: 0 for a radio that was to hear on, 130 for who was to answer
for program in "$radio" "$listen"; do
  status=0
  { timeout 300 "$program" --json "$server/good.mp3" 2>err || echo $? >status; } | head -n 1 >first
  matches first '"source":"[^"]*/good.mp3"'
  [ ! -s status ] || status=$(cat status)
  [ "$program $status" = "$radio 0" ] || [ "$program $status" = "$listen 130" ] || fail "$program, exit status $status though nobody reads"
done

# nobody knows of it once its window is closed; SIGHUP alone is no reason to end, nor is that under nohup
"$python" - "$radio" "$server/good.mp3" <<'PY'
import os, pty, resource, signal, sys, time
radio, uri = sys.argv[1:]

def begin(*before):
    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGHUP, signal.SIG_DFL) # which this test itself may be told to ignore
        os.execvp([*before, radio][0], [*before, radio, "--json", uri])
    return child, terminal

def await_text(terminal, wanted, times):
    text = b""
    while text.count(wanted) < times:
        text += os.read(terminal, 4096)

def has_ended(child, seconds):
    for _ in range(10 * seconds):
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        time.sleep(0.1)
    return False

def close_window(child, terminal):
    await_text(terminal, b"listening", 1)
    os.kill(child, signal.SIGHUP)
    await_text(terminal, b'"genre"', 1)
    if has_ended(child, 3):
        return "SIGHUP ends it"
    # who may not open it does not know that it is gone
    limits = resource.prlimit(child, resource.RLIMIT_NOFILE)
    resource.prlimit(child, resource.RLIMIT_NOFILE, (3, limits[1]))
    os.kill(child, signal.SIGHUP)
    await_text(terminal, b'"genre"', 1)
    if has_ended(child, 3):
        return "SIGHUP ends it where no file can be opened"
    resource.prlimit(child, resource.RLIMIT_NOFILE, limits)
    os.close(terminal)
    return None if has_ended(child, 120) else "it hears on without its terminal"

def close_window_under_nohup(child, terminal): # which writes into a file
    while not os.path.exists("nohup.out") or "listening" not in open("nohup.out", encoding="utf-8").read():
        time.sleep(0.1)
    os.close(terminal)
    if has_ended(child, 5):
        return "it ends under nohup"
    os.kill(child, signal.SIGTERM)
    return None if has_ended(child, 120) else "SIGTERM does not end it"

def on_alarm(*_):
    raise TimeoutError

signal.signal(signal.SIGALRM, on_alarm)
for before, what in ([], close_window), (["nohup"], close_window_under_nohup):
    child, terminal = begin(*before)
    signal.alarm(400)
    fault = "it has not ended"
    try:
        fault = what(child, terminal)
    finally:
        signal.alarm(0)
        if fault: # else there is no such process any more
            os.kill(child, signal.SIGKILL)
    if fault:
        sys.exit(fault)
PY

# the script for MP3 stations does not fall for lyrics either, and takes its pipeline with it when it is killed
"$GENRE_PIPELINES/radio-mp3" "$server/lyrics.mp3" min-window=5000000000 >script.out &
script=$!
tries=$patience
until grep -q '^genreclassify, .*genre=' script.out; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "radio-mp3 does not hear what begins like lyrics"
  sleep 0.1
done
children=$(cat "/proc/$script/task/$script/children")
[ "$children" ] || fail "radio-mp3 has no pipeline"
kill -TERM "$script"
timeout 30 tail --pid="$script" -f /dev/null || fail "radio-mp3 does not end"
for child in $children; do
  [ ! -e "/proc/$child" ] || fail "radio-mp3 leaves its pipeline running"
done

# every line is what the schema says
if "$python" -c 'import jsonschema' 2>/dev/null; then
  "$python" - "$here/../../docs/genre-radio.schema.json" all.out <<'PY'
import json, sys, jsonschema
validator = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
lines = [json.loads(line) for line in open(sys.argv[2], encoding="utf-8")]
for line in lines:
    validator.validate(line)
assert sum("genre" in line for line in lines) > 20
for line in lines:
    genre = line.get("genre", "unknown")
    name = {"unknown": None, "hiphop": "Hip-Hop"}.get(genre, genre.capitalize())
    assert line.get("name") == name, line
try:
    validator.validate({"time": "now", "source": "x", "station": "y", "state": "broken"})
except jsonschema.ValidationError:
    pass
else:
    sys.exit("the schema takes anything")
PY
fi

# wrong command lines
expect 2 timeout 60 "$radio"
expect 2 timeout 60 "$radio" --interval 0 mic
for option in --threshold --interval --window --min-window; do
  expect 2 timeout 60 "$radio" $option nan mic
done
expect 1 timeout 60 "$radio" --stations missing.txt
matches err 'missing\.txt: '
printf '# nothing\n\n#Jazz = http://radio.example/\n' >remarks.txt
expect 1 timeout 60 "$radio" --stations remarks.txt
matches err '^genre-radio: remarks\.txt: no stations in it$'
# what is wrong with a line is told with its place and as it was written, for programs as well, passwords for them only
printf 'One = http//b\n= http://a/\nTwo = http://user:pass word@/\n//user:secret@host/x\n' >wrong.txt
expect 1 timeout 60 "$radio" --json --stations wrong.txt
matches out '"source":"http//b","error":"wrong\.txt: line 1: expected a URL, or a file that is there"'
matches out '"source":"http://a/","error":"wrong\.txt: line 2: no name in front of the \\"=\\""'
matches out '"source":"http://user:pass word@/","error":"wrong\.txt: line 3: a URL without a host"'
matches err '^genre-radio: wrong\.txt: line 1: http//b: expected a URL, or a file that is there$'
matches err '^genre-radio: wrong\.txt: line 2: http://a/: no name in front of the "="$'
matches err '^genre-radio: wrong\.txt: line 3: http:///: a URL without a host$'
matches err '^genre-radio: wrong\.txt: line 4: //host/x: expected a URL, or a file that is there$'
[ "$(wc -l <err)" -eq 4 ] || fail "not one line a fault: $(cat err)"
expect 1 timeout 60 "$radio" --json no-such-file.pls
matches out '"source":"no-such-file.pls","error":'
expect 1 timeout 60 "$radio" --quiet --json no-such-file.pls
matches err 'no-such-file\.pls: '
[ ! -s out ] || fail "--quiet is not quiet"
expect 1 timeout 60 "$radio" --model stations.txt "$server/good.mp3"
matches err 'stations\.txt'
expect 0 timeout 60 "$radio" --version
expect 0 timeout 60 "$radio" --help
