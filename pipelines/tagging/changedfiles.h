/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that --undo is about: into which was written, wherever they are now. */
#pragma once
#include <signal.h>
#include "taggingrun.h"
G_BEGIN_DECLS

/* A path as the journal names it; NULL: everything. (transfer full) */
char *changed_files_find_place (const char *path);
/* Of the arguments, or all: those first that were moved, of which @run notes where from. What is in
 * the way, and what is not known, is said. @journal: NULL if there is none. @stop: becomes TRUE
 * when nobody wants to know any more. of char * (transfer full) */
GPtrArray *changed_files_list (TaggingRun *run, Journal *journal,
                               const volatile sig_atomic_t *stop);
/* What shows only when @restored (of char *) have been taken back: adds to @files
 * those in which something is left that was written under their present name, and says of which
 * something may be left that was written under another one. */
void changed_files_find_further (TaggingRun *run, Journal *journal, const GPtrArray *restored,
                                 GPtrArray *files, const volatile sig_atomic_t *stop);

G_END_DECLS
