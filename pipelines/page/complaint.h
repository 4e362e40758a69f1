/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What genre-radio says of what it was given, to a log that others read than those who know its
 * passwords. */
#pragma once
#include "../radio/station.h"
G_BEGIN_DECLS

/* "genre-radio: stations.txt, line 3: http://radio.example/: FAULT", translated. @place has no path
 * for what stands on the command line. */
void complain_of (StationPlace place, const char *what, const char *fault);

G_END_DECLS
