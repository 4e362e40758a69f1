/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Music in, stored spectrograms out: what `genre-train extract` does.
 *
 * Ranks (ranks.h) divide the files; all must see music and target under the same paths. Rank 0 gets
 * all problems, every rank the figures of all. */
#pragma once
#include "frontend.h"
#include "musicfolder.h"
G_BEGIN_DECLS

typedef struct {
  const char *source; /* folder of genre folders of music, or whatever errors are to name */
  const GenreMusicFolder *music; /* its files, where they are known; NULL: to be searched */
  const char *target;            /* folder of genre folders of spectrograms, made if need be */
  GenreFrontEndConfig front_end;
  Shard shard;          /* only its files; those of others are let be */
  guint n_excerpts;     /* of each file, spread over it; 0: the whole file */
  guint excerpt_frames; /* of each */
  guint n_threads;
  guint timeout;    /* seconds that a decoder may be silent */
  gboolean force;   /* also what is there and of its music */
  const gint *stop; /* or NULL */
} GenreExtractionJob;

typedef struct {
  guint n_files;     /* in all, or in the shard */
  guint n_extracted; /* now */
  guint n_current;   /* already there, not touched */
  guint n_unreadable;
  guint n_removed;     /* of another front end, and made of music that is not there any more */
  double seconds;      /* of audio, extracted now */
  GPtrArray *problems; /* of char *, owned: every file left out, with its reason */
  GPtrArray *notes;    /* the same of those that are used, though much less of them could be decoded
                          than they say they have */
} GenreExtraction;

/* A spectrogram appears whole or not at all, and whatever is extracted stays when the rest fails.
 * FALSE if something cannot be written (a full disk ends all), if no file could be read, if @target
 * was made with another front end and not @force, or with @force but only a shard is to be done, if
 * spectrograms are in @target that others made (where nothing would be removed and the front end is
 * the default one, they may stay);
 * G_IO_ERROR_CANCELLED if stopped, G_IO_ERROR_CONNECTION_CLOSED if another rank says why.
 * @extraction is filled in either way. gst_init() must have been called. Of excerpts exactly as
 * many frames are stored as are wanted, one after the other, also of a file that ends before it
 * says; one too short for them is stored as a whole. */
gboolean genre_extract (const GenreExtractionJob *job, GenreExtraction *extraction, GError **error);
void genre_extraction_clear (GenreExtraction *extraction);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GenreExtraction, genre_extraction_clear)

G_END_DECLS
