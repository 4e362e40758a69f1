/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "alias.h"
#include "../filepath.h"
#include "../translation.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>

#define PREFIX "genre-tag-alias-"
#define RANDOM "XXXXXX" /* what stands behind it; g_mkdtemp() wants these */
#define NAME "song"
#define ATTEMPTS 100 /* each is in vain only if another run comes in between */

struct _Alias {
  char *folder, *path;
  int lock; /* the folder; whoever is killed holds it no more */
};

G_DEFINE_QUARK (genre - alias - error - quark, alias_error)

static gboolean
fail (int code, const char *what, GError **error)
{
  g_set_error (error, ALIAS_ERROR, code,
               N_ ("the folder for temporary files %s (TMPDIR) cannot be used: %s"),
               g_get_tmp_dir (), what);
  return FALSE;
}

static gboolean
fail_with_errno (GError **error)
{
  const int code = errno;
  return fail (code, g_strerror (code), error);
}

static int
open_folder (const char *path)
{
  return open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* FALSE without @error: another run has taken the folder for a leftover before it was locked. */
static gboolean
make_link (Alias *self, const char *target, const char *ending, GError **error)
{
  g_autofree char *folder = g_build_filename (g_get_tmp_dir (), PREFIX RANDOM, NULL);
  if (!g_mkdtemp (folder))
    return fail_with_errno (error);
  self->folder = g_steal_pointer (&folder);
  self->path = g_strconcat (self->folder, "/" NAME, ending, NULL);
  self->lock = open_folder (self->folder);
  if (self->lock < 0)
    return errno != ENOENT && fail_with_errno (error);
  while (flock (self->lock, LOCK_EX) != 0 && errno == EINTR)
    ;
  if (symlink (target, self->path) == 0)
    return TRUE;
  return errno != ENOENT && fail_with_errno (error);
}

static void
clear (Alias *self)
{
  if (self->path)
    g_unlink (self->path);
  if (self->folder)
    g_rmdir (self->folder);
  if (self->lock >= 0)
    close (self->lock);
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->folder, g_free);
  self->lock = -1;
}

Alias *
alias_new (const char *path, const char *ending, GError **error)
{
  g_autofree char *target = file_path_make_absolute (path);
  g_autoptr (GError) local = NULL;
  Alias *self = g_new0 (Alias, 1);
  self->lock = -1;
  for (int i = 0; i < ATTEMPTS && !local; i++) {
    if (make_link (self, target, ending, &local))
      return self;
    clear (self);
  }
  alias_free (self);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  else
    fail (ENOENT, N_ ("what is made there is gone at once"), error);
  return NULL;
}

gboolean
alias_check (GError **error)
{
  g_autoptr (Alias) alias = alias_new ("/", ".check", error);
  return alias != NULL;
}

void
alias_free (Alias *self)
{
  clear (self);
  g_free (self);
}

const char *
alias_get_path (const Alias *self)
{
  return self->path;
}

/* ---- leftovers ---- */

static gboolean
is_link (const char *path)
{
  struct stat status;
  return lstat (path, &status) == 0 && S_ISLNK (status.st_mode);
}

/* Nothing but links goes, and then the folder if it is empty. */
static void
empty_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  for (const char *name; dir && (name = g_dir_read_name (dir));) {
    g_autofree char *link = g_build_filename (path, name, NULL);
    if (g_str_has_prefix (name, NAME ".") && is_link (link))
      g_unlink (link);
  }
  g_rmdir (path);
}

static void
remove_leftover (const char *path)
{
  struct stat status;
  const int fd = open_folder (path);
  if (fd < 0)
    return;
  if (fstat (fd, &status) == 0 && status.st_uid == geteuid () && flock (fd, LOCK_EX | LOCK_NB) == 0)
    empty_folder (path);
  close (fd);
}

void
alias_remove_leftovers (void)
{
  g_autoptr (GDir) dir = g_dir_open (g_get_tmp_dir (), 0, NULL);
  for (const char *name; dir && (name = g_dir_read_name (dir));) {
    g_autofree char *path = g_build_filename (g_get_tmp_dir (), name, NULL);
    if (g_str_has_prefix (name, PREFIX) && strlen (name) == strlen (PREFIX RANDOM))
      remove_leftover (path);
  }
}
