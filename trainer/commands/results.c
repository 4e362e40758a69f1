/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "results.h"
#include <glib/gstdio.h>
#include <string.h>
#include "data/taggedmusic.h"
#include "measuring/report.h"
#include "measuring/scores.h"
#include "measuring/truthpage.h"

#define MAX_HEAD (1024 * 1024) /* bytes in which a mark stands; before it may stand a recipe */

/* How a result is known, by every version. */
static const struct {
  const char *what, *mark;
  gboolean begins; /* with the mark, which otherwise stands somewhere */
} kinds[] = {
    [GENRE_RESULT_PAGE] = {"page of a model", GENRE_REPORT_COLUMNS, FALSE},
    [GENRE_RESULT_SUSPECTS] = {"list of suspects", GENRE_TRUTH_SUSPECTS_HEAD, TRUE},
    [GENRE_RESULT_MEASURES] = {"result", "\"" GENRE_REPORT_FORMAT "\"", FALSE},
    [GENRE_RESULT_SCORES] = {"table of scores", GENRE_SCORES_HEAD, TRUE},
    [GENRE_RESULT_TAGS] = {"list of tags", GENRE_TAGGED_MUSIC_CACHE, TRUE},
};

/* (transfer full) The beginning of a file, NUL-terminated; empty if it cannot be read. */
static char *
read_head (const char *path)
{
  char *head = g_new0 (char, MAX_HEAD + 1);
  FILE *file = g_fopen (path, "rb");
  if (!file)
    return head;
  head[fread (head, 1, MAX_HEAD, file)] = '\0';
  fclose (file);
  return head;
}

static gboolean
is_result (GenreResultKind kind, const char *path)
{
  g_autofree char *head = read_head (path);
  return kinds[kind].begins ? g_str_has_prefix (head, kinds[kind].mark)
                            : strstr (head, kinds[kind].mark) != NULL;
}

gboolean
genre_result_check_replaced (GenreResultKind kind, const char *path, GError **error)
{
  GStatBuf status;
  if (g_stat (path, &status) != 0 || !S_ISREG (status.st_mode) || status.st_size == 0 ||
      is_result (kind, path))
    return TRUE;
  g_autofree char *name = g_filename_display_name (path);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "%s: is there and no %s, which would be written over it; name another output, or "
               "move that file away",
               name, kinds[kind].what);
  return FALSE;
}
