/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreMusicFolder: a folder of genre folders of music, and the spectrogram that each file becomes.
 *
 * Folders inside a genre folder are searched too; "Album/01.flac" becomes "Album-01.npy". Files
 * that would become the same spectrogram keep their endings: "01.flac.npy", "01.mp3.npy";
 * what would even then get a hash of its path. */
#pragma once
#include "shard.h"
G_BEGIN_DECLS

typedef struct {
  char *source;   /* path of the music */
  char *relative; /* to the folder that was named: what shards are made by */
  char *target;   /* path of the spectrogram */
  char *genre;    /* folder name */
  guint64 size;   /* bytes */
  gint64 changed; /* when, seconds since 1970 */
} GenreMusicFile;

typedef struct {
  GPtrArray *files;    /* of GenreMusicFile, owned, sorted by source */
  GPtrArray *genres;   /* of char *: folder names with music, sorted */
  GPtrArray *problems; /* of char *: what was left out and why */
} GenreMusicFolder;

/* GENRE_ERROR_DATA if there is no genre with a file, or if folder names make no distinct labels;
 * GENRE_ERROR_INVALID if @target lies inside @source. One genre is noted in problems. */
GenreMusicFolder *genre_music_folder_scan (const char *source, const char *target, GError **error);
void genre_music_folder_free (GenreMusicFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreMusicFolder, genre_music_folder_free)

/* Of files that are named otherwise, each in the @target folder "GENRE" that its @genre says, to
 * be added with genre_music_folder_add(). (transfer full) */
GenreMusicFolder *genre_music_folder_new (void);
/* A folder appears among the genres with its first file. */
void genre_music_folder_add (GenreMusicFolder *folder, const char *source, const char *relative,
                             const char *target, const char *genre, guint64 size, gint64 changed);

/* Half-written files of a run that was killed are removed once they are an hour old: only those
 * with the name of a spectrogram of @folder's music, of one shard only its own, for others may be
 * writing theirs. Spectrograms whose music is gone, be it with its genre, are noted in problems if
 * @notes. @all: every spectrogram is removed; how many is returned. */
guint genre_music_folder_tidy (const GenreMusicFolder *folder, const char *target, Shard shard,
                               gboolean all, gboolean notes);

G_END_DECLS
