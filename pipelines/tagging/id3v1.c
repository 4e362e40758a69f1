/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "id3v1.h"
#include "moveat.h"
#include "readat.h"
#include <string.h>
#include <unistd.h>

#define LENGTH 128 /* bytes */
#define GENRE 127  /* the place of its number in them */
#define TRACK 126  /* the place of that number, if 0 stands before it */
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

static gboolean
take_text (char *text, const guint8 *bytes, gsize n)
{
  memcpy (text, bytes, n);
  text[n] = '\0';
  g_strchomp (text);
  return *text != '\0';
}

gboolean
id3v1_read_fields (int fd, Id3v1Fields *fields)
{
  guint8 tag[LENGTH];
  goffset at;
  *fields = (Id3v1Fields){.track = 0};
  if (!read_tag (fd, tag, &at))
    return FALSE;
  if (tag[TRACK - 1] == 0)
    fields->track = tag[TRACK];
  gboolean found = fields->track > 0;
  found |= take_text (fields->title, tag + 3, ID3V1_LONGEST);
  found |= take_text (fields->artist, tag + 33, ID3V1_LONGEST);
  found |= take_text (fields->album, tag + 63, ID3V1_LONGEST);
  found |= take_text (fields->year, tag + 93, 4);
  found |= take_text (fields->comment, tag + 97, ID3V1_LONGEST);
  return found;
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
