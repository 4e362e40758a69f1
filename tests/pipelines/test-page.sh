#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# test-page.sh NAME: the page of genre-radio, as page/NAME.py tests it: what it serves, what it resists, what a proxy
# and systemd make of it. The stations are those of stations.py.
. "$(dirname "$0")/common.sh"
python=/usr/bin/python3
here=$(dirname "$(readlink -f "$0")")
export GST_REGISTRY=$PWD/registry.bin no_proxy=127.0.0.1 PYTHONDONTWRITEBYTECODE=1
for element in lamemp3enc icydemux; do
  gst-inspect-1.0 $element >/dev/null || skip "no $element"
done

make_broadcast 60
start_stations
"$python" "$here/page/$1.py" "$server"
