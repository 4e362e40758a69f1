#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# faults-memory.sh GENRE-TRAIN MEMORY_LIBRARY SMALL-RUNS: whatever memory a file asks for by its size is refused once:
# an error that names the file, never the end of the process. What is small GLib asks for, and ends the process without.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
program=$(readlink -f "$1") library=$(readlink -f "$2") small_runs=$(readlink -f "$3")
. "$here/common.sh"

LD_PRELOAD=$library "$program" --version >out 2>err || true
[ ! -s err ] || {
  echo "SKIP: no LD_PRELOAD: $(head -n 1 err)" # a sanitizer wants to be first
  exit 77
}

# refused FILE LARGE COMMAND...: allocations of LARGE bytes and more, one after the other
refused() {
  local file=$1 large=$2 at=0 status
  shift 2
  while :; do
    at=$((at + 1))
    : >count
    status=0
    LD_PRELOAD=$library MEMORY_LARGE=$large MEMORY_AT=$at MEMORY_COUNT=count "$@" >out 2>err || status=$?
    [ "$(wc -c <count)" -ge "$at" ] || break
    [ "$status" -eq 1 ] || fail "exit status $status without memory $at: $*"
    grep -qE "$file.*not enough memory for " out err || fail "memory $at: which file, and why? $*"
  done
  [ "$status" -eq 0 ] || fail "exit status $status with memory enough: $*"
  [ "$at" -gt 2 ] || fail "nothing was refused: $*"
  echo "$file: $((at - 1)) times refused"
}

/usr/bin/python3 -B "$small_runs"
"$program" train --data data --threads 1 --set model.widths=64,64 --set model.pools=4,4 --set model.segment-frames=32 \
  --set model.segment-step=16 --set training.epochs=1 --output model >out 2>err || fail "no model"
refused model 100000 "$program" info model
refused model 100000 "$program" evaluate --model model --data data --threads 1 # what hears takes more than what is told of

# a layer with a table
echo '[{"type":"cepstrum","coefficients":128},{"type":"covariance-pool"},{"type":"dense","outputs":3}]' >cepstrum.json
"$program" train --data data --threads 1 --set model.architecture=cepstrum.json --set model.segment-frames=32 \
  --set model.segment-step=16 --set training.epochs=1 --output cepstral >out 2>err || fail "no model with a table"
refused cepstral 60000 "$program" info cepstral

# one clip that is large, of a kind that is converted, too: it is left out, with its reason
mkdir -p large/blues large/jazz
/usr/bin/python3 -c 'header = "{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (12000, 128), }".replace("\"", "\x27")
header += " " * (117 - len(header)) + "\n"
with open("large/blues/huge.npy", "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(4 * 12000 * 128))'
cp data/blues/*.npy large/blues && cp data/jazz/*.npy large/jazz
for at in 1 2 3; do
  status=0
  LD_PRELOAD=$library MEMORY_LARGE=1500000 MEMORY_AT=$at "$program" evaluate --model model --data large --threads 1 \
    >out 2>err || status=$?
  [ "$status" -eq 0 ] || fail "exit status $status without memory for a clip"
  grep -q "huge.npy: not enough memory for " err || fail "memory $at: which clip, and why?"
done

# what lies about its size is refused before it is asked for
truncate -s 3G huge
for command in info "evaluate --data data --model"; do
  # shellcheck disable=SC2086 # words
  ! "$program" $command huge >out 2>err || fail "a file of 3 GiB is taken for a model"
  grep -qE "huge: 3221225472 bytes, expected at most" err || fail "a file of 3 GiB is not named"
done
