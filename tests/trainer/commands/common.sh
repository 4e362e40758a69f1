# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What tests of commands share: a scratch folder that goes away with them, and how they fail.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "FAILED: $1"
  tail -n 20 out err
  exit 1
}
