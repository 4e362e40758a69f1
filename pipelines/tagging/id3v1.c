/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "id3v1.h"
#include "moveat.h"
#include "readat.h"
#include <string.h>
#include <unistd.h>

#define LENGTH 128 /* bytes */
#define GENRE 127  /* the place of its number in them */
#define NO_GENRE 255
#define N_USUAL 80 /* genres that are in the standard; Winamp and others have added more */

/* What is in an APE tag may look like one. */
static gboolean
is_in_ape (int fd, goffset at)
{
  guint8 magic[8];
  return at >= 3 && read_all_at (fd, magic, sizeof magic, at - 3) &&
         memcmp (magic, "APETAGEX", sizeof magic) == 0;
}

static gboolean
read_tag (int fd, guint8 tag[LENGTH], goffset *at)
{
  const goffset end = lseek (fd, 0, SEEK_END);
  *at = MAX (end, 0);
  if (end < LENGTH || !read_all_at (fd, tag, LENGTH, end - LENGTH) || memcmp (tag, "TAG", 3) != 0 ||
      is_in_ape (fd, end - LENGTH))
    return FALSE;
  *at = end - LENGTH;
  return TRUE;
}

goffset
id3v1_find (int fd)
{
  guint8 tag[LENGTH];
  goffset at;
  read_tag (fd, tag, &at);
  return at;
}

gboolean
id3v1_exists (int fd)
{
  guint8 tag[LENGTH];
  goffset at;
  return read_tag (fd, tag, &at);
}

gboolean
id3v1_has_usual_genre (int fd)
{
  guint8 tag[LENGTH];
  goffset at;
  return read_tag (fd, tag, &at) && tag[GENRE] < N_USUAL;
}

gboolean
id3v1_keep (int before, int after)
{
  guint8 old[LENGTH], new[LENGTH];
  goffset at;
  if (!read_tag (before, old, &at))
    return TRUE;
  old[GENRE] = read_tag (after, new, &at) ? new[GENRE] : NO_GENRE;
  return write_at (after, old, LENGTH, at);
}
