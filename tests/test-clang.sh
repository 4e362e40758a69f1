#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test-clang.sh ROOT: Clang builds everything without a warning, and the kernels, which have lines of their
# own for it, work. Skipped where Clang is not installed.
set -eu
clang=$(command -v clang || command -v clang-14) || { echo "no clang is installed: skipped"; exit 77; }
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
{
  CC=$clang meson setup "$build" "$1" -Dwerror=true -Dtests=enabled -Doptimization=1 &&
    ninja -C "$build" &&
    meson test -C "$build" --no-rebuild correlation halving inference matrix tiles
} >"$build/log" 2>&1 || { cat "$build/log" >&2; exit 1; }
