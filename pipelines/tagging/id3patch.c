/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "id3patch.h"
#include "chunk.h"
#include "id3genre.h"
#include "id3tag.h"
#include "id3v1.h"
#include "moveat.h"
#include "readat.h"
#include "synchsafe.h"
#include <string.h>
#include <unistd.h>

#define PADDING 1024       /* bytes, where a tag outgrows its room */
#define LARGEST (1U << 28) /* bytes of a tag, less one */

enum { LATIN_1 = 0, UTF_16 = 1, UTF_8 = 3 }; /* encodings of text */

/* ---- the frame ---- */

static void
append_big (GByteArray *bytes, guint32 number, int n)
{
  for (int i = n - 1; i >= 0; i--)
    g_byte_array_append (bytes, &(guint8){(guint8)(number >> (8 * i))}, 1);
}

static void
append_synchsafe (GByteArray *bytes, guint32 number)
{
  for (int i = 3; i >= 0; i--)
    g_byte_array_append (bytes, &(guint8){(number >> (7 * i)) & 127}, 1);
}

static void
append_utf16 (GByteArray *bytes, const char *text)
{
  glong n = 0;
  g_autofree gunichar2 *units = g_utf8_to_utf16 (text, -1, NULL, &n, NULL);
  append_big (bytes, 0xfffe, 2); /* the lower byte comes first */
  for (glong i = 0; units && i < n; i++) {
    const guint8 pair[] = {(guint8)units[i], (guint8)(units[i] >> 8)};
    g_byte_array_append (bytes, pair, 2);
  }
}

/* In ID3v2.4 without the byte 255, since it may be unsynchronised. */
static GByteArray *
make_text (const char *text, int version)
{
  GByteArray *bytes = g_byte_array_new ();
  const guint8 encoding = g_str_is_ascii (text) ? LATIN_1 : version == 4 ? UTF_8 : UTF_16;
  g_byte_array_append (bytes, &encoding, 1);
  if (encoding == UTF_16)
    append_utf16 (bytes, text);
  else
    g_byte_array_append (bytes, (const guint8 *)text, (guint)strlen (text));
  return bytes;
}

static void
append_frame (GByteArray *frames, const char *name, const GByteArray *text, int version)
{
  g_byte_array_append (frames, (const guint8 *)name, version == 2 ? 3 : 4);
  if (version == 4)
    append_synchsafe (frames, text->len);
  else
    append_big (frames, text->len, version == 2 ? 3 : 4);
  if (version > 2)
    append_big (frames, 0, 2); /* flags */
  g_byte_array_append (frames, text->data, text->len);
}

static void
append_genre (GByteArray *frames, const char *genre, int version)
{
  g_autoptr (GByteArray) text = make_text (genre, version);
  append_frame (frames, "TCON", text, version);
}

/* ---- fields of ID3v1 ---- */

/* ID3v2.4 Main Structure, section 4: what stands in the place of a code of ISO 639-2. */
#define UNKNOWN_LANGUAGE "XXX"

/* Byte for byte, for which encoding it is in only its reader knows, unless the byte 255 is in it.
 */
static void
append_field (GByteArray *frames, const char *const names[3], const char *text, int version)
{
  g_autofree char *latin = version == 4 && strchr (text, '\xff')
                               ? g_convert (text, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL)
                               : NULL;
  const char *name = names[version - 2];
  g_autoptr (GByteArray) content = g_byte_array_new ();
  if (*text == '\0')
    return;
  g_byte_array_append (content, &(guint8){latin ? UTF_8 : LATIN_1}, 1);
  if (g_str_has_prefix (name, "COM")) /* and that it has no name */
    g_byte_array_append (content, (const guint8 *)UNKNOWN_LANGUAGE, sizeof UNKNOWN_LANGUAGE);
  text = latin ? latin : text;
  g_byte_array_append (content, (const guint8 *)text, (guint)strlen (text));
  append_frame (frames, name, content, version);
}

static const char *const field_names[][3] = {{"TT2", "TIT2", "TIT2"}, {"TP1", "TPE1", "TPE1"},
                                             {"TAL", "TALB", "TALB"}, {"TYE", "TYER", "TDRC"},
                                             {"COM", "COMM", "COMM"}, {"TRK", "TRCK", "TRCK"}};

static const char *
get_field (const Id3v1Fields *fields, gsize i, char track[4])
{
  const char *texts[] = {fields->title, fields->artist,  fields->album,
                         fields->year,  fields->comment, track};
  g_snprintf (track, 4, "%d", fields->track);
  if (fields->track == 0)
    track[0] = '\0';
  return texts[i];
}

static void
append_fields (GByteArray *frames, const Id3v1Fields *fields, int version)
{
  char track[4];
  for (gsize i = 0; fields && i < G_N_ELEMENTS (field_names); i++)
    append_field (frames, field_names[i], get_field (fields, i, track), version);
}

/* Whether @frame, in which is nothing, makes way for one of @fields. */
static gboolean
makes_way (const Id3Frame *frame, const Id3v1Fields *fields, int version)
{
  char track[4];
  for (gsize i = 0; fields && i < G_N_ELEMENTS (field_names); i++)
    if (g_str_equal (frame->name, field_names[i][version - 2]))
      return *get_field (fields, i, track) != '\0';
  return FALSE;
}

/* ---- the frames ---- */

/* Where the genre belongs: where it was, or in front. FALSE: where it is some do not see it, or
 * what seems to be an extended header leads nowhere. */
static gboolean
find_place (const Id3Tag *tag, guint *place, guint *end)
{
  gboolean hidden = tag->version == 3 && (tag->flags & ID3_EXTENDED) != 0, found = FALSE;
  Id3Frame frame;
  guint at = tag->start;
  while (id3_tag_next (tag, &at, &frame)) {
    const gboolean is_genre = id3_frame_is_genre (&frame);
    hidden |= !is_genre && id3_frame_ends_reading (&frame);
    if (!frame.whole || (is_genre && (hidden || id3_frame_is_coded (&frame, tag->version))))
      return FALSE;
    if (is_genre && !found)
      *place = frame.at;
    found |= is_genre;
  }
  *end = at;
  if (tag->start > 0 && at == tag->start)
    return FALSE;
  return !memmem (tag->bytes->data + at, tag->bytes->len - at, "TCO", 3);
}

/* Whether others may tell sizes that are ambiguous by what follows the frames. */
static gboolean
is_read_by_its_end (const Id3Tag *tag)
{
  Id3Frame frame = {0};
  guint at = tag->start;
  gboolean found = FALSE;
  while (id3_tag_next (tag, &at, &frame))
    found |= frame.is_plain;
  return found || frame.is_ambiguous;
}

static void
append_new (GByteArray *frames, const char *genre, const Id3v1Fields *fields, int version)
{
  append_genre (frames, genre, version);
  append_fields (frames, fields, version);
}

/* NULL: it is not possible. @fields: those that are new, or NULL. @is_padded: whether something
 * follows the frames, and more may. */
static GByteArray *
make_frames (const Id3Tag *tag, const char *genre, const Id3v1Fields *fields, gboolean *is_padded)
{
  guint place = tag->start, at = tag->start, end = 0;
  if (!find_place (tag, &place, &end))
    return NULL;
  GByteArray *frames = g_byte_array_new ();
  Id3Frame frame;
  *is_padded = end < tag->bytes->len && !is_read_by_its_end (tag);
  if (genre && end == tag->start) /* there are no frames */
    append_new (frames, genre, fields, tag->version);
  while (id3_tag_next (tag, &at, &frame)) {
    if (genre && frame.at == place)
      append_new (frames, genre, fields, tag->version);
    if (!id3_genre_is_in (tag, &frame) && !makes_way (&frame, fields, tag->version))
      g_byte_array_append (frames, tag->bytes->data + frame.at, frame.length);
  }
  const guint rest = *is_padded ? id3_tag_find_padding (tag, end) : tag->bytes->len;
  g_byte_array_append (frames, tag->bytes->data + end, rest - end);
  return frames;
}

/* ---- the tag ---- */

/* As large as it was, if that is enough. As many zeros as before follow where there were none, or
 * where sizes are told by them. A tag of size 0 would be none. */
static guint
find_size (const Id3Tag *old, guint length, gboolean is_padded)
{
  if (!is_padded && length > 0)
    return length;
  const guint room = (guint)MIN (old->length - ID3_HEADER, LARGEST - 1);
  return length <= room ? room : length + PADDING;
}

/* NULL: it is not possible. */
static GByteArray *
make_tag (const Id3Tag *old, const char *genre, const Id3v1Fields *fields)
{
  gboolean is_padded = FALSE;
  g_autoptr (GByteArray) frames = make_frames (old, genre, fields, &is_padded);
  if (!frames || frames->len > LARGEST - PADDING - ID3_HEADER)
    return NULL;
  const guint8 kept = old->version == 4 ? ID3_SYNCHRONISED | ID3_EXPERIMENTAL : ID3_EXPERIMENTAL;
  const guint8 header[] = {
      'I', 'D', '3', (guint8)old->version, old->revision, (guint8)(old->flags & kept)};
  const guint size = find_size (old, frames->len, is_padded);
  GByteArray *tag = g_byte_array_new ();
  g_byte_array_append (tag, header, sizeof header);
  append_synchsafe (tag, size);
  g_byte_array_append (tag, frames->data, frames->len);
  const guint length = tag->len;
  g_byte_array_set_size (tag, ID3_HEADER + size);
  memset (tag->data + length, 0, tag->len - length);
  return tag;
}

static gboolean
is_known (const Id3Tag *tag)
{
  return tag->version >= 2 && tag->version <= 4 &&
         (tag->version > 2 || (tag->flags & ID3_EXTENDED) == 0);
}

static GByteArray *
make (int fd, goffset at, const char *genre, const Id3v1Fields *fields)
{
  g_auto (Id3Tag) old = {0};
  return id3_tag_read (&old, fd, at) && is_known (&old) ? make_tag (&old, genre, fields) : NULL;
}

GByteArray *
id3_patch_make (int fd, goffset at, const char *genre)
{
  return make (fd, at, genre, NULL);
}

/* ---- into files ---- */

gboolean
id3_patch (int before, int after, const char *genre, gboolean with_id3v1, gboolean *begun)
{
  Id3v1Fields fields;
  const gboolean has_fields = with_id3v1 && id3v1_read_fields (before, &fields);
  g_autoptr (GByteArray) tag = make (before, 0, genre, has_fields ? &fields : NULL);
  if (!tag)
    return FALSE;
  *begun = TRUE;
  const goffset from = id3_tag_find_length (after, 0);
  const goffset rest = lseek (after, 0, SEEK_END) - from;
  return rest >= 0 && move_at (after, from, tag->len, rest) &&
         write_at (after, tag->data, tag->len, 0) && ftruncate (after, tag->len + rest) == 0;
}

gboolean
id3_patch_chunk (int fd, gboolean big_endian, const char *genre, gboolean *begun)
{
  Chunk chunk;
  if (!chunk_find_id3 (&chunk, fd, CHUNK_FIRST, big_endian))
    return FALSE;
  const goffset at = chunk.at + CHUNK_HEADER, length = id3_tag_find_length (fd, at);
  if (length > chunk.size || at + chunk.size > lseek (fd, 0, SEEK_END))
    return FALSE;
  g_autoptr (GByteArray) content = id3_patch_make (fd, at, genre);
  if (!content)
    return FALSE;
  const guint end = content->len;
  g_byte_array_set_size (content, end + (guint)(chunk.size - length));
  *begun = TRUE;
  return read_all_at (fd, content->data + end, content->len - end, at + length) &&
         chunk_replace (&chunk, fd, big_endian, content);
}
