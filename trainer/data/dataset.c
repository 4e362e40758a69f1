/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset.h"
#include "files.h"
#include "frontendjson.h"
#include "json.h"
#include "labels.h"
#include "levels.h"
#include "musicname.h"
#include "npy.h"
#include "running/suggestion.h"
#include <string.h>

#define MAX_TEXT (64 * 1024 * 1024) /* bytes of a list, a TSV or dataset.json */
#define MAX_NAMED 20                /* list entries that a problem names before it only counts */

static void G_GNUC_PRINTF (2, 3) note (GenreDataset *dataset, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_ptr_array_add (dataset->problems, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

static gboolean G_GNUC_PRINTF (2, 3) fail (GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, GENRE_ERROR, GENRE_ERROR_DATA, message);
  return FALSE;
}

/* ---- clips ---- */

static void
clip_free (GenreClip *clip)
{
  g_free (clip->stem);
  g_free (clip->path);
  g_free (clip->artist);
  g_free (clip->levels);
  g_free (clip);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreClip, clip_free)

static gboolean
clip_take_levels (GenreClip *clip, GenreNpy *array, guint bands, GError **error)
{
  if (array->columns != bands)
    return fail (error, "%s: %" G_GSIZE_FORMAT " bands, the data set's front end has %u",
                 clip->path, array->columns, bands);
  if (array->rows == 0 || array->rows > G_MAXINT)
    return fail (error, "%s: %" G_GSIZE_FORMAT " frames, 1 to %d expected", clip->path, array->rows,
                 G_MAXINT);
  clip->n_frames = (guint)array->rows;
  if (array->type == GENRE_NPY_UINT8) {
    clip->levels = g_steal_pointer (&array->bytes);
    return TRUE;
  }
  gsize n = array->rows * array->columns;
  clip->levels = g_try_malloc (n);
  if (!clip->levels)
    return fail (error, "%s: not enough memory for its %u frames", clip->path, clip->n_frames);
  if (!genre_levels_from_decibels (array->floats, n, clip->levels))
    return fail (error, "%s: holds values that are not finite", clip->path);
  g_autofree char *fault = genre_levels_find_fault (array->floats, n);
  if (fault) /* whatever is learnt from it would be wrong, and nothing else would say so */
    return fail (error, "%s: %s", clip->path, fault);
  return TRUE;
}

/* Of the file's name. Lists, tables and scores are lines of UTF-8: a name that is none, or has
 * control characters in it, would be lost there. It gets a hash, for another may look alike. */
static char *
make_stem (const char *path)
{
  g_autofree char *raw = genre_file_stem (path);
  g_autofree char *stem = g_utf8_make_valid (raw, -1);
  for (char *c = stem; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  if (g_str_equal (stem, raw))
    return g_steal_pointer (&stem);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, raw, -1);
  return g_strdup_printf ("%s-%.8s", stem, hash);
}

static GenreClip *
clip_load (char *path, guint label, guint bands, GError **error)
{
  g_autoptr (GenreClip) clip = g_new0 (GenreClip, 1);
  clip->path = path;
  clip->stem = make_stem (path);
  clip->label = label;
  g_autoptr (GenreNpy) array = genre_npy_load (path, error);
  if (!array || !clip_take_levels (clip, array, bands, error))
    return NULL;
  return g_steal_pointer (&clip);
}

/* ---- folders ---- */

/* A genre folder on its way in. */
typedef struct {
  char *folder; /* name */
  char *label;
  GPtrArray *clips; /* owned */
} Genre;

static void
genre_free (Genre *genre)
{
  g_free (genre->folder);
  g_free (genre->label);
  g_ptr_array_unref (genre->clips);
  g_free (genre);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Genre, genre_free)

static void
load_clips (GenreDataset *dataset, Genre *genre, const char *path, GPtrArray *names)
{
  for (guint i = 0; i < names->len; i++) {
    char *file = g_build_filename (path, names->pdata[i], NULL);
    if (!g_str_has_suffix (file, ".npy")) {
      note (dataset, "%s: not a .npy file", file);
      g_free (file);
      continue;
    }
    g_autoptr (GError) error = NULL;
    GenreClip *clip = clip_load (file, 0, dataset->front_end.bands, &error);
    if (clip)
      g_ptr_array_add (genre->clips, clip);
    else {
      note (dataset, "%s", error->message);
      g_hash_table_add (dataset->broken, make_stem (names->pdata[i]));
    }
  }
}

/* NULL, and noted, if the folder has no usable clip. */
static Genre *
load_genre (GenreDataset *dataset, const char *root, const char *folder)
{
  g_autofree char *path = g_build_filename (root, folder, NULL);
  g_hash_table_add (dataset->folders, genre_label_from_folder (folder));
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) names = genre_file_list_folder (path, &error);
  if (!names) {
    note (dataset, "%s", error->message);
    return NULL;
  }
  g_autoptr (Genre) genre = g_new0 (Genre, 1);
  genre->folder = g_strdup (folder);
  genre->label = genre_label_from_folder (folder);
  genre->clips = g_ptr_array_new_with_free_func ((GDestroyNotify)clip_free);
  load_clips (dataset, genre, path, names);
  if (genre->clips->len > 0)
    return g_steal_pointer (&genre);
  note (dataset, "%s: no usable clip, the genre is left out", path);
  return NULL;
}

static int
compare_genres (gconstpointer a, gconstpointer b)
{
  const Genre *x = *(Genre *const *)a, *y = *(Genre *const *)b;
  return g_strcmp0 (x->label, y->label);
}

static gboolean
check_labels (const char *root, GPtrArray *genres, GError **error)
{
  g_autofree const char **folders = g_new (const char *, genres->len);
  for (guint i = 0; i < genres->len; i++)
    folders[i] = ((Genre *)genres->pdata[i])->folder;
  return genre_labels_check (root, folders, genres->len, error);
}

static gboolean
check_enough (GenreDataset *dataset, const char *root, GPtrArray *genres, GError **error)
{
  if (genres->len >= 2)
    return TRUE;
  const char *first = dataset->problems->len > 0 ? dataset->problems->pdata[0] : NULL;
  g_autofree char *hint =
      !first ? g_strdup ("")
             : g_strdup_printf ("; %u %s, the first: %s", dataset->problems->len,
                                dataset->problems->len == 1 ? "problem" : "problems", first);
  if (genres->len == 0)
    return fail (error, "%s: no genre folder with a usable clip, at least two expected%s", root,
                 hint);
  const Genre *only = genres->pdata[0];
  return fail (error, "%s: one genre with usable clips (\"%s\"), at least two expected%s", root,
               only->folder, hint);
}

static void
adopt_genres (GenreDataset *dataset, GPtrArray *genres)
{
  dataset->n_labels = genres->len;
  dataset->labels = g_new0 (char *, genres->len + 1);
  dataset->display_names = g_new0 (char *, genres->len + 1);
  for (guint i = 0; i < genres->len; i++) {
    Genre *genre = genres->pdata[i];
    dataset->labels[i] = g_steal_pointer (&genre->label);
    dataset->display_names[i] = genre_label_display_name (genre->folder);
    for (guint j = 0; j < genre->clips->len; j++)
      ((GenreClip *)genre->clips->pdata[j])->label = i;
    g_ptr_array_set_free_func (genre->clips, NULL);
    g_ptr_array_extend_and_steal (dataset->clips, g_ptr_array_ref (genre->clips));
  }
}

/* "01" in two genres becomes "jazz/01" and "rock/01". */
static void
make_stems_unique (GenreDataset *dataset)
{
  g_autoptr (GHashTable) counts = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) old = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < dataset->clips->len; i++) {
    GenreClip *clip = dataset->clips->pdata[i];
    guint n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, clip->stem));
    g_hash_table_insert (counts, clip->stem, GUINT_TO_POINTER (n + 1));
  }
  for (guint i = 0; i < dataset->clips->len; i++) {
    GenreClip *clip = dataset->clips->pdata[i];
    if (GPOINTER_TO_UINT (g_hash_table_lookup (counts, clip->stem)) < 2)
      continue;
    g_ptr_array_add (old, clip->stem); /* still a key of the table */
    clip->stem = g_strdup_printf ("%s/%s", dataset->labels[clip->label], clip->stem);
  }
}

static int
compare_clips (gconstpointer a, gconstpointer b)
{
  const GenreClip *x = *(GenreClip *const *)a, *y = *(GenreClip *const *)b;
  if (x->label != y->label)
    return x->label < y->label ? -1 : 1;
  return strcmp (x->stem, y->stem);
}

static gboolean
load_front_end (GenreDataset *dataset, const char *root, GError **error)
{
  dataset->front_end = genre_front_end_config_default ();
  g_autofree char *path = g_build_filename (root, "dataset.json", NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  g_autofree char *text = genre_file_read_text (path, MAX_TEXT, error);
  if (!text)
    return FALSE;
  g_autoptr (JsonObject) object = genre_json_parse_object (text, -1, path, error);
  if (!object)
    return FALSE;
  JsonObject *front_end = genre_json_peek_object (object, "front-end");
  if (!front_end) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "%s: no object \"front-end\"", path);
    return FALSE;
  }
  g_autoptr (GenreFrontEnd) probe = NULL; /* whether the values are in range */
  if (genre_front_end_config_from_json (&dataset->front_end, front_end, error))
    probe = genre_front_end_new (&dataset->front_end, error);
  if (probe)
    return TRUE;
  g_prefix_error (error, "%s: ", path);
  return FALSE;
}

static GPtrArray *
load_genres (GenreDataset *dataset, const char *root, GError **error)
{
  g_autoptr (GPtrArray) names = genre_file_list_folder (root, error);
  if (!names)
    return NULL;
  g_autoptr (GPtrArray) genres = g_ptr_array_new_with_free_func ((GDestroyNotify)genre_free);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *path = g_build_filename (root, names->pdata[i], NULL);
    if (!g_file_test (path, G_FILE_TEST_IS_DIR))
      continue;
    Genre *genre = load_genre (dataset, root, names->pdata[i]);
    if (genre)
      g_ptr_array_add (genres, genre);
  }
  g_ptr_array_sort (genres, compare_genres);
  if (!check_labels (root, genres, error) || !check_enough (dataset, root, genres, error))
    return NULL;
  return g_steal_pointer (&genres);
}

/* ---- roles of folders ---- */

static gboolean
has (char *const *labels, const char *label)
{
  return labels && g_strv_contains ((const char *const *)labels, label);
}

static guint
count (char *const *labels)
{
  return labels ? g_strv_length ((char **)labels) : 0;
}

/* "; did you mean \"drum-bass\"?" of "Drum & Bass", or of "drum-base", or "". */
static char *
suggest_label (const GenreDataset *dataset, const char *typed)
{
  g_autofree char *label = genre_label_from_folder (typed);
  if (has (dataset->labels, label))
    return g_strdup_printf ("; did you mean \"%s\"?", label);
  return genre_suggestion_say (typed, (const char *const *)dataset->labels);
}

/* @role: what errors call them; @taken: labels that have a role, or NULL. */
static gboolean
check_role (const GenreDataset *dataset, const char *role, char *const *labels, char *const *taken,
            GError **error)
{
  for (guint i = 0; i < count (labels); i++) {
    if (!has (dataset->labels, labels[i])) {
      gboolean skipped = g_hash_table_contains (dataset->folders, labels[i]);
      g_autofree char *meant =
          skipped ? g_strdup (" (all were skipped)") : suggest_label (dataset, labels[i]);
      return fail (error, "%s \"%s\": no folder with usable clips gives this label%s", role,
                   labels[i], meant);
    }
    if (has (labels + i + 1, labels[i]) || has (taken, labels[i]))
      return fail (error, "%s \"%s\" is named twice, expected once", role, labels[i]);
  }
  return TRUE;
}

static gboolean
check_roles (const GenreDataset *dataset, char *const *background, char *const *others,
             GError **error)
{
  if (!check_role (dataset, "background", background, NULL, error) ||
      !check_role (dataset, "other music", others, background, error))
    return FALSE;
  return count (background) + count (others) < dataset->n_labels ||
         fail (error, "all %u labels are background or other music, expected at least one genre",
               dataset->n_labels);
}

gboolean
genre_dataset_set_roles (GenreDataset *dataset, char *const *background, char *const *others,
                         GError **error)
{
  if (!check_roles (dataset, background, others, error))
    return FALSE;
  guint n_background = count (background), n = dataset->n_labels - count (others);
  g_autofree guint *places = g_new (guint, dataset->n_labels + 1);
  char **sorted = g_new0 (char *, n + 1), **names = g_new0 (char *, n + 1);
  for (guint i = 0, genre = 0, last = n - n_background; i < dataset->n_labels; i++) {
    if (has (others, dataset->labels[i])) {
      places[i] = n;
      g_free (dataset->labels[i]);
      g_free (dataset->display_names[i]);
      continue;
    }
    places[i] = has (background, dataset->labels[i]) ? last++ : genre++;
    sorted[places[i]] = dataset->labels[i];
    names[places[i]] = dataset->display_names[i];
  }
  places[dataset->n_labels] = n; /* what was music of none of them stays it */
  for (guint i = 0; i < dataset->clips->len; i++) {
    GenreClip *clip = dataset->clips->pdata[i];
    clip->label = places[clip->label];
  }
  g_free (dataset->labels);
  g_free (dataset->display_names);
  dataset->labels = sorted;
  dataset->display_names = names;
  dataset->n_labels = n;
  dataset->n_background = n_background;
  g_ptr_array_sort (dataset->clips, compare_clips);
  return TRUE;
}

/* ---- the data set ---- */

static GenreDataset *
dataset_new (void)
{
  GenreDataset *dataset = g_new0 (GenreDataset, 1);
  dataset->clips = g_ptr_array_new_with_free_func ((GDestroyNotify)clip_free);
  dataset->problems = g_ptr_array_new_with_free_func (g_free);
  dataset->folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  dataset->broken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return dataset;
}

void
genre_dataset_sort (GenreDataset *dataset)
{
  g_ptr_array_sort (dataset->clips, compare_clips);
}

void
genre_dataset_add (GenreDataset *dataset, const char *stem, guint label, const char *artist,
                   guint8 *levels, guint n_frames)
{
  GenreClip *clip = g_new0 (GenreClip, 1);
  clip->stem = g_strdup (stem);
  clip->path = g_strdup (stem);
  clip->label = label;
  clip->artist = g_strdup (artist);
  clip->n_frames = n_frames;
  clip->levels = levels;
  clip->is_made = TRUE;
  g_ptr_array_add (dataset->clips, clip);
}

static void
load_entry (GenreDataset *dataset, const GenreDatasetEntry *entry)
{
  g_autoptr (GError) error = NULL;
  GenreClip *clip =
      clip_load (g_strdup (entry->path), entry->label, dataset->front_end.bands, &error);
  if (!clip) {
    note (dataset, "%s", error->message);
    return;
  }
  g_free (clip->stem);
  clip->stem = g_strdup (entry->stem);
  clip->artist = g_strdup (entry->artist);
  if (entry->source) {
    g_free (clip->path);
    clip->path = g_strdup (entry->source);
  }
  g_ptr_array_add (dataset->clips, clip);
}

GenreDataset *
genre_dataset_load_entries (const GenreFrontEndConfig *front_end, char *const *labels,
                            char *const *display_names, guint n_background,
                            const GenreDatasetEntry *entries, guint n, GError **error)
{
  g_autoptr (GenreDataset) dataset = dataset_new ();
  dataset->front_end = *front_end;
  dataset->labels = g_strdupv ((char **)labels);
  dataset->display_names = g_strdupv ((char **)display_names);
  dataset->n_labels = g_strv_length (dataset->labels);
  dataset->n_background = n_background;
  for (guint i = 0; i < dataset->n_labels; i++)
    g_hash_table_add (dataset->folders, g_strdup (labels[i]));
  for (guint i = 0; i < n; i++)
    load_entry (dataset, &entries[i]);
  genre_dataset_sort (dataset);
  if (dataset->clips->len > 0)
    return g_steal_pointer (&dataset);
  fail (error, "none of %u spectrograms can be used", n);
  return NULL;
}

GenreDataset *
genre_dataset_load (const char *folder, GError **error)
{
  g_return_val_if_fail (folder, NULL);
  g_autoptr (GenreDataset) dataset = dataset_new ();
  if (!load_front_end (dataset, folder, error))
    return NULL;
  g_autoptr (GPtrArray) genres = load_genres (dataset, folder, error);
  if (!genres)
    return NULL;
  adopt_genres (dataset, genres);
  make_stems_unique (dataset);
  g_ptr_array_sort (dataset->clips, compare_clips);
  return g_steal_pointer (&dataset);
}

void
genre_dataset_free (GenreDataset *dataset)
{
  if (!dataset)
    return;
  g_strfreev (dataset->labels);
  g_strfreev (dataset->display_names);
  g_ptr_array_unref (dataset->clips);
  g_ptr_array_unref (dataset->problems);
  g_hash_table_unref (dataset->folders);
  g_hash_table_unref (dataset->broken);
  g_free (dataset);
}

/* ---- lists ---- */

static GHashTable *
index_stems (GenreDataset *dataset)
{
  GHashTable *index = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < dataset->clips->len; i++) {
    GenreClip *clip = dataset->clips->pdata[i];
    g_hash_table_insert (index, clip->stem, clip);
  }
  return index;
}

static char *
folder_of (const GenreClip *clip)
{
  g_autofree char *folder = g_path_get_dirname (clip->path);
  g_autofree char *name = g_path_get_basename (folder);
  return genre_label_from_folder (name);
}

/* Of file names, as they are in their folders: "01": "jazz, rock". */
static GHashTable *
index_folders (const GenreDataset *dataset)
{
  GHashTable *index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < dataset->clips->len; i++) {
    const GenreClip *clip = dataset->clips->pdata[i];
    if (clip->is_made)
      continue;
    g_autofree char *folder = folder_of (clip);
    char *stem = g_path_get_basename (clip->stem);
    const char *before = g_hash_table_lookup (index, stem);
    g_hash_table_insert (index, stem,
                         before ? g_strdup_printf ("%s, %s", before, folder) : g_strdup (folder));
  }
  return index;
}

/* A stem may be unique only because its namesake in another genre is broken: an entry that names
 * one of the data set's genres means that one. @label: of the entry's folder. */
static GenreClip *
find_stem (const GenreDataset *dataset, GHashTable *index, const char *stem, const char *label)
{
  GenreClip *clip = g_hash_table_lookup (index, stem);
  if (!clip || !g_hash_table_contains (dataset->folders, label))
    return clip;
  g_autofree char *own = folder_of (clip);
  return g_strcmp0 (own, label) == 0 ? clip : NULL;
}

/* Of files that spectrograms are made of, or of these themselves. */
static gboolean
is_ending (const char *ending)
{
  static const char *const others[] = {".npy",  ".aifc", ".au",   ".snd", ".ac3",  ".amr",
                                       ".caf",  ".mpga", ".tta",  ".w64", ".wave", ".weba",
                                       ".mp4",  ".m4v",  ".mov",  ".mkv", ".avi",  ".mpg",
                                       ".mpeg", ".3gp",  ".webm", ".wmv", NULL};
  g_autofree char *lower = g_ascii_strdown (ending, -1);
  return music_name_is_audio (ending) || g_strv_contains (others, lower);
}

/* "blues.00012" of "blues/blues.00012.wav", but "song.v2" of "song.v2": what hardly a file ends in
 * may belong to the name, and another clip may be called like the rest. */
static char *
stem_of_entry (const char *entry)
{
  char *stem = g_path_get_basename (entry);
  char *dot = strrchr (stem, '.');
  if (dot && dot != stem && is_ending (dot))
    *dot = '\0';
  return stem;
}

/* What is before the last dot, whatever is behind it, unless a spectrogram has the whole name and
 * is broken: then the entry means that one. */
static char *
beginning_of_entry (const GenreDataset *dataset, const char *entry)
{
  g_autofree char *name = g_path_get_basename (entry);
  return g_hash_table_contains (dataset->broken, name) ? stem_of_entry (entry)
                                                       : genre_file_stem (entry);
}

/* By "blues.00012", "blues.00012.wav" or, where two genres share a stem, "jazz/01.wav". @stem: of
 * @entry */
static GenreClip *
find_named (const GenreDataset *dataset, GHashTable *index, const char *entry, const char *stem)
{
  g_autofree char *name = g_path_get_basename (entry);
  g_autofree char *folder = g_path_get_dirname (entry);
  g_autofree char *genre = g_path_get_basename (folder);
  g_autofree char *label = genre_label_from_folder (genre);
  GenreClip *clip = find_stem (dataset, index, name, label);
  if (!clip)
    clip = find_stem (dataset, index, stem, label);
  if (clip)
    return clip;
  g_autofree char *exact = g_strdup_printf ("%s/%s", label, name);
  g_autofree char *longer = g_strdup_printf ("%s/%s", label, stem);
  clip = g_hash_table_lookup (index, exact);
  return clip ? clip : g_hash_table_lookup (index, longer);
}

/* @guessed: whether it was found by what is before the last dot alone. Spectrograms are made of
 * files with any ending and do not say which it was, so that "song.v2" may be the music of "song",
 * or another version that is not there. */
static GenreClip *
find_clip (const GenreDataset *dataset, GHashTable *index, const char *entry, gboolean *guessed)
{
  g_autofree char *stem = stem_of_entry (entry);
  g_autofree char *beginning = beginning_of_entry (dataset, entry);
  GenreClip *clip = find_named (dataset, index, entry, stem);
  *guessed = FALSE;
  if (clip)
    return clip;
  clip = find_named (dataset, index, entry, beginning);
  *guessed = clip != NULL;
  return clip;
}

/* Entries of one kind, skipped as a rule: how many, and the first of them by name. */
typedef struct {
  guint n;
  GString *names;
} Skipped;

static void
skip (Skipped *skipped, const char *entry)
{
  if (!skipped->names)
    skipped->names = g_string_new (NULL);
  if (skipped->n < MAX_NAMED)
    g_string_append_printf (skipped->names, "%s%s", skipped->n > 0 ? ", " : "", entry);
  else if (skipped->n == MAX_NAMED)
    g_string_append (skipped->names, ", …");
  skipped->n++;
}

/* What is asked for and not there. */
typedef struct {
  Skipped gone;      /* in no folder */
  Skipped elsewhere; /* not in the genre that is named, but in another */
  Skipped several;   /* in more than one, and none is named */
  GHashTable *folders;
} Absent;

static void
skip_absent (const GenreDataset *dataset, Absent *absent, const char *entry)
{
  if (!absent->folders)
    absent->folders = index_folders (dataset);
  g_autofree char *folder = g_path_get_dirname (entry);
  g_autofree char *genre = g_path_get_basename (folder);
  g_autofree char *label = genre_label_from_folder (genre);
  g_autofree char *name = g_path_get_basename (entry);
  g_autofree char *stem = beginning_of_entry (dataset, entry);
  const char *found = g_hash_table_lookup (absent->folders, name);
  if (!found)
    found = g_hash_table_lookup (absent->folders, stem);
  g_autofree char *where = g_strdup_printf ("%s (%s)", entry, found);
  if (!found)
    skip (&absent->gone, entry);
  else
    skip (g_hash_table_contains (dataset->folders, label) ? &absent->elsewhere : &absent->several,
          where);
}

static void
note_skipped (GenreDataset *dataset, const char *path, Skipped *skipped, const char *what)
{
  if (skipped->n == 0)
    return;
  note (dataset, "%s: %u %s %s: %s", path, skipped->n, skipped->n == 1 ? "entry" : "entries", what,
        skipped->names->str);
  g_string_free (skipped->names, TRUE);
}

static void
add_guess (Skipped *guesses, const char *entry, const GenreClip *clip)
{
  g_autofree char *both = g_strdup_printf ("%s (%s)", entry, clip->stem);
  skip (guesses, both);
}

static void
note_guesses (GenreDataset *dataset, const char *path, Skipped *guesses)
{
  note_skipped (dataset, path, guesses, "found only by what is before the last dot");
}

static void
note_absent (GenreDataset *dataset, const char *path, Absent *absent)
{
  note_skipped (dataset, path, &absent->gone, "not in the data set");
  note_skipped (dataset, path, &absent->elsewhere, "in another genre than the one named");
  note_skipped (dataset, path, &absent->several,
                "in several genres, expected the folder of one before it");
  g_clear_pointer (&absent->folders, g_hash_table_unref);
}

GPtrArray *
genre_dataset_select (GenreDataset *dataset, const char *list_path, GError **error)
{
  g_autofree char *text = genre_file_read_text (list_path, MAX_TEXT, error);
  if (!text)
    return NULL;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GHashTable) index = index_stems (dataset);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) selected = g_ptr_array_new ();
  Absent absent = {0};
  Skipped repeated = {0}, malformed = {0}, guesses = {0};
  for (char **line = lines; *line; line++) {
    const char *entry = g_strstrip (*line);
    if (entry[0] == '\0')
      continue;
    gboolean may_be_comment = entry[0] == '#', guessed = FALSE;
    GenreClip *clip = may_be_comment && strchr (entry, '/') /* an entry that was taken out */
                          ? NULL
                          : find_clip (dataset, index, entry, &guessed);
    if (may_be_comment && !clip) /* "#1 hit.wav" is a clip if there is one of that name */
      continue;
    if (g_str_has_suffix (entry, "/"))
      skip (&malformed, entry);
    else if (!clip)
      skip_absent (dataset, &absent, entry);
    else if (!g_hash_table_add (seen, clip))
      skip (&repeated, entry);
    else {
      g_ptr_array_add (selected, clip);
      if (guessed)
        add_guess (&guesses, entry, clip);
    }
  }
  note_guesses (dataset, list_path, &guesses);
  note_absent (dataset, list_path, &absent);
  note_skipped (dataset, list_path, &repeated, "listed before");
  note_skipped (dataset, list_path, &malformed, "without a file name");
  if (selected->len == 0) {
    fail (error, "%s: names no clip of the data set", list_path);
    return NULL;
  }
  return g_steal_pointer (&selected);
}

/* Whether the first line says what is in the columns. A table without such a line begins with a
 * clip, whose artist would be lost, and would be in the training and in the examination. */
static gboolean
is_head (const GenreDataset *dataset, GHashTable *index, const char *line)
{
  g_auto (GStrv) fields = g_strsplit (line, "\t", 3);
  gboolean guessed;
  if (!fields[0] || !fields[1])
    return TRUE;
  g_strstrip (fields[0]);
  g_strstrip (fields[1]);
  gboolean says_so =
      g_ascii_strcasecmp (fields[0], "clip") == 0 && g_ascii_strcasecmp (fields[1], "artist") == 0;
  return says_so || !find_clip (dataset, index, fields[0], &guessed);
}

char *
genre_clip_key_artist (const GenreClip *clip)
{
  if (!clip->artist)
    return NULL;
  g_autofree char *valid = g_utf8_make_valid (clip->artist, -1);
  g_autofree char *plain = g_utf8_normalize (valid, -1, G_NORMALIZE_ALL);
  g_autofree char *folded = g_utf8_casefold (plain, -1);
  return g_utf8_normalize (folded, -1, G_NORMALIZE_ALL); /* what was folded may be composed again */
}

static void
take_artist (GenreClip *clip, const char *artist)
{
  if (artist[0] == '\0')
    return;
  g_free (clip->artist);
  clip->artist = g_strdup (artist);
}

gboolean
genre_dataset_load_artists (GenreDataset *dataset, const char *path, GError **error)
{
  g_autofree char *text = genre_file_read_text (path, MAX_TEXT, error);
  if (!text)
    return FALSE;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GHashTable) index = index_stems (dataset);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) unsure = g_hash_table_new (NULL, NULL); /* of those */
  Absent absent = {0};
  Skipped repeated = {0}, malformed = {0}, guesses = {0};
  char **first = lines[0] && is_head (dataset, index, lines[0]) ? lines + 1 : lines;
  for (char **line = first; *line; line++) {
    if (g_strchug (*line)[0] == '\0')
      continue;
    g_auto (GStrv) fields = g_strsplit (*line, "\t", -1);
    gboolean guessed;
    GenreClip *clip = find_clip (dataset, index, g_strstrip (fields[0]), &guessed);
    if (fields[1] && clip && !guessed && g_hash_table_remove (unsure, clip)) {
      g_hash_table_remove (seen, clip); /* whoever names it knows better who plays */
      g_clear_pointer (&clip->artist, g_free);
    }
    if (!fields[1])
      skip (&malformed, fields[0]);
    else if (!clip)
      skip_absent (dataset, &absent, fields[0]);
    else if (!g_hash_table_add (seen, clip))
      skip (&repeated, fields[0]);
    else {
      take_artist (clip, g_strstrip (fields[1]));
      if (guessed) {
        g_hash_table_add (unsure, clip);
        add_guess (&guesses, fields[0], clip);
      }
    }
  }
  note_guesses (dataset, path, &guesses);
  note_absent (dataset, path, &absent);
  note_skipped (dataset, path, &repeated, "listed before");
  note_skipped (dataset, path, &malformed, "without an artist column");
  return TRUE;
}

guint
genre_clips_count_anonymous (const GPtrArray *clips)
{
  guint n = 0;
  for (guint i = 0; i < clips->len; i++)
    n += !((const GenreClip *)clips->pdata[i])->artist;
  return n;
}

void
genre_dataset_note_anonymous (GenreDataset *dataset, const GPtrArray *clips, const char *path)
{
  guint n = genre_clips_count_anonymous (clips);
  if (n == 0 || n == clips->len) /* where there is none at all, there is no grouping by artist */
    return;
  note (dataset, "%s: %u of %u clips %s no artist there; %s as an artist of its own", path, n,
        clips->len, n == 1 ? "has" : "have", n == 1 ? "it counts" : "each counts");
}
