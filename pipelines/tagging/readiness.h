/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would go wrong with every file, looked for before any of them is heard: once, not forty
 * thousand times, and before the journal knows of any. */
#pragma once
#include "commandline.h"
G_BEGIN_DECLS

/* In words for people; none: files can be heard. @is_usage: the command line is wrong. Leaves no
 * thread behind. (transfer full) of char * */
GPtrArray *readiness_find_faults (const CommandLine *options, gboolean *is_usage);

G_END_DECLS
