#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# genre-radio over a queue, with a Redis of its own. $1: what radio_queue.py does.
. "$(dirname "$0")/common.sh"
here=$(dirname "$(readlink -f "$0")")
command -v redis-server >/dev/null || skip "needs the package redis-server"
gst-inspect-1.0 lamemp3enc >/dev/null || skip "no lamemp3enc"
export LC_ALL=C.UTF-8 no_proxy=127.0.0.1 GST_REGISTRY=$PWD/registry.bin PYTHONDONTWRITEBYTECODE=1

make_broadcast 60
/usr/bin/python3 "$here/radio_queue.py" "$1"
