/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sourcelist.h"
#include "files.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_TEXT (256 * 1024 * 1024)
#define HEAD "spectrogram\tsize\tchanged\n"
#define FIELDS 3
#define LOCK_INTERVAL (G_USEC_PER_SEC / 10) /* between two tries */
#define MOMENT G_USEC_PER_SEC               /* that is left to who is asked to stop */

typedef struct {
  guint64 size;
  gint64 changed;
} Source;

struct _GenreSourceList {
  GHashTable *sources; /* of Source, by name */
};

GenreSourceList *
genre_source_list_new (void)
{
  GenreSourceList *list = g_new0 (GenreSourceList, 1);
  list->sources = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return list;
}

void
genre_source_list_free (GenreSourceList *list)
{
  g_hash_table_unref (list->sources);
  g_free (list);
}

void
genre_source_list_set (GenreSourceList *list, const char *name, guint64 size, gint64 changed)
{
  const Source source = {size, changed};
  g_hash_table_replace (list->sources, g_strdup (name), g_memdup2 (&source, sizeof source));
}

static gboolean
is_absent (gpointer name, gpointer source, gpointer folder)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  return !g_file_test (path, G_FILE_TEST_EXISTS);
}

void
genre_source_list_forget_absent (GenreSourceList *list, const char *folder)
{
  g_hash_table_foreach_remove (list->sources, is_absent, (gpointer)folder);
}

gboolean
genre_source_list_confirms (const GenreSourceList *list, const char *name, guint64 size,
                            gint64 changed)
{
  const Source *source = g_hash_table_lookup (list->sources, name);
  return source && source->size == size && source->changed == changed;
}

gboolean
genre_source_list_contradicts (const GenreSourceList *list, const char *name, guint64 size,
                               gint64 changed)
{
  const Source *source = g_hash_table_lookup (list->sources, name);
  return source && (source->size != size || source->changed != changed);
}

static void
read_line (GenreSourceList *list, const char *line)
{
  guint64 size;
  gint64 changed;
  gsize n_backslashes = 0;
  g_auto (GStrv) fields = g_strsplit (line, "\t", FIELDS + 1);
  if (g_strv_length (fields) != FIELDS ||
      !g_ascii_string_to_unsigned (fields[1], 10, 0, G_MAXUINT64, &size, NULL) ||
      !g_ascii_string_to_signed (fields[2], 10, G_MININT64, G_MAXINT64, &changed, NULL))
    return;
  for (const char *c = fields[0] + strlen (fields[0]); c > fields[0] && c[-1] == '\\'; c--)
    n_backslashes++;
  if (n_backslashes % 2 != 0) /* an escape without its end, of which g_strcompress() warns */
    return;
  g_autofree char *name = g_strcompress (fields[0]);
  genre_source_list_set (list, name, size, changed);
}

gboolean
genre_source_list_check (const char *path, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree char *text = NULL, *name = g_filename_display_name (path);
  gsize size = 0;
  if (!g_file_test (path, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    return TRUE;
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "%s: no file, expected a list of sources",
                 name);
  else if (!g_file_get_contents (path, &text, &size, &reason))
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO, "%s: cannot be read: %s", name,
                 reason->message);
  else if (size > 0 && !g_str_has_prefix (text, HEAD))
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "%s: no list of sources of extract, expected the first line \"spectrogram, size, "
                 "changed\": move it away, or name another folder",
                 name);
  else
    return TRUE;
  return FALSE;
}

GenreSourceList *
genre_source_list_load (const char *path)
{
  GenreSourceList *list = genre_source_list_new ();
  g_autofree char *text = genre_file_read_text (path, MAX_TEXT, NULL);
  g_auto (GStrv) lines = text ? g_strsplit (text, "\n", -1) : NULL;
  for (char **line = lines; line && *line; line++)
    read_line (list, *line);
  return list;
}

static char *
find_strange_of (const GenreSourceList *list, const char *folder, const char *genre)
{
  g_autofree char *path = g_build_filename (folder, genre, NULL);
  g_autoptr (GPtrArray) names = genre_file_list_folder (path, NULL);
  for (guint i = 0; names && i < names->len; i++) {
    g_autofree char *name = g_strconcat (genre, "/", names->pdata[i], NULL);
    if (g_str_has_suffix (name, ".npy") && !g_hash_table_contains (list->sources, name))
      return g_build_filename (folder, name, NULL);
  }
  return NULL;
}

char *
genre_source_list_find_strange (const GenreSourceList *list, const char *folder)
{
  g_autoptr (GPtrArray) genres = genre_file_list_folder (folder, NULL);
  char *strange = NULL;
  for (guint i = 0; genres && !strange && i < genres->len; i++)
    strange = find_strange_of (list, folder, genres->pdata[i]);
  return strange;
}

gboolean
genre_source_list_save (const GenreSourceList *list, const char *path, GError **error)
{
  g_autoptr (GList) names = g_hash_table_get_keys (list->sources);
  g_autoptr (GString) text = g_string_new (HEAD);
  names = g_list_sort (names, (GCompareFunc)strcmp); /* the same music, the same bytes */
  for (GList *l = names; l; l = l->next) {
    const Source *source = g_hash_table_lookup (list->sources, l->data);
    g_autofree char *name = g_strescape (l->data, NULL);
    g_string_append_printf (text, "%s\t%" G_GUINT64_FORMAT "\t%" G_GINT64_FORMAT "\n", name,
                            source->size, source->changed);
  }
  return genre_file_write (path, text->str, text->len, error);
}

/* ---- among processes ---- */

/* A file of its own, for the list itself is replaced; hidden, so that it is none of the data. */
static char *
name_lock (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path), *name = g_path_get_basename (path);
  return g_strdup_printf ("%s/.%s.lock", folder, name);
}

typedef struct {
  gint64 until;     /* monotonic time */
  const gint *stop; /* or NULL */
} Patience;

/* Tried again and again, for flock() that waits can be told neither of a limit nor to stop. */
static gboolean
wait_for_lock (int lock, Patience *patience)
{
  while (flock (lock, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    const gint64 now = g_get_monotonic_time ();
    if (patience->stop && g_atomic_int_get (patience->stop))
      patience->until = MIN (patience->until, now + MOMENT);
    if ((reason != EWOULDBLOCK && reason != EINTR) || now >= patience->until)
      return FALSE;
    g_usleep (LOCK_INTERVAL);
  }
  return TRUE;
}

/* Who had the lock has removed its file. */
static gboolean
is_still_there (int lock, const char *name)
{
  struct stat ours, found;
  return fstat (lock, &ours) == 0 && stat (name, &found) == 0 && ours.st_dev == found.st_dev &&
         ours.st_ino == found.st_ino;
}

int
genre_source_list_lock (const char *path, guint limit, const gint *stop)
{
  g_autofree char *name = name_lock (path);
  Patience patience = {g_get_monotonic_time () + (gint64)limit * G_USEC_PER_SEC, stop};
  for (;;) {
    const int lock = open (name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (lock < 0)
      return -1;
    const gboolean locked = wait_for_lock (lock, &patience);
    if (locked && is_still_there (lock, name))
      return lock;
    close (lock);
    if (!locked || g_get_monotonic_time () >= patience.until)
      return -1;
  }
}

void
genre_source_list_unlock (const char *path, int lock)
{
  g_autofree char *name = name_lock (path);
  if (lock < 0)
    return;
  unlink (name);
  close (lock);
}
