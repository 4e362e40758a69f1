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

struct _ResultFile {
  char *path;
  int fd;
  char *last;
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

static gboolean
take_last (ResultFile *self, const char *line)
{
  g_autoptr (JsonObject) object = json_line_parse (line);
  const char *entry =
      object ? json_object_get_string_member_with_default (object, "entry", "") : "";
  if (!entry || !is_entry (entry)) /* NULL: no string */
    return FALSE;
  self->last = g_strdup (entry);
  return TRUE;
}

/* @end: the last bytes of the file. TRUE: it is one of ours; @half: how many of them are no whole
 * line. */
static gboolean
find_last (ResultFile *self, char *end, gsize n, gboolean is_all, gsize *half)
{
  char *feed = memrchr (end, '\n', n);
  *half = feed ? (gsize)(end + n - feed - 1) : n;
  if (!feed) /* one line that was cut short */
    return is_all && strncmp (end, "{\"entry\":\"", MIN (n, strlen ("{\"entry\":\""))) == 0;
  *feed = '\0';
  const char *before = memrchr (end, '\n', (gsize)(feed - end));
  return (before || is_all) && take_last (self, before ? before + 1 : end);
}

static gboolean
find_end (ResultFile *self, goffset size, GError **error)
{
  const gsize n = (gsize)MIN (size, 2 * MAX_LINE);
  g_autofree char *end = g_malloc0 (n + 1);
  gsize half;
  if (n == 0)
    return TRUE;
  if (pread (self->fd, end, n, size - (goffset)n) != (gssize)n)
    return fail (self, _ ("its end cannot be read"), error);
  if (!find_last (self, end, n, (goffset)n == size, &half))
    return fail (self, _ ("its last line is none that genre-tag collect has written"), error);
  if (half > 0 && ftruncate (self->fd, size - (goffset)half) != 0)
    return fail (self, g_strerror (errno), error);
  return TRUE;
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
  g_free (self);
}

const char *
result_file_get_last (const ResultFile *self)
{
  return self->last;
}

/* ---- adding ---- */

/* The text stays as it is: numbers keep their digits. */
gboolean
result_file_add (ResultFile *self, const char *entry, const char *result)
{
  g_autoptr (JsonObject) object = json_line_parse (result);
  if (!object || result[0] != '{' || strchr (result, '\n') || strlen (result) > MAX_LINE / 2 ||
      json_object_get_size (object) == 0 || json_object_has_member (object, "entry"))
    return FALSE;
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
