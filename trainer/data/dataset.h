/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreDataset: a folder of genre folders of stored spectrograms, held in memory.
 *
 * FOLDER/GENRE/STEM.npy, each (frames, bands): uint8, dB = value · 80/255 − 80 relative to the
 * clip's loudest value; or float32 dB (quantised to the same when read; what cannot be dB counts as
 * broken, levels.h). FOLDER/dataset.json,
 * written by `genre-train extract`, holds the front end; without it the default front end is
 * assumed. */
#pragma once
#include "frontend.h"
G_BEGIN_DECLS

typedef struct {
  char *stem; /* "blues.00012": file name without ending, unique in the data set; UTF-8 without
               * control characters, whatever the file is called */
  char *path;
  guint label;  /* index into labels; n_labels: music of none of them */
  char *artist; /* NULL if unknown; from genre_dataset_load_artists() */
  guint n_frames;
  guint8 *levels;   /* (n_frames, bands) */
  gboolean is_made; /* computed, by one processor like this, by another almost: its name says what
                       it is */
} GenreClip;

typedef struct {
  GenreFrontEndConfig front_end;
  guint n_labels;
  guint n_background;   /* of the labels, the last ones: genre_dataset_set_roles() */
  char **labels;        /* sorted; [a-z][a-z0-9_-]*, derived from folder names */
  char **display_names; /* "Hip-Hop" */
  GHashTable *folders;  /* labels of all genre folders, of those without a usable clip too */
  GHashTable *broken;   /* stems of files of genre folders that cannot be used */
  GPtrArray *clips;     /* of GenreClip, owned, sorted by (label, stem) */
  GPtrArray *problems;  /* of char *: every file, genre or list entry skipped, with the reason */
} GenreDataset;

static inline guint
genre_dataset_get_n_genres (const GenreDataset *dataset)
{
  return dataset->n_labels - dataset->n_background;
}

/* Broken files are skipped and noted in problems; GENRE_ERROR_DATA if nothing usable remains, if
 * fewer than two genres do, if labels collide or are reserved. */
GenreDataset *genre_dataset_load (const char *folder, GError **error);
/* A stored spectrogram anywhere, and what is known of it. */
typedef struct {
  const char *stem, *path; /* unique; of the spectrogram */
  guint label;
  const char *artist; /* or NULL */
  const char *source; /* file that it was made of, which problems name; NULL: they name @path */
} GenreDatasetEntry;

/* Those of @entries (n,), in @labels, NULL-terminated, the last @n_background of which are no
 * music. Broken files are skipped and noted in problems; GENRE_ERROR_DATA if none is left. */
GenreDataset *genre_dataset_load_entries (const GenreFrontEndConfig *front_end, char *const *labels,
                                          char *const *display_names, guint n_background,
                                          const GenreDatasetEntry *entries, guint n,
                                          GError **error);
/* A clip that is no file but was made. @levels: (n_frames, bands), taken. Changes the order of
 * nothing else: to be followed by genre_dataset_sort(). */
void genre_dataset_add (GenreDataset *dataset, const char *stem, guint label, const char *artist,
                        guint8 *levels, guint n_frames);
void genre_dataset_sort (GenreDataset *dataset);
void genre_dataset_free (GenreDataset *dataset);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreDataset, genre_dataset_free)

/* The clips that a list names, one path a line, matched by stem and, where it is in a folder
 * that is a genre, by that; absent, duplicate and malformed
 * ones, those that another folder has, those of which it takes a folder to say which is meant,
 * and those that were taken in spite of an ending that hardly a file has,
 * are noted in problems, with their count. GENRE_ERROR_DATA if none is left. (transfer
 * container) */
GPtrArray *genre_dataset_select (GenreDataset *dataset, const char *list_path, GError **error);
/* Not every folder is a genre. Those with the labels @background (NULL-terminated, or NULL for
 * none) hold no music: their labels go behind those of the genres. Those with the labels @others
 * hold music of other genres, of which nobody is to be sure: their labels are none any more.
 * GENRE_ERROR_DATA if there is none of that name with a usable clip, a label stands there twice, or
 * fewer than one genre is left. */
gboolean genre_dataset_set_roles (GenreDataset *dataset, char *const *background,
                                  char *const *others, GError **error);
/* Tab separated: clip, artist, title; the first line is a header unless it begins with a clip of
 * the data set. Fills in clip->artist. */
gboolean genre_dataset_load_artists (GenreDataset *dataset, const char *path, GError **error);
guint genre_clips_count_anonymous (const GPtrArray *clips); /* those without an artist */
/* Notes in problems how many of @clips (of GenreClip) the table @path leaves without an artist, if
 * it names that of any: nothing holds such a clip and its artist's others together. */
void genre_dataset_note_anonymous (GenreDataset *dataset, const GPtrArray *clips, const char *path);
/* What all spellings of the clip's artist have in common that differ in case and in the encoding of
 * accents only; NULL if unknown. (transfer full) */
char *genre_clip_key_artist (const GenreClip *clip);

G_END_DECLS
