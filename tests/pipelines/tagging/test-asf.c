/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of the header of a Windows Media file nothing changes but the genre, and sizes that depend on it.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../../../pipelines/tagging/filetags.h"
#include "../../../pipelines/tagging/tagguard.h"
#include "../../../pipelines/tagging/writeall.h"
#include "test.h"

#define ASTRAY                                                                                     \
  "the objects in its header, or their attributes, do not add up: its tags cannot be written "     \
  "safely"
#define SOUND 5000 /* bytes of what stands for it, behind the header */
#define FLAGS 88
#define BROADCAST 1

static const guint8 header[] = "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c",
                    properties[] =
                        "\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65",
                    extension[] =
                        "\xb5\x03\xbf\x5f\x2e\xa9\xcf\x11\x8e\xe3\x00\xc0\x0c\x20\x53\x65",
                    description[] =
                        "\x40\xa4\xd0\xd2\x07\xe3\xd2\x11\x97\xf0\x00\xa0\xc9\x5e\xa8\x50",
                    content[] = "\x33\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c",
                    stream[] = "\x91\x07\xdc\xb7\xb7\xa9\xcf\x11\x8e\xe6\x00\xc0\x0c\x20\x53\x65",
                    library[] = "\x94\x1c\x23\x44\x98\x94\xd1\x49\xa1\x41\x1d\x13\x4e\x45\x70\x54",
                    signature[] =
                        "\xfc\xb3\x11\x22\x23\xbd\xd2\x11\xb4\xb7\x00\xa0\xc9\x55\xfc\x6e",
                    unknown[] = "\1\2\3\4\5\6\7\x8\x9\1\2\3\4\5\6\7";

/* ---- making files ---- */

static void
append (GByteArray *bytes, const void *more, gsize n)
{
  g_byte_array_append (bytes, more, (guint)n);
}

static void
append_number (GByteArray *bytes, guint64 number, gsize width)
{
  const guint64 little = GUINT64_TO_LE (number);
  append (bytes, &little, width);
}

static void
append_text (GByteArray *bytes, const char *text)
{
  g_autofree gunichar2 *units = g_utf8_to_utf16 (text, -1, NULL, NULL, NULL);
  gsize n = 0;
  do
    append_number (bytes, units[n], 2);
  while (units[n++] != 0);
}

/* @bytes: taken. */
static void
append_object (GByteArray *bytes, const guint8 *id, const void *before, gsize n, GByteArray *inside)
{
  append (bytes, id, 16);
  append_number (bytes, 24 + n + inside->len, 8);
  append (bytes, before, n);
  append (bytes, inside->data, inside->len);
  g_byte_array_unref (inside);
}

typedef struct {
  GByteArray *bytes;
  guint count;
} Attributes;

static void
describe_bytes (Attributes *self, const char *name, guint type, const void *value, gsize n)
{
  g_autoptr (GByteArray) text = g_byte_array_new ();
  append_text (text, name);
  append_number (self->bytes, text->len, 2);
  append (self->bytes, text->data, text->len);
  append_number (self->bytes, type, 2);
  append_number (self->bytes, n, 2);
  append (self->bytes, value, n);
  self->count++;
}

static void
describe (Attributes *self, const char *name, const char *value)
{
  g_autoptr (GByteArray) text = g_byte_array_new ();
  append_text (text, value);
  describe_bytes (self, name, 0, text->data, text->len);
}

/* Of a language and a stream. */
static void
record (Attributes *self, guint language, guint of_stream, const char *name, const char *value)
{
  g_autoptr (GByteArray) text = g_byte_array_new (), title = g_byte_array_new ();
  append_text (title, name);
  append_text (text, value);
  append_number (self->bytes, language, 2);
  append_number (self->bytes, of_stream, 2);
  append_number (self->bytes, title->len, 2);
  append_number (self->bytes, 0, 2);
  append_number (self->bytes, text->len, 4);
  append (self->bytes, title->data, title->len);
  append (self->bytes, text->data, text->len);
  self->count++;
}

static void
append_attributes (GByteArray *bytes, const guint8 *id, Attributes *self, const char *rest)
{
  guint8 count[] = {(guint8)self->count, (guint8)(self->count >> 8)};
  append (self->bytes, rest, strlen (rest));
  append_object (bytes, id, count, 2, self->bytes);
}

/* What a file is to have. */
typedef struct {
  const char *genre, *second;     /* in its extended content description, or NULL */
  const char *listed, *foreign;   /* in its metadata library, the other one of a language */
  gboolean nested;                /* a description is where only others look for one */
  gboolean undescribed, unlisted; /* it does not have these */
  gboolean only_genre;            /* nothing else is in the description, of which there is one */
  guint8 flags;
} Content;

/* Types and widths that no program knows, of one name several, and something behind them all. */
static void
append_description (GByteArray *objects, const Content *self)
{
  Attributes attributes = {.bytes = g_byte_array_new ()};
  if (!self->only_genre) {
    describe (&attributes, "title", "Song");
    describe (&attributes, "Author", "One");
  }
  if (self->genre)
    describe (&attributes, "WM/Genre", self->genre);
  if (!self->only_genre) {
    describe (&attributes, "Author", "Two");
    describe (&attributes, "Author", "");
  }
  if (self->second)
    describe (&attributes, "WM/Genre", self->second);
  if (!self->only_genre) {
    describe_bytes (&attributes, "odd", 9, "abcdef", 6);
    describe_bytes (&attributes, "torn", 0, "a\0\0\xd8z", 5);
    describe_bytes (&attributes, "IsVBR", 2, "\1\0", 2);
  }
  append_attributes (objects, description, &attributes, self->only_genre ? "" : "rest");
}

static void
append_extension (GByteArray *objects, const Content *self)
{
  static const guint8 reserved[18] = "what is reserved";
  Attributes attributes = {.bytes = g_byte_array_new ()};
  g_autoptr (GByteArray) before = g_byte_array_new ();
  GByteArray *inside = g_byte_array_new ();
  append_object (inside, unknown, "abc", 3, g_byte_array_new ());
  if (self->nested)
    append_description (inside, &(Content){.undescribed = FALSE});
  if (self->listed)
    record (&attributes, 0, 0, "WM/Genre", self->listed);
  record (&attributes, 1, 2, "Author", "Three");
  if (self->foreign)
    record (&attributes, 1, 0, "WM/Genre", self->foreign);
  append_attributes (inside, library, &attributes, "");
  append (before, reserved, sizeof reserved);
  append_number (before, inside->len, 4);
  append_object (objects, extension, before->data, before->len, inside);
}

static GByteArray *
make_file (const Content *self)
{
  GByteArray *objects = g_byte_array_new (), *file = g_byte_array_new ();
  g_autoptr (GByteArray) before = g_byte_array_new ();
  guint8 about[80] = {[64] = self->flags}, sound[SOUND];
  for (int i = 0; i < SOUND; i++)
    sound[i] = (guint8)(i * 37 >> 3);
  append_object (objects, properties, about, sizeof about, g_byte_array_new ());
  if (!self->unlisted)
    append_extension (objects, self);
  append_object (objects, content, "\4\0\0\0\0\0\0\0\0\0T\0\0\0", 14, g_byte_array_new ());
  append_object (objects, stream, sound, 54, g_byte_array_new ());
  if (!self->undescribed) /* last: TagLib does not find what follows what it stumbles over */
    append_description (objects, self);
  append_number (before, 3 + !self->unlisted + !self->undescribed, 4);
  append (before, "\1\2", 2);
  append_object (file, header, before->data, before->len, objects);
  append (file, sound, SOUND);
  const guint64 size = GUINT64_TO_LE (file->len);
  if (self->flags != BROADCAST)
    memcpy (file->data + 30 + 40, &size, 8);
  return file;
}

static int
open_file (const GByteArray *bytes)
{
  const int fd = memfd_create ("test", MFD_CLOEXEC);
  ck_assert_int_ge (fd, 0);
  ck_assert (write_all (fd, bytes->data, bytes->len));
  return fd;
}

/* ---- writing ---- */

static const AudioFormat format = {"Windows Media", ".wma"};

/* NULL: it is refused. */
static GByteArray *
write_genre (const GByteArray *before, const char *genre)
{
  g_autoptr (GError) error = NULL;
  const int old = open_file (before), new = open_file (before);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", new);
  GByteArray *bytes = NULL;
  if (file_tags_write_genre (path, &format, genre, &error) &&
      tag_guard_keep (&format, old, new, genre, &error) &&
      file_tags_have_genre (path, &format, genre, &error)) {
    bytes = g_byte_array_new ();
    g_byte_array_set_size (bytes, (guint)lseek (new, 0, SEEK_END));
    ck_assert_int_eq (pread (new, bytes->data, bytes->len, 0), bytes->len);
  }
  ck_assert (!bytes == !!error);
  close (old);
  close (new);
  return bytes;
}

static void
assert_becomes (const Content *old, const char *genre, const Content *new)
{
  g_autoptr (GByteArray) before = make_file (old), expected = make_file (new);
  g_autoptr (GByteArray) after = write_genre (before, genre);
  ck_assert_ptr_nonnull (after);
  ck_assert_uint_eq (after->len, expected->len);
  ck_assert_mem_eq (after->data, expected->data, after->len);
}

START_TEST (the_genre_takes_the_place_of_the_first_one_and_all_others_go)
{
  static const char *const genres[] = {"Jazz", "L\xc3\xa4uft \xf0\x9f\x8e\xb5", NULL};
  for (gsize i = 0; i < G_N_ELEMENTS (genres); i++) {
    const Content old = {.genre = "Pop", .second = "Rock", .listed = "Blues", .foreign = "Chanson"},
                  new = {.genre = genres[i]};
    assert_becomes (&old, genres[i], &new);
  }
}
END_TEST

/* In the header's extension, that is. */
START_TEST (a_description_where_none_belongs_gets_no_genre)
{
  const Content old = {.nested = TRUE, .genre = "Pop"}, new = {.nested = TRUE, .genre = "Jazz"};
  assert_becomes (&old, "Jazz", &new);
}
END_TEST

/* In which it is in front. */
START_TEST (where_there_is_no_description_one_comes)
{
  const Content old = {.undescribed = TRUE, .listed = "Blues"}, none = {.undescribed = TRUE};
  const Content described = {.only_genre = TRUE}, jazz = {.only_genre = TRUE, .genre = "Jazz"};
  g_autoptr (GByteArray) before = make_file (&old), without = make_file (&none);
  g_autoptr (GByteArray) after = write_genre (before, "Jazz");
  ck_assert_ptr_nonnull (after);
  g_autoptr (GByteArray) again = write_genre (after, NULL); /* and goes with it */
  ck_assert_ptr_nonnull (again);
  ck_assert_uint_eq (again->len, without->len);
  ck_assert_mem_eq (again->data, without->data, again->len);
  assert_becomes (&described, "Jazz", &jazz);
  assert_becomes (&jazz, NULL, &none);
}
END_TEST

START_TEST (a_genre_that_comes_stands_in_front_of_what_programs_stumble_over)
{
  const Content old = {0};
  g_autoptr (GByteArray) before = make_file (&old), after = write_genre (before, "Jazz");
  Attributes genre = {.bytes = g_byte_array_new ()};
  describe (&genre, "WM/Genre", "Jazz");
  ck_assert_ptr_nonnull (after);
  ck_assert_uint_eq (after->len, before->len + genre.bytes->len);
  const guint8 *place = memmem (after->data, after->len, description, 16);
  ck_assert_ptr_nonnull (place);
  ck_assert_mem_eq (place + 26, genre.bytes->data, genre.bytes->len);
  g_byte_array_unref (genre.bytes);
}
END_TEST

START_TEST (the_size_of_the_file_is_what_it_is_but_where_none_need_be)
{
  const Content old = {.unlisted = TRUE}, sent = {.unlisted = TRUE, .flags = BROADCAST};
  const Content rock = {.genre = "Rock", .flags = BROADCAST},
                jazz = {.genre = "Jazz", .flags = BROADCAST};
  g_autoptr (GByteArray) before = make_file (&old), stale = make_file (&old);
  memset (stale->data + 30 + 40, 7, 8);
  g_autoptr (GByteArray) after = write_genre (before, "Jazz"), now = write_genre (stale, "Jazz");
  ck_assert_ptr_nonnull (after);
  ck_assert_ptr_nonnull (now);
  ck_assert_uint_eq (after->len, now->len);
  ck_assert_mem_eq (after->data, now->data, now->len);
  g_autoptr (GByteArray) live = make_file (&sent);
  g_autoptr (GByteArray) written = write_genre (live, "Jazz");
  ck_assert_ptr_nonnull (written);
  ck_assert_mem_eq (written->data + 30, live->data + 30, 104);
  assert_becomes (&rock, "Jazz", &jazz);
}
END_TEST

START_TEST (a_genre_for_which_there_is_no_room_is_refused)
{
  const Content old = {.genre = "Pop"};
  g_autoptr (GByteArray) before = make_file (&old);
  g_autofree char *text = g_strnfill (32767, 'a');
  ck_assert_ptr_null (write_genre (before, text));
  text[32766] = '\0';
  g_autoptr (GByteArray) after = write_genre (before, text);
  ck_assert_ptr_nonnull (after);
  Attributes all = {.bytes = g_byte_array_new ()};
  while (all.count < 65535)
    describe_bytes (&all, "", 0, "", 0);
  GByteArray *objects = g_byte_array_new ();
  g_autoptr (GByteArray) full = g_byte_array_new ();
  append_attributes (objects, description, &all, "");
  append_object (full, header, "\1\0\0\0\1\2", 6, objects);
  ck_assert_ptr_null (write_genre (full, "Jazz"));
}
END_TEST

/* ---- obstacles ---- */

static const char *
find_obstacle (const GByteArray *bytes)
{
  const int fd = open_file (bytes);
  const AudioFormat *found = audio_format_find (fd);
  ck_assert_ptr_nonnull (found);
  ck_assert_str_eq (found->ending, ".wma");
  const char *obstacle = audio_format_find_obstacle (found, fd);
  close (fd);
  return obstacle;
}

/* @by is added to a byte. */
static void
assert_astray (const GByteArray *good, guint at, int by)
{
  g_autoptr (GByteArray) bad = g_byte_array_new ();
  append (bad, good->data, good->len);
  bad->data[at] = (guint8)(bad->data[at] + by);
  const char *obstacle = find_obstacle (bad);
  ck_assert_msg (g_strcmp0 (obstacle, ASTRAY) == 0, "byte %u, %d more: %s", at, by, obstacle);
  ck_assert_ptr_null (write_genre (bad, "Jazz"));
}

static guint
find (const GByteArray *file, const guint8 *id)
{
  const guint8 *found = memmem (file->data, file->len, id, 16);
  ck_assert_ptr_nonnull (found);
  return (guint)(found - file->data);
}

/* Of the header and of objects in it, of what is in the extension, how many there are, and how long
 * a name is. */
START_TEST (sizes_that_do_not_add_up_are_refused)
{
  const Content whole = {.genre = "Pop", .listed = "Rock"};
  g_autoptr (GByteArray) file = make_file (&whole);
  ck_assert_ptr_null (find_obstacle (file));
  for (int by = -1; by <= 1; by += 2) {
    const guint places[] = {16,
                            24,
                            30 + 16,
                            find (file, extension) + 16,
                            find (file, extension) + 42,
                            find (file, unknown) + 16,
                            find (file, library) + 16,
                            find (file, description) + 16};
    for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
      assert_astray (file, places[i], by);
  }
  assert_astray (file, find (file, description) + 24, 1);
  assert_astray (file, find (file, library) + 24, 1);
  assert_astray (file, find (file, library) + 30, 100); /* the length of a name */
  assert_astray (file, find (file, description) + 27, 100);
  assert_astray (file, find (file, stream) + 23, -128); /* of 64 bits */
}
END_TEST

START_TEST (an_extension_in_an_extension_is_refused)
{
  const Content whole = {0};
  g_autoptr (GByteArray) file = make_file (&whole);
  memcpy (file->data + find (file, library), extension, 16);
  ck_assert_str_eq (find_obstacle (file), ASTRAY);
}
END_TEST

START_TEST (what_is_cut_short_is_refused)
{
  const Content whole = {.genre = "Pop"};
  g_autoptr (GByteArray) file = make_file (&whole);
  for (guint n = file->len - SOUND - 1; n >= 16; n--) {
    g_byte_array_set_size (file, n);
    ck_assert_str_eq (find_obstacle (file), ASTRAY);
  }
}
END_TEST

START_TEST (a_header_that_is_signed_is_refused)
{
  const Content whole = {0};
  g_autoptr (GByteArray) file = make_file (&whole);
  memcpy (file->data + find (file, content), signature, 16);
  ck_assert_str_eq (find_obstacle (file), "its header is signed, and would not be what was signed");
}
END_TEST

/* ---- reading ---- */

static void
assert_read (const Content *file, const char *genre)
{
  g_autoptr (GByteArray) bytes = make_file (file);
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;
  const int fd = open_file (bytes);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  ck_assert (file_tags_read_genre (path, &format, &found, &error));
  ck_assert_msg (g_strcmp0 (found, genre) == 0, "%s, not %s", found, genre);
  close (fd);
}

START_TEST (of_several_genres_all_are_read_first_those_that_are_described)
{
  assert_read (&(Content){0}, NULL);
  assert_read (&(Content){.genre = "Rock"}, "Rock");
  assert_read (&(Content){.genre = "Rock", .second = "Rock"}, "Rock");
  assert_read (&(Content){.genre = "Rock", .second = "Pop"}, "Rock Pop");
  assert_read (&(Content){.genre = "Rock", .listed = "Pop"}, "Rock Pop");
  assert_read (&(Content){.listed = "Pop", .foreign = "Rock"}, "Pop Rock");
  assert_read (&(Content){.undescribed = TRUE, .listed = "Pop"}, "Pop");
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("asf");
  tcase_add_test (tests, the_genre_takes_the_place_of_the_first_one_and_all_others_go);
  tcase_add_test (tests, a_description_where_none_belongs_gets_no_genre);
  tcase_add_test (tests, where_there_is_no_description_one_comes);
  tcase_add_test (tests, a_genre_that_comes_stands_in_front_of_what_programs_stumble_over);
  tcase_add_test (tests, the_size_of_the_file_is_what_it_is_but_where_none_need_be);
  tcase_add_test (tests, a_genre_for_which_there_is_no_room_is_refused);
  tcase_add_test (tests, sizes_that_do_not_add_up_are_refused);
  tcase_add_test (tests, an_extension_in_an_extension_is_refused);
  tcase_add_test (tests, what_is_cut_short_is_refused);
  tcase_add_test (tests, a_header_that_is_signed_is_refused);
  tcase_add_test (tests, of_several_genres_all_are_read_first_those_that_are_described);
  return test_run ("asf", tests);
}
