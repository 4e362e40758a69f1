#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# test-service.sh UNIT: the systemd unit of genre-radio says what systemd understands, and gives away little.
. "$(dirname "$0")/common.sh"
unit=$1
command -v systemd-analyze >/dev/null || skip "no systemd-analyze"
systemd-analyze --help | grep -q -- --offline || skip "a systemd-analyze without --offline"

# exposure of 2.0 at most, in tenths
if ! systemd-analyze security --no-pager --offline=true --threshold=20 "$unit" >exposure 2>&1; then
  cat exposure >&2
  fail "too much is allowed"
fi
matches exposure 'Overall exposure level'

# with the program that is here, not the one that will be installed
sed "s|^ExecStart=\"[^\"]*\"|ExecStart=\"$GENRE_BUILD/pipelines/genre-radio\"|; /^Documentation=/d" "$unit" >genre-radio.service
systemd-analyze verify --man=no ./genre-radio.service >verified 2>&1 || :
if [ -s verified ]; then
  cat verified >&2
  fail "systemd does not like it"
fi

# what it starts is a command line of genre-radio: the stations file alone is missing
command=$(sed -n 's/^ExecStart="[^"]*" //p' genre-radio.service | sed "s|/etc/genre-radio|$PWD|; s|%S|$PWD|; s|:8321|:0|")
mkdir genre-radio
# shellcheck disable=SC2086 # several words
expect 1 "$GENRE_BUILD/pipelines/genre-radio" $command
matches err 'stations\.txt: '
