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

# a network of 2.6 MB: what training keeps of it, and what is written when it has learnt
printf '[model]\nwidths=256,256\npools=4,4\nsegment-frames=32\nsegment-step=16\n' >wide.recipe
printf '[training]\nepochs=1\nvalidate-every=1\npatience=1\nbatch=4\ngroup=2\n' >>wide.recipe
train_anew() {
  rm -f trained trained.checkpoint
  "$program" train "$@"
}
refused "(wide.recipe|trained)" 2300000 train_anew --data data --train-list train.txt --valid-list valid.txt --threads 1 \
  --recipe wide.recipe --output trained

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

# as many short lines as would take 200 MB of scores are not asked room for, whole ones that there is no room for are named
/usr/bin/python3 -c 'labels = [f"l{i}" for i in range(256)]
with open("short.tsv", "w") as short, open("a.tsv", "w") as a, open("b.tsv", "w") as b:
    for file in short, a, b:
        file.write("\t".join(["clip", "genre"] + labels) + "\n")
    short.write("x\n" * 100000)
    for i in range(2000):
        for file in a, b:
            file.write("\t".join([f"clip{i}", "l0", "1"] + ["0"] * 255) + "\n")'
! LD_PRELOAD=$library MEMORY_LARGE=100000000 MEMORY_AT=1 "$program" combine short.tsv a.tsv -o both.tsv >out 2>err ||
  fail "lines of one column are taken for scores"
grep -q "short.tsv, line 2: 1 columns, 258 expected" err || fail "which line is short?"
for at in 1 2; do
  status=0
  LD_PRELOAD=$library MEMORY_LARGE=4000000 MEMORY_AT=$at "$program" combine a.tsv b.tsv -o both.tsv >out 2>err || status=$?
  [ "$status" -eq 1 ] || fail "exit status $status without memory for scores"
  grep -qE "[ab].tsv: not enough memory for 2000 clips with 256 labels" err || fail "memory $at: of which file?"
done

# what lies about its size is refused before it is asked for
truncate -s 3G huge
for command in info "evaluate --data data --model"; do
  # shellcheck disable=SC2086 # words
  ! "$program" $command huge >out 2>err || fail "a file of 3 GiB is taken for a model"
  grep -qE "huge: 3221225472 bytes, expected at most" err || fail "a file of 3 GiB is not named"
done
