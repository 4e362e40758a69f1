#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The programs speak Indonesian to who reads it: help, answers and faults. The scripts understand it. JSON, tables,
# histories and journals are the same in every language, also where a comma stands before the decimals.
. "$(dirname "$0")/common.sh"
programs=$GENRE_BUILD/pipelines
[ -e "$GENRE_BUILD/po/id/LC_MESSAGES/genreclassify.mo" ] || skip "built without translations"
export GENRE_LOCALEDIR=$GENRE_BUILD/po XDG_STATE_HOME=$scratch/state TZ=UTC

# gettext() looks at LANGUAGE in any locale but C (and in newer C libraries C.UTF-8): one that is C.UTF-8 by another name
mkdir locales
for locale in /usr/lib/locale/C.utf8 /usr/lib/locale/C.UTF-8; do
  [ ! -d "$locale" ] || ln -sfn "$locale" locales/id_ID.UTF-8
done
[ -e locales/id_ID.UTF-8 ] || skip "needs the locale C.UTF-8"
export LOCPATH=$scratch/locales

indonesian() {
  LC_ALL=id_ID.UTF-8 LANGUAGE=id "$@"
}

# help
for program in genre-listen genre-radio genre-tag; do
  expect 0 indonesian "$programs/$program" --help
  matches out '^  .*=BERKAS  .*Berkas model \(bawaan: model di dalam program\)$'
  matches out '^Status keluar: 0 '
  if grep -E 'Exit status|FILE|SECONDS' out; then fail "$program --help is half translated"; fi
  expect 2 indonesian "$programs/$program" --threshold 7
  matches err "^Coba $program --help\.$"
  expect 0 env LC_ALL=C LANGUAGE=id "$programs/$program" --help
  matches out '^Exit status: 0 '
done
if [ -e "$GENRE_BUILD/trainer/genre-train" ]; then
  expect 0 indonesian "$GENRE_BUILD/trainer/genre-train" --help
  matches out '^  info  +Sebutkan isi berkas model$'
  expect 0 indonesian "$GENRE_BUILD/trainer/genre-train" evaluate --help
  matches out '^  -m, --model=BERKAS +Berkas model yang diukur$'
  matches out '^Status keluar: 0 '
  expect 2 indonesian "$GENRE_BUILD/trainer/genre-train" evaluat
  matches err '^genre-train: tidak ada perintah "evaluat"; maksud Anda "evaluate"\?$'
  make_music 12 jazz.ogg 'genre="Jazz",artist="A"'
  make_music 12 polka.ogg 'genre="Polka",artist="B"'
  expect 0 indonesian "$GENRE_BUILD/trainer/genre-train" learn jazz.ogg polka.ogg --list-genres --min-artists 1
  matches out '^2 lagu dari 2 genre$'
  matches out '^  Jazz   1 lagu dari 1 artis$'
fi
expect 2 indonesian "$programs/genre-listen" --threshold 7 song.ogg
matches err '^genre-listen: --threshold bernilai 7, yang diharapkan 0 sampai 1$'
expect 2 indonesian "$programs/genre-radio" report --history nowhere --csv
matches err '^Coba genre-radio report --help\.$'

# answers, and what is wrong
make_music 12 song.ogg 'title="Lagu\ Saya"'
truncate -s 40 broken.ogg
expect 0 indonesian "$programs/genre-listen" song.ogg
matches out '^ *0:1[0-9]  klasik .* %.*  \(seluruh lagu\)$'
expect 1 indonesian "$programs/genre-listen" nowhere.ogg
matches err '^genre-listen: nowhere\.ogg: Berkas tidak ada\.$'
expect 1 indonesian "$programs/genre-listen" http://127.0.0.1:1/
matches err ': koneksi ditolak$'
echo '<playlist><trackList><track>' >broken.xspf # faults into which something is filled in
expect 1 indonesian "$programs/genre-listen" broken.xspf
matches err '^genre-listen: broken\.xspf: daftar putar XSPF rusak: .'
printf 'Satu = http//a\nDua = http://\nDua = https://\n' >stations.txt
expect 1 indonesian timeout 60 "$programs/genre-radio" --stations stations.txt
matches err '^genre-radio: stations\.txt: baris 1: http//a: seharusnya URL, atau berkas yang ada$'
matches err '^genre-radio: stations\.txt: baris 2: http://: URL tanpa host$'
matches err '^genre-radio: stations\.txt: baris 3: stasiun di baris 2 bernama sama, URL-nya lain: Dua$'
expect 1 indonesian env GST_PLUGIN_PATH= GST_PLUGIN_SYSTEM_PATH= GST_REGISTRY="$scratch/none.bin" "$programs/genre-listen" song.ogg
matches err ': GStreamer tidak memiliki elemen "genreclassify": apakah GST_PLUGIN_PATH menunjuk ke folder libgstgenreclassify\.so\?$'
# a file may be called like a message
expect 1 indonesian "$programs/genre-listen" --model none song.ogg
matches err '^genre-listen: none: cannot be opened: '
expect 1 indonesian "$programs/genre-radio" --model none song.ogg
matches err '^genre-radio: none: cannot be opened: '
expect 1 indonesian "$programs/genre-tag" --no-journal --model none song.ogg
matches err '^genre-tag: none: cannot be opened: '
touch none
expect 1 indonesian "$programs/genre-tag" --no-journal --output none song.ogg
matches err '^genre-tag: none: sudah ada'
mkdir empty
expect 1 indonesian "$programs/genre-tag" --no-journal empty
matches err '^genre-tag: empty: tidak ada berkas audio di folder ini$'
expect 1 indonesian "$programs/genre-tag" song.ogg broken.ogg
matches out '^song\.ogg: [A-Z][a-z]+, [0-9]+ % yakin$'
matches out '^2 dari 2 berkas: 1 akan ditulis, 1 gagal\. Belum ada yang diubah: --write melakukannya\.$'

# what gst-launch-1.0 says around the answers is Indonesian
GENRE_MICROPHONE="audiotestsrc num-buffers=300" expect 0 indonesian "$GENRE_PIPELINES/microphone"
matches out '^genreclassify, .*final=\(boolean\)true'

# a fault in the journal is English, whoever wrote it, and is shown to each reader in their language
cp song.ogg linked.ogg && ln linked.ogg second.ogg
expect 1 indonesian "$programs/genre-tag" --write linked.ogg
matches err '^genre-tag: linked\.ogg: memiliki beberapa nama \(tautan keras\); --break-links tetap menulisnya$'
expect 0 indonesian "$programs/genre-tag" report
matches out '^ +1  memiliki beberapa nama \(tautan keras\); --break-links tetap menulisnya$'
matches out '^[0-9] berkas dalam jurnal$'
expect 0 env LC_ALL=C.UTF-8 "$programs/genre-tag" report
matches out '^ +1  it has several names \(hard links\); --break-links writes it nevertheless$'

# a history, too: wherever a minute ends, enough of the song is in one of them
make_music 48 long.ogg
expect 0 indonesian "$programs/genre-radio" --history radio.sqlite long.ogg
matches out 'klasik +[0-9]+ %'
expect 0 indonesian "$programs/genre-radio" report --history radio.sqlite
matches out '^Per jam +klasik '
matches out '^Lagu: 1$'
expect 0 indonesian "$programs/genre-radio" report --history radio.sqlite --csv songs
matches out '^start,end,station,title,verdict,genre,confidence,music$'
matches out ',music,classical,0\.[0-9]{4},'

# what programs read is the same everywhere: JSON and tables, but for times
json() { # FILE: what a program printed, without the moments at which it did
  sed -E 's/"time":"[^"]*"/"time":""/g' out >"$1"
}
if command -v localedef >/dev/null && localedef -i de_DE -f UTF-8 "$LOCPATH/de_DE.UTF-8" 2>/dev/null; then
  languages="id_ID.UTF-8 de_DE.UTF-8"
  [ "$(LC_ALL=de_DE.UTF-8 bash -c 'printf %.1f 1,5')" = 1,5 ] || fail "no comma in German"
else
  echo "without a comma: no localedef, or no sources of locales"
  languages=id_ID.UTF-8
fi
commands=("genre-listen --json --interval 2.5 song.ogg nowhere.ogg" "genre-listen --terse song.ogg"
  "genre-radio --json song.ogg nowhere.ogg" "genre-tag --json --excerpt-length 2.5 linked.ogg broken.ogg"
  "genre-tag report --json" "genre-radio report --history radio.sqlite --csv songs")
for command in "${commands[@]}"; do
  read -r -a words <<<"$command"
  # the journal remembers the first run, so that all of them find the same
  LC_ALL=C.UTF-8 "$programs/${words[0]}" "${words[@]:1}" >/dev/null 2>&1 </dev/null || :
  LC_ALL=C.UTF-8 "$programs/${words[0]}" "${words[@]:1}" >out 2>err </dev/null || :
  json expected
  [ -s expected ] || fail "$command prints nothing"
  for language in $languages; do
    LC_ALL=$language LANGUAGE=${language%%_*} "$programs/${words[0]}" "${words[@]:1}" >out 2>err </dev/null || :
    json found
    diff expected found || fail "$command prints something else in $language"
  done
done
