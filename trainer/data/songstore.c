/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "songstore.h"
#include <glib/gstdio.h>
#include <string.h>
#include "levels.h"

#define STEM 24    /* hexadecimal digits: nobody has songs enough for two of a name */
#define SHELF 2    /* of these, name of the folder */
#define FRACTION 9 /* decimal digits, of a second */

struct _GenreSongStore {
  char *folder;
  const GPtrArray *songs;
  const GenreLabelling *labelling;
  GPtrArray *stems;    /* of char *, by song; NULL without a label */
  GHashTable *by_stem; /* to the song's index */
};

GenreSongStore *
genre_song_store_new (const char *folder, const GPtrArray *songs, const GenreLabelling *labelling)
{
  GenreSongStore *store = g_new0 (GenreSongStore, 1);
  store->folder = g_strdup (folder);
  store->songs = songs;
  store->labelling = labelling;
  store->stems = g_ptr_array_new_with_free_func (g_free);
  store->by_stem = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < songs->len; i++) {
    const GenreSong *song = songs->pdata[i];
    char *stem = NULL;
    if (labelling->labels[i] != GENRE_NO_LABEL) {
      stem = g_compute_checksum_for_string (G_CHECKSUM_SHA256, song->path, -1);
      stem[STEM] = '\0';
      g_hash_table_insert (store->by_stem, stem, GUINT_TO_POINTER (i));
    }
    g_ptr_array_add (store->stems, stem);
  }
  return store;
}

void
genre_song_store_free (GenreSongStore *store)
{
  if (!store)
    return;
  g_hash_table_unref (store->by_stem);
  g_ptr_array_unref (store->stems);
  g_free (store->folder);
  g_free (store);
}

/* Of a song that has a label. Its size and time are in the name, and one of another time, be it
 * older, is another song: two of one size may have changed places. */
static char *
path_of (const GenreSongStore *store, guint index)
{
  const char *stem = store->stems->pdata[index];
  const GenreSong *song = store->songs->pdata[index];
  return g_strdup_printf ("%s/%.*s/%s-%" G_GUINT64_FORMAT "-%" G_GINT64_FORMAT ".%09u.npy",
                          store->folder, SHELF, stem, stem, song->size, song->changed,
                          song->fraction);
}

/* What earlier versions called it, by its size alone. */
static char *
earlier_path_of (const GenreSongStore *store, guint index)
{
  const char *stem = store->stems->pdata[index];
  const GenreSong *song = store->songs->pdata[index];
  return g_strdup_printf ("%s/%.*s/%s-%" G_GUINT64_FORMAT ".npy", store->folder, SHELF, stem, stem,
                          song->size);
}

/* Archives, disks and networks keep a part of a time alone: whole seconds, or so many nanoseconds.
 */
static gboolean
is_same_fraction (guint a, guint b)
{
  static const guint kept[] = {1000000000, 1000000, 1000, 100};
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    if ((a % kept[i] == 0 || b % kept[i] == 0) && a / kept[i] == b / kept[i])
      return TRUE;
  return a == b;
}

/* Whether the file @path is that of the song, or of a copy that has kept its time as well as it
 * could. */
static gboolean
is_of_same_time (const GenreSongStore *store, guint index, const char *path)
{
  const GenreSong *song = store->songs->pdata[index];
  g_autofree char *own = path_of (store, index);
  const char *name = strrchr (path, '/') + 1, *own_name = strrchr (own, '/') + 1;
  const gsize length = (gsize)(strrchr (own_name, '.') - own_name) - FRACTION; /* with the point */
  return strlen (name) == strlen (own_name) && strncmp (name, own_name, length) == 0 &&
         is_same_fraction ((guint)g_ascii_strtoull (name + length, NULL, 10), song->fraction);
}

/* What an earlier version made goes by the times alone: nothing else is known of it. */
static gboolean
is_earlier (const GenreSongStore *store, guint song, const char *path)
{
  GStatBuf status;
  g_autofree char *earlier = earlier_path_of (store, song);
  return strcmp (strrchr (path, '/'), strrchr (earlier, '/')) == 0 && g_stat (path, &status) == 0 &&
         (gint64)status.st_mtime >= ((const GenreSong *)store->songs->pdata[song])->changed;
}

static gboolean
adopt (const GenreSongStore *store, guint song, const char *path)
{
  g_autofree char *own = path_of (store, song);
  return (is_earlier (store, song, path) || is_of_same_time (store, song, path)) &&
         !g_file_test (own, G_FILE_TEST_EXISTS) && g_rename (path, own) == 0;
}

/* Whether what @path holds was made of what the song was before. */
static gboolean
is_outdated (const GenreSongStore *store, guint song, const char *path)
{
  g_autofree char *own = path_of (store, song);
  return strcmp (strrchr (path, '/'), strrchr (own, '/')) != 0 && !adopt (store, song, path);
}

static void
tidy_shelf (const GenreSongStore *store, const char *shelf, Shard shard)
{
  g_autoptr (GDir) directory = g_dir_open (shelf, 0, NULL);
  const char *name;
  while (directory && (name = g_dir_read_name (directory))) {
    guint song;
    g_autofree char *stem = g_strndup (name, STEM);
    g_autofree char *path = g_build_filename (shelf, name, NULL);
    if (g_str_has_suffix (name, ".npy") && genre_song_store_find (store, stem, &song) &&
        shard_has (shard, ((const GenreSong *)store->songs->pdata[song])->relative) &&
        is_outdated (store, song, path))
      g_unlink (path);
  }
}

/* Or a song that cannot be heard any more would be learnt as it was. */
static void
remove_outdated (const GenreSongStore *store, Shard shard)
{
  g_autoptr (GDir) directory = g_dir_open (store->folder, 0, NULL);
  const char *name;
  while (directory && (name = g_dir_read_name (directory))) {
    g_autofree char *shelf = g_build_filename (store->folder, name, NULL);
    tidy_shelf (store, shelf, shard);
  }
}

gboolean
genre_song_store_extract (const GenreSongStore *store, const GenreExtractionJob *job,
                          GenreExtraction *extraction, GError **error)
{
  g_autoptr (GenreMusicFolder) music = genre_music_folder_new ();
  remove_outdated (store, job->shard);
  for (guint i = 0; i < store->songs->len; i++) {
    const GenreSong *song = store->songs->pdata[i];
    const char *stem = store->stems->pdata[i];
    if (!stem)
      continue;
    g_autofree char *path = path_of (store, i);
    g_autofree char *shelf = g_strndup (stem, SHELF);
    genre_music_folder_add (music, song->path, song->relative, path, shelf, song->size,
                            song->changed);
  }
  GenreExtractionJob own = *job;
  own.source = "the collection";
  own.target = store->folder;
  own.music = music;
  return genre_extract (&own, extraction, error);
}

static char **
join (const GPtrArray *kept, gboolean names, char *const *background)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  for (guint i = 0; i < kept->len; i++) {
    const GenreOwnGenre *genre = kept->pdata[i];
    g_ptr_array_add (all, g_strdup (names ? genre->name : genre->label));
  }
  for (char *const *label = background; label && *label; label++)
    g_ptr_array_add (all, g_strdup (*label));
  g_ptr_array_add (all, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&all), FALSE);
}

/* Nothing can be learnt from them, and what is measured should be as what is learnt. */
static void
leave_out_short (GenreDataset *dataset, guint least_frames)
{
  double seconds = (double)dataset->front_end.hop / dataset->front_end.rate;
  for (guint i = dataset->clips->len; i-- > 0;) {
    const GenreClip *clip = dataset->clips->pdata[i];
    if (clip->n_frames >= least_frames)
      continue;
    g_ptr_array_add (dataset->problems,
                     g_strdup_printf ("%s: %.1f s of sound, expected at least %.1f s", clip->path,
                                      clip->n_frames * seconds, least_frames * seconds));
    g_ptr_array_remove_index (dataset->clips, i);
  }
}

static char *
checksum_of (const GenreClip *clip, guint bands)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  genre_levels_add_to_checksum (clip->levels, (gsize)clip->n_frames * bands, sum);
  return g_strdup (g_checksum_get_string (sum));
}

static const char *
genre_of (const GenreDataset *dataset, const GenreClip *clip)
{
  return clip->label < dataset->n_labels ? dataset->display_names[clip->label] : "another genre";
}

/* One recording has not two genres: somebody has mistagged one of them. */
static char *
describe_copy (const GenreDataset *dataset, const GenreClip *copy, const GenreClip *first)
{
  return copy->label == first->label
             ? g_strdup_printf ("%s: sounds exactly as %s does, left out", copy->path, first->path)
             : g_strdup_printf (
                   "%s: sounds exactly as %s does, left out, but is of %s and that one "
                   "of %s: one of them is tagged wrongly",
                   copy->path, first->path, genre_of (dataset, copy), genre_of (dataset, first));
}

/* Under another artist, or none, one would be learnt and its copy held out. */
static void
leave_out_copies (GenreDataset *dataset)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < dataset->clips->len;) {
    GenreClip *clip = dataset->clips->pdata[i];
    g_autofree char *sum = checksum_of (clip, dataset->front_end.bands);
    const GenreClip *first = g_hash_table_lookup (seen, sum);
    if (!first) {
      g_hash_table_insert (seen, g_steal_pointer (&sum), clip);
      i++;
      continue;
    }
    g_ptr_array_add (dataset->problems, describe_copy (dataset, clip, first));
    g_ptr_array_remove_index (dataset->clips, i);
  }
}

static gboolean
check_genres (const GenreSongStore *store, const GenreDataset *dataset, GError **error)
{
  g_autofree guint *n = g_new0 (guint, dataset->n_labels + 1);
  for (guint i = 0; i < dataset->clips->len; i++)
    n[((GenreClip *)dataset->clips->pdata[i])->label]++;
  for (guint i = 0; i < store->labelling->kept->len; i++) {
    if (n[i] > 0)
      continue;
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "nothing of %s is left to learn from, expected a song that can be heard, is long "
                 "enough and no copy of another; --genre-map can leave the genre out",
                 ((GenreOwnGenre *)store->labelling->kept->pdata[i])->name);
    return FALSE;
  }
  return TRUE;
}

/* Whom a song counts for: folds and balance ask that of every one. No artist's key is like that of
 * a song without: it has no space (taggedmusic.h), and an album's begins otherwise. (transfer full)
 */
static char *
owner_of (const GenreSongStore *store, guint song)
{
  const char *artist = store->labelling->artists[song];
  return artist ? g_strdup (artist)
                : g_strconcat ("song ", (const char *)store->stems->pdata[song], NULL);
}

GenreDataset *
genre_song_store_load (const GenreSongStore *store, const GenreFrontEndConfig *front_end,
                       guint least_frames, char *const *background, char *const *background_names,
                       GError **error)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (GenreDatasetEntry));
  g_autoptr (GPtrArray) strings = g_ptr_array_new_with_free_func (g_free); /* of the entries */
  g_auto (GStrv) labels = join (store->labelling->kept, FALSE, background);
  g_auto (GStrv) names = join (store->labelling->kept, TRUE, background_names);
  guint n_background = background ? g_strv_length ((char **)background) : 0;
  guint n_labels = store->labelling->kept->len + n_background;
  for (guint i = 0; i < store->songs->len; i++) {
    const char *stem = store->stems->pdata[i];
    char *path = stem ? path_of (store, i) : NULL;
    if (!path || !g_file_test (path, G_FILE_TEST_EXISTS)) { /* said when it was extracted */
      g_free (path);
      continue;
    }
    guint label = store->labelling->labels[i];
    char *owner = owner_of (store, i);
    const GenreDatasetEntry entry = {stem, path, label == GENRE_FOREIGN ? n_labels : label, owner,
                                     ((const GenreSong *)store->songs->pdata[i])->path};
    g_ptr_array_add (strings, path);
    g_ptr_array_add (strings, owner);
    g_array_append_val (entries, entry);
  }
  g_autoptr (GenreDataset) dataset = genre_dataset_load_entries (
      front_end, labels, names, n_background,
      (const GenreDatasetEntry *)(gconstpointer)entries->data, entries->len, error);
  if (!dataset)
    return NULL;
  leave_out_short (dataset, least_frames);
  leave_out_copies (dataset);
  return check_genres (store, dataset, error) ? g_steal_pointer (&dataset) : NULL;
}

gboolean
genre_song_store_find (const GenreSongStore *store, const char *stem, guint *song)
{
  gpointer index;
  if (!g_hash_table_lookup_extended (store->by_stem, stem, NULL, &index))
    return FALSE;
  *song = GPOINTER_TO_UINT (index);
  return TRUE;
}
