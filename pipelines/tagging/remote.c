/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remote.h"
#include <string.h>

gboolean
remote_is (const char *source)
{
  static const char *const schemes[] = {"http://", "https://", "ftp://", "sftp://",
                                        "smb://",  "dav://",   "davs://"};
  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_ascii_strncasecmp (source, schemes[i], strlen (schemes[i])) == 0)
      return TRUE;
  return FALSE;
}
