#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# models.sh GENRE-TRAIN MODELS: the scripts of models/ from end to end, on some small clips and with one
# epoch: the recipes fit the program, the members merge, and what is done is not done again.
set -eu
program=$(readlink -f "$1") models=$(readlink -f "$2")
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"

fail() {
  echo "FAILED: $1"
  exit 1
}

# clip FILE TEXT
clip() {
  mkdir -p "$(dirname "$1")"
  {
    printf '\223NUMPY\001\000\166\000%-117s\n' \
      "{'descr': '|u1', 'fortran_order': False, 'shape': (150, 128), }"
    yes "$2" | head -c 19200
  } >"$1"
}

mkdir lists
printf 'clip\tartist\ttitle\n' >lists/artists.tsv
for i in 1 2 3 4 5 6; do
  for genre in jazz rock; do
    clip "the genres/$genre/$genre.$i.npy" "$genre $i"
    printf '%s.%s\tartist %s\tsong\n' "$genre" "$i" "$i$genre" >>lists/artists.tsv
    echo "$genre.$i" >>"lists/filtered-$([ "$i" -le 4 ] && echo train || echo valid).txt"
  done
  clip "no music/speech-en/someone$i--a.npy" "speech $i"
  clip "no music/street/somewhere$i--b.npy" "street $i"
  clip "other/folk $i/song.npy" "fiddle $i"
  clip "made/signals/made-tone$i--00.npy" "tone $i"
done
"$models/join-data" "the genres" lists "no music" made other joined >out 2>&1 || fail "join-data: $(cat out)"
grep -q '^18 clips of background, 6 of other genres, from 24 sources$' out || fail "join-data says $(cat out)"
! "$models/join-data" "the genres" lists "no music" made other joined >out 2>&1 || fail "join-data joins twice"
[ "$(cat out)" = "join-data: joined/data: is there already, expected a new folder; remove it, or name another one" ] ||
  fail "join-data, again, says $(cat out)"
python=$(python3 -c "import sys; print(sys.executable)") # what the name leads to may need more of PATH
! PATH=$work "$python" "$models/make-background" background >out 2>&1 || fail "make-background without a voice"
grep -q '(Debian: espeak-ng)' out || fail "make-background says $(cat out)"
[ "$(wc -l <out)" -eq 1 ] || fail "make-background says more than a line: $(cat out)"
[ ! -e background ] || fail "make-background begins what it cannot end"
ln -s "joined/data" "the data"
ln -s joined/splits splits
cat >short <<END
#!/bin/sh
echo "\$1" >>calls
case "\$*" in
  *" --merge "*) exec "$program" "\$@" ;; # learns nothing
  train\ * | cross-validate\ *) exec "$program" "\$@" --set training.epochs=1 ;;
  *) exec "$program" "\$@" ;;
esac
END
chmod +x short
export GENRE_TRAIN="$work/short"

export BIASES=0.5,-0.5 # of as many genres
"$models/train-default" "the data" splits "the model" >out 2>&1 || fail "train-default: $(tail -n 3 out)"
"$program" info "the model" | grep -q residual || fail "train-default made something else"
[ "$(grep -c train calls)" -eq "$(grep -vc '^#' "$models/members")" ] || fail "not one training a member"
cp "the model" first
"$models/train-default" "the data" splits "the model" >out 2>&1 || fail "train-default, again"
[ "$(grep -c train calls)" -eq "$(grep -vc '^#' "$models/members")" ] || fail "members learn again"
cmp first "the model" || fail "another model from the same members"
BIASES=0,0 "$models/train-default" "the data" splits "the model" >out 2>&1 || fail "train-default, without biases"
! cmp -s first "the model" || fail "biases change nothing"

FOLDS=3 "$models/cross-validate" inside "the data" splits "the folds" >out 2>&1 ||
  fail "cross-validate: $(tail -n 3 out)"
grep -q '^Threshold 0' out || fail "cross-validate names no threshold"
grep -q 'of 6 clips of other genres' out || fail "cross-validate does not say what becomes of other genres"
grep -q '^At the threshold 0.50' out || fail "cross-validate does not measure at the threshold"
grep -q 'named of speech  *[0-9] of 6' out || fail "cross-validate does not say what is named"
[ -s "the folds/default/fold-3.safetensors" ] || fail "no fold was merged"
! "$models/cross-validate" inside "the data" splits "the folds" nobody >out 2>&1 ||
  fail "cross-validate of nobody"
grep -q 'names no "nobody"' out || fail "cross-validate does not say who is missing"

"$models/study" "the data" splits mel fine off >out 2>&1 || fail "study: $(cat out)"
grep -Eq '^\| mel \| fine \| off \| [0-9.]+ \| [0-9.-]+ \| [0-9.]+ \| [0-9,]+ \| [0-9.]+ \|$' out ||
  fail "study printed $(cat out)"

mkdir broken
cp "$models/train-default" "$models/cross-validate" "$models/default.recipe" broken
echo "even training.seed=1 model.stem-stride=2" >broken/members
for script in "train-default" "cross-validate inside"; do
  # shellcheck disable=SC2086 # words
  ! broken/$script "the data" splits "no model" >out 2>&1 || fail "$script with a member without weight"
  grep -q '"even" has no weight' out || fail "$script does not say who has no weight"
done
