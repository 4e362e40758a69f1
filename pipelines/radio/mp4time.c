/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mp4time.h"
#include <string.h>

#define BOX_HEADER 8       /* bytes: how many there are, and what they are */
#define LONG_BOX_HEADER 16 /* where these are too many for 32 bits */
#define DEEPEST 3

static guint64
read_number (const guint8 *bytes, gsize n)
{
  guint64 number = 0;
  for (gsize i = 0; i < n; i++)
    number = number << 8 | bytes[i];
  return number;
}

/* What is in the first box of @type among @bytes, as far as it is there. NULL: there is none. */
static const guint8 *
find_box (const guint8 *bytes, gsize *n, const char *type)
{
  gsize left = *n;
  while (left >= BOX_HEADER) {
    const gboolean is_long = read_number (bytes, 4) == 1;
    const gsize header = is_long ? LONG_BOX_HEADER : BOX_HEADER;
    if (left < header)
      return NULL;
    const guint64 size = is_long ? read_number (bytes + BOX_HEADER, 8) : read_number (bytes, 4);
    if (size < header)
      return NULL;
    const gsize there = (gsize)MIN (size, left);
    if (memcmp (bytes + 4, type, 4) == 0) {
      *n = there - header;
      return bytes + header;
    }
    bytes += there;
    left -= there;
  }
  return NULL;
}

gboolean
mp4_time_read (const guint8 *bytes, gsize n, guint64 *time)
{
  static const char *const path[DEEPEST] = {"moof", "traf", "tfdt"};
  for (gsize i = 0; i < DEEPEST; i++) {
    bytes = find_box (bytes, &n, path[i]);
    if (!bytes)
      return FALSE;
  }
  /* its version, 0 or 1, says how long the number is, which stands behind three bytes of flags */
  const gsize length = n > 0 && bytes[0] == 1 ? 8 : 4;
  if (n < 4 + length)
    return FALSE;
  *time = read_number (bytes + 4, length);
  return TRUE;
}
