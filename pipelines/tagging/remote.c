/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remote.h"
#include <string.h>

gboolean
remote_is (const char *source)
{
  static const char *const schemes[] = {"http", "https", "ftp", "sftp", "smb", "dav", "davs"};
  g_autofree char *scheme = g_uri_parse_scheme (source);
  for (gsize i = 0; scheme && i < G_N_ELEMENTS (schemes); i++) {
    g_autofree char *begin = g_strconcat (schemes[i], "://", NULL);
    if (g_ascii_strncasecmp (source, begin, strlen (begin)) == 0)
      return TRUE;
  }
  return FALSE;
}
