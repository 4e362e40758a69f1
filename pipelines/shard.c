/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shard.h"
#include "translation.h"
#include <string.h>

#define MAX_SHARDS 1000000
#define USED 8 /* bytes of the hash */

gboolean
shard_parse (const char *text, Shard *shard, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", -1);
  guint64 index, n;
  if (g_strv_length (parts) == 2 &&
      g_ascii_string_to_unsigned (parts[1], 10, 1, MAX_SHARDS, &n, NULL) &&
      g_ascii_string_to_unsigned (parts[0], 10, 1, n, &index, NULL)) {
    *shard = (Shard){(guint)index, (guint)n};
    return TRUE;
  }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("--shard %s, expected I/N: part I, from 1, of N, at most %d"), text, MAX_SHARDS);
  return FALSE;
}

gboolean
shard_has (Shard shard, const char *path)
{
  if (shard.n == 0)
    return TRUE;
  guint8 digest[32];
  gsize length = sizeof digest;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (sum, (const guchar *)path, (gssize)strlen (path));
  g_checksum_get_digest (sum, digest, &length);
  guint64 number = 0;
  for (guint i = 0; i < USED; i++)
    number = number << 8 | digest[i];
  return number % shard.n + 1 == shard.index;
}
