#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test-plugin-alone.sh ROOT: the plugin builds without the trainer, the programs and what they need, and
# works.
set -eu
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
meson setup "$build" "$1" -Dtrainer=disabled -Dprograms=disabled -Dtests=disabled -Doptimization=0 \
  -Dbuildtype=debug >"$build.log" 2>&1 || {
  cat "$build.log" >&2
  rm -f "$build.log"
  exit 1
}
rm -f "$build.log"
needs=$(meson introspect "$build" --dependencies)
for name in cairo libsoup mpi sqlite3 taglib; do
  case $needs in
    *"\"name\": \"$name"*) echo "the plugin alone asks for $name" >&2; exit 1 ;;
  esac
done
ninja -C "$build" >/dev/null
[ ! -e "$build/trainer/genre-train" ] || { echo "genre-train was built" >&2; exit 1; }
GST_PLUGIN_PATH=$build/gst GST_REGISTRY=$build/registry.bin gst-inspect-1.0 genreclassify >/dev/null
