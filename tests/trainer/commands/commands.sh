#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# commands.sh GENRE-TRAIN: what the commands promise to shells: exit statuses, messages, files.
set -u
program=$(readlink -f "$1")
here=$(dirname "$(readlink -f "$0")")
manual=$here/../../../docs/genre-train.1
completion=$here/../../../trainer/genre-train.bash
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

commands="learn extract split train evaluate cross-validate merge combine compare robustness show-augmentation info"

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

# complete_words WORD...: what bash makes of the last one
complete_words() {
  (
    # shellcheck source=../../../trainer/genre-train.bash
    . "$completion"
    COMP_WORDS=("$program" "$@") COMP_CWORD=$# COMPREPLY=()
    _genre_train
    printf '%s\n' "${COMPREPLY[@]}" >out
  ) 2>err
}
for words in "extract --representation=m" "extract --representation = m" "extract -r m"; do
  read -ra typed <<<"$words"
  complete_words "${typed[@]}"
  [ "$(tr '\n' ' ' <out)" = "mel mfcc " ] || fail "genre-train $words<TAB>"
done
complete_words learn --labels =
[ "$(tr '\n' ' ' <out)" = "tags folders " ] || fail "genre-train learn --labels=<TAB>"
: >some.recipe
complete_words train --recipe=some.r
[ "$(cat out)" = some.recipe ] || fail "genre-train train --recipe=some.r<TAB>"
complete_words train --set training.ep
grep -q '^training\.epochs=$' out || fail "genre-train train --set training.ep<TAB>"

promise 2 "did you mean \"train\"?" trian
promise 2 "did you mean \"--output\"?" train --data . --outptu x
promise 2 "did you mean \"--output\"?" train --data . --outptu=x
for command in train cross-validate show-augmentation; do
  promise 2 "did you mean \"training.epochs\"?" $command --data . --output x --set training.epoch=3
  promise 2 "training.epochs is \"x\", expected a whole number" $command --data . --output x --set training.epochs=x
done
promise 1 "missing.safetensors" info missing.safetensors
promise 1 "missing.safetensors" evaluate --model missing.safetensors --data .
promise 1 "missing.json" compare missing.json
promise 1 "missing" extract missing spectrograms
mkdir -p unheard/rock && echo "no music" >unheard/rock/a.wav # with the genre's lack of others two problems
promise 1 "2 problems, said above." extract unheard spectrograms
! grep -q "spectrogram of what" err || fail "says again, or otherwise, what each problem says"
rm -rf unheard spectrograms
promise 2 "--representation tone" extract --representation tone . spectrograms
for option in "--hop 0" "--hop -5" "--rate 0" "--bands 0" "--timeout 0" "--fft-size -1"; do
  # shellcheck disable=SC2086 # words
  promise 2 "$option, a number above 0" extract $option . spectrograms
done
promise 2 "--coefficients is for" extract --coefficients 5 . spectrograms
[ ! -e spectrograms ] || fail "a wrong command line made a folder"
echo '{"format": 1}' >other.json
promise 1 "not a result" compare other.json

# Broken clips end in problems, counted, on standard error; the table goes to standard output.
mkdir -p data/one data/two
echo broken >data/one/a.npy
promise 1 "no genre folder" cross-validate --random --data data --output folds
promise 1 "a.npy" cross-validate --random --data data --output folds
[ ! -e folds ] || fail "a data set of nothing made a folder"
# Names come from anybody: no terminal may take them for commands.
escape=$(printf '\033')
echo broken >"data/one/${escape}[2Jb.npy"
promise 1 '\x1b[2Jb.npy' cross-validate --random --data data --output folds
! grep -q "$escape" out err || fail "a control character is printed"
echo '{}' >"${escape}[2Jc.json"
promise 1 '\x1b[2Jc.json' compare "${escape}[2Jc.json"
! grep -q "$escape" out err || fail "a control character is printed"

# What training leaves out is said, too. Frames of 128 bytes, 40 of them, or 20: too short.
clip() {
  mkdir -p "$(dirname "$1")"
  {
    printf '\223NUMPY\001\000\166\000%-117s\n' \
      "{'descr': '|u1', 'fortran_order': False, 'shape': ($2, 128), }"
    head -c "$(($2 * 128))" /dev/zero | tr '\000' "$3"
  } >"$1"
}
for i in 1 2 3 4; do
  clip "clips/jazz/j$i.npy" 40 a
  clip "clips/rock/r$i.npy" 40 z
done
clip clips/rock/short.npy 20 k
clip clips/blues/short.npy 20 k
brief="--set training.epochs=1 --set training.batch=4 --set training.group=4"
learn="--data clips --set model.widths=4,4 --set model.segment-frames=32 --set model.segment-step=16 $brief"
# shellcheck disable=SC2086 # words
promise 0 "2 clips are shorter than a segment" train $learn --output a.model
# shellcheck disable=SC2086 # words
promise 0 "blues: no clip to train on" train $learn --output b.model
# shellcheck disable=SC2086 # words
promise 0 "2 clips are shorter than" train $learn --threads 2000000000 --output c.model
cmp a.model c.model || fail "the number of threads matters"
# More than have anything to do are said to be so, unless nobody asked for them.
# shellcheck disable=SC2086 # words
promise 0 "Of 3 threads training itself uses 1: training.batch (4) / training.group (4)" train $learn --threads 3 --output c.model
# shellcheck disable=SC2086 # words
promise 0 "Of 3 threads training itself uses 2: training.batch (4)" cross-validate --random $learn --folds 2 --threads 3 \
  --set training.group=2 --output threads
for threads in "" "--threads 2"; do
  # shellcheck disable=SC2086 # words
  promise 0 "parameters" train $learn --set training.group=2 $threads --output c.model
  ! grep -q "training itself uses" err || fail "train $threads: speaks of idle threads"
done

# None and less than none are no numbers of threads.
for command in extract train cross-validate evaluate robustness learn; do
  for threads in 0 -3; do
    promise 2 "--threads $threads, a number above 0 expected" $command --threads $threads
  done
done

# What cannot be done is said before any work, in every name that a file may have.
# shellcheck disable=SC2086 # words
for option in "--temperature nan" "--temperature inf" "--temperature 0.001" "--threshold nan" "--doubt nan" "--body-rate nan" \
  "--checkpoint-every nan" "--temperature 0"; do
  promise 2 "genre-train train: ${option/ / is }, expected 0" train $learn --output d.model $option
done
# shellcheck disable=SC2086 # words
promise 1 "nowhere/d.model: cannot be written" train $learn --output nowhere/d.model
# shellcheck disable=SC2086 # words
promise 1 "nowhere/x.json: cannot be written" train $learn --output d.model --history nowhere/x.json
[ ! -e d.model ] || fail "a model was made"
list=$(printf 'list\377.txt')
printf 'j1\nr1\n' >"$list"
# shellcheck disable=SC2086 # words
promise 0 "parameters" train $learn --output d.model --valid-list "$list"
promise 0 '"train-clips" : 8' info d.model
promise 0 '"valid-list"' info d.model
if [ -c /dev/full ]; then
  for arguments in "info d.model" "--version"; do
    got=0
    # shellcheck disable=SC2086 # several words
    "$program" $arguments >/dev/full 2>err || got=$?
    [ "$got" -eq 1 ] || fail "genre-train $arguments: exit status $got on a full disk"
    grep -q '^genre-train: not everything could be printed' err || fail "genre-train $arguments: a full disk is not said"
  done
fi
grep -q 'list.*txt' out || fail "a list's name is lost"
promise 0 "" evaluate --model d.model --data clips --list "$list" --json "$list.json"
grep -q '"list"' "$list.json" || fail "a list's name is lost"
mkfifo pipe
for option in --json --scores; do
  promise 1 "pipe: cannot be written: a pipe or device" evaluate --model d.model --data clips $option pipe
  promise 1 "nowhere/x: cannot be written there" evaluate --model missing --data clips $option nowhere/x
done
[ -p pipe ] || fail "a file took the place of a pipe"
# So is where pictures cannot be: before the model is looked at.
mkdir -p figures/roc.png && ln -s nowhere/at/all dangling
for pictures in other.json other.json/deep pipe dangling ""; do
  promise 1 "cannot be written there, expected a folder" evaluate --model missing --data clips --pictures "$pictures"
done
promise 1 "figures/roc.png: cannot be written there" evaluate --model missing --data clips --pictures figures
rmdir figures/roc.png
promise 1 "figures/roc.png: is to be written twice" evaluate --model missing --data clips --pictures figures \
  --json figures/roc.png
promise 1 "missing: " evaluate --model missing --data clips --pictures figures/of/this
[ ! -e figures/of ] || fail "a folder was made for what was not drawn"
promise 0 "" evaluate --model d.model --data clips --list "$list" --pictures figures/of/this
[ -s figures/of/this/coverage.png ] || fail "no pictures where folders had to be made"
promise 0 "list" compare "$list.json" "$list.json" --json both.json
cp "$list.json" own.json
promise 1 "own.json: is read, too" compare Name=own.json --json ./own.json
promise 1 "own.json: is read, too" compare own.json --picture own.json
cmp own.json "$list.json" || fail "a comparison took the place of a result"
cp "$list.json" "${escape}[2Jd.json"
promise 0 '\x1b[2Jd' compare "${escape}[2Jd.json" "$list.json"
! grep -q "$escape" out err || fail "a control character is printed"
grep -q 'list' both.json || fail "a result's name is lost"

# What is written last would be all that is left: a model that is its own checkpoint was removed.
# shellcheck disable=SC2086 # words
for option in --checkpoint --history --picture; do
  promise 1 "own.model: is to be written twice" train $learn --output own.model $option ./own.model
done
# shellcheck disable=SC2086 # words
promise 1 "cannot be written there" train $learn --output ""
# shellcheck disable=SC2086 # words
for option in --from --teacher; do
  promise 1 "d.model: is read, too" train --data clips $brief --output d.model $option d.model
done
cp a.model b.model
promise 1 "b.model: is read, too" merge --output b.model a.model ./b.model
ln -sf a.model linked.model
promise 1 "linked.model: is read, too" merge --output linked.model a.model d.model
cp other.json song.mp3
promise 1 "song.mp3: is there and no model" merge --output song.mp3 a.model d.model
cmp a.model b.model || fail "merge wrote over a model that it read"
cp "$list" results
promise 1 "results: is read, too" evaluate --model d.model --data clips --list results --json results
promise 1 "x: is to be written twice" evaluate --model d.model --data clips --json x --scores ./x
promise 1 "nowhere/x: cannot be written there" robustness --model missing --data clips --json nowhere/x

# A model of other labels to begin with: the body stays as it is where it must not learn.
mkdir -p renamed && cp -r clips/jazz renamed/cool && cp -r clips/rock renamed/hard
# shellcheck disable=SC2086 # words
promise 0 "parameters" train --data renamed $brief --from a.model --body-rate 0 --output e.model
promise 0 '"from" : "a.model"' info e.model
grep -q "^  cool" out || fail "the new model has not the new labels"
# Its network is the other's: settings of one have no say and are not said to have had one.
grep -qF 'segment-frames=32' out || fail "the new model does not say which segments it hears"
! grep -qE 'widths=|architecture=' out || fail "the new model says that it is of another network"
for command in train cross-validate; do
  for setting in model.architecture=cnn model.segment-frames=64; do
    # shellcheck disable=SC2086 # words
    promise 2 "--set $setting has no effect with --from" $command --data renamed $brief --set $setting \
      --from a.model --output no.model
  done
done
# What is set and can have no effect is refused; the default asks for none, and a recipe may be for other data.
for command in "train --output no.model" "cross-validate --random --output none"; do
  for setting in "--set augmentation.announcer=0.9|--background" "--set training.others=5|--other" "--body-rate 0.1|--from"; do
    said=${setting/|/ has no effect without } said=${said/ 0.1 / }
    # shellcheck disable=SC2086 # words
    promise 2 "$said" $command --data clips $brief ${setting%|*}
  done
done
# shellcheck disable=SC2086 # words
promise 2 "--set training.patience=1 has no effect without --valid-list" train $learn --output no.model --set training.patience=1
# shellcheck disable=SC2086 # words
promise 2 "--set training.patience=1 has no effect: there is no valid list" cross-validate $learn --random --output none \
  --set training.patience=1
printf '[training]\nothers=5\npatience=1\n[augmentation]\nannouncer=0.9\n' >idle.recipe
# shellcheck disable=SC2086 # words
promise 0 "parameters" train $learn --output idle.model --recipe idle.recipe --set augmentation.announcer=1 --set augmentation.announcer=0 \
  --set training.others=5 --set training.others=1 --set training.patience=0
printf '[model]\nwidths=99,99\nsegment-frames=16\nsegment-step=16\n[training]\nlearning-rate=0.003\n' >wide.recipe
# shellcheck disable=SC2086 # words
promise 0 "parameters" train --data renamed $brief --recipe wide.recipe --from a.model --output wide.model
promise 0 'learning-rate=0.003' info wide.model
grep -qF 'segment-frames=32' out || fail "a recipe's segments are taken for the model's"
! grep -qE 'widths=|segment-frames=16' out || fail "what a recipe says of a network is taken for what the model is"
# shellcheck disable=SC2086 # words
promise 1 "missing.model" train --data clips $brief --from missing.model --output no.model
# shellcheck disable=SC2086 # words
promise 2 "--body-rate is 2, expected 0 to 1" train --data clips $brief --from a.model --body-rate 2 --output no.model
[ ! -e no.model ] || fail "a transfer that failed left a model"

# Lists: every clip once, no artist in two of them, the same ones for a seed.
{
  printf 'clip\tartist\ttitle\n'
  for i in 1 2 3 4; do printf 'j%s\tA%s\t\nr%s\tA%s\t\n' $i $i $i $i; done
} >artists.tsv
promise 0 "to train" split --data clips --artists artists.tsv --output lists --valid 25 --test 25
[ "$(cat lists/*.txt | wc -l)" -eq 10 ] || fail "lists of $(cat lists/*.txt | wc -l) lines of 10 clips"
[ "$(sort lists/*.txt | uniq | wc -l)" -eq "$(cat lists/*.txt | wc -l)" ] || fail "a clip is in two lists"
for part in train valid test; do
  sed -n 's/.*[jr]\([1-4]\).npy/\1/p' "lists/$part.txt" | sort -u
done | sort | uniq -d >twice
[ ! -s twice ] || fail "artist $(cat twice) is in two lists"
for part in train valid test; do [ -s "lists/$part.txt" ] || fail "$part.txt is empty"; done
promise 0 "to train" split --data clips --artists artists.tsv --output again --valid 25 --test 25
cmp lists/test.txt again/test.txt || fail "the same seed gave other lists"
promise 1 "is there already" split --data clips --artists artists.tsv --output lists
promise 2 "--artists is needed, or --random" split --data clips --output other
promise 2 "exclude each other" split --data clips --random --artists artists.tsv --output other
promise 2 "--test is 99, expected 0 to 95" split --data clips --random --output other --test 99
promise 2 "the sum of --valid and --test is 100, expected 0 to 95" split --data clips --random --output other --test 50 --valid 50
promise 2 "--seed is -1, expected 0 or more" split --data clips --random --output other --seed -1
# A table that hardly names anybody makes lists as good as random ones.
head -n 3 artists.tsv >few.tsv
promise 0 "few.tsv: 8 of 10 clips have no artist there; each counts" split --data clips --artists few.tsv --output parted
promise 0 "to train" split --data clips --random --output other
# What was asked for is never nothing: one of twenty clips is as near to two percent as a genre comes.
mkdir -p many/jazz many/rock
for i in {1..20}; do
  cp clips/jazz/j1.npy "many/jazz/a$i.npy"
  cp clips/rock/r1.npy "many/rock/b$i.npy"
done
promise 0 "36 clips to train, 2 to watch, 2 to test" split --data many --random --valid 2 --test 2 --output few
promise 0 "28 clips to train, 0 to watch, 12 to test" split --data many --random --valid 0 --test 30 --output none
promise 0 "4 clips to train, 18 to watch, 18 to test" split --data many --random --valid 45 --test 45 --output most
for part in valid test; do # of each genre about as many
  [ "$(grep -c jazz most/$part.txt)" -eq 9 ] || fail "$part.txt has no nine clips of jazz: $(cat most/$part.txt)"
done
for i in {1..20}; do printf 'a%s\tA%s\nb%s\tB%s\n' "$i" "$i" "$i" "$i"; done >many.tsv
promise 0 "2 to watch, 2 to test" split --data many --artists many.tsv --valid 2 --test 2 --output whole
# A genre by one artist is learnt, and it is said where it is missing.
for i in {1..20}; do printf 'a%s\tA%s\nb%s\tThe only one\n' "$i" "$i" "$i"; done >only.tsv
promise 0 "test.txt has no clip of 1 genre: Rock" split --data many --artists only.tsv --output only
grep -qx "Rock  *20  *0  *0" out || fail "no table says where rock is: $(cat out)"
grep -qx "Jazz  *12  *4  *4" out || fail "no table says where jazz is: $(cat out)"
! grep -q "train.txt has no clip" out || fail "a genre by one artist is not learnt"
for i in {1..20}; do printf 'a%s\tA\nb%s\tB\n' "$i" "$i"; done >ones.tsv
promise 1 "2 artists leave a list empty, since genres by fewer than 2 artists have none for each" split --data many --artists ones.tsv --valid 0 --output ones
[ ! -e ones ] || fail "lists that cannot be are there"
mkdir -p pair/jazz pair/rock
cp clips/jazz/j1.npy pair/jazz && cp clips/rock/r1.npy pair/rock
promise 1 "2 clips, expected at least 3" split --data pair --random --output pairs
printf 'j1\tA\nr1\tB\n' >pair.tsv
promise 1 "2 artists, expected at least 3" split --data pair --artists pair.tsv --output pairs
[ ! -e pairs ] || fail "lists that cannot be are there"
promise 1 "2 clips leave a list empty, since genres of fewer than 2 clips have none for each" split --data pair --random --valid 0 --output pairs
# A small genre has its part in each list, wherever it stands among the others.
mkdir -p small/{a,b,c,d}
for genre in a b c d; do for i in 1 2 3; do cp clips/jazz/j1.npy "small/$genre/$genre$i.npy"; done; done
promise 0 "4 clips to train, 4 to watch, 4 to test" split --data small --random --output smalls
# shellcheck disable=SC2086 # words
promise 0 "parameters" train $learn --train-list lists/train.txt --valid-list lists/valid.txt \
  --output s.model --history s.csv --set training.epochs=3 --set training.validate-every=1
[ "$(head -n 1 s.csv)" = "epoch,train-loss,learning-rate,valid-loss,valid-accuracy" ] || fail "no table of epochs"
[ "$(grep -c '^[123],[0-9.]*,[0-9.e-]*,[0-9.]*,[0-9.]*$' s.csv)" -eq 3 ] || fail "the table is $(cat s.csv)"
# A run that patience ends says so, and so does its model.
# shellcheck disable=SC2086 # words
promise 0 "Stopped after epoch" train $learn --train-list lists/train.txt \
  --valid-list lists/valid.txt --output short.model --history short.csv --set training.epochs=200 \
  --set training.validate-every=1 --set training.patience=1 --set training.learning-rate=0
read -r last stored <<<"$(sed -n 's/^Stopped after epoch \(.*\) of 200, weights of epoch \(.*\) kept$/\1 \2/p' out)"
[ "$last" -eq $((stored + 1)) ] || fail "not the epoch before the last one is stored"
[ "$(tail -n 1 short.csv | cut -d, -f1)" = "$last" ] || fail "the table is $(cat short.csv)"
promise 0 '"stored-epoch"' info short.model

# A committee: what members say of the same clips, averaged; no member is written over.
printf 'j2\nr2\n' >other.txt
promise 0 "" evaluate --model a.model --data clips --list "$list" --scores a.tsv
promise 0 "" evaluate --model d.model --data clips --list "$list" --scores d.tsv
promise 0 "" evaluate --model d.model --data clips --list other.txt --scores other.tsv
promise 0 "fitted to these scores" combine --output both a.tsv d.tsv
promise 0 "Temperature 2.000 of the mean, as given" combine --output both --temperature 2 a.tsv d.tsv
printf 'clip\tgenre\tjazz\trock\nx\tjazz\t0.9\t0.1\ny\tjazz\t0.8\t0.2\n' >jazz.tsv
promise 0 "Temperature 0.100 of the mean, fitted to these scores, at the limit of what is tried" combine --output jazz jazz.tsv jazz.tsv
promise 0 "Temperature 0.100 of the mean, as given" combine --output jazz --temperature 0.1 jazz.tsv jazz.tsv
! grep -q "at the limit" out || fail "a temperature that is given is said to be at the limit of a search"
for file in result.json scores.tsv pictures/confusion.png; do
  [ -s "both/$file" ] || fail "combine does not write $file"
done
promise 0 "both/result" compare both/result=both/result.json
! grep -q "different numbers" out || fail "one result differs from itself"
promise 0 "  result" compare =both/result.json
promise 1 "pictures are PNG" compare both/result.json --picture f1.SVG
promise 1 "standard output" compare both/result.json --json -
promise 1 "standard output" info --json - a.model
promise 1 "is read, too" info --json a.model a.model
promise 0 "Labels" info --json ./- a.model
[ -s ./- ] || fail "no file -"
# shellcheck disable=SC2086 # words
promise 1 "pictures are PNG" train $learn --output no.model --picture no.pdf
# Of several lists all clips count, each once.
promise 0 "" evaluate --model d.model --data clips --list other.txt --list "$list" --list other.txt \
  --scores all.tsv --json all.json
promise 0 "of different numbers of clips" compare "$list.json" all.json
grep -Eq "^Clips +[0-9]+ +[0-9]+$" out || fail "nobody says of how many clips results are"
grep -Eq "^95 % interval( +[0-9.]+–[0-9.]+){2}$" out || fail "nobody says how sure an accuracy is"
[ "$(tail -n +2 all.tsv | cut -f 1 | tr '\n' ' ')" = "j2 r2 j1 r1 " ] || fail "not all clips of two lists are measured"
tr -d ' \n' <all.json | grep -qF '"lists":["other.txt","list' || fail "a list's name is lost"
cp other.txt read.txt
promise 1 "read.txt: is read, too" evaluate --model d.model --data clips --list "$list" --list read.txt --json read.txt
# shellcheck disable=SC2086 # words
promise 1 "read.txt: is read, too" train $learn --output v.model --valid-list "$list" --valid-list read.txt --history read.txt
# shellcheck disable=SC2086 # words
promise 0 "parameters" train $learn --output v.model --valid-list "$list" --valid-list other.txt
promise 0 '"train-clips" : 6' info v.model
tr -d ' \n' <out | grep -qE '"valid-list":\["list[^]]*","other.txt"\]' || fail "a valid list's name is lost"
promise 1 "other.tsv: 2 of the 2 clips of a.tsv are missing, the first of them \"j1\" (line 2)" \
  combine --output wrong a.tsv other.tsv
[ ! -e wrong ] || fail "members that do not fit made a folder"
for file in others.tsv others2.tsv; do printf 'clip\tgenre\tjazz\trock\nx\tunknown\t0.5\t0.5\n' >$file; done
promise 1 "no clip of a genre among 1" combine --output nobody others.tsv others2.tsv
promise 1 "both/scores.tsv: the folder of --output is in use" combine --output both a.tsv both/scores.tsv
touch both/plan.json
promise 1 "both/plan.json: the folder of --output is in use" combine --output both a.tsv d.tsv
mkdir -p notes
for name in result.json scores.tsv; do
  echo "somebody's" >"notes/$name"
  promise 1 "notes/$name: is there and no " combine --output notes a.tsv d.tsv
  [ "$(cat "notes/$name")" = "somebody's" ] || fail "$name was written over"
  : >"notes/$name"
done
promise 0 "fitted to these scores" combine --output notes a.tsv d.tsv
promise 2 "at least two files" combine --output both a.tsv
for temperature in nan 0 101; do
  promise 2 "genre-train combine: --temperature is $temperature, expected 0.01 to 100" combine --output both \
    --temperature $temperature a.tsv d.tsv
done

# One model of several.
promise 0 "merged.model: 2 models" merge --output merged.model --temperature 0.9 --threshold 0.3 a.model d.model
promise 0 '"merged"' info merged.model
promise 0 "Accuracy" evaluate --model merged.model --data clips --list "$list"
promise 0 "half.model: 2 models" merge --half --output half.model a.model merged.model
promise 0 "0.shortcut.0.body.0  " info half.model
promise 1 "nowhere.model" merge --output no.model a.model nowhere.model
promise 1 "nowhere/m.model" merge --output nowhere/m.model a.model d.model
promise 0 "weighted.model: 2 models" merge --output weighted.model --weights 1,2.5 a.model d.model
promise 0 '"weights"' info weighted.model
promise 2 "expected 2 numbers" merge --output no.model --weights 1 a.model d.model
promise 0 "biased.model: 2 models" merge --output biased.model --biases 9,0,-9 a.model d.model
promise 1 "expected 3 numbers from -20 to 20" merge --output no.model --biases 1 a.model d.model
promise 0 "alone.model: 1 model, " merge --output alone.model --temperature 0.7 --biases 1,0,-1 a.model
promise 0 "temperature 0.700" info alone.model
promise 0 "parameters, temperature 0.700, threshold 0.3, doubt 2" merge --output doubting.model --temperature 0.7 --threshold 0.3 --doubt 2 a.model
promise 0 "parameters, temperature 0.900, threshold 0, doubt 0" merge --output sure.model --temperature 0.9 doubting.model
# A temperature takes the place of a single model's own, and without one what the model answers stays.
promise 0 "hot.model" merge --output hot.model --temperature 2 a.model
promise 0 "again.model" merge --output again.model --temperature 0.7 hot.model
promise 0 "straight.model" merge --output straight.model --temperature 0.7 a.model
promise 0 "kept.model" merge --output kept.model hot.model
promise 0 "temperature 1.000" info kept.model
for model in hot again straight kept; do
  promise 0 "Accuracy" evaluate --model $model.model --data clips --scores $model.tsv
done
cmp straight.tsv again.tsv || fail "merge multiplies the temperature of a single model"
[ "$(cut -c 1-12 hot.tsv)" = "$(cut -c 1-12 kept.tsv)" ] || fail "a model of its own does not stay what it is"
! cmp -s straight.tsv hot.tsv || fail "a temperature changes nothing"
promise 2 "a model is needed" merge --output no.model
for option in --temperature --threshold --doubt; do
  promise 2 "genre-train merge: $option is nan, expected 0" merge --output no.model "$option" nan a.model d.model
done
promise 2 "output is needed" merge a.model d.model
[ ! -e no.model ] || fail "a merger that failed left a model"

# What becomes of answers: the same each time, without a look at the right ones unless it is wanted.
robust="robustness --data clips --list $list --list other.txt"
# shellcheck disable=SC2086 # words
promise 0 "4 of 4" $robust --model a.model --threads 1 --json robustness.json
grep -q '^as it is  *100.0 %' out || fail "the clean answers differ from themselves"
! grep -q Accuracy out || fail "robustness looks at the right answers unasked"
awk '!/─/ && !n++ { wide = length ($0) } !/─/ && length ($0) != wide { bad = 1 } END { exit bad }' out ||
  fail "the longest condition does not fit into its column"
mv out first
grep -q '"agreement" : 1.0' robustness.json || fail "robustness --json has no agreement"
! grep -q '"accuracy"' robustness.json || fail "robustness looks at the right answers unasked"
# shellcheck disable=SC2086 # words
promise 0 "pink noise" $robust --model a.model --threads 3
cmp first out || fail "robustness differs from run to run"
# shellcheck disable=SC2086 # words
promise 0 "Accuracy" $robust --model a.model --accuracy --json robustness.json
grep -q '"accuracy"' robustness.json || fail "robustness --accuracy --json has no accuracy"
# shellcheck disable=SC2086 # words
promise 0 "Mean accuracy of 2 folds, calibrated" cross-validate --random $learn --folds 2 --output folds
# what is said of a fold is of other answers than what is said in the end
grep -q "fold 2 of 2, not yet calibrated: accuracy" err || fail "cross-validate says $(cat err)"
# of which fold each model learnt from less than it seems
for fold in 1 2; do
  [ "$(grep -c "^  fold $fold of 2: .*shorter than a segment" err)" -eq 1 ] || fail "fold $fold's short clips are not said to be its own"
done
! grep -q "^  [0-9].*shorter than a segment" err || fail "short clips are said of no fold"
grep -q "^Temperature" out || fail "cross-validate says no temperature"
found=$(sed -n 's/^Threshold \([0-9.]*\):.*/\1/p' out)
/usr/bin/python3 - "$found" folds/result.json <<'END' || fail "the threshold that is printed is not in the result"
import json, sys
result = json.load(open(sys.argv[2], encoding="utf-8"))
assert result["threshold"] == 0 and abs(result["found-threshold"]["threshold"] - float(sys.argv[1])) < 0.006, result
END
! grep -q "grouped by artist" err || fail "a table that was not given is said to have no effect"
! grep -q "clips-without-artist" folds/result.json || fail "artists are counted that nobody asked for"
# shellcheck disable=SC2086 # words
promise 0 "few.tsv: 8 of 10 clips have no artist there; each counts" cross-validate --artists few.tsv $learn --folds 2 --output hardly
grep -q '"clips-without-artist" : 8' hardly/result.json || fail "clips without an artist are not in the result"
# shellcheck disable=SC2086 # words
promise 0 "not grouped by artist" cross-validate --random --artists few.tsv $learn --folds 2 --output mixed
! grep -q "few.tsv" err || fail "artists are missed that nobody groups by"
# shellcheck disable=SC2086 # words
promise 0 "never heard it" $robust --folds folds
# shellcheck disable=SC2086 # words
promise 0 "as it is" $robust --model folds/fold-1.safetensors
printf 'rock/short\nj1\n' >short.txt
promise 0 "folds: held out 1 of 2 clips" robustness --data clips --list short.txt --folds folds
# What no model can be is said before anything is written.
# shellcheck disable=SC2086 # words
promise 1 "model.coefficients is 200, but the data set has 128 bands" cross-validate --random $learn --folds 2 --output unmade \
  --set model.representation=mfcc --set model.coefficients=200
# shellcheck disable=SC2086 # words
promise 1 "model.coefficients is 200, but the data set has 128 bands" train $learn --output no.model \
  --set model.representation=mfcc --set model.coefficients=200
cp -r clips rapid
cat >rapid/dataset.json <<'END'
{"format": "genreclassify-dataset-1", "samples": "audio-input",
 "front-end": {"representation": "mel", "rate": 22050, "fft-size": 2048, "hop": 100, "bands": 128, "coefficients": 0,
               "min-frequency": 0, "max-frequency": 11025}}
END
# shellcheck disable=SC2086 # words
promise 1 "segments a second, expected at most" cross-validate --random ${learn/clips/rapid} --folds 2 --output unmade \
  --set model.segment-step=1
[ ! -e unmade ] || fail "folds of what cannot be are begun"
# Folds that begin with what another model knows: with its body held fast it stays what it was.
# shellcheck disable=SC2086 # words
promise 0 "Mean accuracy of 2 folds" cross-validate --random --data renamed $brief --folds 2 --from a.model --body-rate 0 --output begun
grep -q '"from" : "a.model"' begun/result.json || fail "what folds began with is not in their result"
# shellcheck disable=SC2086 # words
promise 1 "begins-with" cross-validate --random --data renamed $brief --folds 2 --from a.model --output begun --resume
promise 1 "missing.model" cross-validate --random --data renamed --output none --from missing.model
promise 2 "exclude each other" cross-validate --data clips --output one --from a.model --merge folds --merge folds
promise 2 "--recipe and --merge exclude each other" cross-validate --random --data clips --output one --merge folds --merge folds --recipe x
promise 2 "--set training.epochs=9 has no effect with --merge" cross-validate --random --data clips --output one --merge folds \
  --merge folds --set training.epochs=9
promise 0 "Mean accuracy of 2 folds" cross-validate --random --data clips --folds 2 --output merged --merge folds --merge folds
! grep -q '"recipe"' merged/result.json || fail "a recipe is said to have been followed where nothing was learnt"
grep -q '"recipe"' folds/result.json || fail "the recipe that was followed is not in the result"
# Nobody's files are written over for having the name of a result.
for name in result.json scores.tsv pictures/roc.png; do
  mkdir -p of-others/pictures
  cp "folds/$name" "of-others/$name"
  # shellcheck disable=SC2086 # words
  promise 1 "of-others/$name: is there, but beside it no plan.json" cross-validate --random $learn --folds 2 --output of-others
  cmp "folds/$name" "of-others/$name" || fail "$name was written over"
  [ ! -e of-others/plan.json ] || fail "begun all the same"
  rm -r of-others
done
promise 2 "--body-rate is 2, expected 0 to 1" cross-validate --data clips --output one --from a.model --body-rate 2
# Nothing takes the place of what is read, or of what has just been written, by whatever way it is named.
mkdir real && ln -s real linked
# shellcheck disable=SC2086 # words
promise 1 "m.model" train $learn --output real/m.model --checkpoint linked/m.model
promise 1 "results" evaluate --model a.model --data clips --json real/results --scores linked/results
cp a.model read.model
promise 1 "read.model" robustness --model read.model --data clips --json read.model
promise 1 "plan.json" robustness --folds folds --data clips --json folds/plan.json
cmp a.model read.model || fail "robustness has written over its model"
promise 1 "a spectrogram is there" evaluate --model a.model --data clips --scores clips/rock/r1.npy
# shellcheck disable=SC2086 # words
promise 0 "augmentation.announcer=0.5 is not drawn" show-augmentation ${learn/$brief/} --set augmentation.announcer=0.5 --output seen.png
for ending in tif TIFF bmp svgz avif; do
  promise 1 "drawn.$ending: pictures are PNG" show-augmentation --data clips --output "drawn.$ending"
done
promise 1 "a spectrogram is there" show-augmentation --data clips --output clips/rock/r1.npy
mkdir own && cp a.model own/fold-1.safetensors
# shellcheck disable=SC2086 # words
promise 1 "fold-1.safetensors" cross-validate --random --data renamed $brief --folds 2 --from own/fold-1.safetensors --output own
cmp a.model own/fold-1.safetensors || fail "the model that folds begin with was written over"
# One genre and what is no music: nothing can be measured.
# shellcheck disable=SC2086 # words
promise 1 "expected two or more" cross-validate --random ${learn/clips/renamed} --folds 2 --output one --background hard
[ ! -e one ] || fail "begun all the same"
# shellcheck disable=SC2086 # words
promise 0 "parameters" train ${learn/clips/renamed} --background hard --output detector.model
promise 1 "no two genres" evaluate --model detector.model --data renamed
promise 1 "no two genres" robustness --model detector.model --data renamed
# What is no music has no genre that could stay: it counts nowhere, and is counted.
cp -r clips three
for i in 1 2; do
  clip "three/noise/n$i.npy" 40 q
done
# shellcheck disable=SC2086 # words
promise 0 "parameters" train ${learn/clips/three} --background noise --output three.model
promise 0 "noise: no music to the model, 2 clips left out" robustness --model three.model --data three --accuracy --json three.json
grep -q '"clips" : 8' three.json || fail "robustness counts background as if it were music"
grep -q '"left-out" : 4' three.json || fail "robustness does not say how many it left out"
printf 'n1\nn2\n' >noise.txt
promise 1 "none of 2 clips is music" robustness --model three.model --data three --list noise.txt
promise 2 "two folders or more" cross-validate --data clips --output one --merge folds
promise 2 "expected 2 numbers" cross-validate --random --data clips --output one --merge folds --merge folds --weights 1
promise 2 "--artists is needed, or --random" cross-validate --data clips --output one
promise 2 "weights is for --merge" cross-validate --data clips --output one --weights 1,2
for option in --threshold --doubt; do
  promise 2 "genre-train cross-validate: $option is nan, expected 0" cross-validate --data clips --output one "$option" nan
done
for seconds in nan inf -1; do
  promise 2 "--seconds $seconds" evaluate --model a.model --data clips --seconds $seconds
done
for option in --min-frequency --max-frequency; do
  promise 1 "expected a range inside" extract clips spectrograms "$option" nan
done
promise 1 "frequencies from 0 to 0 Hz, expected a range inside" extract clips spectrograms --max-frequency 0
promise 1 "missing/plan.json" robustness --data clips --folds missing
promise 2 "either --model or --folds" robustness --data clips --folds folds --model a.model
promise 2 "either --model or --folds" robustness --data clips

# No seconds between two checkpoints are none, and not the minute that is otherwise between them.
# shellcheck disable=SC2086 # words
"$program" train $learn --output often.model --checkpoint-every 0 --threads 1 --set training.epochs=4000 >out 2>err &
pid=$!
until [ -s often.model.checkpoint ] || ! kill -0 $pid 2>/dev/null; do sleep 0.1; done
[ -s often.model.checkpoint ] || fail "no checkpoint between steps with --checkpoint-every 0"
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null

# Hours of work are not written over, and what is finished leaves no checkpoint.
[ ! -e a.model.checkpoint ] || fail "a finished training left its checkpoint"
echo hours >a.model.checkpoint
# shellcheck disable=SC2086 # words
promise 1 "a.model.checkpoint: left by an interrupted run" train $learn --output a.model
[ "$(cat a.model.checkpoint)" = hours ] || fail "a checkpoint was written over"

[ "$failed" -eq 0 ] && echo "all kept"
exit "$failed"
