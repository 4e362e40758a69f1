/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data/containertags.h"
#include <string.h>
#include "support.h"

/* What ends with a NUL that does not count. */
#define APPEND(bytes, text) g_byte_array_append (bytes, (const guint8 *)(text), sizeof (text) - 1)

static void
append_number (GByteArray *bytes, guint32 number, guint width, gboolean big_endian)
{
  for (guint i = 0; i < width; i++) {
    const guint8 byte = (guint8)(number >> (8 * (big_endian ? width - 1 - i : i)));
    g_byte_array_append (bytes, &byte, 1);
  }
}

static GstTagList *
read_tags (const GByteArray *bytes)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  test_write (folder, "song", (const char *)bytes->data, bytes->len);
  g_autofree char *path = test_path (folder, "song");
  return genre_container_tags_read (path);
}

/* @expected: values of @tag with | between; NULL: there is none. */
static void
check_tag (const GstTagList *tags, const char *tag, const char *expected)
{
  g_autoptr (GString) all = g_string_new (NULL);
  for (guint i = 0; i < gst_tag_list_get_tag_size (tags, tag); i++) {
    const char *value;
    ck_assert (gst_tag_list_peek_string_index (tags, tag, i, &value));
    g_string_append_printf (all, "%s%s", i ? "|" : "", value);
  }
  ck_assert_str_eq (all->str, expected ? expected : "");
}

/* ---- WAV and AIFF ---- */

static void
append_chunk (GByteArray *file, const char *name, const GByteArray *content, gboolean big_endian)
{
  g_byte_array_append (file, (const guint8 *)name, 4);
  append_number (file, content->len, 4, big_endian);
  g_byte_array_append (file, content->data, content->len);
  if (content->len % 2 != 0)
    APPEND (file, "\0");
}

/* ID3v2.3, Latin-1. */
static void
append_frame (GByteArray *tag, const char *name, const char *text)
{
  g_byte_array_append (tag, (const guint8 *)name, 4);
  append_number (tag, (guint32)strlen (text) + 1, 4, TRUE);
  APPEND (tag, "\0\0\0");
  g_byte_array_append (tag, (const guint8 *)text, (guint)strlen (text));
}

/* Shorter than 128 bytes. */
static GByteArray *
make_id3 (const char *artist, const char *genre)
{
  GByteArray *tag = g_byte_array_new ();
  APPEND (tag, "ID3\3\0\0\0\0\0\0");
  append_frame (tag, "TPE1", artist);
  append_frame (tag, "TPE2", "Various");
  append_frame (tag, "TALB", "Hits");
  if (genre)
    append_frame (tag, "TCON", genre);
  tag->data[9] = (guint8)(tag->len - 10);
  return tag;
}

#define SOUND "odd" /* takes a byte more in its chunk */

/* Where the first tag of make_file() ends. */
static guint
get_end_of_first (void)
{
  g_autoptr (GByteArray) first = make_id3 ("Singer", "(17)");
  return 12 + 8 + sizeof SOUND + 8 + first->len;
}

/* Sound, and then a tag and another one. */
static GByteArray *
make_file (gboolean is_aiff)
{
  g_autoptr (GByteArray) sound = g_byte_array_new ();
  g_autoptr (GByteArray) first = make_id3 ("Singer", "(17)");
  g_autoptr (GByteArray) second = make_id3 ("Nobody", "Pop");
  GByteArray *file = g_byte_array_new ();
  APPEND (sound, SOUND);
  if (is_aiff)
    APPEND (file, "FORM....AIFF");
  else
    APPEND (file, "RIFF....WAVE");
  append_chunk (file, is_aiff ? "SSND" : "data", sound, is_aiff);
  append_chunk (file, is_aiff ? "ID3 " : "id3 ", first, is_aiff);
  append_chunk (file, "ID3 ", second, is_aiff);
  return file;
}

/* 0: WAV, 1: AIFF */
START_TEST (tags_behind_the_sound_are_read)
{
  g_autoptr (GByteArray) file = make_file (_i == 1);
  g_autoptr (GstTagList) tags = read_tags (file);
  check_tag (tags, GST_TAG_GENRE, "Rock");
  check_tag (tags, GST_TAG_ARTIST, "Singer");
  check_tag (tags, GST_TAG_ALBUM_ARTIST, "Various");
  check_tag (tags, GST_TAG_ALBUM, "Hits");
}
END_TEST

/* 0: WAV, 1: AIFF */
START_TEST (of_several_tags_the_first_that_says_something_counts)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autoptr (GByteArray) broken = make_id3 ("Torn", "Blues");
  g_autoptr (GByteArray) first = make_id3 ("Singer", NULL);
  g_autoptr (GByteArray) second = make_id3 ("Nobody", "Pop");
  broken->data[9]++;
  if (_i == 1)
    APPEND (file, "FORM....AIFF");
  else
    APPEND (file, "RIFF....WAVE");
  append_chunk (file, "ID3 ", broken, _i == 1);
  append_chunk (file, "ID3 ", first, _i == 1);
  append_chunk (file, "ID3 ", second, _i == 1);
  g_autoptr (GstTagList) tags = read_tags (file);
  check_tag (tags, GST_TAG_ARTIST, "Singer");
  check_tag (tags, GST_TAG_GENRE, NULL);
}
END_TEST

/* Or they would hide what other places of the file say. */
START_TEST (blank_values_are_none)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autoptr (GByteArray) tag = make_id3 (" ", " ");
  APPEND (file, "RIFF....WAVE");
  append_chunk (file, "id3 ", tag, FALSE);
  g_autoptr (GstTagList) tags = read_tags (file);
  ck_assert_uint_eq (gst_tag_list_get_tag_size (tags, GST_TAG_GENRE), 0);
  ck_assert_uint_eq (gst_tag_list_get_tag_size (tags, GST_TAG_ARTIST), 0);
  check_tag (tags, GST_TAG_ALBUM, "Hits");
}
END_TEST

START_TEST (a_tag_longer_than_its_chunk_is_none)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autoptr (GByteArray) tag = make_id3 ("Singer", "Rock");
  tag->data[9]++;
  APPEND (file, "RIFF....WAVE");
  append_chunk (file, "id3 ", tag, FALSE);
  g_autoptr (GstTagList) tags = read_tags (file);
  ck_assert (gst_tag_list_is_empty (tags));
}
END_TEST

/* ---- Windows Media ---- */

static void
append_text (GByteArray *bytes, const char *text)
{
  for (const char *c = text; *c; c++)
    append_number (bytes, (guint8)*c, 2, FALSE);
  append_number (bytes, 0, 2, FALSE);
}

static guint
get_length (const char *text)
{
  return (guint)(2 * strlen (text) + 2);
}

static void
append_attribute (GByteArray *bytes, const char *name, guint type, const char *value)
{
  append_number (bytes, get_length (name), 2, FALSE);
  append_text (bytes, name);
  append_number (bytes, type, 2, FALSE);
  append_number (bytes, get_length (value), 2, FALSE);
  append_text (bytes, value);
}

static void
append_object (GByteArray *header, const char *id, const GByteArray *content)
{
  g_byte_array_append (header, (const guint8 *)id, 16);
  append_number (header, 24 + content->len, 4, FALSE);
  append_number (header, 0, 4, FALSE);
  g_byte_array_append (header, content->data, content->len);
}

#define HEADER_ID "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"
#define DESCRIPTION_ID "\x33\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"
#define EXTENDED_ID "\x40\xa4\xd0\xd2\x07\xe3\xd2\x11\x97\xf0\x00\xa0\xc9\x5e\xa8\x50"

/* @author: how long the author is said to be, in bytes. */
static GByteArray *
make_header (guint author)
{
  g_autoptr (GByteArray) description = g_byte_array_new ();
  g_autoptr (GByteArray) extended = g_byte_array_new ();
  g_autoptr (GByteArray) objects = g_byte_array_new ();
  append_number (description, get_length ("Song"), 2, FALSE);
  append_number (description, author, 2, FALSE);
  APPEND (description, "\0\0\0\0\0\0");
  append_text (description, "Song");
  append_text (description, "Singer");
  append_number (extended, 6, 2, FALSE);
  append_attribute (extended, "WM/AlbumArtist", 0, "Various Artists");
  append_attribute (extended, "WM/Genre", 0, "Rock");
  append_attribute (extended, "WM/Genre", 1, "bytes");
  append_attribute (extended, "WM/Genre", 0, " ");
  append_attribute (extended, "WM/Genre", 0, "Pop");
  append_attribute (extended, "WM/AlbumTitle", 0, "Hits");
  append_object (objects, EXTENDED_ID, extended);
  append_object (objects, DESCRIPTION_ID, description);
  GByteArray *header = g_byte_array_new ();
  g_byte_array_append (header, (const guint8 *)HEADER_ID, 16);
  append_number (header, 30 + objects->len, 4, FALSE);
  APPEND (header, "\0\0\0\0\2\0\0\0\1\2");
  g_byte_array_append (header, objects->data, objects->len);
  return header;
}

START_TEST (the_header_of_windows_media_is_read)
{
  g_autoptr (GByteArray) header = make_header (get_length ("Singer"));
  g_autoptr (GstTagList) tags = read_tags (header);
  check_tag (tags, GST_TAG_GENRE, "Rock|Pop");
  check_tag (tags, GST_TAG_ARTIST, "Singer");
  check_tag (tags, GST_TAG_ALBUM_ARTIST, "Various Artists");
  check_tag (tags, GST_TAG_ALBUM, "Hits");
}
END_TEST

START_TEST (an_author_longer_than_its_object_is_none)
{
  g_autoptr (GByteArray) header = make_header (get_length ("Singer") + 1);
  g_autoptr (GstTagList) tags = read_tags (header);
  check_tag (tags, GST_TAG_GENRE, "Rock|Pop");
  check_tag (tags, GST_TAG_ARTIST, NULL);
}
END_TEST

/* ---- what is torn ---- */

/* Wherever a file ends: a tag that is torn gives nothing. 0: WAV, 1: AIFF, 2: Windows Media */
START_TEST (a_torn_file_is_read_as_far_as_it_goes)
{
  g_autoptr (GByteArray) whole = _i < 2 ? make_file (_i == 1) : make_header (14);
  const guint end = _i < 2 ? get_end_of_first () : whole->len;
  while (whole->len > 1) {
    g_byte_array_set_size (whole, whole->len - 1);
    g_autoptr (GstTagList) tags = read_tags (whole);
    check_tag (tags, GST_TAG_GENRE, whole->len >= end ? "Rock" : NULL);
    ck_assert (whole->len >= end || gst_tag_list_is_empty (tags));
  }
}
END_TEST

START_TEST (what_is_no_file_has_no_tags)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *missing = test_path (folder, "missing");
  g_autoptr (GstTagList) none = genre_container_tags_read (missing);
  g_autoptr (GstTagList) of_folder = genre_container_tags_read (folder);
  ck_assert (gst_tag_list_is_empty (none) && gst_tag_list_is_empty (of_folder));
}
END_TEST

int
main (void)
{
  gst_init (NULL, NULL);
  TCase *tests = tcase_create ("containertags");
  tcase_add_loop_test (tests, tags_behind_the_sound_are_read, 0, 2);
  tcase_add_loop_test (tests, of_several_tags_the_first_that_says_something_counts, 0, 2);
  tcase_add_test (tests, blank_values_are_none);
  tcase_add_test (tests, a_tag_longer_than_its_chunk_is_none);
  tcase_add_test (tests, the_header_of_windows_media_is_read);
  tcase_add_test (tests, an_author_longer_than_its_object_is_none);
  tcase_add_loop_test (tests, a_torn_file_is_read_as_far_as_it_goes, 0, 3);
  tcase_add_test (tests, what_is_no_file_has_no_tags);
  return test_run ("containertags", tests);
}
