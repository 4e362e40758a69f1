/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreTaggedMusic: the songs in files and folders, and what their tags say of them.
 *
 * Tags are read by decoding up to the first sample, so that what has tags but cannot be heard is
 * found here; before what is found on that way counts what containertags.h reads. What was read of
 * a file stays in a cache, and is read again only where its size or one of its times has changed.
 */
#pragma once
#include "error.h"
G_BEGIN_DECLS

typedef struct {
  char *path;     /* absolute */
  char *relative; /* to the folder that was given; the name of a file that was given itself */
  char *folder;   /* the first one below the folder that was given; NULL: none is between */
  guint64 size;   /* bytes */
  gint64 changed; /* when, seconds since 1970 */
  guint fraction; /* of that second, in nanoseconds */
  gint64 touched; /* when, its owner or its time included, nanoseconds since 1970 */
  char *file;     /* device and number, of what a link leads to */
  gboolean is_link;
  char *fault;   /* why it cannot be heard; NULL: it can, and the rest is filled in */
  char **genres; /* values of the tag, NULL-terminated, as they are spelled */
  char *artist, *album_artist, *album; /* or NULL */
} GenreSong;

typedef struct {
  char *const *sources; /* files and folders, NULL-terminated */
  const char *cache;    /* path of the file to read and to write, or NULL */
  guint n_threads;
  guint timeout;    /* seconds that a decoder may be silent */
  const gint *stop; /* or NULL */
} GenreTaggedMusicJob;

typedef struct {
  GPtrArray *songs;    /* of GenreSong, owned, sorted by path; each file once */
  GPtrArray *problems; /* of char *: what was left out and why, those with a fault, too */
} GenreTaggedMusic;

#define GENRE_TAGGED_MUSIC_CACHE "genreclassify-tags-" /* how a cache of any version begins */
/* Links to folders are noted and not followed, links to songs that are found under their own names,
 * hidden files and what is no music by its ending are
 * left out without a word; a source that has no song at all is noted. GENRE_ERROR_DATA if there is
 * no song, G_IO_ERROR_CANCELLED if stopped: what was read is in the cache. gst_init() must have
 * been called. (transfer full) */
GenreTaggedMusic *genre_tagged_music_read (const GenreTaggedMusicJob *job, GError **error);
void genre_tagged_music_free (GenreTaggedMusic *music);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreTaggedMusic, genre_tagged_music_free)

/* Whom the song is by: the album's artist unless that is nobody ("Various Artists", in many
 * languages), or else the artist, without guests ("feat."); where both are unknown the album,
 * unless that is "Unknown Album" or the like. Spellings that agree in letters and digits are one.
 * NULL if nothing is known. (transfer full) */
char *genre_song_get_artist (const GenreSong *song);
/* A line for each album artist under whom at least eight artists stand, more than one for every two
 * songs: it may be nobody, under a name that is not known as such. @songs: of GenreSong. (transfer
 * full) of char* */
GPtrArray *genre_tagged_music_find_crowds (const GPtrArray *songs);

G_END_DECLS
