/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "id3frames.h"
#include "readat.h"
#include "synchsafe.h"
#include "../translation.h"
#include <string.h>

#define HEADER 10      /* bytes of a tag's header, and of a frame's since ID3v2.3 */
#define HEADER_2 6     /* of a frame's in ID3v2.2 */
#define CHUNK_HEADER 8 /* RIFF and AIFF: a name and a size */
#define FIRST_CHUNK 12

typedef struct {
  int version;
  GHashTable *counts; /* of frames, by their names in ID3v2.4 */
  guint n;            /* frames in all, without genres, and without parts of a date but its year */
  char *odd;          /* name of one that TagLib does not write as it was, or NULL */
} Frames;

static void
frames_clear (Frames *self)
{
  g_clear_pointer (&self->counts, g_hash_table_unref);
  g_clear_pointer (&self->odd, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Frames, frames_clear)

/* ---- bytes ---- */

static guint32
get_plain (const guint8 *bytes, int n)
{
  guint32 number = 0;
  for (int i = 0; i < n; i++)
    number = number << 8 | bytes[i];
  return number;
}

/* ---- where a tag is ---- */

/* Of the chunk that holds it, -1 if there is none. */
static goffset
find_chunk (int fd, gboolean big_endian)
{
  guint8 header[CHUNK_HEADER];
  for (goffset at = FIRST_CHUNK; read_all_at (fd, header, CHUNK_HEADER, at);) {
    if (g_ascii_strncasecmp ((const char *)header, "ID3 ", 4) == 0)
      return at + CHUNK_HEADER;
    guint32 size;
    memcpy (&size, header + 4, sizeof size);
    const goffset length = big_endian ? GUINT32_FROM_BE (size) : GUINT32_FROM_LE (size);
    at += CHUNK_HEADER + length + (length & 1);
  }
  return -1;
}

/* What follows the header; NULL: there is no tag. */
static GByteArray *
read_tag (int fd, goffset at, guint8 header[HEADER])
{
  guint8 last;
  if (at < 0 || !read_all_at (fd, header, HEADER, at) || memcmp (header, "ID3", 3) != 0)
    return NULL;
  const guint32 size = get_synchsafe (header + 6);
  if (size == 0 || !read_all_at (fd, &last, 1, at + HEADER + size - 1)) /* before room is made */
    return NULL;
  GByteArray *tag = g_byte_array_new ();
  g_byte_array_set_size (tag, size);
  if (read_all_at (fd, tag->data, tag->len, at + HEADER))
    return tag;
  g_byte_array_unref (tag);
  return NULL;
}

/* 255 0 stands for 255 where nothing was to look like the beginning of sound. */
static void
resynchronise (GByteArray *tag)
{
  guint n = 0;
  for (guint i = 0; i < tag->len; i++) {
    tag->data[n++] = tag->data[i];
    if (tag->data[i] == 255 && i + 1 < tag->len && tag->data[i + 1] == 0)
      i++;
  }
  g_byte_array_set_size (tag, n);
}

/* ---- frames ---- */

static gboolean
is_name (const guint8 *bytes, guint n)
{
  for (guint i = 0; i < n; i++)
    if (!g_ascii_isupper (bytes[i]) && !g_ascii_isdigit (bytes[i]) && bytes[i] != ' ')
      return FALSE;
  return TRUE;
}

/* Some programs write plain sizes into ID3v2.4: then only those lead to another frame, or the end.
 */
static guint32
get_size (const GByteArray *tag, guint at, int version)
{
  if (version == 2)
    return get_plain (tag->data + at + 3, 3);
  const guint32 plain = get_plain (tag->data + at + 4, 4);
  const guint32 safe = get_synchsafe (tag->data + at + 4);
  const guint64 next = (guint64)at + HEADER + safe;
  if (version == 3 || safe == plain)
    return version == 3 ? plain : safe;
  const gboolean leads_on =
      next + 4 <= tag->len && (tag->data[next] == 0 || is_name (tag->data + next, 4));
  return leads_on || next == tag->len ? safe : plain;
}

static const char *
get_new_name (const char *name)
{
  static const char *const names[][2] = {{"TYER", "TDRC"}, {"TORY", "TDOR"}, {"IPLS", "TIPL"}};
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (name, names[i][0]))
      return names[i][1];
  return name;
}

/* Flags that mean that it is encrypted, or in a group, or is to be left out when a tag changes. */
static gboolean
is_odd (const guint8 *flags, int version)
{
  if (version == 2)
    return FALSE;
  return version == 3 ? (flags[0] & 0x80) != 0 || (flags[1] & 0x60) != 0
                      : (flags[0] & 0x40) != 0 || (flags[1] & 0x44) != 0;
}

static void
take_frame (Frames *self, const char *name, gboolean odd)
{
  const char *new_name = get_new_name (name);
  if (g_str_has_prefix (name, "TCO") && !g_str_equal (name, "TCOM") && !g_str_equal (name, "TCOP"))
    return;
  if (odd && !self->odd)
    self->odd = g_strdup (name);
  g_hash_table_replace (
      self->counts, g_strdup (new_name),
      GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, new_name)) + 1));
  self->n += !g_str_equal (name, "TDA") && !g_str_equal (name, "TIM");
}

static void
take_frames (Frames *self, const GByteArray *tag, guint at)
{
  const guint header = self->version == 2 ? HEADER_2 : HEADER, n = self->version == 2 ? 3 : 4;
  while (tag->len >= header && at <= tag->len - header && is_name (tag->data + at, n)) {
    g_autofree char *name = g_strndup ((const char *)tag->data + at, n);
    const guint32 size = get_size (tag, at, self->version);
    const gboolean whole = size <= tag->len - at - header;
    take_frame (self, name, !whole || is_odd (tag->data + at + 8, self->version));
    if (!whole)
      return;
    at += header + size;
  }
}

static void
frames_read (Frames *self, int fd, goffset at)
{
  guint8 header[HEADER];
  self->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GByteArray) tag = read_tag (fd, at, header);
  if (!tag)
    return;
  self->version = header[3];
  if ((header[5] & 0x80) != 0 && self->version < 4)
    resynchronise (tag);
  guint start = 0;
  if ((header[5] & 0x40) != 0 && tag->len >= 4 && self->version > 2) /* an extended header */
    start = self->version == 3 ? get_plain (tag->data, 4) + 4 : get_synchsafe (tag->data);
  if (start <= tag->len)
    take_frames (self, tag, start);
}

/* ---- before and after ---- */

/* A day and a time become part of a date, if there is a year. */
static gboolean
is_part_of_date (const Frames *before, const char *name)
{
  return (g_str_equal (name, "TDAT") || g_str_equal (name, "TIME")) &&
         g_hash_table_contains (before->counts, "TDRC");
}

static char *
find_lost (const Frames *before, const Frames *after)
{
  GHashTableIter iter;
  gpointer name, count;
  if (before->version == 2) /* names of three letters */
    return before->n > after->n ? g_strdup ("of ID3v2.2") : NULL;
  g_hash_table_iter_init (&iter, before->counts);
  while (g_hash_table_iter_next (&iter, &name, &count))
    if (GPOINTER_TO_UINT (g_hash_table_lookup (after->counts, name)) < GPOINTER_TO_UINT (count) &&
        !is_part_of_date (before, name))
      return g_strdup (name);
  return NULL;
}

gboolean
id3_frames_are_kept (const AudioFormat *format, int before, int after, GError **error)
{
  const gboolean is_aiff = g_str_equal (format->ending, ".aiff");
  const gboolean in_chunk = is_aiff || g_str_equal (format->ending, ".wav");
  if (!in_chunk && !g_str_equal (format->ending, ".mp3"))
    return TRUE;
  g_auto (Frames) old = {0}, new = {0};
  frames_read (&old, before, in_chunk ? find_chunk (before, is_aiff) : 0);
  frames_read (&new, after, in_chunk ? find_chunk (after, is_aiff) : 0);
  g_autofree char *lost = old.odd ? g_strdup (old.odd) : find_lost (&old, &new);
  if (!lost)
    return TRUE;
  g_autofree char *valid = g_utf8_make_valid (lost, -1);
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
               N_ ("the frame %s of its ID3v2.%d tag would be lost"), valid, old.version);
  return FALSE;
}
