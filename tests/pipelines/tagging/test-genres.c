/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several genres are told from one, however the tags of a format have them; and one that is new
 * does not hide what other tags have. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../../../pipelines/tagging/tagguard.h"
#include "../../../pipelines/tagging/writeall.h"
#include "test.h"

/* ---- making files ---- */

static void
append (GByteArray *bytes, const void *more, gsize n)
{
  g_byte_array_append (bytes, more, (guint)n);
}

static void
append_little (GByteArray *bytes, guint32 number, gsize n)
{
  const guint32 little = GUINT32_TO_LE (number);
  append (bytes, &little, n);
}

static void
append_big (GByteArray *bytes, guint32 number)
{
  const guint32 big = GUINT32_TO_BE (number);
  append (bytes, &big, 4);
}

/* An ID3v2.3 tag with so many frames of the same content, each in Latin-1. */
static GByteArray *
make_id3 (const char *name, const char *text, gsize n, guint count)
{
  GByteArray *file = g_byte_array_new ();
  append (file, "ID3\3\0\0\0\0\0", 9);
  append (file, &(guint8){(guint8)((11 + n) * count)}, 1);
  for (guint i = 0; i < count; i++) {
    append (file, name, 4);
    append_big (file, (guint32)n + 1);
    append (file, "\0\0\0", 3);
    append (file, text, n);
  }
  return file;
}

static GByteArray *
make_ape (const char *text, gsize n)
{
  GByteArray *file = g_byte_array_new ();
  append_little (file, (guint32)n, 4);
  append (file, "\0\0\0\0Genre", 10);
  append (file, text, n);
  append (file, "APETAGEX", 8);
  append_little (file, 2000, 4);
  append_little (file, file->len - 12 + 32, 4);
  append_little (file, 1, 4);
  append (file, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
  return file;
}

static GByteArray *
wrap_atom (const char *name, const char *before, gsize n, GByteArray *content)
{
  GByteArray *atom = g_byte_array_new ();
  append_big (atom, (guint32)(8 + n + content->len));
  append (atom, name, 4);
  append (atom, before, n);
  append (atom, content->data, content->len);
  g_byte_array_unref (content);
  return atom;
}

/* A value for each of @genres, up to NULL, and @number as "gnre" has it; 0 is no genre. */
static GByteArray *
make_numbered_mp4 (const char *const *genres, guint8 number)
{
  GByteArray *item = g_byte_array_new ();
  for (; *genres; genres++) {
    append_big (item, 16 + (guint32)strlen (*genres));
    append (item, "data\0\0\0\1\0\0\0\0", 12);
    append (item, *genres, strlen (*genres));
  }
  GByteArray *items = wrap_atom ("\251gen", "", 0, item);
  append_big (items, 26);
  append (items, "gnre", 4);
  append (items, "\0\0\0\22data\0\0\0\0\0\0\0\0", 16);
  append (items, (const guint8[]){0, number}, 2);
  GByteArray *list = wrap_atom ("ilst", "", 0, items);
  GByteArray *meta = wrap_atom ("meta", "\0\0\0\0\0\0\0\10hdlr", 12, list);
  return wrap_atom ("moov", "", 0, wrap_atom ("udta", "", 0, meta));
}

static GByteArray *
make_mp4 (const char *const *genres)
{
  return make_numbered_mp4 (genres, 0);
}

static void
append_text (GByteArray *bytes, const char *text)
{
  for (gsize i = 0; i <= strlen (text); i++)
    append_little (bytes, (guint8)text[i], 2);
}

static void
append_wide (GByteArray *bytes, const char *text)
{
  append_little (bytes, 2 * (guint32)strlen (text) + 2, 2);
  append_text (bytes, text);
}

static GByteArray *
wrap_object (const guint8 id[16], const char *before, gsize n, GByteArray *content)
{
  GByteArray *object = g_byte_array_new ();
  append (object, id, 16);
  append_little (object, (guint32)(24 + n) + content->len, 4);
  append (object, "\0\0\0", 4);
  append (object, before, n);
  append (object, content->data, content->len);
  g_byte_array_unref (content);
  return object;
}

/* An object that has "Title", and then each of @genres as @name; in that of the library each
 * has both lengths in front. */
static GByteArray *
make_attributes (const char *name, const char *const *genres, gboolean is_library)
{
  static const guint8 description[] =
      "\x40\xa4\xd0\xd2\x07\xe3\xd2\x11\x97\xf0\x00\xa0\xc9\x5e\xa8\x50";
  static const guint8 library[] =
      "\x94\x1c\x23\x44\x98\x94\xd1\x49\xa1\x41\x1d\x13\x4e\x45\x70\x54";
  const guint n = g_strv_length ((char **)genres);
  GByteArray *content = g_byte_array_new ();
  append_little (content, n + 1, 2);
  for (guint i = 0; i <= n; i++) {
    const char *field = i == 0 ? "Title" : name, *value = i == 0 ? "Song" : genres[i - 1];
    if (is_library) {
      append (content, "\0\0\0", 4);
      append_little (content, 2 * (guint32)strlen (field) + 2, 2);
      append_little (content, 0, 2);
      append_little (content, 2 * (guint32)strlen (value) + 2, 4);
      append_text (content, field);
      append_text (content, value);
    } else {
      append_wide (content, field);
      append_little (content, 0, 2);
      append_wide (content, value);
    }
  }
  return wrap_object (is_library ? library : description, "", 0, content);
}

static GByteArray *
make_asf (const char *name, const char *const *described, const char *const *in_library)
{
  static const guint8 header[] = "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c";
  static const guint8 extension[] =
      "\xb5\x03\xbf\x5f\x2e\xa9\xcf\x11\x8e\xe3\x00\xc0\x0c\x20\x53\x65";
  static const char more[22] = {0};
  GByteArray *objects = wrap_object (extension, more, 22, make_attributes (name, in_library, TRUE));
  g_autoptr (GByteArray) description = make_attributes (name, described, FALSE);
  append (objects, description->data, description->len);
  return wrap_object (header, more, 6, objects);
}

static GByteArray *
make_wav (const char *id3, const char *listed)
{
  GByteArray *file = g_byte_array_new ();
  g_autoptr (GByteArray) tag = make_id3 ("TCON", id3, strlen (id3), 1);
  append (file, "RIFF....WAVE", 12);
  append (file, "fmt \4\0\0\0....LIST", 16);
  append_little (file, 12 + (guint32)strlen (listed), 4);
  append (file, "INFOIGNR", 8);
  append_little (file, (guint32)strlen (listed), 4);
  append (file, listed, strlen (listed));
  append (file, "ID3 ", 4);
  append_little (file, tag->len + tag->len % 2, 4);
  append (file, tag->data, tag->len);
  append (file, "", tag->len % 2);
  const guint32 size = GUINT32_TO_LE (file->len - 8);
  memcpy (file->data + 4, &size, 4);
  return file;
}

static GByteArray *
make_flac (const char *const *genres)
{
  g_autoptr (GByteArray) comments = g_byte_array_new ();
  append (comments, "\0\0\0\0", 4);
  append_little (comments, g_strv_length ((char **)genres), 4);
  for (; *genres; genres++) {
    append_little (comments, 6 + (guint32)strlen (*genres), 4);
    append (comments, "Genre=", 6);
    append (comments, *genres, strlen (*genres));
  }
  GByteArray *file = g_byte_array_new ();
  append (file, "fLaC\x84\0\0", 7);
  append (file, &(guint8){(guint8)comments->len}, 1);
  append (file, comments->data, comments->len);
  return file;
}

/* ---- counting ---- */

/* @file: taken. */
static void
assert_count (guint count, const char *ending, const char *read, GByteArray *file)
{
  const AudioFormat format = {"?", ending};
  const int fd = memfd_create ("song", MFD_CLOEXEC);
  ck_assert (write_all (fd, file->data, file->len));
  for (gsize n = file->len; n > 0; n--) { /* and of what is cut short not more */
    const guint found = tag_guard_count_genres (&format, fd, read);
    ck_assert_msg (n == file->len ? found == count : found <= count,
                   "%s, %s: %u genres in %zu of %u bytes, not %u", ending, read, found, n,
                   file->len, count);
    ck_assert_int_eq (ftruncate (fd, (off_t)n - 1), 0);
  }
  close (fd);
  g_byte_array_unref (file);
}

static const char *const two[] = {"Rock", "Pop", NULL}, *const same[] = {"Rock", "Rock", NULL},
                         *const blank[] = {"Rock", " ", "", NULL}, *const rock[] = {"Rock", NULL},
                         *const none[] = {NULL};

START_TEST (fields_and_atoms_of_one_name_are_several)
{
  assert_count (2, ".flac", "Rock Pop", make_flac (two));
  assert_count (1, ".flac", "Rock Rock", make_flac (same));
  assert_count (1, ".flac", "Rock  ", make_flac (blank));
  assert_count (0, ".flac", NULL, make_flac (none));
  assert_count (2, ".m4a", "Rock, Pop", make_mp4 (two));
  assert_count (1, ".m4a", "Rock, Rock", make_mp4 (same));
  assert_count (2, ".m4a", "Rock", make_numbered_mp4 (rock, 9));
  assert_count (1, ".m4a", "Metal", make_numbered_mp4 (none, 10));
  assert_count (1, ".m4a", "Rock", make_numbered_mp4 (rock, 0));
  assert_count (2, ".wma", "Rock", make_asf ("WM/Genre", two, none));
  assert_count (2, ".wma", "Rock", make_asf ("WM/Genre", none, two));
  assert_count (2, ".wma", "Pop", make_asf ("WM/Genre", rock, two + 1));
  assert_count (1, ".wma", "Rock", make_asf ("WM/Genre", blank, rock));
  assert_count (0, ".wma", NULL, make_asf ("WM/Mood", two, two));
}
END_TEST

START_TEST (values_in_one_item_are_several)
{
  static const char *const endings[] = {".mp3", ".wv", ".ape", ".mpc"};
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++) {
    assert_count (2, endings[i], "Rock Pop", make_ape ("Rock\0Pop", 8));
    assert_count (1, endings[i], "Rock Pop", make_ape ("Rock Pop", 8));
    assert_count (1, endings[i], "Rock", make_ape ("Rock\0Rock\0\0", 11));
  }
  assert_count (2, ".mp3", "Rock Pop", make_id3 ("TCON", "Rock\0Pop", 8, 1));
  assert_count (1, ".mp3", "Rock/Pop", make_id3 ("TCON", "Rock/Pop", 8, 1));
  assert_count (1, ".mp3", "Rock", make_id3 ("TCON", "Rock\0", 5, 2));
  assert_count (0, ".mp3", NULL, make_id3 ("TIT2", "Rock\0Pop", 8, 1));
}
END_TEST

/* TagLib gives the names of numbers. */
START_TEST (a_number_in_front_of_its_name_is_no_other_genre)
{
  assert_count (1, ".mp3", "Rock", make_id3 ("TCON", "(17)", 4, 1));
  assert_count (1, ".mp3", "Rock", make_id3 ("TCON", "(17)Rock", 8, 1));
  assert_count (1, ".mp3", "Rock", make_id3 ("TCON", "17\0Rock", 7, 1));
  assert_count (2, ".mp3", "Rock Pop", make_id3 ("TCON", "(17)(13)", 8, 1));
  assert_count (2, ".mp3", "Rock Pop", make_id3 ("TCON", "17\00013", 5, 1));
  assert_count (2, ".mp3", "Rock Mine", make_id3 ("TCON", "(17)Mine", 8, 1));
  assert_count (1, ".mp3", "(Mine", make_id3 ("TCON", "(Mine", 5, 1));
}
END_TEST

START_TEST (a_list_of_information_may_have_another_than_id3)
{
  assert_count (2, ".wav", "Rock", make_wav ("Rock", "Jazz"));
  assert_count (1, ".wav", "Rock", make_wav ("Rock", "Rock"));
  assert_count (2, ".wav", "Rock Mine", make_wav ("(17)Mine", "Mine"));
}
END_TEST

/* ---- one tag in front of another ---- */

/* @file: taken. */
static int
open_with (GByteArray *file, const GByteArray *more)
{
  const int fd = memfd_create ("song", MFD_CLOEXEC);
  ck_assert (write_all (fd, file->data, file->len) && write_all (fd, more->data, more->len));
  g_byte_array_unref (file);
  return fd;
}

/* Whether an APE tag with nothing but a genre may come. */
static gboolean
may_have_ape (const char *ending, const char *frame, GError **error)
{
  const AudioFormat format = {"?", ending};
  g_autoptr (GByteArray) nothing = g_byte_array_new (), ape = make_ape ("Rock", 4);
  const int before = open_with (make_id3 (frame, "Song", 4, 1), nothing);
  const int after = open_with (make_id3 (frame, "Song", 4, 1), ape);
  const gboolean may = tag_guard_keep (&format, before, after, "Rock", error);
  close (before);
  close (after);
  return may;
}

START_TEST (no_ape_tag_comes_behind_an_id3v2_tag_that_programs_show)
{
  static const char *const endings[] = {".wv", ".ape", ".mpc"};
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++) {
    g_autoptr (GError) error = NULL;
    ck_assert (may_have_ape (endings[i], "APIC", &error));
    ck_assert (!may_have_ape (endings[i], "TIT2", &error));
    ck_assert_str_eq (error->message, "programs would show nothing of its ID3v2 tag any more, "
                                      "once it has an APE tag");
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("genres");
  tcase_add_test (tests, fields_and_atoms_of_one_name_are_several);
  tcase_add_test (tests, values_in_one_item_are_several);
  tcase_add_test (tests, a_number_in_front_of_its_name_is_no_other_genre);
  tcase_add_test (tests, a_list_of_information_may_have_another_than_id3);
  tcase_add_test (tests, no_ape_tag_comes_behind_an_id3v2_tag_that_programs_show);
  return test_run ("genres", tests);
}
