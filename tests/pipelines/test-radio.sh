#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# radio-mp3, radio-ogg and genre-listen on a real Icecast server: titles split songs, chained Ogg songs
# follow each other, every song gets one final answer.
. "$(dirname "$0")/common.sh"
PATH=$PATH:/usr/sbin:/sbin
command -v icecast2 >/dev/null || skip "no icecast2"
for element in shout2send lamemp3enc souphttpsrc icydemux; do
  gst-inspect-1.0 $element >/dev/null || skip "no $element"
done
python=/usr/bin/python3

port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
server=http://127.0.0.1:$port
owner=
if [ "$(id -u)" -eq 0 ]; then # which icecast2 refuses to stay
  owner="<changeowner><user>nobody</user><group>nogroup</group></changeowner>"
  chmod 755 .
fi
mkdir log && chmod 777 log
cat >icecast.xml <<XML
<icecast>
  <limits><clients>20</clients><sources>4</sources><burst-size>16384</burst-size></limits>
  <authentication>
    <source-password>hackme</source-password>
    <admin-user>admin</admin-user><admin-password>hackme</admin-password>
  </authentication>
  <hostname>localhost</hostname>
  <listen-socket><port>$port</port><bind-address>127.0.0.1</bind-address></listen-socket>
  <paths>
    <basedir>$PWD</basedir><logdir>$PWD/log</logdir><webroot>/</webroot><adminroot>/</adminroot>
  </paths>
  <security><chroot>0</chroot>$owner</security>
</icecast>
XML
start_server() {
  icecast2 -c icecast.xml &>>icecast.out &
  icecast=$!
}
start_server

# request PATH: what the server answers; fails if it is not 200.
request() {
  "$python" - "$server$1" <<'PY'
import sys, urllib.request
manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
manager.add_password(None, sys.argv[1], "admin", "hackme")
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPBasicAuthHandler(manager))
opener.open(sys.argv[1], timeout=5).read()
PY
}

# wait_for SECONDS COMMAND...
wait_for() {
  local tries=$(($1 * 5))
  shift
  until "$@" 2>/dev/null; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      tail -n 30 icecast.out log/error.log ./*.err ./*.out >&2 || :
      fail "waited in vain for: $*"
    fi
    sleep 0.2
  done
}

has_mount() {
  request "/admin/listclients?mount=/$1"
}

set_title() {
  request "/admin/metadata?mount=/station.mp3&mode=updinfo&song=$1"
}

# n_final FILE N: there are N final answers.
n_final() {
  [ "$(grep -c 'final=(boolean)true' "$1")" -ge "$2" ]
}

# An Ogg station that plays three songs of 9 s, and an MP3 station whose titles we set.
for song in one two three; do
  make_music 9 $song.ogg "title=\"Song\\ $song\""
done
cat one.ogg two.ogg three.ogg >songs.ogg
# bare MP3 without tags: shout2send makes a title of every tag that it meets
gst-launch-1.0 -q audiotestsrc wave=pink-noise num-buffers=600 samplesperbuffer=4410 ! \
  audio/x-raw,rate=44100,channels=2 ! audioconvert ! lamemp3enc target=bitrate bitrate=128 cbr=true ! \
  filesink location=songs.mp3
shout="shout2send ip=127.0.0.1 port=$port password=hackme"
wait_for 10 request /admin/stats
# shellcheck disable=SC2086 # an element and its properties
gst-launch-1.0 -q filesrc location=songs.ogg ! oggparse ! $shout mount=/station.ogg &>sent.err &
# shellcheck disable=SC2086
gst-launch-1.0 -q filesrc location=songs.mp3 ! typefind ! $shout mount=/station.mp3 &>sent.err &
wait_for 10 has_mount station.ogg
wait_for 10 has_mount station.mp3
set_title Zero

quick="min-window=6000000000 interval=3000000000"
# shellcheck disable=SC2086 # two properties
"$GENRE_PIPELINES/radio-ogg" "$server/station.ogg" $quick >ogg.out 2>ogg.err &
# shellcheck disable=SC2086
"$GENRE_PIPELINES/radio-mp3" "$server/station.mp3" $quick >mp3.out 2>mp3.err &
GENRE_RADIO_HASTE=5 "$GENRE_BUILD/pipelines/genre-listen" --interval 3 "$server/station.mp3" >listen.out 2>listen.err &
listener=$!

# answered TITLE: by both, while it plays
answered() {
  grep -q "title=(string)$1,.*final=(boolean)false" mp3.out && sed "1,/^-- $1\$/d" listen.out | grep -q ' %'
}
wait_for 120 answered Zero
set_title One
wait_for 120 answered One
set_title Two
wait_for 60 grep -q '^-- Two$' listen.out
wait_for 30 n_final mp3.out 2
for title in Zero One; do
  matches mp3.out "title=\(string\)$title,.*final=\(boolean\)true, reason=\(string\)title"
done

# the Ogg station has gone off the air
wait_for 30 n_final ogg.out 3
[ "$(grep -c 'final=(boolean)true' ogg.out)" -eq 3 ] || fail "more final answers than songs"
matches ogg.out 'title=\(string\)"Song\\ one",.*final=\(boolean\)true, reason=\(string\)stream'
matches ogg.out 'title=\(string\)"Song\\ two",.*final=\(boolean\)true, reason=\(string\)stream'
matches ogg.out 'title=\(string\)"Song\\ three",.*final=\(boolean\)true, reason=\(string\)eos'

# genre-listen on the station that still plays: one final answer a title
matches listen.out '^-- One$'
[ "$(grep -c '(the end)' listen.out)" -eq 2 ] || {
  cat listen.out
  fail "not one final answer for each of two titles"
}

# the server is killed, and comes back with another codec under the same name
kill -9 "$icecast"
wait_for 60 grep -qE '^-- (the server closed|connection refused).*; again in ' listen.out
[ "$(grep -c '(the end)' listen.out)" -eq 3 ] || fail "no final answer for the title that broke off"
wait_for 60 grep -q '^-- connection refused; again in ' listen.out
start_server
wait_for 10 request /admin/stats
# shellcheck disable=SC2086 # an element and its properties
gst-launch-1.0 -q filesrc location=songs.ogg ! oggparse ! $shout mount=/station.mp3 &>sent.err &
wait_for 60 grep -qE '^-- Song (one|two|three)$' listen.out

# until Ctrl-C
kill -INT "$listener"
status=0
wait "$listener" || status=$?
[ "$status" -eq 130 ] || fail "genre-listen: exit status $status, not 130"
