#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# faults-disk.sh GENRE-TRAIN SMALL-RUNS: an output folder without room, one that is read-only, and one that goes away
# while something is learnt. A full disk is a small tmpfs in a namespace of its own; skipped where that is forbidden.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
program=$(readlink -f "$1") small_runs=$(readlink -f "$2")
if [ "${3:-}" != inside ]; then
  unshare --user --map-root-user --mount sh -c 'mount -t tmpfs tmpfs /mnt' 2>/dev/null || {
    echo "SKIP: no file system may be mounted here"
    exit 77
  }
  exec unshare --user --map-root-user --mount "$0" "$program" "$small_runs" inside
fi
. "$here/common.sh"
trap 'cd / && umount "$work/disk" && rm -rf "$work"' EXIT
mkdir disk
mount -t tmpfs -o size=2M tmpfs disk

# expect STATUS COMMAND...
expect() {
  local status=$1 got=0
  shift
  "$@" >out 2>err </dev/null || got=$?
  [ "$got" -eq "$status" ] || fail "exit status $got, not $status: $*"
}

# leave KIB: so much of the disk stays free
leave() {
  rm -f disk/filler
  local free
  free=$(df --output=avail -k disk | tail -n 1)
  dd if=/dev/zero of=disk/filler bs=1K count=$((free - $1)) status=none
}

/usr/bin/python3 -B "$small_runs"
small=(--threads 1)
for setting in model.widths=4,4 model.pools=4,4 model.segment-frames=32 model.segment-step=16 training.batch=12 \
  training.group=4; do
  small+=(--set "$setting")
done
cross_validate=("$program" cross-validate --data data --random --folds 2 --set training.epochs=2 "${small[@]}" --output)
train=("$program" train --data data "${small[@]}" --checkpoint-every 0.0001 --output)
expect 0 "${cross_validate[@]}" whole
expect 0 "${train[@]}" whole.model --set training.epochs=4

# ---- full ----
for room in 0 8 24 48 80; do
  leave "$room"
  expect 1 "${cross_validate[@]}" disk/folds
  grep -q "disk/folds.*: .*No space left on device" err || fail "with $room KiB: which file, and why?"
  for file in $(cd disk && find folds -type f ! -name '*.checkpoint'); do
    cmp "disk/$file" "whole/${file#folds/}" || fail "with $room KiB: half of $file"
  done
  rm disk/filler
  expect 0 "${cross_validate[@]}" disk/folds --resume
  diff -r disk/folds whole || fail "with $room KiB and then enough, something else comes of it"
  rm -r disk/folds
done
cp whole.model disk/old
leave 0
expect 1 "${train[@]}" disk/old --set training.epochs=4
grep -q "disk/old.*: .*No space left on device" err || fail "which file, and why?"
cmp disk/old whole.model || fail "the old model is lost"
rm disk/filler

# ---- read-only ----
mount -o remount,ro disk
expect 1 "${train[@]}" disk/model --set training.epochs=4
grep -q "disk/model: cannot be written there" err || fail "a read-only folder is not named"
expect 1 "${cross_validate[@]}" disk/folds
grep -q "disk/folds.*: .*Read-only file system" err || fail "a read-only folder is not named"
expect 1 "$program" evaluate --model disk/old --data data --json disk/result.json
grep -q "disk/result.json: .*Read-only file system" err || fail "a read-only folder is not named"
mount -o remount,rw disk

# ---- gone, while it learns ----
mkdir disk/there
"${train[@]}" disk/there/model --set training.epochs=100000 >out 2>err </dev/null &
pid=$!
until [ -e disk/there/model.checkpoint ] || ! kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
mv disk/there disk/elsewhere
status=0
wait "$pid" || status=$?
[ "$status" -eq 1 ] || fail "exit status $status without the folder"
grep -q "disk/there/model.checkpoint: .*No such file or directory" err || fail "a folder that is gone is not named"
mv disk/elsewhere disk/there
mount -o remount,size=20M disk
expect 0 "${train[@]}" disk/there/short --set training.epochs=4
cmp disk/there/short whole.model || fail "another model"
echo "a full disk, a read-only one and one that goes away: named, and nothing is lost"
