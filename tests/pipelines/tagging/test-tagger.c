/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with this machine while a file is treated is not said of the file. */
#include <errno.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include "../../../pipelines/tagging/tagger.h"
#include "test.h"

#define FLAC "fLaC and no more"

static char *folder; /* of temporary files */

static void
alive (gpointer user_data)
{
}

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
  g_autofree char *template = g_strdup ("/tmp/genreclassify-test-XXXXXX");
  folder = g_mkdtemp (template);
  if (!folder)
    g_error ("%s: %s", template, g_strerror (errno));
  g_setenv ("TMPDIR", folder, TRUE);
  TCase *tests = tcase_create ("tagger");
  tcase_add_test (tests, where_no_temporary_file_can_be_the_folder_is_at_fault);
  const int status = test_run_here ("tagger", tests);
  g_rmdir (folder);
  return status;
}
