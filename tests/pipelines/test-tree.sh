#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# listen: a tree in which the programs could not be built when it was made is made anew, or Meson says what is missing.
. "$(dirname "$0")/common.sh"
source=$(dirname "$GENRE_PIPELINES")
command -v meson >/dev/null || skip "no meson"
ninja=$(command -v ninja) || skip "no ninja"

# all that listen asks of a machine is there; nothing is installed, and nothing is compiled
mkdir tools
cat >tools/dpkg-query <<END
#!/bin/sh
sed -n 's/^[a-z][a-z]* \\{1,\\}/install ok installed /p' "$GENRE_PIPELINES/packages" | sed 's/\$/, , /'
END
cat >tools/ninja <<END
#!/bin/sh
[ "\$1" = -C ] && [ \$# -eq 2 ] || exec "$ninja" "\$@"
grep -q '^build pipelines/genre-listen:' "\$2/build.ninja" || exit 0
mkdir -p "\$2/pipelines"
printf '#!/bin/sh\necho "heard \$*"\n' >"\$2/pipelines/genre-listen"
chmod +x "\$2/pipelines/genre-listen"
END
chmod +x tools/*
PATH=$PWD/tools:$PATH
export GENRE_BUILD=$PWD/tree

# a machine on which one library is missing
mkdir without
paths=$(pkg-config --variable pc_path pkg-config)
IFS=:
for folder in ${PKG_CONFIG_PATH-} $paths; do
  for file in "$folder"/*.pc; do
    [ ! -e "$file" ] || [ -e "without/${file##*/}" ] || ln -s "$file" without/
  done
done
unset IFS
rm without/libsoup-3.0.pc
without=(env -u PKG_CONFIG_PATH PKG_CONFIG_LIBDIR="$PWD/without")

expect 0 "${without[@]}" meson setup tree "$source" -Dtests=disabled
matches out '^ *programs *: NO$'
expect 1 "${without[@]}" "$GENRE_PIPELINES/listen" song.ogg
matches err 'Dependency "libsoup-3\.0" not found'

# which has been installed since
expect 0 "$GENRE_PIPELINES/listen" song.ogg
[ "$(cat out)" = "heard song.ogg" ] || fail "listen: $(cat out err)"

# what is there is left as it is
expect 0 "$GENRE_PIPELINES/listen" song.ogg
[ ! -s err ] || fail "the tree is made a second time: $(cat err)"

# a clone, on such a machine
rm -r tree
expect 1 "${without[@]}" "$GENRE_PIPELINES/listen" song.ogg
matches err 'Dependency "libsoup-3\.0" not found'
expect 0 "$GENRE_PIPELINES/listen" song.ogg
[ "$(cat out)" = "heard song.ogg" ] || fail "listen in a clone: $(cat out err)"
