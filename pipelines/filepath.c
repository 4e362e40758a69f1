/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filepath.h"
#include <stdlib.h>
#include <string.h>

#define MAX_LINKS 40 /* after which the kernel, too, takes it for a circle */

gboolean
file_path_is_uri (const char *name, const char *folder)
{
  g_autofree char *scheme = g_uri_parse_scheme (name);
  if (!scheme || scheme[1] == '\0') /* "C:" is a drive */
    return FALSE;
  if (g_str_equal (scheme, "file") || g_str_has_prefix (name + strlen (scheme), "://"))
    return TRUE;
  g_autofree char *path = g_build_filename (folder ? folder : ".", name, NULL);
  return !g_file_test (path, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK);
}

static char *
begin_at_root (const char *path)
{
  g_autofree char *here = g_path_is_absolute (path) ? NULL : g_get_current_dir ();
  return g_build_filename ("/", here ? here : "", path, NULL);
}

static gboolean
leads_nowhere (const char *name)
{
  return *name == '\0' || g_str_equal (name, ".");
}

/* From a folder without links. */
static char *
step (const char *folder, const char *name)
{
  return g_str_equal (name, "..") ? g_path_get_dirname (folder)
                                  : g_build_filename (folder, name, NULL);
}

/* @real: has no links, and goes where @path leads from there. */
static void
follow (char **real, const char *path, guint *n_links)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  if (g_path_is_absolute (path)) {
    g_free (*real);
    *real = g_strdup ("/");
  }
  for (char **name = names; *name; name++) {
    if (leads_nowhere (*name))
      continue;
    g_autofree char *next = step (*real, *name);
    g_autofree char *target = *n_links < MAX_LINKS ? g_file_read_link (next, NULL) : NULL;
    if (target) {
      ++*n_links;
      follow (real, target, n_links);
    } else {
      g_free (*real);
      *real = g_steal_pointer (&next);
    }
  }
}

char *
file_path_resolve (const char *path)
{
  char *real = realpath (path, NULL);
  char *result = g_strdup (real);
  free (real);
  if (result)
    return result;
  g_autofree char *whole = begin_at_root (path);
  guint n_links = 0;
  follow (&result, whole, &n_links);
  return result;
}

char *
file_path_make_absolute (const char *path)
{
  g_autofree char *whole = begin_at_root (path), *result = g_strdup ("/");
  g_auto (GStrv) names = g_strsplit (whole, "/", -1);
  for (char **name = names; *name; name++) {
    if (leads_nowhere (*name))
      continue;
    g_autofree char *from =
        g_str_equal (*name, "..") ? file_path_resolve (result) : g_strdup (result);
    g_free (result);
    result = step (from, *name);
  }
  return g_steal_pointer (&result);
}

char *
file_path_to_uri (const char *path, GError **error)
{
  g_autofree char *absolute = file_path_make_absolute (path);
  return g_filename_to_uri (absolute, NULL, error);
}
