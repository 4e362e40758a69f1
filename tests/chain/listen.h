/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests in this folder share: the sound files, and what the element makes of them. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* A path inside the test data folder. (transfer full) */
char *test_data_path (const char *name);
/* Paths of all .flac files under clips/, sorted; NULL if the folder is absent. (transfer full) */
GPtrArray *test_sound_files (void);
/* Runs `filesrc ! decodebin ! between genreclassify threshold=0 ! fakesink` to its end and returns
 * the genre of the final message, NULL if there was none. @between: elements with "!" after each,
 * may be "". @model: a file, or NULL for the built-in one. Fails the test on an error and after a
 * minute of nothing. (transfer full) */
char *test_listen (const char *path, const char *between, const char *model);

G_END_DECLS
