# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for genre-train. Options are asked of the program, so that they are never out of date.

_genre_train() {
  local cur prev words cword
  if declare -F _init_completion >/dev/null; then
    _init_completion -n = || return
  else
    cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
  fi
  if [ "$cword" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "learn extract split train evaluate cross-validate combine merge compare \
      robustness show-augmentation info --help --version" -- "$cur")
    return
  fi
  # of --option=VALUE the value is completed, whether it is one word or three
  local option=$prev
  case $cur in
  --*=*) option=${cur%%=*} cur=${cur#*=} ;;
  =) cur= ;;
  *) [ "$prev" != = ] || option=${words[cword - 2]} ;;
  esac
  case $option in
  --labels)
    mapfile -t COMPREPLY < <(compgen -W "tags folders" -- "$cur")
    return
    ;;
  -r | --representation)
    if [ "${words[1]}" = extract ]; then
      mapfile -t COMPREPLY < <(compgen -W "mel linear mfcc" -- "$cur")
      return
    fi
    ;;
  --set)
    mapfile -t COMPREPLY < <(compgen -S = -W "$("${words[0]}" train --help 2>/dev/null |
      grep -oE '^  (model|training|augmentation)\.[a-z-]+')" -- "$cur")
    compopt -o nospace
    return
    ;;
  esac
  case $cur in
  -*)
    mapfile -t COMPREPLY < <(compgen -W "$("${words[0]}" "${words[1]}" --help 2>/dev/null |
      grep -oE '^  (-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+')" -- "$cur")
    ;;
  *)
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    compopt -o filenames 2>/dev/null
    ;;
  esac
}
complete -F _genre_train genre-train
