/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "containertags.h"
#include <fcntl.h>
#include <gst/tag/tag.h>
#include <string.h>
#include <unistd.h>
#include "tagging/asfobjects.h"
#include "tagging/chunk.h"
#include "tagging/readat.h"
#include "tagging/tagitems.h"

#define MOST_CHUNKS 1000 /* more are a stranger's joke */
#define MOST_VALUES 64   /* of one tag */
#define LENGTHS 10       /* bytes in front of the texts of a content description: five lengths */

static const char *const wanted[] = {GST_TAG_GENRE, GST_TAG_ARTIST, GST_TAG_ALBUM_ARTIST,
                                     GST_TAG_ALBUM};

static void
take_value (GstTagList *tags, const char *tag, char *text)
{
  g_strstrip (text);
  if (*text && gst_tag_list_get_tag_size (tags, tag) < MOST_VALUES)
    gst_tag_list_add (tags, GST_TAG_MERGE_APPEND, tag, text, NULL);
}

/* ---- WAV and AIFF ---- */

/* GStreamer's parser believes what a tag says of its length. */
static gboolean
is_whole (GstBuffer *buffer)
{
  const guint length = gst_tag_get_id3v2_tag_size (buffer);
  return length > 0 && length <= gst_buffer_get_size (buffer);
}

/* A blank would stand before what another place of the file says. */
static void
take_values (GstTagList *tags, const char *tag, const GstTagList *found)
{
  const guint n = gst_tag_list_get_tag_size (found, tag);
  for (guint i = 0; i < n; i++) {
    g_autofree char *text = NULL;
    if (gst_tag_list_get_string_index (found, tag, i, &text))
      take_value (tags, tag, text);
  }
}

static void
take_id3 (GstTagList *tags, int fd, const Chunk *chunk)
{
  GByteArray *bytes = tag_items_read (fd, chunk->at + CHUNK_HEADER, chunk->size);
  if (!bytes)
    return;
  g_autoptr (GBytes) content = g_byte_array_free_to_bytes (bytes);
  g_autoptr (GstBuffer) buffer = gst_buffer_new_wrapped_bytes (content);
  g_autoptr (GstTagList) found = is_whole (buffer) ? gst_tag_list_from_id3v2_tag (buffer) : NULL;
  for (guint i = 0; found && i < G_N_ELEMENTS (wanted); i++)
    take_values (tags, wanted[i], found);
}

/* Where several say something the first of them counts, as it does to others. */
static void
take_chunks (GstTagList *tags, int fd, gboolean big_endian)
{
  Chunk chunk;
  goffset at = CHUNK_FIRST;
  for (guint i = 0;
       i < MOST_CHUNKS && gst_tag_list_is_empty (tags) && chunk_read (&chunk, fd, at, big_endian);
       i++) {
    if (g_ascii_strcasecmp (chunk.name, "ID3 ") == 0)
      take_id3 (tags, fd, &chunk);
    at = chunk_get_end (&chunk);
  }
}

/* ---- Windows Media ---- */

static const guint8 description_id[ASF_SIZE_AT] = {0x33, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11,
                                                   0xa6, 0xd9, 0x00, 0xaa, 0x00, 0x62, 0xce, 0x6c};

static const char *const attributes_of[][2] = {{"WM/Genre", GST_TAG_GENRE},
                                               {"Author", GST_TAG_ARTIST},
                                               {"WM/AlbumArtist", GST_TAG_ALBUM_ARTIST},
                                               {"WM/AlbumTitle", GST_TAG_ALBUM}};

static void
add_text (GstTagList *tags, const char *tag, const GByteArray *header, guint at, guint n)
{
  g_autofree char *text = asf_text_read (header, at, n);
  take_value (tags, tag, text);
}

/* Title, author and three more: their lengths, and then their texts. */
static void
take_author (GstTagList *tags, const GByteArray *header, const AsfObject *object)
{
  const guint at = object->at + ASF_OBJECT, room = object->end - at;
  if (room < LENGTHS || memcmp (header->data + object->at, description_id, ASF_SIZE_AT) != 0)
    return;
  const guint title = (guint)asf_number_read (header->data + at, 2);
  const guint author = (guint)asf_number_read (header->data + at + 2, 2);
  if (title + author <= room - LENGTHS)
    add_text (tags, GST_TAG_ARTIST, header, at + LENGTHS + title, author);
}

static void
take_attribute (GstTagList *tags, const GByteArray *header, const AsfAttribute *attribute)
{
  if (attribute->type != ASF_TEXT)
    return;
  g_autofree char *name = asf_text_read (header, attribute->name, attribute->name_length);
  for (guint i = 0; i < G_N_ELEMENTS (attributes_of); i++)
    if (strcmp (name, attributes_of[i][0]) == 0)
      add_text (tags, attributes_of[i][1], header, attribute->value, attribute->value_length);
}

static void
take_attributes (GstTagList *tags, const GByteArray *header, const AsfObject *object)
{
  AsfAttributes attributes;
  AsfAttribute attribute;
  asf_attributes_init (&attributes, header, object);
  while (asf_attributes_next (&attributes, &attribute))
    take_attribute (tags, header, &attribute);
}

static void
take_objects (GstTagList *tags, const GByteArray *header, AsfKind kind)
{
  AsfObject object;
  guint at = ASF_HEADER;
  while (asf_object_next (header, &at, &object)) {
    if (object.kind != kind)
      continue;
    if (asf_object_has_attributes (&object))
      take_attributes (tags, header, &object);
    else
      take_author (tags, header, &object);
  }
}

/* In the order in which programs fill them: what a place has once already goes into the next. */
static void
take_header (GstTagList *tags, int fd)
{
  g_autoptr (GByteArray) header = asf_header_read (fd);
  if (!header)
    return;
  take_objects (tags, header, ASF_OTHER);
  take_objects (tags, header, ASF_DESCRIPTION);
  take_objects (tags, header, ASF_RECORDS);
}

/* ---- files ---- */

static void
take_all (GstTagList *tags, int fd)
{
  char head[CHUNK_FIRST];
  if (!read_all_at (fd, head, sizeof head, 0))
    return;
  const char *type = head + CHUNK_HEADER;
  if (memcmp (head, "RIFF", 4) == 0 && memcmp (type, "WAVE", 4) == 0)
    take_chunks (tags, fd, FALSE);
  else if (memcmp (head, "FORM", 4) == 0 &&
           (memcmp (type, "AIFF", 4) == 0 || memcmp (type, "AIFC", 4) == 0))
    take_chunks (tags, fd, TRUE);
  else
    take_header (tags, fd);
}

GstTagList *
genre_container_tags_read (const char *path)
{
  GstTagList *tags = gst_tag_list_new_empty ();
  const int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return tags;
  take_all (tags, fd);
  close (fd);
  return tags;
}
