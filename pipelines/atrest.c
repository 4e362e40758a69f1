/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "atrest.h"
#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

char *
at_rest_find_uri (const char *path)
{
  char *real = realpath (path, NULL);
  g_autofree char *whole = g_canonicalize_filename (real ? real : path, NULL);
  g_autofree char *folder = g_path_get_dirname (whole), *log = g_strconcat (whole, "-wal", NULL);
  free (real);
  if (g_access (folder, W_OK) == 0 || g_file_test (log, G_FILE_TEST_EXISTS))
    return NULL;
  g_autofree char *uri = g_filename_to_uri (whole, NULL, NULL);
  return uri ? g_strconcat (uri, "?immutable=1", NULL) : NULL;
}
