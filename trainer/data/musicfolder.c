/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "musicfolder.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include "filepath.h"
#include "files.h"
#include "labels.h"

#define MAX_DEPTH 16
#define MAX_NAME 200      /* bytes of a stem */
#define RANDOM_SUFFIX 7   /* ".AB12CD" of g_file_set_contents() */
#define WRITING_TIME 3600 /* seconds, more than a spectrogram takes */

/* What lies beside music and is none: not worth a word for each. */
static const char *const other_endings[] = {
    "jpg", "jpeg", "png", "gif", "bmp", "webp", "txt", "log", "cue",  "m3u",  "m3u8", "pls", "nfo",
    "pdf", "sfv",  "md",  "md5", "ini", "db",   "url", "htm", "html", "json", "xml",  "tsv", "csv",
};

static void G_GNUC_PRINTF (2, 3) note (const GenreMusicFolder *folder, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_ptr_array_add (folder->problems, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

static void
file_free (GenreMusicFile *file)
{
  g_free (file->source);
  g_free (file->relative);
  g_free (file->target);
  g_free (file->genre);
  g_free (file);
}

static gboolean
is_other (const char *name)
{
  const char *dot = strrchr (name, '.');
  for (guint i = 0; dot && i < G_N_ELEMENTS (other_endings); i++)
    if (g_ascii_strcasecmp (dot + 1, other_endings[i]) == 0)
      return TRUE;
  return FALSE;
}

/* ---- names ---- */

/* "Album/01.flac" -> "Album-01.flac"; what a file system would refuse is shortened, with a hash of
 * the whole in place of the rest. */
static char *
flatten (const char *relative)
{
  g_autofree char *flat = g_strdelimit (g_strdup (relative), "/", '-');
  if (strlen (flat) <= MAX_NAME)
    return g_steal_pointer (&flat);
  const char *dot = strrchr (flat, '.');
  g_autofree char *ending = g_strdup (dot && strlen (dot) < 8 ? dot : "");
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, relative, -1);
  char *cut = flat + MAX_NAME - 24;
  while (cut > flat && ((guchar)*cut & 0xc0) == 0x80) /* inside a character */
    cut--;
  *cut = '\0';
  return g_strdup_printf ("%s-%.16s%s", flat, hash, ending);
}

static guint
count_name (GHashTable *counts, char *name) /* takes it */
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, name)) + 1;
  g_hash_table_insert (counts, name, GUINT_TO_POINTER (n));
  return n;
}

/* "Album/01.wav" and "Album-01.wav", or "x.mp3.ogg" beside "x.mp3" and "x.wav": those whose names
 * still meet get a hash of where they lie, whatever else lies there. */
static void
part_targets (GPtrArray *files, guint first, const char *root)
{
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = first; i < files->len; i++)
    count_name (counts, g_strdup (((GenreMusicFile *)files->pdata[i])->target));
  for (guint i = first; i < files->len; i++) {
    GenreMusicFile *file = files->pdata[i];
    if (GPOINTER_TO_UINT (g_hash_table_lookup (counts, file->target)) < 2)
      continue;
    const char *relative = file->source + strlen (root) + 1;
    g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, relative, -1);
    g_autofree char *old = g_steal_pointer (&file->target);
    file->target = g_strdup_printf ("%.*s-%.16s.npy", (int)strlen (old) - 4, old, hash);
  }
}

/* Fills in the targets of the files of one genre. */
static void
name_targets (GPtrArray *files, guint first, const char *root, const char *target)
{
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = first; i < files->len; i++) {
      GenreMusicFile *file = files->pdata[i];
      g_autofree char *flat = flatten (file->source + strlen (root) + 1);
      char *stem = genre_file_stem (flat);
      if (pass == 0) {
        count_name (counts, stem);
        continue;
      }
      guint n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, stem));
      g_autofree char *name = g_strconcat (n > 1 ? flat : stem, ".npy", NULL);
      file->target = g_build_filename (target, file->genre, name, NULL);
      g_free (stem);
    }
  part_targets (files, first, root);
}

static void
name_relatives (GPtrArray *files, guint first, const char *root)
{
  for (guint i = first; i < files->len; i++) {
    GenreMusicFile *file = files->pdata[i];
    file->relative = g_strdup_printf ("%s/%s", file->genre, file->source + strlen (root) + 1);
  }
}

/* ---- files ---- */

GenreMusicFolder *
genre_music_folder_new (void)
{
  GenreMusicFolder *folder = g_new0 (GenreMusicFolder, 1);
  folder->files = g_ptr_array_new_with_free_func ((GDestroyNotify)file_free);
  folder->genres = g_ptr_array_new_with_free_func (g_free);
  folder->problems = g_ptr_array_new_with_free_func (g_free);
  return folder;
}

static void
append_file (GenreMusicFolder *folder, const char *source, const char *relative, const char *target,
             const char *genre, guint64 size, gint64 changed)
{
  GenreMusicFile *file = g_new0 (GenreMusicFile, 1);
  file->source = g_strdup (source);
  file->relative = g_strdup (relative);
  file->target = g_strdup (target);
  file->genre = g_strdup (genre);
  file->size = size;
  file->changed = changed;
  g_ptr_array_add (folder->files, file);
}

void
genre_music_folder_add (GenreMusicFolder *folder, const char *source, const char *relative,
                        const char *target, const char *genre, guint64 size, gint64 changed)
{
  append_file (folder, source, relative, target, genre, size, changed);
  if (!g_ptr_array_find_with_equal_func (folder->genres, genre, g_str_equal, NULL))
    g_ptr_array_add (folder->genres, g_strdup (genre));
}

/* ---- search ---- */

/* None, and noted, if it cannot be opened. */
static GPtrArray *
list_folder (GenreMusicFolder *folder, const char *path)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *names = genre_file_list_folder (path, &error);
  if (names)
    return names;
  note (folder, "%s", error->message);
  return g_ptr_array_new ();
}

static void
add_file (GenreMusicFolder *folder, const char *genre, const char *path)
{
  GStatBuf status;
  if (g_stat (path, &status) != 0) {
    note (folder, "%s: cannot be examined: %s", path, g_strerror (errno));
    return;
  }
  if (!S_ISREG (status.st_mode)) {
    note (folder, "%s: not a regular file", path);
    return;
  }
  append_file (folder, path, NULL, NULL, genre, (guint64)status.st_size, (gint64)status.st_mtime);
}

/* Links may lead in circles, or twice to one folder: whose songs would be there twice.
 * @seen: device and number of the genre's folders so far; FALSE if @path is one of them */
static gboolean
is_new_folder (GHashTable *seen, const char *path)
{
  GStatBuf status;
  return g_stat (path, &status) != 0 || /* said when it is listed */
         g_hash_table_add (seen, g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
                                                  (guint64)status.st_dev, (guint64)status.st_ino));
}

static void
search (GenreMusicFolder *folder, const char *genre, const char *path, GHashTable *seen,
        guint depth)
{
  g_autoptr (GPtrArray) names = list_folder (folder, path);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *child = g_build_filename (path, names->pdata[i], NULL);
    if (!g_file_test (child, G_FILE_TEST_IS_DIR)) {
      if (!is_other (names->pdata[i]))
        add_file (folder, genre, child);
    } else if (depth == MAX_DEPTH)
      note (folder, "%s: more than %d folders deep, left out", child, MAX_DEPTH);
    else if (is_new_folder (seen, child))
      search (folder, genre, child, seen, depth + 1);
    else
      note (folder, "%s: a folder that was searched already, left out", child);
  }
}

static void
search_genre (GenreMusicFolder *folder, const char *root, const char *genre, const char *target)
{
  g_autofree char *path = g_build_filename (root, genre, NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint first = folder->files->len;
  if (!g_file_test (path, G_FILE_TEST_IS_DIR)) {
    if (!is_other (genre))
      note (folder, "%s: not in a genre folder, left out", path);
    return;
  }
  is_new_folder (seen, path);
  search (folder, genre, path, seen, 0);
  if (folder->files->len == first) {
    note (folder, "%s: no music, the genre is left out", path);
    return;
  }
  name_targets (folder->files, first, path, target);
  name_relatives (folder->files, first, path);
  g_ptr_array_add (folder->genres, g_strdup (genre));
}

static gboolean
check_apart (const char *source, const char *target, GError **error)
{
  g_autofree char *from = file_path_resolve (source), *to = file_path_resolve (target);
  gsize length = strlen (from);
  if (strncmp (from, to, length) != 0 || (to[length] != '/' && to[length] != '\0'))
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "%s: spectrograms must not lie inside the music folder %s", target, source);
  return FALSE;
}

static gboolean
check_genres (GenreMusicFolder *folder, const char *source, GError **error)
{
  if (folder->genres->len == 0) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "%s: no folder with music in it; a folder for each genre is expected", source);
    return FALSE;
  }
  if (folder->genres->len == 1)
    note (folder, "%s: only one genre (\"%s\"); training takes at least two", source,
          (const char *)folder->genres->pdata[0]);
  return genre_labels_check (source, (const char *const *)folder->genres->pdata,
                             folder->genres->len, error);
}

GenreMusicFolder *
genre_music_folder_scan (const char *source, const char *target, GError **error)
{
  if (!g_file_test (source, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO, "%s: not a folder", source);
    return NULL;
  }
  if (!check_apart (source, target, error))
    return NULL;
  g_autoptr (GenreMusicFolder) folder = genre_music_folder_new ();
  g_autoptr (GPtrArray) names = list_folder (folder, source);
  for (guint i = 0; i < names->len; i++)
    search_genre (folder, source, names->pdata[i], target);
  if (!check_genres (folder, source, error))
    return NULL;
  return g_steal_pointer (&folder);
}

void
genre_music_folder_free (GenreMusicFolder *folder)
{
  if (!folder)
    return;
  g_ptr_array_unref (folder->files);
  g_ptr_array_unref (folder->genres);
  g_ptr_array_unref (folder->problems);
  g_free (folder);
}

/* ---- what earlier runs left ---- */

/* Another shard may be writing it, on a machine whose clock is another. */
static gboolean
is_abandoned (const char *path)
{
  GStatBuf status;
  return g_lstat (path, &status) == 0 && S_ISREG (status.st_mode) &&
         g_get_real_time () / G_USEC_PER_SEC - (gint64)status.st_mtime > WRITING_TIME;
}

/* Somebody's own "a.npy.backup" is none: only what g_file_set_contents() calls a target of ours on
 * the way. */
static gboolean
is_half_written (const char *path, GHashTable *expected)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const char *dot = strrchr (path, '.');
  if (!dot || strlen (dot) != RANDOM_SUFFIX || strspn (dot + 1, letters) != RANDOM_SUFFIX - 1)
    return FALSE;
  g_autofree char *whole = g_strndup (path, (gsize)(dot - path));
  return g_hash_table_contains (expected, whole) && is_abandoned (path);
}

typedef struct {
  const GenreMusicFolder *folder;
  GHashTable *expected; /* targets */
  gboolean all, notes;
} Tidying;

/* How many spectrograms were removed; hidden ones are none of ours. */
static guint
tidy_genre (const Tidying *t, const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;
  guint n = 0;
  while (directory && (name = g_dir_read_name (directory))) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    gboolean is_spectrogram = name[0] != '.' && g_str_has_suffix (name, ".npy");
    if (is_half_written (child, t->expected))
      g_unlink (child);
    else if (is_spectrogram && t->all)
      n += g_unlink (child) == 0;
    else if (is_spectrogram && t->notes && !g_hash_table_contains (t->expected, child))
      note (t->folder,
            "%s: the music that it was made from is gone, but it is still there and will be "
            "used; remove it if it should not be",
            child);
  }
  return n;
}

guint
genre_music_folder_tidy (const GenreMusicFolder *folder, const char *target, Shard shard,
                         gboolean all, gboolean notes)
{
  guint n = 0;
  g_autoptr (GHashTable) expected = g_hash_table_new (g_str_hash, g_str_equal);
  const Tidying tidying = {folder, expected, all, notes};
  for (guint i = 0; i < folder->files->len; i++) {
    const GenreMusicFile *file = folder->files->pdata[i];
    if (shard_has (shard, file->relative))
      g_hash_table_add (expected, file->target);
  }
  g_autoptr (GDir) directory = g_dir_open (target, 0, NULL);
  const char *name;
  while (directory && (name = g_dir_read_name (directory))) {
    g_autofree char *path = g_build_filename (target, name, NULL);
    if (name[0] != '.')
      n += tidy_genre (&tidying, path);
  }
  return n;
}
