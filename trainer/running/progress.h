/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line on a terminal that says how much is done and how long the rest will take; where standard
 * error is not a terminal, a line for every tenth. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct _GenreProgress GenreProgress;

/* @what: "clips". @total_work: in any unit that time is proportional to. */
GenreProgress *genre_progress_new (const char *what, guint total, guint64 total_work);
void genre_progress_free (GenreProgress *progress); /* ends the line */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreProgress, genre_progress_free)
/* One more is done, which was @work. From any thread. */
void genre_progress_step (GenreProgress *progress, guint64 work, const char *name);
/* "1:02:03", "4:05" */
char *genre_progress_format_time (double seconds);

G_END_DECLS
