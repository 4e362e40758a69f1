/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreSongStore: stored spectrograms of songs that lie anywhere, in one folder, each under a name
 * made of the song's path, size and time: whatever its genre is called meanwhile, it is heard once.
 */
#pragma once
#include "dataset.h"
#include "extraction.h"
#include "labelling.h"
G_BEGIN_DECLS

typedef struct _GenreSongStore GenreSongStore;

/* @songs: of GenreSong, and their @labelling; both must stay. */
GenreSongStore *genre_song_store_new (const char *folder, const GPtrArray *songs,
                                      const GenreLabelling *labelling);
void genre_song_store_free (GenreSongStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreSongStore, genre_song_store_free)

/* Extracts the songs with a label, of @job's shard, that are not there yet; what was made of one
 * before it changed is removed, what an earlier version made gets its name. @job: all but source,
 * target and music.
 * @extraction: to be cleared. */
gboolean genre_song_store_extract (const GenreSongStore *store, const GenreExtractionJob *job,
                                   GenreExtraction *extraction, GError **error);
/* What is there of the songs with a label, as a data set whose labels are those kept and then
 * @background (NULL-terminated, or NULL), called @background_names; those of GENRE_FOREIGN are
 * music of none of them there. A song whose artist is not known is one of its own. Songs of fewer
 * than @least_frames are left out and noted, and so are copies of others. GENRE_ERROR_DATA if there
 * is nothing of one of the genres. (transfer full) */
GenreDataset *genre_song_store_load (const GenreSongStore *store,
                                     const GenreFrontEndConfig *front_end, guint least_frames,
                                     char *const *background, char *const *background_names,
                                     GError **error);
/* The song that a clip of that data set is of; FALSE if it is none. @song: index */
gboolean genre_song_store_find (const GenreSongStore *store, const char *stem, guint *song);

G_END_DECLS
