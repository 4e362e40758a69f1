/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resultfile.h"
#include "../jsonline.h"
#include "../translation.h"
#include "writeall.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LINE (1 << 20) /* bytes; a line of ours has a thousand */
#define MAX_TAIL                                                                                   \
  (1 << 22) /* bytes that can be looked back over: of what it told in a second Redis loses less */

struct _ResultFile {
  char *path;
  int fd;
  char *last, *source; /* of the last line; NULL: there is none, it has none */
  char *tail;          /* the last bytes of the file, NULL: it is empty */
  gsize n_tail;        /* of them up to the end of the last line */
  gsize begin;         /* of the last line in them */
  goffset before;      /* bytes before them */
  GString *added;
};

static gboolean
fail (const ResultFile *self, const char *what, GError **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s: %s", self->path, what);
  return FALSE;
}

/* ---- where it ends ---- */

static gboolean
is_entry (const char *text)
{
  const gsize digits = strspn (text, "0123456789");
  return digits > 0 && text[digits] == '-' && text[digits + 1] != '\0' &&
         strspn (text + digits + 1, "0123456789") == strlen (text + digits + 1);
}

/* The object of the line that ends with byte @end of the tail. NULL: it is none of ours. @begin:
 * where it begins. */
static JsonObject *
parse_line (const ResultFile *self, gsize end, gsize *begin)
{
  if (end == 0)
    return NULL;
  const char *feed = memrchr (self->tail, '\n', end - 1);
  if (!feed && self->before > 0) /* it begins further in front */
    return NULL;
  *begin = feed ? (gsize)(feed + 1 - self->tail) : 0;
  g_autofree char *line = g_strndup (self->tail + *begin, end - 1 - *begin);
  g_autoptr (JsonObject) object = json_line_parse (line);
  const char *entry = object ? json_line_get_text (object, "entry") : NULL;
  return entry && is_entry (entry) ? g_steal_pointer (&object) : NULL;
}

/* FALSE: what the tail ends with is no line of ours. */
static gboolean
take_last (ResultFile *self)
{
  g_autoptr (JsonObject) object = parse_line (self, self->n_tail, &self->begin);
  g_clear_pointer (&self->last, g_free);
  g_clear_pointer (&self->source, g_free);
  if (!object)
    return FALSE;
  self->last = g_strdup (json_line_get_text (object, "entry"));
  self->source = g_strdup (json_line_get_text (object, "source"));
  return TRUE;
}

/* TRUE: it is one of ours, of which the last bytes may be no whole line. @n: of the tail. */
static gboolean
find_last (ResultFile *self, gsize n)
{
  static const char beginning[] = "{\"entry\":\"";
  const char *feed = memrchr (self->tail, '\n', n);
  self->n_tail = feed ? (gsize)(feed + 1 - self->tail) : 0;
  if (feed)
    return take_last (self);
  return self->before == 0 && strncmp (self->tail, beginning, MIN (n, strlen (beginning))) == 0;
}

static gboolean
find_end (ResultFile *self, goffset size, GError **error)
{
  const gsize n = (gsize)MIN (size, MAX_TAIL);
  if (n == 0)
    return TRUE;
  self->tail = g_malloc (n);
  self->before = size - (goffset)n;
  if (pread (self->fd, self->tail, n, self->before) != (gssize)n)
    return fail (self, _ ("its end cannot be read"), error);
  if (!find_last (self, n))
    return fail (self, _ ("its last line is none that genre-tag collect has written"), error);
  return self->n_tail == n || result_file_cut (self, error);
}

/* ---- opening it ---- */

static gboolean
open_file (ResultFile *self, GError **error)
{
  struct stat status;
  self->fd = open (self->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666);
  if (self->fd < 0 || fstat (self->fd, &status) != 0)
    return fail (self, g_strerror (errno), error);
  if (!S_ISREG (status.st_mode))
    return fail (self, _ ("a plain file is expected (or - for standard output)"), error);
  if (flock (self->fd, LOCK_EX | LOCK_NB) != 0)
    return fail (self, _ ("another run is writing into it"), error);
  if (fstat (self->fd, &status) != 0) /* as it is now that it is ours */
    return fail (self, g_strerror (errno), error);
  return find_end (self, status.st_size, error);
}

ResultFile *
result_file_open (const char *path, GError **error)
{
  g_autoptr (ResultFile) self = g_new0 (ResultFile, 1);
  self->path = g_strdup (path);
  self->added = g_string_new (NULL);
  self->fd = -1;
  if (g_str_equal (path, "-"))
    self->fd = STDOUT_FILENO;
  else if (!open_file (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
result_file_free (ResultFile *self)
{
  if (!self)
    return;
  if (self->fd > STDERR_FILENO)
    close (self->fd);
  g_string_free (self->added, TRUE);
  g_free (self->path);
  g_free (self->last);
  g_free (self->source);
  g_free (self->tail);
  g_free (self);
}

const char *
result_file_get_last (const ResultFile *self)
{
  return self->last;
}

/* ---- going back ---- */

GPtrArray *
result_file_list_last (const ResultFile *self, guint n)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (g_free);
  gsize begin = 0;
  for (gsize end = self->n_tail; entries->len < n; end = begin) {
    g_autoptr (JsonObject) object = parse_line (self, end, &begin);
    if (!object)
      break;
    g_ptr_array_add (entries, g_strdup (json_line_get_text (object, "entry")));
  }
  return entries;
}

gboolean
result_file_ends_with (const ResultFile *self, const char *result)
{
  g_autoptr (JsonObject) object = json_line_parse (result);
  return object &&
         (!self->source || g_strcmp0 (json_line_get_text (object, "source"), self->source) == 0);
}

void
result_file_go_back (ResultFile *self)
{
  self->n_tail = self->begin;
  take_last (self);
}

gboolean
result_file_cut (ResultFile *self, GError **error)
{
  return ftruncate (self->fd, self->before + (goffset)self->n_tail) == 0 ||
         fail (self, g_strerror (errno), error);
}

/* ---- adding ---- */

gboolean
result_file_add (ResultFile *self, const char *entry, const char *result)
{
  g_autoptr (JsonObject) object = json_line_parse (result);
  if (!object || result[0] != '{' || strchr (result, '\n') || strlen (result) > MAX_LINE / 2 ||
      json_object_get_size (object) == 0 || json_object_has_member (object, "entry"))
    return FALSE;
  /* The text stays as it is: numbers keep their digits. */
  g_string_append_printf (self->added, "{\"entry\":\"%s\",%s\n", entry, result + 1);
  return TRUE;
}

gboolean
result_file_flush (ResultFile *self, GError **error)
{
  if (!write_all (self->fd, self->added->str, self->added->len))
    return fail (self, g_strerror (errno), error);
  g_string_truncate (self->added, 0);
  if (self->fd != STDOUT_FILENO && fdatasync (self->fd) != 0)
    return fail (self, g_strerror (errno), error);
  return TRUE;
}
