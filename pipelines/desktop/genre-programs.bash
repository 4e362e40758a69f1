# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for genre-listen, genre-radio and genre-tag. Options are asked of the program, so that they are
# never out of date.

_genre_program() {
  local cur prev words cword
  if declare -F _init_completion >/dev/null; then
    _init_completion -n =: || return
  else
    cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
  fi
  local program=${words[0]##*/} subcommand=
  case $program/${words[1]} in
  genre-radio/report | genre-radio/enqueue | genre-radio/dequeue | genre-radio/status | genre-tag/report | genre-tag/enqueue | genre-tag/work | genre-tag/collect | genre-tag/status)
    subcommand=${words[1]}
    ;;
  esac
  # of --option=VALUE the value is completed, whether it is one word or three
  local option=$prev
  case $cur in
  --*=*) option=${cur%%=*} cur=${cur#*=} ;;
  =) cur= ;;
  *) [ "$prev" != = ] || option=${words[cword - 2]} ;;
  esac
  if [ "$program $subcommand $option" = "genre-radio report --csv" ]; then
    mapfile -t COMPREPLY < <(compgen -W "songs hours days" -- "$cur")
    return
  fi
  case $cur in
  -*)
    # shellcheck disable=SC2086 # nothing, where there is no subcommand
    mapfile -t COMPREPLY < <(compgen -W "$("${words[0]}" $subcommand --help 2>/dev/null |
      grep -oE '^  (-[a-zA-Z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+')" -- "$cur")
    return
    ;;
  esac
  mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  compopt -o filenames 2>/dev/null
  [ "$cword" -eq 1 ] && [ "$option" = "$prev" ] || return 0
  case $program in
  genre-listen) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W mic -- "$cur") ;;
  genre-radio) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "mic report enqueue dequeue status" -- "$cur") ;;
  genre-tag) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "report enqueue work collect status" -- "$cur") ;;
  esac
}
complete -F _genre_program genre-listen genre-radio genre-tag
