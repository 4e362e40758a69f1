#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# genre-listen: Ctrl-C ends the stream; what was heard is still answered, and the exit status says so.
. "$(dirname "$0")/common.sh"

make_music 60 song.wav
# without loudspeakers autoaudiosink plays in real time to nobody
"$GENRE_BUILD/pipelines/genre-listen" --play song.wav song.wav >out 2>err &
pid=$!
cleanup() { kill -9 "$pid" 2>/dev/null || :; }
sleep 8
kill -INT "$pid"
status=0
wait "$pid" || status=$?
cat out err
[ "$status" -eq 130 ] || fail "exit status $status, not 130"
[ "$(grep -c '(the whole song)' out)" -eq 1 ] || fail "no final answer, or one for what was not begun"

# a FIFO that nobody writes to cannot be opened: Ctrl-C ends the wait, too
mkfifo fifo
set -m # or what runs in the background ignores SIGINT
"$GENRE_BUILD/pipelines/genre-listen" fifo >out 2>err &
pid=$!
set +m
sleep 2
kill -0 "$pid" || fail "it did not wait for the writer"
kill -INT "$pid"
status=0
timeout 10 tail --pid="$pid" -f /dev/null || fail "Ctrl-C is not heard"
wait "$pid" || status=$?
[ "$status" -eq 130 ] || fail "exit status $status, not 130"
