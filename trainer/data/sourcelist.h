/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreSourceList: which size and time the music had that spectrograms were made of, sources.tsv
 * beside dataset.json. The times of the files alone do not tell: music may be replaced by some that
 * is older than what was made of the one before.
 *
 * A spectrogram that it does not know (of an earlier version, or of a run that was killed) goes by
 * the times alone, so that nothing is lost with the file. */
#pragma once
#include "error.h"
G_BEGIN_DECLS

typedef struct _GenreSourceList GenreSourceList;

GenreSourceList *genre_source_list_new (void);
/* Whether @path may be written over: there is nothing, or such a list, whatever became of its
 * lines. GENRE_ERROR_INVALID, GENRE_ERROR_IO if it cannot be read */
gboolean genre_source_list_check (const char *path, GError **error);
/* Empty if there is none at @path; lines that are none are left out. (transfer full) */
GenreSourceList *genre_source_list_load (const char *path);
void genre_source_list_free (GenreSourceList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreSourceList, genre_source_list_free)

/* @name: of the spectrogram, below the folder of all, any bytes. @size: bytes. @changed: seconds
 * since 1970. */
void genre_source_list_set (GenreSourceList *list, const char *name, guint64 size, gint64 changed);
/* Takes out the spectrograms that are not there below @folder. */
void genre_source_list_forget_absent (GenreSourceList *list, const char *folder);
/* Whether it is known to be made of music of this size and time. */
gboolean genre_source_list_confirms (const GenreSourceList *list, const char *name, guint64 size,
                                     gint64 changed);
/* Whether it is known to be made of music of another size or time. */
gboolean genre_source_list_contradicts (const GenreSourceList *list, const char *name, guint64 size,
                                        gint64 changed);
/* The first spectrogram, GENRE/NAME.npy, below @folder that it does not know: its path, or NULL.
 * (transfer full) */
char *genre_source_list_find_strange (const GenreSourceList *list, const char *folder);
gboolean genre_source_list_save (const GenreSourceList *list, const char *path, GError **error);

/* Shards note what they have done in one list: between loading it and saving it nobody else may.
 * Waits for who has the lock, @limit seconds at most, and only a moment more once @stop (or NULL)
 * is set; -1 if it has not come by then, or where there are no locks: without it the caller must
 * do. */
int genre_source_list_lock (const char *path, guint limit, const gint *stop);
void genre_source_list_unlock (const char *path, int lock);

G_END_DECLS
