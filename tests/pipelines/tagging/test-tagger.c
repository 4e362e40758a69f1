/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with this machine, or with a copy, while a file is treated is not said of the file.
 */
#include <errno.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include "../../../pipelines/tagging/change.h"
#include "../../../pipelines/tagging/tagger.h"
#include "test.h"

#define FLAC "fLaC and no more"

static char *folder; /* of temporary files */

static void
alive (gpointer user_data)
{
}

/* What was heard of @song before. */
static JsonObject *
know (const char *song)
{
  struct stat status;
  ck_assert_int_eq (stat (song, &status), 0);
  JsonObject *known = json_object_new (), *version = json_object_new (),
             *heard = json_object_new ();
  json_object_set_int_member (version, "size", status.st_size);
  json_object_set_int_member (version, "mtime", file_version_time (&status));
  json_object_set_int_member (version, "inode", (gint64)status.st_ino);
  json_object_set_string_member (heard, "genre", "unknown");
  json_object_set_double_member (heard, "threshold", -1);
  json_object_set_object_member (known, "version", version);
  json_object_set_object_member (known, "heard", heard);
  return known;
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
  tcase_add_test (tests, where_no_temporary_file_can_be_the_folder_is_at_fault);
  const int status = test_run_here ("tagger", tests);
  g_rmdir (folder);
  return status;
}
