/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recovery.h"
#include "digest.h"
#include "replacement.h"

static gboolean
look (const char *path, FileVersion *found)
{
  struct stat status;
  goffset size;
  if (stat (path, &status) != 0 || !S_ISREG (status.st_mode))
    return FALSE;
  found->digest = digest_of_file (path, &size);
  file_version_set (found, &status);
  return found->digest && size == found->size;
}

static gboolean
is (const FileVersion *found, const char *digest)
{
  return g_strcmp0 (found->digest, digest) == 0;
}

/* Undoing that has not come about may be tried again. */
static ChangeState
judge (const OpenChange *open, const FileVersion *found)
{
  if (open->state == CHANGE_UNDOING)
    return is (found, open->undo_digest) ? CHANGE_UNDONE : CHANGE_WRITTEN;
  if (is (found, open->change->after.digest))
    return CHANGE_WRITTEN;
  return is (found, open->change->before.digest) ? CHANGE_ABANDONED : CHANGE_LOST;
}

gboolean
recovery_settle (Journal *journal, const OpenChange *open, ChangeState *state, GError **error)
{
  FileVersion found = {0};
  gboolean good = TRUE;
  *state = open->state;
  if (look (open->change->path, &found)) {
    *state = judge (open, &found);
    const gboolean ours = is (&found, open->change->after.digest) || *state == CHANGE_UNDONE;
    good = journal_settle (journal, open, state, ours ? &found : NULL, error);
  }
  g_free (found.digest);
  return good;
}

gboolean
recovery_run (Journal *journal, void (*lost) (const char *path, gpointer user_data),
              gpointer user_data, GError **error)
{
  g_autoptr (GPtrArray) changes = journal_list_open (journal, error);
  for (guint i = 0; changes && i < changes->len; i++) {
    const OpenChange *open = changes->pdata[i];
    ChangeState state;
    replacement_remove_leftovers_beside (open->change->path);
    if (!recovery_settle (journal, open, &state, error))
      return FALSE;
    if (state == CHANGE_LOST)
      lost (open->change->path, user_data);
  }
  return changes != NULL;
}
