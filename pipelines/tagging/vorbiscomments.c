/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vorbiscomments.h"
#include <string.h>

#define SHOWN 40 /* bytes of a comment that has no name */

typedef struct {
  const guint8 *bytes;
  gsize n, at;
  guint32 left; /* fields that are said to follow */
} Reader;

static gboolean
take_number (Reader *self, guint32 *number)
{
  if (self->n - self->at < 4)
    return FALSE;
  memcpy (number, self->bytes + self->at, 4);
  *number = GUINT32_FROM_LE (*number);
  self->at += 4;
  return TRUE;
}

/* FALSE: there is no other one, @self->left being 0, or it is torn. */
static gboolean
take_field (Reader *self, const char **field, guint32 *length)
{
  const gsize start = self->at;
  if (self->left == 0)
    return FALSE;
  if (!take_number (self, length) || *length > self->n - self->at) {
    self->at = start;
    return FALSE;
  }
  *field = (const char *)self->bytes + self->at;
  self->at += *length;
  self->left--;
  return TRUE;
}

static gboolean
begin (Reader *self, const guint8 *bytes, gsize n)
{
  guint32 vendor;
  *self = (Reader){bytes, n, 0, 0};
  if (!take_number (self, &vendor) || vendor > n - self->at)
    return FALSE;
  self->at += vendor;
  return take_number (self, &self->left);
}

/* Of its name; 0: it has none. */
static gsize
find_name (const char *field, guint32 length)
{
  const char *sign = memchr (field, '=', length);
  return sign ? (gsize)(sign - field) : 0;
}

static gboolean
is_genre (const char *field, gsize name)
{
  return name == strlen ("GENRE") && g_ascii_strncasecmp (field, "GENRE", name) == 0;
}

static gboolean
is_picture (const char *name)
{
  return g_str_equal (name, "METADATA_BLOCK_PICTURE") || g_str_has_prefix (name, "COVERART");
}

/* Of a picture, and of a value that is spelled otherwise. */
static void
add_value (TagItems *items, const char *name, const char *value, gsize n)
{
  if (!g_str_equal (name, "METADATA_BLOCK_PICTURE")) {
    tag_items_add (items, VORBIS_COMMENTS, name, value, n);
    return;
  }
  g_autofree char *text = g_strndup (value, n);
  gsize length = 0;
  g_autofree guchar *picture = g_base64_decode (text, &length);
  tag_items_add (items, VORBIS_COMMENTS, name, picture, length);
}

static void
add_field (TagItems *items, const char *field, guint32 length)
{
  const gsize n = find_name (field, length);
  if (is_genre (field, n)) {
    tag_items_add_genre (items, field + n + 1, length - n - 1);
    return;
  }
  if (n == 0) {
    g_autofree char *shown = g_strndup (field, MIN (length, SHOWN));
    tag_items_add (items, VORBIS_COMMENTS, shown, field, length);
  } else {
    g_autofree char *name = g_ascii_strup (field, (gssize)n);
    if (!is_picture (name))
      tag_items_add_text (items, field + n + 1, length - n - 1);
    add_value (items, name, field + n + 1, length - n - 1);
  }
}

gboolean
vorbis_comments_end_in_padding (const guint8 *rest, gsize n)
{
  const gsize framing = n > 0 && rest[0] == 1 ? 1 : 0;
  return tag_items_is_padding (rest + framing, n - framing);
}

/* What may go: zeros, and in Opus what does not say that it is to stay. */
static void
add_rest (TagItems *items, const guint8 *rest, gsize n, CommentsEnd end)
{
  if (end == COMMENTS_BINARY ? n > 0 && (rest[0] & 1) != 0
                             : !vorbis_comments_end_in_padding (rest, n))
    tag_items_add (items, VORBIS_COMMENTS, "…", rest, n);
}

void
vorbis_comments_add_to (TagItems *items, const guint8 *bytes, gsize n, CommentsEnd end)
{
  Reader reader;
  const char *field;
  guint32 length;
  begin (&reader, bytes, n);
  while (take_field (&reader, &field, &length))
    add_field (items, field, length);
  if (reader.left > 0 && reader.at < n)
    tag_items_add (items, VORBIS_COMMENTS, "…", bytes + reader.at, n - reader.at);
  else
    add_rest (items, bytes + reader.at, n - reader.at, end);
}

gsize
vorbis_comments_find_end (const guint8 *bytes, gsize n)
{
  Reader reader;
  const char *field;
  guint32 length;
  if (!begin (&reader, bytes, n))
    return n;
  while (take_field (&reader, &field, &length))
    ;
  return reader.left > 0 ? n : reader.at;
}

static void
append_number (GByteArray *bytes, guint32 number)
{
  const guint32 little = GUINT32_TO_LE (number);
  g_byte_array_append (bytes, (const guint8 *)&little, sizeof little);
}

static void
append_field (GByteArray *bytes, const char *field, guint32 length)
{
  append_number (bytes, length);
  g_byte_array_append (bytes, (const guint8 *)field, length);
}

GByteArray *
vorbis_comments_patch (const guint8 *bytes, gsize n, const char *genre)
{
  Reader reader;
  const char *field;
  guint32 length, count = 0;
  if (n > TAG_LARGEST || !begin (&reader, bytes, n))
    return NULL;
  g_autoptr (GByteArray) patched = g_byte_array_new ();
  g_byte_array_append (patched, bytes, (guint)reader.at);
  const guint count_at = (guint)reader.at - 4;
  if (genre) {
    g_autofree char *new = g_strconcat ("GENRE=", genre, NULL);
    append_field (patched, new, (guint32)strlen (new));
    count++;
  }
  while (take_field (&reader, &field, &length))
    if (!is_genre (field, find_name (field, length))) {
      append_field (patched, field, length);
      count++;
    }
  if (reader.left > 0)
    return NULL;
  g_byte_array_append (patched, bytes + reader.at, (guint)(n - reader.at));
  const guint32 little = GUINT32_TO_LE (count);
  memcpy (patched->data + count_at, &little, sizeof little);
  return g_steal_pointer (&patched);
}
