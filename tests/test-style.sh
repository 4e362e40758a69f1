#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# test-style.sh c|shell: spaces are as .clang-format has them; shellcheck finds nothing in the scripts.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
case $1 in
  c)
    command -v clang-format-14 >/dev/null || exit 77
    faults=$(find src gst trainer pipelines tests -name '*.[ch]' -print0 |
      xargs -0 clang-format-14 --dry-run -Werror 2>&1) || {
      echo 'clang-format-14 -i would change:'
      sed -n 's/:[0-9]*:[0-9]*: error.*//p' <<<"$faults" | sort -u
      exit 1
    } >&2
    ;;
  shell)
    command -v shellcheck >/dev/null || exit 77
    grep -rlIE '^#!/bin/(ba)?sh' .ci debian models pipelines plugins tests trainer | xargs shellcheck -x -P SCRIPTDIR
    ;;
esac
