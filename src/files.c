/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "files.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>

static gboolean
fail_errno (const char *path, const char *what, GError **error)
{
  int code = errno;
  g_autofree char *name = g_filename_display_name (path);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO, "%s: %s: %s", name, what, g_strerror (code));
  return FALSE;
}

static gboolean
check_kind (int fd, const char *path, gsize max_size, struct stat *status, GError **error)
{
  if (fstat (fd, status) != 0)
    return fail_errno (path, "cannot be examined", error);
  g_autofree char *name = g_filename_display_name (path);
  if (!S_ISREG (status->st_mode)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO, "%s: %s, expected a regular file", name,
                 S_ISDIR (status->st_mode) ? "a folder" : "a pipe or device");
    return FALSE;
  }
  if ((guint64)status->st_size > max_size) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                 "%s: %" G_GUINT64_FORMAT " bytes, expected at most %" G_GSIZE_FORMAT, name,
                 (guint64)status->st_size, max_size);
    return FALSE;
  }
  return TRUE;
}

/* Bytes of before and after a change make no file. What is renamed over it changes nothing: it is
 * the old one that is read. */
static gboolean
check_unchanged (int fd, const char *path, const struct stat *before, GError **error)
{
  struct stat after;
  if (fstat (fd, &after) != 0)
    return fail_errno (path, "cannot be examined", error);
  if (after.st_size == before->st_size && after.st_mtim.tv_sec == before->st_mtim.tv_sec &&
      after.st_mtim.tv_nsec == before->st_mtim.tv_nsec)
    return TRUE;
  g_autofree char *name = g_filename_display_name (path);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO,
               "%s: changed while it was read, expected a file that nobody writes to", name);
  return FALSE;
}

/* NULL: what a file says of its size may be more than there is room for. */
static guint8 *
make_room (const char *path, gsize size, GError **error)
{
  guint8 *room = g_try_malloc (size + 1);
  if (room)
    return room;
  g_autofree char *name = g_filename_display_name (path);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO,
               "%s: not enough memory for its %" G_GSIZE_FORMAT " bytes", name, size);
  return NULL;
}

/* Up to @size bytes, or as many as there are. */
static gboolean
read_all (int fd, const char *path, guint8 *content, gsize size, gsize *n_read, GError **error)
{
  *n_read = 0;
  while (*n_read < size) {
    ssize_t n = read (fd, content + *n_read, size - *n_read);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail_errno (path, "cannot be read", error);
    if (n == 0)
      break;
    *n_read += (gsize)n;
  }
  return TRUE;
}

GBytes *
genre_file_read (const char *path, gsize max_size, GError **error)
{
  g_return_val_if_fail (path, NULL);
  /* O_NONBLOCK: opening a pipe must not wait for a writer. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    fail_errno (path, "cannot be opened", error);
    return NULL;
  }
  struct stat status;
  gsize n_read = 0;
  g_autofree guint8 *content = NULL;
  gboolean ok = check_kind (fd, path, max_size, &status, error) &&
                (content = make_room (path, (gsize)status.st_size, error)) &&
                read_all (fd, path, content, (gsize)status.st_size, &n_read, error) &&
                check_unchanged (fd, path, &status, error);
  close (fd);
  return ok ? g_bytes_new_take (g_steal_pointer (&content), n_read) : NULL;
}

char *
genre_file_read_text (const char *path, gsize max_size, GError **error)
{
  g_autoptr (GBytes) bytes = genre_file_read (path, max_size, error);
  if (!bytes)
    return NULL;
  gsize size = 0;
  const char *text = g_bytes_get_data (bytes, &size);
  const char *fault;
  if (size > 0 && !g_utf8_validate_len (text, size, &fault)) {
    g_autofree char *name = g_filename_display_name (path);
    guint line = 1;
    for (const char *c = text; c < fault; c++)
      line += *c == '\n';
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "%s, line %u: not UTF-8 text", name, line);
    return NULL;
  }
  if (size >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0) {
    text += 3;
    size -= 3;
  }
  return g_strndup (text, size);
}

/* A rename over /dev/null takes it away from the whole machine, and one over /dev/stdout, a link
 * into /proc, reaches nobody who waits there. */
static gboolean
may_be_replaced (const char *path)
{
  struct stat status;
  if (stat (path, &status) == 0 && !S_ISREG (status.st_mode) && !S_ISDIR (status.st_mode))
    return FALSE;
  g_autofree char *target = g_file_read_link (path, NULL);
  return !target || !g_str_has_prefix (target, "/proc/");
}

gboolean
genre_file_check_target (const char *path, GError **error)
{
  if (may_be_replaced (path))
    return TRUE;
  g_autofree char *name = g_filename_display_name (path);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO,
               "%s: cannot be written: a pipe or device, expected the name of a file", name);
  return FALSE;
}

gboolean
genre_file_write (const char *path, const void *content, gsize size, GError **error)
{
  g_return_val_if_fail (path, FALSE);
  if (!genre_file_check_target (path, error))
    return FALSE;
  g_autoptr (GError) reason = NULL;
  /* A temporary file beside it, fsync, rename, fsync of the folder; removed if anything fails. */
  if (g_file_set_contents_full (path, content, (gssize)size,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0666,
                                &reason))
    return TRUE;
  g_autofree char *name = g_filename_display_name (path);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO, "%s: cannot be written: %s", name,
               reason->message);
  return FALSE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *
genre_file_list_folder (const char *path, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GDir) directory = g_dir_open (path, 0, &reason);
  if (!directory) {
    g_autofree char *name = g_filename_display_name (path);
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO, "%s: cannot be opened: %s", name,
                 reason->message);
    return NULL;
  }
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  for (const char *name; (name = g_dir_read_name (directory));)
    if (name[0] != '.')
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

gboolean
genre_file_make_folder (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0777) == 0)
    return TRUE;
  return fail_errno (path, "the folder cannot be made", error);
}

char *
genre_file_stem (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  char *dot = strrchr (name, '.');
  if (dot && dot != name)
    *dot = '\0';
  return g_steal_pointer (&name);
}
