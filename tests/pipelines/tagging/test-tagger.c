/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with this machine, or with a copy, while a file is treated is not said of the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utime.h>
#include <glib/gstdio.h>
#include "../../../pipelines/tagging/change.h"
#include "../../../pipelines/tagging/filetags.h"
#include "../../../pipelines/tagging/tagger.h"
#include "test.h"

#define FLAC "fLaC and no more"

static char *folder; /* of temporary files */

static void
alive (gpointer user_data)
{
}

/* What was heard of @song before; @name: of the genre, or NULL. */
static JsonObject *
know_as (const char *song, const char *name)
{
  struct stat status;
  ck_assert_int_eq (stat (song, &status), 0);
  JsonObject *known = json_object_new (), *version = json_object_new (),
             *heard = json_object_new ();
  json_object_set_int_member (version, "size", status.st_size);
  json_object_set_int_member (version, "mtime", file_version_time (&status));
  json_object_set_int_member (version, "inode", (gint64)status.st_ino);
  json_object_set_string_member (heard, "genre", name ? "rock" : "unknown");
  if (name)
    json_object_set_string_member (heard, "display", name);
  json_object_set_double_member (heard, "threshold", -1);
  json_object_set_object_member (known, "version", version);
  json_object_set_object_member (known, "heard", heard);
  return known;
}

static JsonObject *
know (const char *song)
{
  return know_as (song, NULL);
}

START_TEST (a_copy_is_made_also_of_what_is_unknown_and_a_fault_of_it_is_not_the_files)
{
  g_autofree char *song = g_strconcat (folder, ".flac", NULL);
  g_autofree char *copy = g_strconcat (folder, ": copy.flac", NULL);
  const TaggerOptions options = {.hearing = {.threshold = -1}, .output = copy};
  const TaggerContact contact = {.alive = alive};
  gboolean hangs = FALSE;
  ck_assert (g_file_set_contents (song, FLAC, -1, NULL));
  g_autoptr (JsonObject) known = know (song);
  g_autoptr (JsonObject) object = tagger_treat (&options, song, known, FALSE, &contact, &hangs);
  ck_assert_str_eq (json_object_get_string_member (object, "action"), "unknown");
  ck_assert (json_object_has_member (object, "journal"));
  g_autofree char *text = NULL;
  ck_assert (g_file_get_contents (copy, &text, NULL, NULL));
  ck_assert_str_eq (text, FLAC);
  g_autoptr (JsonObject) again = tagger_treat (&options, song, known, FALSE, &contact, &hangs);
  g_autofree char *expected = g_strdup_printf ("the copy %s: it exists already", copy);
  ck_assert_str_eq (json_object_get_string_member (again, "action"), "refused");
  ck_assert_str_eq (json_object_get_string_member (again, "obstacle"), expected);
  ck_assert (!json_object_has_member (again, "journal"));
  ck_assert_int_eq (g_unlink (copy) | g_unlink (song), 0);
}
END_TEST

/* ---- somebody else is at the file ---- */

#define WAV                                                                                        \
  "RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x44\xac\0\0\x88\x58\1\0\2\0\x10\0data\x08\0\0\0"       \
  "01234567"

static void
make_wav (const char *path)
{
  ck_assert (g_file_set_contents (path, WAV, sizeof WAV - 1, NULL));
}

static const char *song_of_others, *genre_of_others;

/* While this run is about to replace the file, another one writes it. */
static gboolean
be_overtaken (JsonObject *change, gpointer user_data, GError **error)
{
  static const AudioFormat wav = {"WAV", ".wav"};
  ck_assert (file_tags_write_genre (song_of_others, &wav, genre_of_others, NULL));
  ck_assert (g_utime (song_of_others, &(struct utimbuf){1, 1}) == 0);
  return TRUE;
}

/* What comes of it if @by_others (or no genre) is written meanwhile. (transfer full) */
static JsonObject *
treat_overtaken (const char *by_others, gboolean force)
{
  g_autofree char *song = g_strconcat (folder, ".wav", NULL);
  const TaggerOptions options = {.hearing = {.threshold = -1}, .write = TRUE, .force = force};
  const TaggerContact contact = {.alive = alive, .intend = be_overtaken};
  gboolean hangs = FALSE;
  make_wav (song);
  song_of_others = song;
  genre_of_others = by_others;
  g_autoptr (JsonObject) known = know_as (song, "Rock");
  JsonObject *object = tagger_treat (&options, song, known, FALSE, &contact, &hangs);
  ck_assert_int_eq (g_unlink (song), 0);
  return object;
}

START_TEST (what_another_run_has_written_meanwhile_has_a_genre_already)
{
  for (int force = 0; force < 2; force++) {
    g_autoptr (JsonObject) object = treat_overtaken ("Rock", force);
    JsonObject *journal = json_object_get_object_member (object, "journal");
    ck_assert_str_eq (json_object_get_string_member (object, "action"), "has-genre");
    ck_assert_str_eq (json_object_get_string_member (object, "tagged"), "Rock");
    ck_assert (!json_object_has_member (object, "obstacle"));
    ck_assert (!json_object_has_member (journal, "passing"));
  }
}
END_TEST

START_TEST (what_has_changed_meanwhile_and_has_no_genre_is_refused_for_now)
{
  const struct {
    const char *by_others;
    gboolean force;
  } cases[] = {{NULL, FALSE}, {NULL, TRUE}, {"Jazz", TRUE}};
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (JsonObject) object = treat_overtaken (cases[i].by_others, cases[i].force);
    JsonObject *journal = json_object_get_object_member (object, "journal");
    ck_assert_str_eq (json_object_get_string_member (object, "action"), "refused");
    ck_assert_str_eq (json_object_get_string_member (object, "obstacle"),
                      "it has changed meanwhile, and is left alone");
    ck_assert (json_object_has_member (journal, "passing"));
  }
}
END_TEST

#define WAV_INFO(id)                                                                               \
  "RIFF\x44\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x44\xac\0\0\x88\x58\1\0\2\0\x10\0data\x08\0\0\0"       \
  "01234567LIST\x10\0\0\0INFO" id "\x04\0\0\0Jazz"

static const char *song_to_save, *song_to_replace; /* NULL: nobody does so */

/* As an editor does that writes into the file and brings its time back. */
static void
save_in_place (void)
{
  static const char content[] = WAV_INFO ("IGNR");
  struct stat before;
  const int fd = open (song_to_save, O_WRONLY);
  ck_assert_int_eq (fstat (fd, &before), 0);
  ck_assert_int_eq (before.st_size, sizeof content - 1);
  ck_assert_int_eq (pwrite (fd, content, sizeof content - 1, 0), sizeof content - 1);
  ck_assert_int_eq (futimens (fd, (struct timespec[]){before.st_atim, before.st_mtim}), 0);
  ck_assert_int_eq (close (fd), 0);
  song_to_save = NULL;
}

static gboolean is_replacing_tagged; /* by a song that has a genre */

/* As an editor does that writes another file. */
static void
save_another (void)
{
  static const char tagged[] = WAV_INFO ("IGNR"), other[] = WAV_INFO ("ISFT");
  const char *content = is_replacing_tagged ? tagged : other;
  ck_assert (g_file_set_contents (song_to_replace, content, sizeof tagged - 1, NULL));
  song_to_replace = NULL;
}

/* In the place of the C library's: it is asked for before the file is opened to be copied. */
char *
realpath (const char *path, char *resolved)
{
  if (song_to_save)
    save_in_place ();
  if (song_to_replace)
    save_another ();
  ck_assert_ptr_null (resolved);
  return canonicalize_file_name (path);
}

START_TEST (a_genre_that_is_saved_meanwhile_and_leaves_no_trace_stays)
{
  static const char content[] = WAV_INFO ("ISFT");
  for (int force = 0; force < 2; force++) {
    g_autofree char *song = g_strconcat (folder, ".wav", NULL);
    g_autofree char *text = NULL;
    const TaggerOptions options = {.hearing = {.threshold = -1}, .write = TRUE, .force = force};
    const TaggerContact contact = {.alive = alive};
    gboolean hangs = FALSE;
    gsize size;
    ck_assert (g_file_set_contents (song, content, sizeof content - 1, NULL));
    g_autoptr (JsonObject) known = know_as (song, "Rock");
    song_to_save = song;
    g_autoptr (JsonObject) object = tagger_treat (&options, song, known, FALSE, &contact, &hangs);
    ck_assert_ptr_null (song_to_save);
    ck_assert_str_eq (json_object_get_string_member (object, "tagged"), "Jazz");
    ck_assert_str_eq (json_object_get_string_member (object, "action"),
                      force ? "written" : "has-genre");
    ck_assert (g_file_get_contents (song, &text, &size, NULL));
    ck_assert (force || (size == sizeof content - 1 &&
                         memcmp (text, WAV_INFO ("IGNR"), sizeof content - 1) == 0));
    ck_assert_int_eq (g_unlink (song), 0);
  }
}
END_TEST

/* What comes of a copy of what is replaced before it is copied. (transfer full) */
static JsonObject *
copy_replaced (const char *song, const char *copy, const char *known_name)
{
  const TaggerOptions options = {.hearing = {.threshold = -1}, .output = copy};
  const TaggerContact contact = {.alive = alive};
  gboolean hangs = FALSE;
  g_autoptr (JsonObject) known = know_as (song, known_name);
  song_to_replace = song;
  JsonObject *object = tagger_treat (&options, song, known, FALSE, &contact, &hangs);
  ck_assert_ptr_null (song_to_replace);
  return object;
}

START_TEST (no_copy_is_made_of_another_song_than_the_one_that_was_heard)
{
  static const char *const known_names[] = {NULL, "Rock"};
  g_autofree char *song = g_strconcat (folder, ".wav", NULL);
  g_autofree char *copy = g_strconcat (folder, "-copy.wav", NULL);
  is_replacing_tagged = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (known_names); i++) {
    make_wav (song);
    g_autoptr (JsonObject) object = copy_replaced (song, copy, known_names[i]);
    JsonObject *journal = json_object_get_object_member (object, "journal");
    ck_assert_str_eq (json_object_get_string_member (object, "action"), "refused");
    ck_assert_str_eq (json_object_get_string_member (object, "obstacle"),
                      "it has changed meanwhile, and is left alone");
    ck_assert (json_object_has_member (journal, "passing"));
    ck_assert (!g_file_test (copy, G_FILE_TEST_EXISTS));
    ck_assert_int_eq (g_unlink (song), 0);
  }
}
END_TEST

START_TEST (of_what_has_got_a_genre_meanwhile_a_copy_is_made_as_it_is_now)
{
  g_autofree char *song = g_strconcat (folder, ".wav", NULL);
  g_autofree char *copy = g_strconcat (folder, "-copy.wav", NULL);
  g_autofree char *text = NULL;
  gsize size;
  make_wav (song);
  is_replacing_tagged = TRUE;
  g_autoptr (JsonObject) object = copy_replaced (song, copy, "Rock");
  ck_assert_str_eq (json_object_get_string_member (object, "action"), "has-genre");
  ck_assert_str_eq (json_object_get_string_member (object, "tagged"), "Jazz");
  ck_assert (g_file_get_contents (copy, &text, &size, NULL));
  ck_assert_uint_eq (size, sizeof WAV_INFO ("IGNR") - 1);
  ck_assert_mem_eq (text, WAV_INFO ("IGNR"), size);
  ck_assert_int_eq (g_unlink (song) | g_unlink (copy), 0);
}
END_TEST

/* ---- formats ---- */

static void
append_page (GByteArray *file, const char *packet, gsize n)
{
  static const guint8 head[26] = "OggS\0\2";
  const guint8 lengths[2] = {1, (guint8)n};
  g_byte_array_append (file, head, sizeof head);
  g_byte_array_append (file, lengths, sizeof lengths);
  g_byte_array_append (file, (const guint8 *)packet, (guint)n);
}

/* The library that reads tags gives such a file up, too. */
START_TEST (of_several_streams_it_is_said_that_they_are_several)
{
  g_autofree char *song = g_strconcat (folder, ".ogg", NULL);
  const TaggerOptions options = {.hearing = {.threshold = -1}};
  const TaggerContact contact = {.alive = alive};
  gboolean hangs = FALSE;
  g_autoptr (GByteArray) file = g_byte_array_new ();
  append_page (file, "\x01vorbis.......................", 30);
  append_page (file, "\x80theora.......................", 30);
  ck_assert (g_file_set_contents (song, (const char *)file->data, file->len, NULL));
  g_autoptr (JsonObject) object = tagger_treat (&options, song, NULL, FALSE, &contact, &hangs);
  ck_assert_str_eq (json_object_get_string_member_with_default (object, "obstacle", "none"),
                    "several streams in one Ogg file: its tags cannot be written safely");
  ck_assert_int_eq (g_unlink (song), 0);
}
END_TEST

START_TEST (where_no_temporary_file_can_be_the_folder_is_at_fault)
{
  const TaggerOptions options = {.hearing = {.threshold = -1}};
  const TaggerContact contact = {.alive = alive};
  gboolean hangs = FALSE;
  g_autofree char *song = g_strconcat (folder, ".flac", NULL);
  ck_assert (g_file_set_contents (song, FLAC, -1, NULL));
  ck_assert_int_eq (g_rmdir (folder), 0);
  g_autoptr (JsonObject) object = tagger_treat (&options, song, NULL, FALSE, &contact, &hangs);
  const char *error = json_object_get_string_member_with_default (object, "error", "none");
  g_autofree char *expected =
      g_strdup_printf ("the folder for temporary files %s (TMPDIR) cannot be used: "
                       "No such file or directory",
                       folder);
  ck_assert_str_eq (error, expected);
  ck_assert (!json_object_has_member (object, "action") && !hangs);
  ck_assert_int_eq (g_unlink (song), 0);
}
END_TEST

/* In one process: GLib asks for TMPDIR once. */
int
main (void)
{
  const char *place = g_getenv ("TMPDIR");
  g_autofree char *template =
      g_build_filename (place ? place : "/tmp", "genreclassify-test-XXXXXX", NULL);
  folder = g_mkdtemp (template);
  if (!folder)
    g_error ("%s: %s", template, g_strerror (errno));
  g_setenv ("TMPDIR", folder, TRUE);
  TCase *tests = tcase_create ("tagger");
  tcase_add_test (tests, a_copy_is_made_also_of_what_is_unknown_and_a_fault_of_it_is_not_the_files);
  tcase_add_test (tests, what_another_run_has_written_meanwhile_has_a_genre_already);
  tcase_add_test (tests, what_has_changed_meanwhile_and_has_no_genre_is_refused_for_now);
  tcase_add_test (tests, a_genre_that_is_saved_meanwhile_and_leaves_no_trace_stays);
  tcase_add_test (tests, no_copy_is_made_of_another_song_than_the_one_that_was_heard);
  tcase_add_test (tests, of_what_has_got_a_genre_meanwhile_a_copy_is_made_as_it_is_now);
  tcase_add_test (tests, of_several_streams_it_is_said_that_they_are_several);
  tcase_add_test (tests, where_no_temporary_file_can_be_the_folder_is_at_fault);
  const int status = test_run_here ("tagger", tests);
  g_rmdir (folder);
  return status;
}
