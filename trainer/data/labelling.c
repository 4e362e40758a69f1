/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "labelling.h"
#include <string.h>
#include "labels.h"

#define MAX_NAMED 12 /* genres that an error names */

/* A genre on its way. */
typedef struct {
  GHashTable *artists; /* of const char * */
  GArray *songs;       /* of guint, its own; NULL before they are dealt */
  guint n_songs;
  gboolean out;
  gboolean has_no_room; /* out for that */
} Tally;

typedef struct {
  GenreLabelling *labelling;
  const GPtrArray *songs;
  char **owners;       /* (songs,) whom each counts for: its artist, or its path */
  GHashTable *tallies; /* key to Tally */
} Work;

static void
tally_free (Tally *tally)
{
  g_hash_table_unref (tally->artists);
  g_clear_pointer (&tally->songs, g_array_unref);
  g_free (tally);
}

static void
own_genre_free (GenreOwnGenre *genre)
{
  g_free (genre->key);
  g_free (genre->name);
  g_free (genre->label);
  g_free (genre);
}

void
genre_labelling_free (GenreLabelling *labelling)
{
  if (!labelling)
    return;
  g_clear_pointer (&labelling->kept, g_ptr_array_unref);
  g_clear_pointer (&labelling->dropped, g_ptr_array_unref);
  for (guint i = 0; i < labelling->n_songs; i++) {
    g_free (labelling->artists[i]);
    g_strfreev (labelling->keys[i]);
  }
  g_free (labelling->artists);
  g_free (labelling->keys);
  g_free (labelling->labels);
  g_free (labelling);
}

/* ---- what is named ---- */

static void
count_song (Work *work, const char *key, guint song)
{
  Tally *tally = g_hash_table_lookup (work->tallies, key);
  if (!tally) {
    tally = g_new0 (Tally, 1);
    tally->artists = g_hash_table_new (g_str_hash, g_str_equal);
    g_hash_table_insert (work->tallies, (gpointer)key, tally);
  }
  tally->n_songs++;
  g_hash_table_add (tally->artists, work->owners[song]);
}

/* Somebody who sees a genre in the tag wants to know why it is none. */
static void
count_untagged (GenreLabelling *labelling, guint song, char *const *values)
{
  GenreNameFault fault = genre_names_find_fault (values);
  labelling->n_untagged++;
  if (fault == GENRE_NAME_WITHOUT_LETTERS && labelling->n_unnamed++ == 0)
    labelling->first_unnamed = song;
  if (fault == GENRE_NAME_TOO_LONG && labelling->n_lengthy++ == 0)
    labelling->first_lengthy = song;
}

static void
read_songs (Work *work, GenreNames *names, gboolean by_folder)
{
  GenreLabelling *labelling = work->labelling;
  for (guint i = 0; i < work->songs->len; i++) {
    const GenreSong *song = work->songs->pdata[i];
    char *folder[] = {song->folder, NULL};
    char *none[] = {NULL};
    char **values = song->fault ? none : by_folder ? folder : song->genres;
    labelling->keys[i] = genre_names_read (names, values);
    labelling->artists[i] = genre_song_get_artist (song);
    work->owners[i] = labelling->artists[i] ? labelling->artists[i] : song->path;
    if (!labelling->keys[i][0] && !song->fault)
      count_untagged (labelling, i, values);
    for (char **key = labelling->keys[i]; *key; key++)
      count_song (work, *key, i);
  }
}

/* ---- who stays ---- */

static guint
count_kept (const Work *work)
{
  GHashTableIter iterator;
  gpointer tally;
  guint n = 0;
  g_hash_table_iter_init (&iterator, work->tallies);
  while (g_hash_table_iter_next (&iterator, NULL, &tally))
    n += !((Tally *)tally)->out;
  return n;
}

/* The first genre of the song that is not out; NULL if all are. */
static Tally *
find_genre (const Work *work, guint song, const char **key)
{
  for (char **k = work->labelling->keys[song]; *k; k++) {
    Tally *tally = g_hash_table_lookup (work->tallies, *k);
    *key = *k;
    if (!tally->out)
      return tally;
  }
  return NULL;
}

/* To the first of its genres that is left. */
static void
deal_song (const Work *work, guint song)
{
  const char *key;
  Tally *tally = find_genre (work, song, &key);
  if (!tally)
    return;
  g_hash_table_add (tally->artists, work->owners[song]);
  g_array_append_val (tally->songs, song);
  tally->n_songs++;
}

static void
deal_songs (Work *work)
{
  GHashTableIter iterator;
  gpointer value;
  g_hash_table_iter_init (&iterator, work->tallies);
  while (g_hash_table_iter_next (&iterator, NULL, &value)) {
    Tally *tally = value;
    if (!tally->out) {
      g_hash_table_remove_all (tally->artists);
      tally->songs = g_array_new (FALSE, FALSE, sizeof (guint));
      tally->n_songs = 0;
    }
  }
  for (guint i = 0; i < work->songs->len; i++)
    deal_song (work, i);
}

/* Its songs alone move on, the rest stays where it is. */
static void
drop (const Work *work, Tally *tally)
{
  tally->out = TRUE;
  for (guint i = 0; i < tally->songs->len; i++)
    deal_song (work, g_array_index (tally->songs, guint, i));
}

static gboolean
is_less (const Tally *a, const char *a_key, const Tally *b, const char *b_key)
{
  guint n = g_hash_table_size (a->artists), m = b ? g_hash_table_size (b->artists) : 0;
  if (!b || n != m)
    return !b || n < m;
  return a->n_songs != b->n_songs ? a->n_songs < b->n_songs : strcmp (a_key, b_key) < 0;
}

static Tally *
find_smallest (const Work *work)
{
  GHashTableIter iterator;
  gpointer key, value;
  Tally *smallest = NULL;
  const char *smallest_key = NULL;
  g_hash_table_iter_init (&iterator, work->tallies);
  while (g_hash_table_iter_next (&iterator, &key, &value))
    if (!((Tally *)value)->out && is_less (value, key, smallest, smallest_key)) {
      smallest = value;
      smallest_key = key;
    }
  return smallest;
}

static gboolean
is_enough (const Tally *tally, guint min_artists)
{
  return g_hash_table_size (tally->artists) >= min_artists;
}

/* What all that name it are too few for can never be kept, and is out with all its songs. */
static void
drop_hopeless (Work *work, guint min_artists)
{
  GHashTableIter iterator;
  gpointer value;
  g_hash_table_iter_init (&iterator, work->tallies);
  while (g_hash_table_iter_next (&iterator, NULL, &value)) {
    Tally *tally = value;
    tally->out = !is_enough (tally, min_artists);
  }
}

/* A dropped one keeps what it had when all that named it counted. */
static void
restore_dropped (Work *work)
{
  for (guint i = 0; i < work->songs->len; i++)
    for (char **key = work->labelling->keys[i]; *key; key++) {
      Tally *tally = g_hash_table_lookup (work->tallies, *key);
      if (tally->out) {
        g_hash_table_add (tally->artists, work->owners[i]);
        tally->n_songs++;
      }
    }
}

static void
drop_small (Work *work, guint min_artists)
{
  GHashTableIter iterator;
  gpointer value;
  drop_hopeless (work, min_artists);
  deal_songs (work);
  for (;;) {
    Tally *smallest = find_smallest (work);
    if (!smallest || (is_enough (smallest, min_artists) && count_kept (work) <= GENRE_MOST_KEPT))
      break;
    smallest->has_no_room = is_enough (smallest, min_artists);
    drop (work, smallest);
  }
  g_hash_table_iter_init (&iterator, work->tallies);
  while (g_hash_table_iter_next (&iterator, NULL, &value)) {
    Tally *tally = value;
    if (tally->out) {
      g_hash_table_remove_all (tally->artists);
      tally->n_songs = 0;
    }
  }
  restore_dropped (work);
}

/* ---- what comes of it ---- */

/* One that no other has. */
static char *
make_label (const char *name, const char *key, GHashTable *taken)
{
  g_autofree char *plain = genre_label_from_name (name, key);
  char *label = genre_label_is_valid (plain) ? g_strdup (plain) : g_strconcat (plain, "-1", NULL);
  for (guint n = 2; !g_hash_table_add (taken, g_strdup (label)); n++) {
    g_free (label);
    label = g_strdup_printf ("%s-%u", plain, n);
  }
  return label;
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(GenreOwnGenre *const *)a)->key, (*(GenreOwnGenre *const *)b)->key);
}

static int
compare_labels (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(GenreOwnGenre *const *)a)->label, (*(GenreOwnGenre *const *)b)->label);
}

static int
compare_sizes (gconstpointer a, gconstpointer b)
{
  const GenreOwnGenre *x = *(GenreOwnGenre *const *)a, *y = *(GenreOwnGenre *const *)b;
  return x->n_songs != y->n_songs ? (x->n_songs > y->n_songs ? -1 : 1) : strcmp (x->key, y->key);
}

static void
list_genres (Work *work, const GenreNames *names, char *const *reserved)
{
  GenreLabelling *labelling = work->labelling;
  g_autoptr (GHashTable) taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iterator;
  gpointer key, value;
  for (char *const *label = reserved; label && *label; label++)
    g_hash_table_add (taken, g_strdup (*label));
  g_hash_table_iter_init (&iterator, work->tallies);
  while (g_hash_table_iter_next (&iterator, &key, &value)) {
    const Tally *tally = value;
    GenreOwnGenre *genre = g_new0 (GenreOwnGenre, 1);
    genre->key = g_strdup (key);
    genre->name = g_strdup (genre_names_get_display (names, key));
    genre->n_songs = tally->n_songs;
    genre->n_artists = g_hash_table_size (tally->artists);
    genre->has_no_room = tally->has_no_room;
    g_ptr_array_add (tally->out ? labelling->dropped : labelling->kept, genre);
  }
  g_ptr_array_sort (labelling->kept, compare_keys);
  for (guint i = 0; i < labelling->kept->len; i++) {
    GenreOwnGenre *genre = labelling->kept->pdata[i];
    genre->label = make_label (genre->name, genre->key, taken);
  }
  g_ptr_array_sort (labelling->kept, compare_labels);
  g_ptr_array_sort (labelling->dropped, compare_sizes);
}

static void
label_songs (Work *work)
{
  GenreLabelling *labelling = work->labelling;
  g_autoptr (GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < labelling->kept->len; i++)
    g_hash_table_insert (places, ((GenreOwnGenre *)labelling->kept->pdata[i])->key,
                         GUINT_TO_POINTER (i));
  for (guint i = 0; i < work->songs->len; i++) {
    const char *key = NULL;
    gboolean kept = find_genre (work, i, &key) != NULL;
    labelling->labels[i] =
        kept ? GPOINTER_TO_UINT (g_hash_table_lookup (places, key)) : GENRE_NO_LABEL;
    labelling->n_left_out += !kept && labelling->keys[i][0];
    labelling->n_labelled += kept;
    labelling->n_anonymous += kept && !labelling->artists[i];
  }
}

/* "alternativerock" and "rock" */
static gboolean
is_kin (const Work *work, const char *key)
{
  const GPtrArray *kept = work->labelling->kept;
  for (guint i = 0; i < kept->len; i++) {
    const char *other = ((GenreOwnGenre *)kept->pdata[i])->key;
    if (strstr (key, other) || strstr (other, key))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_foreign (const Work *work, guint song)
{
  char **keys = work->labelling->keys[song];
  if (work->labelling->labels[song] != GENRE_NO_LABEL)
    return FALSE;
  for (char **key = keys; *key; key++)
    if (is_kin (work, *key))
      return FALSE;
  return keys[0] != NULL;
}

/* More of them would cost time and teach nothing but doubt. */
static void
label_foreign (Work *work)
{
  GenreLabelling *labelling = work->labelling;
  g_autoptr (GArray) foreign = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < work->songs->len; i++)
    if (is_foreign (work, i))
      g_array_append_val (foreign, i);
  labelling->n_foreign = MIN (foreign->len, labelling->n_labelled / 2);
  for (guint i = 0; i < labelling->n_foreign; i++) {
    const guint at = (guint)((guint64)i * foreign->len / labelling->n_foreign);
    labelling->labels[g_array_index (foreign, guint, at)] = GENRE_FOREIGN;
  }
}

static char *
name_largest (const GPtrArray *genres)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < MIN (genres->len, MAX_NAMED); i++) {
    const GenreOwnGenre *genre = genres->pdata[i];
    g_string_append_printf (text, "%s%s (%u)", i ? ", " : "", genre->name, genre->n_artists);
  }
  return g_string_free (g_string_append (text, genres->len > MAX_NAMED ? ", …" : ""), FALSE);
}

gboolean
genre_labelling_check (const GenreLabelling *labelling, gboolean by_folder, guint min_artists,
                       GError **error)
{
  if (labelling->kept->len >= 2)
    return TRUE;
  g_autofree char *kept = name_largest (labelling->kept);
  g_autofree char *dropped = name_largest (labelling->dropped);
  if (labelling->kept->len + labelling->dropped->len == 0)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 by_folder ? "none of %u songs lies in a folder that names a genre"
                           : "none of %u songs has a genre in its tags that is not mapped to "
                             "nothing; --labels folders takes folders for genres",
                 labelling->n_songs);
  else
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "%s with at least %u artists, expected two genres or more%s%s%s%s; --min-artists "
                 "lowers the number, --genre-map joins small ones",
                 labelling->kept->len ? "one genre" : "no genre", min_artists,
                 labelling->kept->len ? ": " : "", kept,
                 labelling->dropped->len ? "; with fewer: " : "", dropped);
  return FALSE;
}

GenreLabelling *
genre_labelling_new (const GPtrArray *songs, GenreNames *names, gboolean by_folder,
                     guint min_artists, char *const *reserved)
{
  GenreLabelling *labelling = g_new0 (GenreLabelling, 1);
  labelling->kept = g_ptr_array_new_with_free_func ((GDestroyNotify)own_genre_free);
  labelling->dropped = g_ptr_array_new_with_free_func ((GDestroyNotify)own_genre_free);
  labelling->n_songs = songs->len;
  labelling->labels = g_new0 (guint, songs->len);
  labelling->artists = g_new0 (char *, songs->len);
  labelling->keys = g_new0 (char **, songs->len);
  g_autofree char **owners = g_new0 (char *, songs->len);
  g_autoptr (GHashTable) tallies =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)tally_free);
  Work work = {labelling, songs, owners, tallies};
  read_songs (&work, names, by_folder);
  drop_small (&work, min_artists);
  list_genres (&work, names, reserved);
  label_songs (&work);
  label_foreign (&work);
  return labelling;
}

gboolean
genre_labelling_names (const GenreLabelling *labelling, guint song, guint label)
{
  const GenreOwnGenre *genre = labelling->kept->pdata[label];
  return g_strv_contains ((const char *const *)labelling->keys[song], genre->key);
}

/* ---- who has no genre ---- */

static void
untagged_free (GenreUntagged *untagged)
{
  g_free (untagged->ending);
  g_free (untagged);
}

static char *
find_ending (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  const char *dot = strrchr (name, '.');
  return dot ? g_ascii_strdown (dot, -1) : g_strdup ("");
}

static void
count_ending (GPtrArray *list, const char *path, guint song)
{
  g_autofree char *ending = find_ending (path);
  GenreUntagged *untagged;
  for (guint i = 0; i < list->len; i++) {
    untagged = list->pdata[i];
    if (strcmp (untagged->ending, ending) == 0) {
      untagged->n++;
      return;
    }
  }
  untagged = g_new0 (GenreUntagged, 1);
  *untagged = (GenreUntagged){g_steal_pointer (&ending), 1, song};
  g_ptr_array_add (list, untagged);
}

static int
compare_untagged (gconstpointer a, gconstpointer b)
{
  const GenreUntagged *x = *(GenreUntagged *const *)a, *y = *(GenreUntagged *const *)b;
  return x->n != y->n ? (x->n > y->n ? -1 : 1) : strcmp (x->ending, y->ending);
}

GPtrArray *
genre_labelling_list_untagged (const GenreLabelling *labelling, const GPtrArray *songs)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify)untagged_free);
  for (guint i = 0; i < songs->len; i++) {
    const GenreSong *song = songs->pdata[i];
    if (!labelling->keys[i][0] && !song->fault)
      count_ending (list, song->path, i);
  }
  g_ptr_array_sort (list, compare_untagged);
  return list;
}
