#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# commands.sh GENRE-TRAIN: what the commands promise to shells: exit statuses, messages, files.
set -u
program=$(readlink -f "$1")
here=$(dirname "$(readlink -f "$0")")
manual=$here/../../docs/genre-train.1
completion=$here/../../trainer/genre-train.bash
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failed=0

fail() {
  echo "FAILED: $*"
  sed 's/^/  | /' out err
  failed=1
}

# promise STATUS WORDS COMMAND...: the exit status, and words that must be said
promise() {
  status=$1 words=$2
  shift 2
  got=0
  "$program" "$@" >out 2>err </dev/null || got=$?
  [ "$got" -eq "$status" ] || fail "genre-train $*: exit status $got, $status expected"
  cat out err | grep -qF -- "$words" || fail "genre-train $*: does not say \"$words\""
}

commands="extract train evaluate cross-validate compare show-augmentation info"

promise 0 "Commands:" --help
promise 0 "genre-train " --version
promise 2 "no command" 
promise 2 "there is no command \"sing\"" sing
for command in $commands; do
  promise 0 "genre-train $command" "$command" --help
  promise 0 "Exit status: 0 done" "$command" --help
  promise 2 "Try: genre-train $command --help" "$command"
  promise 2 "Unknown option --sing" "$command" --sing
  awk 'length ($0) > 110 { print FILENAME ": " $0; wide = 1 } END { exit wide }' out ||
    fail "$command --help is too wide"
  grep -q "^\.SS $command\$" "$manual" || fail "the manual lacks $command"
  grep -qw -- "$command" "$completion" || fail "the completion lacks $command"
done
promise 1 "missing.safetensors" info missing.safetensors
promise 1 "missing.safetensors" evaluate --model missing.safetensors --data .
promise 1 "missing.json" compare missing.json
promise 1 "missing" extract missing spectrograms
promise 2 "--representation tone" extract --representation tone . spectrograms
[ ! -e spectrograms ] || fail "a wrong command line made a folder"
echo '{"format": 1}' >other.json
promise 1 "not a result" compare other.json

# Broken clips end in problems, counted, on standard error; the table goes to standard output.
mkdir -p data/one data/two
echo broken >data/one/a.npy
promise 1 "no genre folder" cross-validate --data data --output folds
promise 1 "a.npy" cross-validate --data data --output folds
[ ! -e folds ] || fail "a data set of nothing made a folder"

[ "$failed" -eq 0 ] && echo "all kept"
exit "$failed"
