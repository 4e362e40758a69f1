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

# name_calls WORD: the system calls that a word of SystemCallFilter= stands for
name_calls() {
  case $1 in
    @*) systemd-analyze --no-pager syscall-filter "$1" | sed -n 's/^  *\([@a-z].*\)/\1/p' | while read -r word; do name_calls "$word"; done ;;
    *) echo "$1" ;;
  esac
}

# what lowers the priority of the threads that listen is allowed in the end: the first line lets in, later ones take
# away, with a ~, or put back
declare -A allowed
sed -n 's/^SystemCallFilter=//p' "$unit" >filters
[[ $(head -c 1 filters) != "~" ]] || fail "the first filter does not say what is allowed"
while read -r line; do
  for word in ${line#\~}; do
    name_calls "$word" >calls
    [ -s calls ] || fail "SystemCallFilter: nothing is called $word"
    while read -r call; do
      if [[ $line == "~"* ]]; then unset "allowed[$call]"; else allowed[$call]=yes; fi
    done <calls
  done
done <filters
for call in read futex setpriority sched_setscheduler; do
  [ "${allowed[$call]-}" ] || fail "the unit does not let it call $call"
done
[ ! "${allowed[setrlimit]-}" ] || fail "the unit lets it call setrlimit"

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
