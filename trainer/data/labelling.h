/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreLabelling: which of a collection's genres are learnt, and from which songs.
 *
 * A song is of one genre: of those that its tag names, the first that is kept. Kept are those with
 * enough artists, as many as a model has room for; the one with the fewest goes first, and its
 * songs go on to the next genre of their tags. Songs of dropped genres alone are what a model can
 * learn doubt from, unless such a genre is a kind of a kept one by its name ("Alternative Rock"),
 * or the other way round. */
#pragma once
#include "genrenames.h"
#include "model.h"
#include "taggedmusic.h"
G_BEGIN_DECLS

#define GENRE_MOST_KEPT (GENRE_MODEL_MAX_LABELS - 16) /* a background wants room, too */
#define GENRE_NO_LABEL G_MAXUINT
#define GENRE_FOREIGN (G_MAXUINT - 1) /* music of none of the kept genres, to be doubted */

typedef struct {
  char *key;   /* genrenames.h */
  char *name;  /* as people write it: "Drum & Bass" */
  char *label; /* "drum-bass"; NULL of those not kept */
  guint n_songs, n_artists;
  gboolean has_no_room; /* dropped though artists were enough: GENRE_MOST_KEPT others have more */
} GenreOwnGenre;

typedef struct {
  GPtrArray *kept;    /* of GenreOwnGenre, owned, sorted by label */
  GPtrArray *dropped; /* the same, with all songs and artists that name them, most songs first */
  guint n_songs;
  guint *labels;                      /* (n_songs,) of each song: index into kept, GENRE_FOREIGN or
                                          GENRE_NO_LABEL */
  char **artists;                     /* (n_songs,) who it is by, or NULL */
  char ***keys;                       /* (n_songs,) all genres of its tag, or of its folder */
  guint n_untagged;                   /* songs without a genre */
  guint n_unnamed;                    /* of these, whose genre has neither letters nor digits */
  guint n_lengthy;                    /* of these, whose genre is too long to be one */
  guint first_unnamed, first_lengthy; /* the first song of each, if there is one */
  guint n_left_out;                   /* songs all of whose genres were dropped */
  guint n_labelled;                   /* songs with a label of those kept */
  guint n_anonymous;                  /* of these, without artist and album */
  guint n_foreign; /* at most half as many as n_labelled, spread over the collection */
} GenreLabelling;

/* @songs: of GenreSong; those with a fault have no label. @by_folder: their folders are their
 * genres. A song whose artist is not known counts as one of its own.
 * @reserved: labels that are something else, NULL-terminated, or NULL. (transfer full) */
GenreLabelling *genre_labelling_new (const GPtrArray *songs, GenreNames *names, gboolean by_folder,
                                     guint min_artists, char *const *reserved);
/* GENRE_ERROR_DATA if fewer than two genres are kept; @by_folder, @min_artists as above. */
gboolean genre_labelling_check (const GenreLabelling *labelling, gboolean by_folder,
                                guint min_artists, GError **error);
void genre_labelling_free (GenreLabelling *labelling);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreLabelling, genre_labelling_free)

/* Songs without a genre, by the ending of their names. */
typedef struct {
  char *ending;   /* ".wav", in lower case; "": none */
  guint n, first; /* how many, and the first song */
} GenreUntagged;

/* Most songs first; those with a fault are not among them. @songs: those that @labelling is of.
 * (transfer full) of GenreUntagged */
GPtrArray *genre_labelling_list_untagged (const GenreLabelling *labelling, const GPtrArray *songs);

/* Whether the tag of song @song names that kept genre, be it not first. */
gboolean genre_labelling_names (const GenreLabelling *labelling, guint song, guint label);

G_END_DECLS
