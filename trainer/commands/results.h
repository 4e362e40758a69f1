/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results under names that nobody has typed: what a command writes beside its output, or into a
 * folder, may take the place of its own kind, but of nothing else. */
#pragma once
#include "error.h"
G_BEGIN_DECLS

typedef enum {
  GENRE_RESULT_PAGE,     /* truthpage.h, as text */
  GENRE_RESULT_SUSPECTS, /* truthpage.h */
  GENRE_RESULT_MEASURES, /* report.h, as JSON */
  GENRE_RESULT_SCORES,   /* scores.h */
  GENRE_RESULT_TAGS,     /* taggedmusic.h: the cache */
} GenreResultKind;

/* Whether nothing is lost when such a result is written over what is at @path: nothing is there, an
 * empty file, or an earlier result of that kind. What is no regular file is left to whoever writes.
 * GENRE_ERROR_INVALID. */
gboolean genre_result_check_replaced (GenreResultKind kind, const char *path, GError **error);

G_END_DECLS
