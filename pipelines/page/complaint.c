/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complaint.h"
#include "../translation.h"
#include "publictext.h"
#include <stdio.h>

void
complain_of (StationPlace place, const char *what, const char *fault)
{
  g_autofree char *where = station_place_show (place);
  g_autofree char *shown = public_uri (what);
  g_autofree char *words = translate_fault (fault);
  g_autofree char *text = public_text (words);
  fprintf (stderr, "genre-radio: %s%s: %s\n", where, shown, text);
}
