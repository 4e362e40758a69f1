/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that consist of chunks or boxes: where a genre can be written everything else stays, and
 * where something would be lost, or pointed at in vain, they are left alone. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../../../pipelines/tagging/audioformat.h"
#include "../../../pipelines/tagging/filetags.h"
#include "../../../pipelines/tagging/id3frames.h"
#include "../../../pipelines/tagging/tagguard.h"
#include "../../../pipelines/tagging/writeall.h"
#include "test.h"

#define BROKEN "its chunks and its length do not go together"
#define NAMELESS "one of its chunks has no proper name, and programs stop at it"
#define ASTRAY                                                                                     \
  "an MP4 file whose fragments, or an index, would point at wrong places: its tags cannot be "     \
  "written safely"

/* ---- making files ---- */

static void
append (GByteArray *bytes, const void *more, gsize n)
{
  g_byte_array_append (bytes, more, (guint)n);
}

static void
append_number (GByteArray *bytes, guint32 number, gboolean big_endian)
{
  number = big_endian ? GUINT32_TO_BE (number) : GUINT32_TO_LE (number);
  append (bytes, &number, 4);
}

/* With @n bytes; it says that they are @said. */
static void
append_chunk (GByteArray *file, const char *name, guint32 said, const void *content, gsize n)
{
  const gboolean big_endian = memcmp (file->data, "FORM", 4) == 0;
  append (file, name, 4);
  append_number (file, said, big_endian);
  append (file, content, n);
  append (file, "", n % 2);
}

static void
set_size (GByteArray *file)
{
  const gboolean big_endian = memcmp (file->data, "FORM", 4) == 0;
  const guint32 size = file->len - 8;
  const guint32 number = big_endian ? GUINT32_TO_BE (size) : GUINT32_TO_LE (size);
  memcpy (file->data + 4, &number, 4);
}

/* No sound is in it yet. */
static GByteArray *
make_aiff (void)
{
  static const guint8 description[18] = "\0\1\0\0\0\x64\0\x10\x40\x0e\xac\x44\0\0\0\0\0";
  GByteArray *file = g_byte_array_new ();
  append (file, "FORM....AIFF", 12);
  append_chunk (file, "COMM", 18, description, 18);
  return file;
}

static GByteArray *
make_wav (void)
{
  static const guint8 format[16] = "\1\0\1\0\x44\xac\0\0\x88\x58\1\0\2\0\x10";
  GByteArray *file = g_byte_array_new ();
  append (file, "RIFF....WAVE", 12);
  append_chunk (file, "fmt ", 16, format, 16);
  return file;
}

static GByteArray *(*const makes[]) (void) = {make_aiff, make_wav};

static const guint8 *
get_sound (void)
{
  static guint8 sound[208];
  for (gsize i = 8; i < sizeof sound; i++)
    sound[i] = (guint8)(i * 37);
  return sound;
}

static int
open_file (const GByteArray *content)
{
  const int fd = memfd_create ("test", MFD_CLOEXEC);
  ck_assert_int_ge (fd, 0);
  ck_assert (write_all (fd, content->data, content->len));
  return fd;
}

/* NULL: there is none. */
static const char *
find_obstacle (const GByteArray *content)
{
  const int fd = open_file (content);
  const AudioFormat *format = audio_format_find (fd);
  ck_assert_ptr_nonnull (format);
  const char *obstacle = audio_format_find_obstacle (format, fd);
  close (fd);
  return obstacle;
}

/* ---- chunks ---- */

/* Of @file, which is taken, with @n bytes of sound in a chunk that says it has @said, and in front
 * of that perhaps another chunk. */
static const char *
find_obstacle_with_sound (GByteArray *file, guint32 said, gsize n, const char *before)
{
  g_autoptr (GByteArray) taken = file;
  const gboolean is_aiff = memcmp (file->data, "FORM", 4) == 0;
  if (before)
    append_chunk (file, before, 3, "abc", 3);
  append_chunk (file, is_aiff ? "SSND" : "data", said, get_sound (), n);
  set_size (file);
  return find_obstacle (file);
}

START_TEST (whatever_is_torn_or_streamed_is_left_alone)
{
  for (gsize i = 0; i < G_N_ELEMENTS (makes); i++) {
    ck_assert_ptr_null (find_obstacle_with_sound (makes[i](), 208, 208, NULL));
    ck_assert_ptr_null (find_obstacle_with_sound (makes[i](), 208, 208, "abc\x7f"));
    ck_assert_str_eq (find_obstacle_with_sound (makes[i](), 208, 100, NULL), BROKEN);
    ck_assert_str_eq (find_obstacle_with_sound (makes[i](), 0xffffffff, 208, NULL), BROKEN);
    ck_assert_str_eq (find_obstacle_with_sound (makes[i](), 0, 208, NULL), NAMELESS);
    ck_assert_str_eq (find_obstacle_with_sound (makes[i](), 208, 208, "ab\1c"), NAMELESS);
    ck_assert_str_eq (find_obstacle_with_sound (makes[i](), 208, 208, "ab\xe9z"), NAMELESS);
  }
}
END_TEST

START_TEST (an_aiff_file_that_is_said_to_be_longer_or_shorter_is_left_alone)
{
  for (int more = -2; more <= 2; more++) {
    g_autoptr (GByteArray) file = make_aiff ();
    append_chunk (file, "SSND", 208, get_sound (), 208);
    set_size (file);
    file->data[7] = (guint8)(file->data[7] + more);
    if (more == 0)
      ck_assert_ptr_null (find_obstacle (file));
    else
      ck_assert_str_eq (find_obstacle (file), BROKEN);
  }
}
END_TEST

/* ---- tags in chunks ---- */

/* Text in UTF-16 with a mark in its first string alone, without any, or that is none; what is no
 * text; what is too short. Their size is told by one byte. */
static GByteArray *
make_frames (void)
{
  static const struct {
    const char *name;
    const char *content;
    gsize n;
  } frames[] = {{"COMM",
                 "\1eng\xff\xfe"
                 "d\0\0\0t\0x\0t",
                 13},
                {"USLT", "\1eng\0\0\xff\xfel\0a", 11},
                {"TIT2", "\1T\0i\0", 5},
                {"TPE1", "\3Bj\xf6rk", 6},
                {"TALB",
                 "\x09"
                 "Album",
                 6},
                {"OWNE", "\0x", 2},
                {"PRIV", "no end", 6},
                {"TDAT",
                 "\0"
                 "2 March",
                 8},
                {"RVAD", "\3\x10\0\0\0\0\0\0\0\1", 10}};
  GByteArray *tag = g_byte_array_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (frames); i++) {
    append (tag, frames[i].name, 4);
    append_number (tag, (guint32)frames[i].n, TRUE);
    append (tag, "\0", 2);
    append (tag, frames[i].content, frames[i].n);
  }
  return tag;
}

/* ID3v2.3, with a genre in front of @frames, or without. */
static GByteArray *
make_tag (const char *genre, const GByteArray *frames)
{
  GByteArray *tag = g_byte_array_new ();
  const gsize length = genre ? strlen (genre) : 0;
  const guint size = frames->len + (genre ? 11 + (guint)length : 0);
  append (tag, "ID3\3\0\0\0", 8);
  append (tag, (const guint8[]){(guint8)(size >> 7), size & 127}, 2);
  if (genre) {
    append (tag, "TCON", 4);
    append_number (tag, (guint32)length + 1, TRUE);
    append (tag, "\0\0", 3);
    append (tag, genre, length);
  }
  append (tag, frames->data, frames->len);
  return tag;
}

/* In front of the sound, with something behind it in the same chunk. @listed: a genre in a list of
 * information at the end, or NULL. */
static GByteArray *
make_tagged (GByteArray *file, const char *name, GByteArray *tag, const char *listed)
{
  const gboolean is_aiff = memcmp (file->data, "FORM", 4) == 0;
  append (tag, "rest", 4);
  append_chunk (file, name, tag->len, tag->data, tag->len);
  append_chunk (file, is_aiff ? "SSND" : "data", 208, get_sound (), 208);
  append_chunk (file, "odd ", 3, "abc", 3);
  if (listed && !is_aiff) {
    g_autoptr (GByteArray) list = g_byte_array_new ();
    const gsize n = strlen (listed) + 1;
    append (list, "INFOIGNR", 8);
    append_number (list, (guint32)n, FALSE);
    append (list, listed, n);
    append (list, "", n % 2);
    append_chunk (file, "LIST", list->len, list->data, list->len);
  }
  set_size (file);
  g_byte_array_unref (tag);
  return file;
}

/* @genre into what was @before. */
static gboolean
write_genre (const char *path, const GByteArray *before, const char *genre, GError **error)
{
  ck_assert (g_file_set_contents (path, (const char *)before->data, before->len, NULL));
  const int old = open_file (before), fd = g_open (path, O_RDONLY | O_CLOEXEC);
  ck_assert_int_ge (fd, 0);
  const AudioFormat *format = audio_format_find (fd);
  const gboolean done = file_tags_write_genre (path, format, genre, error) &&
                        id3_frames_keep (format, old, fd, genre, FALSE, error) &&
                        file_tags_have_genre (path, format, genre, error);
  ck_assert (!done || !audio_format_find_obstacle (format, fd));
  close (old);
  close (fd);
  return done;
}

static void
check_written (const char *path, const GByteArray *before, const char *genre,
               const GByteArray *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;
  gsize n;
  ck_assert_msg (write_genre (path, before, genre, &error), "%s", error ? error->message : "");
  ck_assert (g_file_get_contents (path, &content, &n, NULL));
  ck_assert_uint_eq (n, expected->len);
  ck_assert_mem_eq (content, expected->data, n);
}

static const char *const names[] = {"ID3 ", "id3 "};

/* From any of these to any other, sizes being odd and even. No list comes where there was none. */
START_TEST (a_tag_in_a_chunk_stays_where_it_is_and_what_it_is_but_for_the_genre)
{
  static const char *const genres[] = {NULL, "Pop", "Jazz"};
  const char *old = genres[_i / 3], *new = genres[_i % 3];
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, "song", NULL);
  g_autoptr (GByteArray) frames = make_frames ();
  for (gsize i = 0; i < G_N_ELEMENTS (makes); i++) {
    g_autoptr (GByteArray) before = make_tagged (makes[i](), names[i], make_tag (old, frames), old);
    g_autoptr (GByteArray) after =
        make_tagged (makes[i](), names[i], make_tag (new, frames), old ? new : NULL);
    check_written (path, before, new, after);
  }
  test_remove_folder (folder);
}
END_TEST

static void
check_refused (const char *path, const GByteArray *before, const char *why)
{
  g_autoptr (GError) error = NULL;
  ck_assert (!write_genre (path, before, "Jazz", &error));
  ck_assert_msg (strstr (error->message, why), "\"%s\" lacks \"%s\"", error->message, why);
}

/* Its tag, of some frames, is @larger than the chunk, or has other letters in front. */
static GByteArray *
make_wrong (GByteArray *file, const GByteArray *frames, guint8 larger, const char *letters)
{
  GByteArray *tag = make_tag (NULL, frames);
  memcpy (tag->data, letters, 3);
  tag->data[9] = (guint8)(tag->data[9] + larger);
  return make_tagged (file, "ID3 ", tag, NULL);
}

START_TEST (a_chunk_whose_tag_does_not_fit_it_is_left_alone)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, "song", NULL);
  g_autoptr (GByteArray) frames = make_frames ();
  for (gsize i = 0; i < G_N_ELEMENTS (makes); i++) {
    g_autoptr (GByteArray) large = make_wrong (makes[i](), frames, 5, "ID3");
    g_autoptr (GByteArray) other = make_wrong (makes[i](), frames, 0, "XYZ");
    check_refused (path, large, "the chunk that holds it do not go together");
    check_refused (path, other, "the chunk that holds it do not go together");
  }
  test_remove_folder (folder);
}
END_TEST

/* What TagLib makes stands at the end, where nothing else is. */
START_TEST (where_there_is_no_tag_one_comes)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, "song", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (makes); i++) {
    g_autoptr (GByteArray) file = makes[i]();
    g_autoptr (GError) error = NULL;
    g_autofree char *content = NULL;
    append_chunk (file, i == 0 ? "SSND" : "data", 208, get_sound (), 208);
    append_chunk (file, "odd ", 3, "abc", 3);
    set_size (file);
    ck_assert_msg (write_genre (path, file, "Jazz", &error), "%s", error ? error->message : "");
    ck_assert (g_file_get_contents (path, &content, NULL, NULL));
    ck_assert_mem_eq (content + 8, file->data + 8, file->len - 8);
  }
  test_remove_folder (folder);
}
END_TEST

/* With a list of information that has these fields (NULL: without), and a tag (taken; NULL: none).
 */
static GByteArray *
make_wav_with (const char *field, const char *other, GByteArray *tag)
{
  GByteArray *file = make_wav (), *list = g_byte_array_new ();
  append (list, "INFO", 4);
  for (int i = 0; i < 2; i++) {
    const char *name = i == 0 ? field : other;
    append (list, name, name ? strlen (name) : 0);
    append (list, "\4\0\0\0Text", name && *name ? 8 : 0);
  }
  append_chunk (file, "data", 208, get_sound (), 208);
  if (field)
    append_chunk (file, "LIST", list->len, list->data, list->len);
  if (tag) {
    append_chunk (file, "ID3 ", tag->len, tag->data, tag->len);
    g_byte_array_unref (tag);
  }
  g_byte_array_unref (list);
  set_size (file);
  return file;
}

/* Whether the file has the genre in a list, and in a tag. */
static void
assert_written (const char *path, GByteArray *before, gboolean in_list, gboolean in_tag)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;
  gsize n;
  ck_assert_msg (write_genre (path, before, "Text", &error), "%s", error ? error->message : "");
  ck_assert (g_file_get_contents (path, &content, &n, NULL));
  ck_assert_int_eq (memmem (content, n, "IGNR", 4) != NULL, in_list);
  ck_assert_int_eq (memmem (content, n, "TCON", 4) != NULL, in_tag);
  g_byte_array_unref (before);
}

static GByteArray *
make_empty_tag (void)
{
  g_autoptr (GByteArray) zeros = g_byte_array_new ();
  g_byte_array_set_size (zeros, 100);
  memset (zeros->data, 0, zeros->len);
  return make_tag (NULL, zeros);
}

/* Programs that find a list look at no tag, or the other way round. */
START_TEST (a_genre_alone_hides_neither_tag_nor_list)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, "song", NULL);
  g_autoptr (GByteArray) frames = make_frames ();
  assert_written (path, make_wav_with (NULL, NULL, NULL), TRUE, TRUE);
  assert_written (path, make_wav_with ("ISFT", NULL, NULL), TRUE, TRUE);
  assert_written (path, make_wav_with ("ISFT", "IGNR", NULL), TRUE, TRUE);
  assert_written (path, make_wav_with ("ISFT", "INAM", NULL), TRUE, FALSE);
  assert_written (path, make_wav_with ("INAM", "IGNR", NULL), TRUE, FALSE);
  assert_written (path, make_wav_with ("INAM", NULL, make_empty_tag ()), TRUE, FALSE);
  assert_written (path, make_wav_with ("ISFT", NULL, make_empty_tag ()), TRUE, TRUE);
  assert_written (path, make_wav_with (NULL, NULL, make_tag (NULL, frames)), FALSE, TRUE);
  assert_written (path, make_wav_with ("", NULL, make_tag (NULL, frames)), FALSE, TRUE);
  assert_written (path, make_wav_with ("ISFT", NULL, make_tag (NULL, frames)), TRUE, TRUE);
  assert_written (path, make_wav_with ("INAM", NULL, make_tag ("Pop", frames)), TRUE, TRUE);
  test_remove_folder (folder);
}
END_TEST

/* ---- boxes ---- */

#define TABLE "trak(mdia(minf(stbl(stco))))"
#define LARGE_TABLE "trak(mdia(minf(stbl(co64))))"
#define TORN                                                                                       \
  "an MP4 file with an index that is longer than the box it is in: its tags cannot be written "    \
  "safely"
#define SOUND "what is to be heard"

/* What stands in a box in front of others: of tables a number and one that is not set yet; "tfhd*"
 * says in its flags that a number from the beginning of the file follows. */
static void
append_start (GByteArray *file, const char *name, gboolean is_marked)
{
  static const struct {
    const char *name;
    gsize n;
    const char *bytes;
  } starts[] = {{"meta", 4, "\0\0\0"},
                {"stsd", 8, "\0\0\0\0\0\0\0"},
                {"stco", 12, "\0\0\0\0\0\0\0\1\0\0\0"},
                {"co64", 16, "\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"},
                {"mdat", sizeof SOUND, SOUND}};
  for (gsize i = 0; i < G_N_ELEMENTS (starts); i++)
    if (memcmp (name, starts[i].name, 4) == 0)
      append (file, starts[i].bytes, starts[i].n);
  append (file, "\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0", is_marked ? 16 : 0);
}

/* Boxes one behind the other, their names separated by spaces; "a(b c)" are boxes in a box; "!" are
 * four zeros as QuickTime has them. */
static void
append_boxes (GByteArray *file, const char **text)
{
  while (**text && **text != ')') {
    const guint at = file->len;
    append_number (file, 0, TRUE);
    if (**text == '!') {
      ++*text;
      continue;
    }
    append (file, *text, 4);
    const char *name = *text;
    *text += 4;
    append_start (file, name, **text == '*');
    *text += **text == '*';
    if (**text == '(') {
      ++*text;
      append_boxes (file, text);
      ++*text;
    }
    const guint32 size = GUINT32_TO_BE (file->len - at);
    memcpy (file->data + at, &size, 4);
    *text += **text == ' ';
  }
}

static const char *
find_obstacle_in_boxes (const char *text)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  append_boxes (file, &text);
  return find_obstacle (file);
}

START_TEST (what_an_index_points_at_must_not_move)
{
  static const char *const good[] = {
      "ftyp moov(" TABLE ") mdat",
      "ftyp moov(" TABLE " udta(name !)) mdat",
      "ftyp moov(udta(name !)) mdat",
      "ftyp moov(udta(name !) " TABLE ") free",
      "ftyp mdat moov(udta(name !) " TABLE ")",
      "ftyp mdat moov(cmov(dcom cmvd))",
      "ftyp moov sidx moof mdat moof mdat",
      "ftyp mdat moov(trak(mdia(minf(stbl(stco saio)))))",
      "ftyp mdat moov(meta(hdlr iloc)) free",
      "ftyp moov moof(traf(tfhd saio)) mdat",
      "ftyp moof(traf(tfhd*)) mdat moov",
      "ftyp mfra moov",
      "ftyp mdat",
  };
  static const char *const bad[] = {
      "ftyp moov(mvex) moof mdat mfra(tfra mfro)",
      "ftyp moov moof(traf(tfhd)) mdat moof(traf(tfhd*)) mdat",
      "ftyp sidx moov moof mdat",
      "ftyp moov(trak(mdia(minf(stbl(stco saio))))) mdat",
      "ftyp moov(meta(hdlr iloc)) mdat",
      "ftyp moov(udta(meta(ilst iloc))) free mdat",
      "ftyp moov(trak(meta(iloc))) mdat",
      "ftyp meta(iloc) moov mdat",
      "ftyp moov mdat meta(iloc)",
      "ftyp moov(cmov(dcom cmvd)) mdat",
      "ftyp moov(udta(name !) " TABLE ") free mdat",
      "ftyp moov(trak(udta(name !)) " LARGE_TABLE ") mdat",
      "ftyp moov(trak(mdia(minf(stbl(stsd(mp4a !) stco))))) mdat",
      "ftyp moov(meta(hdlr !) " TABLE ") mdat",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    ck_assert_msg (!find_obstacle_in_boxes (good[i]), "%s", good[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    ck_assert_msg (g_strcmp0 (find_obstacle_in_boxes (bad[i]), ASTRAY) == 0, "%s", bad[i]);
}
END_TEST

static guint8 *
find (const GByteArray *file, const char *name)
{
  guint8 *found = memmem (file->data, file->len, name, 4);
  ck_assert_ptr_nonnull (found);
  return found;
}

static GByteArray *
make_boxes (const char *text)
{
  GByteArray *file = g_byte_array_new ();
  append_boxes (file, &text);
  return file;
}

/* TagLib writes as many numbers as it says, wherever that is. */
START_TEST (a_table_that_says_it_is_longer_than_it_is_is_left_alone)
{
  static const char *const texts[] = {"ftyp mdat moov(" TABLE ")",
                                      "ftyp mdat moov(" LARGE_TABLE ")"};
  g_autoptr (GByteArray) file = make_boxes (texts[_i]);
  guint8 *n = find (file, _i == 0 ? "stco" : "co64") + 8;
  ck_assert_ptr_null (find_obstacle (file));
  n[3] = 2;
  ck_assert_str_eq (find_obstacle (file), TORN);
  memset (n, 0xff, 4);
  ck_assert_str_eq (find_obstacle (file), TORN);
  memset (n, 0, 4);
  ck_assert_ptr_null (find_obstacle (file));
}
END_TEST

/* ---- where the sound is ---- */

/* All tables of the file lead to its sound, @wrong bytes behind its beginning. */
static GByteArray *
make_song (const char *text, guint wrong)
{
  GByteArray *file = make_boxes (text);
  const guint8 *sound = find (file, "mdat"), *end = file->data + file->len;
  const guint32 place = GUINT32_TO_BE ((guint32)(sound - file->data) + 4 + wrong);
  for (guint8 *at = file->data; at + 4 < end; at++)
    if (memcmp (at, "stco", 4) == 0)
      memcpy (at + 12, &place, 4);
    else if (memcmp (at, "co64", 4) == 0)
      memcpy (at + 16, &place, 4);
  return file;
}

/* Both taken. */
static gboolean
are_kept (GByteArray *before, GByteArray *after)
{
  g_autoptr (GError) error = NULL;
  const int old = open_file (before), new = open_file (after);
  const AudioFormat format = {"MP4", ".m4a"};
  const gboolean kept = tag_guard_keep (&format, old, new, "Jazz", &error);
  ck_assert_int_eq (!kept, error != NULL);
  if (error)
    ck_assert_str_eq (error->message,
                      "what it says of where its sound is would be wrong with other tags");
  close (old);
  close (new);
  g_byte_array_unref (before);
  g_byte_array_unref (after);
  return kept;
}

/* Whatever has been written, and by whom. */
START_TEST (a_file_whose_sound_is_not_where_it_says_afterwards_is_not_kept)
{
  static const char *const befores[] = {
      "ftyp moov(" TABLE ") mdat",
      "ftyp moov(" LARGE_TABLE " " TABLE ") free mdat free",
      "ftyp mdat moov(" TABLE ")",
      "ftyp moov(udta(meta(hdlr ilst free)) " TABLE ") mdat",
      "mdat free moov(" LARGE_TABLE ") moov(" TABLE ")",
  };
  static const char *const afters[] = {
      "ftyp moov(udta(meta(hdlr ilst)) " TABLE ") mdat",
      "ftyp moov(udta(meta(hdlr ilst)) " LARGE_TABLE " " TABLE ") free mdat free",
      "ftyp mdat moov(udta(meta(hdlr ilst)) " TABLE ")",
      "ftyp moov(udta(meta(hdlr ilst)) " TABLE ") mdat",
      "mdat free moov(udta(meta(hdlr ilst)) " LARGE_TABLE ") moov(" TABLE ")",
  };
  const char *old = befores[_i], *new = afters[_i];
  ck_assert (are_kept (make_song (old, 0), make_song (old, 0)));
  ck_assert (are_kept (make_song (old, 0), make_song (new, 0)));
  ck_assert (are_kept (make_song (old, 5), make_song (new, 5)));
  ck_assert (!are_kept (make_song (old, 5), make_song (new, 0)));
  ck_assert (!are_kept (make_song (old, 0), make_song (new, 12)));
  GByteArray *changed = make_song (new, 0);
  find (changed, "what")[0] = 'W';
  ck_assert (!are_kept (make_song (old, 0), changed));
}
END_TEST

START_TEST (a_file_with_other_boxes_or_tables_than_before_is_not_kept)
{
  static const char before[] = "ftyp moov(" TABLE " " LARGE_TABLE ") mdat";
  static const char *const afters[] = {
      "ftyp moov(" TABLE ") mdat",
      "ftyp moov(" LARGE_TABLE " " TABLE ") mdat",
      "ftyp moov(" TABLE " " LARGE_TABLE " " TABLE ") mdat",
      "ftyp moov(" TABLE " " LARGE_TABLE ") free mdat",
      "ftyp moov(" TABLE " " LARGE_TABLE ") mdat free",
      "ftyp(free) moov(" TABLE " " LARGE_TABLE ") mdat",
      "ftyp skip(" TABLE " " LARGE_TABLE ") mdat",
      "ftyp mdat moov(" TABLE " " LARGE_TABLE ")",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (afters); i++)
    ck_assert_msg (!are_kept (make_song (before, 0), make_song (afters[i], 0)), "%s", afters[i]);
  GByteArray *torn = make_song (before, 0);
  find (torn, "stco")[11] = 2;
  ck_assert (!are_kept (make_song (before, 0), torn));
}
END_TEST

/* One that does not fit into 32 bits any more. */
START_TEST (a_place_that_is_too_far_for_its_table_is_not_kept)
{
  GByteArray *before = make_song ("ftyp moov(" TABLE ") mdat", 0);
  GByteArray *after = make_song ("ftyp moov(udta(meta(hdlr ilst)) " TABLE ") mdat", 0);
  memset (find (before, "stco") + 12, 0xff, 4);
  const guint32 wrapped = GUINT32_TO_BE (after->len - before->len - 1);
  memcpy (find (after, "stco") + 12, &wrapped, 4);
  ck_assert (!are_kept (before, after));
}
END_TEST

static GByteArray *
make_long_song (const char *text, guint32 n)
{
  GByteArray *file = make_boxes (text);
  const guint32 length = GUINT32_TO_BE (n);
  const guint32 place = (guint32)(find (file, "mdat") - file->data) + 4;
  GByteArray *numbers = g_byte_array_new ();
  for (guint32 i = 0; i < n; i++)
    append_number (numbers, place + 4 * (n - 1) + i % 7, TRUE);
  guint at = (guint)(find (file, "stco") - file->data) + 12;
  for (const char *const *name =
           (const char *const[]){"moov", "trak", "mdia", "minf", "stbl", "stco", NULL};
       *name; name++) {
    guint32 size;
    guint8 *said = find (file, *name) - 4;
    memcpy (&size, said, 4);
    size = GUINT32_FROM_BE (size) + 4 * (n - 1);
    size = GUINT32_TO_BE (size);
    memcpy (said, &size, 4);
  }
  memcpy (file->data + at - 4, &length, 4);
  g_autoptr (GByteArray) whole = g_byte_array_new ();
  append (whole, file->data, at);
  append (whole, numbers->data, numbers->len);
  append (whole, file->data + at + 4, file->len - at - 4);
  g_byte_array_unref (numbers);
  g_byte_array_unref (file);
  return g_steal_pointer (&whole);
}

/* More than are read at once. */
START_TEST (all_entries_of_a_long_table_are_looked_at)
{
  enum { N = 100001 };
  static const char old[] = "ftyp moov(" TABLE ") mdat",
                    new[] = "ftyp moov(udta(meta(hdlr ilst)) " TABLE ") mdat";
  ck_assert (are_kept (make_long_song (old, N), make_long_song (new, N)));
  for (guint32 i = 0; i < N; i += N / 9) {
    GByteArray *after = make_long_song (new, N);
    find (after, "stco")[15 + 4 * i]++;
    ck_assert (!are_kept (make_long_song (old, N), after));
  }
}
END_TEST

/* What TagLib makes of a file: its sound is found, or it is not kept. */
START_TEST (what_taglib_has_written_is_found_out)
{
  static const char *const texts[] = {"ftyp moov(mvhd " TABLE ") mdat",
                                      "ftyp mdat moov(mvhd " LARGE_TABLE ")",
                                      "ftyp moov(mvhd udta(name !) " TABLE ") free mdat"};
  const AudioFormat format = {"MP4", ".m4a"};
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, "song", NULL);
  GByteArray *before = make_song (texts[_i], 0);
  GByteArray *after = g_byte_array_new ();
  g_autofree char *content = NULL;
  gsize n;
  ck_assert (g_file_set_contents (path, (const char *)before->data, before->len, NULL));
  ck_assert (file_tags_write_genre (path, &format, "Jazz", NULL));
  ck_assert (g_file_get_contents (path, &content, &n, NULL));
  append (after, content, n);
  guint32 place;
  memcpy (&place, _i == 1 ? find (after, "co64") + 16 : find (after, "stco") + 12, 4);
  place = GUINT32_FROM_BE (place);
  const gboolean leads = place == (guint32)(find (after, "mdat") - after->data) + 4;
  ck_assert (leads || _i == 2);
  ck_assert_int_eq (are_kept (before, after), leads);
  test_remove_folder (folder);
}
END_TEST

/* Sizes of 64 bits; 0, up to the end; and such as lead nowhere, at which reading ends. */
START_TEST (all_kinds_of_sizes_are_read)
{
  static const guint8 large[16] = "\0\0\0\1moov\0\0\0\0\0\0\0\x10";
  static const guint8 huge[16] = "\0\0\0\1mdat\xff\xff\xff\xff\xff\xff\xff\xff";
  static const guint8 rest[8] = "\0\0\0\0mdat", small[8] = "\0\0\0\7mdat";
  const char *index = "meta(iloc)";
  g_autoptr (GByteArray) file = g_byte_array_new ();
  append_boxes (file, &(const char *){"ftyp"});
  append (file, large, 16);
  append_boxes (file, &index);
  append (file, rest, 8);
  ck_assert_str_eq (find_obstacle (file), ASTRAY);
  g_byte_array_set_size (file, 24);
  append (file, huge, 16);
  ck_assert_ptr_null (find_obstacle (file));
  g_byte_array_set_size (file, 24);
  append (file, small, 8);
  ck_assert_ptr_null (find_obstacle (file));
  g_byte_array_set_size (file, 20);
  ck_assert_ptr_null (find_obstacle (file));
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("containers");
  tcase_add_test (tests, whatever_is_torn_or_streamed_is_left_alone);
  tcase_add_test (tests, an_aiff_file_that_is_said_to_be_longer_or_shorter_is_left_alone);
  tcase_add_loop_test (tests, a_tag_in_a_chunk_stays_where_it_is_and_what_it_is_but_for_the_genre,
                       0, 9);
  tcase_add_test (tests, a_chunk_whose_tag_does_not_fit_it_is_left_alone);
  tcase_add_test (tests, where_there_is_no_tag_one_comes);
  tcase_add_test (tests, a_genre_alone_hides_neither_tag_nor_list);
  tcase_add_test (tests, what_an_index_points_at_must_not_move);
  tcase_add_test (tests, all_kinds_of_sizes_are_read);
  tcase_add_loop_test (tests, a_table_that_says_it_is_longer_than_it_is_is_left_alone, 0, 2);
  tcase_add_loop_test (tests, a_file_whose_sound_is_not_where_it_says_afterwards_is_not_kept, 0, 5);
  tcase_add_test (tests, a_file_with_other_boxes_or_tables_than_before_is_not_kept);
  tcase_add_test (tests, a_place_that_is_too_far_for_its_table_is_not_kept);
  tcase_add_test (tests, all_entries_of_a_long_table_are_looked_at);
  tcase_add_loop_test (tests, what_taglib_has_written_is_found_out, 0, 3);
  return test_run ("containers", tests);
}
