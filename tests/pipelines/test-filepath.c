/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of files lead where the kernel's lead, also behind links, and where nothing is any more. */
#include <string.h>
#include <unistd.h>
#include "filepath.h"
#include "test.h"

/* real/inner is what home/link leads to. */
static char *folder;

static void
set_up (void)
{
  char *made = test_make_folder ();
  char *real = realpath (made, NULL);
  folder = g_strdup (real);
  free (real);
  g_free (made);
  ck_assert_int_eq (chdir (folder), 0);
  ck_assert_int_eq (g_mkdir ("real", 0700) | g_mkdir ("real/inner", 0700) | g_mkdir ("home", 0700),
                    0);
  ck_assert_int_eq (symlink ("../real/inner", "home/link"), 0);
}

static void
clear (void)
{
  static const char *const names[] = {"home/circle", "home/gone", "home/link", "home",
                                      "real/inner",  "real",      ""};
  ck_assert_int_eq (chdir (folder), 0);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);
    g_remove (path);
  }
  g_clear_pointer (&folder, g_free);
}

/* @name, and what it is expected to be, in the folder. */
static void
assert_name (char *(*make) (const char *path), const char *name, const char *expected)
{
  g_autofree char *found = make (name), *whole = g_build_filename (folder, expected, NULL);
  g_autofree char *from_root = g_build_filename (folder, name, NULL);
  g_autofree char *found_from_root = make (from_root);
  ck_assert_str_eq (found, whole);
  ck_assert_str_eq (found_from_root, whole);
}

/* A name with a colon in it is that of what is there, unless it cannot be. */
START_TEST (what_is_there_is_no_uri)
{
  static const struct {
    const char *name, *folder;
    gboolean expected;
  } names[] = {
      {"Re:Stacks.flac", NULL, FALSE},
      {"AC:DC", NULL, FALSE},
      {"AC:DC/song.flac", NULL, FALSE},
      {"song.flac", "AC:DC", FALSE},
      {"Re:Link.flac", NULL, FALSE}, /* which leads nowhere */
      {"Re:Stacks.flac", "AC:DC", TRUE},
      {"Re:Stacked.flac", NULL, TRUE},
      {"rtsp:stream", NULL, TRUE},
      {"xy://z.flac", NULL, TRUE},
      {"http://radio.example/", NULL, TRUE},
      {"file:song.flac", NULL, TRUE},
      {"FILE:///song.flac", NULL, TRUE},
      {"C:song.flac", NULL, FALSE},
      {"nothing.flac", NULL, FALSE},
      {"./Re:Stacked.flac", NULL, FALSE},
      {"", NULL, FALSE},
  };
  static const char *const made[] = {"Re:Stacks.flac", "AC:DC/song.flac", "file:song.flac",
                                     "xy:/z.flac"};
  ck_assert_int_eq (g_mkdir ("AC:DC", 0700) | g_mkdir ("xy:", 0700), 0);
  for (gsize i = 0; i < G_N_ELEMENTS (made); i++)
    ck_assert (g_file_set_contents (made[i], "", 0, NULL));
  ck_assert_int_eq (symlink ("gone", "Re:Link.flac"), 0);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    ck_assert_msg (file_path_is_uri (names[i].name, names[i].folder) == names[i].expected, "%s",
                   names[i].name);
  for (gsize i = 0; i < G_N_ELEMENTS (made); i++)
    g_remove (made[i]);
  g_remove ("Re:Link.flac");
  g_remove ("AC:DC");
  g_remove ("xy:");
}
END_TEST

START_TEST (going_up_leaves_the_folder_that_a_link_leads_to)
{
  static const struct {
    const char *name, *absolute, *real;
  } names[] = {
      {"home/link/../song", "real/song", "real/song"},
      {"home/link/..", "real", "real"},
      {"home/link/.././inner//../song/", "real/song", "real/song"},
      {"real/../home/link/song", "home/link/song", "real/inner/song"},
      {"home/link", "home/link", "real/inner"},
      {"./home/./song..mp3", "home/song..mp3", "home/song..mp3"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    assert_name (file_path_make_absolute, names[i].name, names[i].absolute);
    assert_name (file_path_resolve, names[i].name, names[i].real);
  }
  g_autofree char *top = file_path_make_absolute ("/../.."),
                  *root = file_path_resolve ("/missing/..");
  ck_assert_str_eq (top, "/");
  ck_assert_str_eq (root, "/");
}
END_TEST

/* Shells call a folder by the name under which one has come to it. */
START_TEST (going_up_from_here_leaves_the_folder_that_a_link_leads_to)
{
  g_autofree char *here = g_build_filename (folder, "home", "link", NULL);
  g_autofree char *song = g_build_filename (folder, "real", "song", NULL);
  g_autofree char *beside = g_build_filename (here, "song", NULL);
  ck_assert_int_eq (chdir (here), 0);
  g_setenv ("PWD", here, TRUE);
  g_autofree char *up = file_path_make_absolute ("../song");
  g_autofree char *resolved = file_path_resolve ("../song");
  g_autofree char *below = file_path_make_absolute ("song");
  ck_assert_str_eq (up, song);
  ck_assert_str_eq (resolved, song);
  ck_assert_str_eq (below, beside);
}
END_TEST

START_TEST (what_is_gone_is_where_it_was)
{
  ck_assert_int_eq (symlink ("../away/disk", "home/gone"), 0);
  ck_assert_int_eq (symlink ("circle", "home/circle"), 0);
  assert_name (file_path_resolve, "home/link/Bach/a.mp3", "real/inner/Bach/a.mp3");
  assert_name (file_path_resolve, "home/link/Bach/../../a.mp3", "real/a.mp3");
  assert_name (file_path_resolve, "none/../home/link/Bach", "real/inner/Bach");
  assert_name (file_path_resolve, "home/gone/a.mp3", "away/disk/a.mp3");
  assert_name (file_path_resolve, "home/gone/../../home/link/a", "real/inner/a");
  assert_name (file_path_resolve, "home/circle/a.mp3", "home/circle/a.mp3");
  assert_name (file_path_make_absolute, "home/gone/../a.mp3", "away/a.mp3");
}
END_TEST

START_TEST (a_uri_is_exact)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = file_path_to_uri ("home/link/../a b%\xff.mp3", &error);
  ck_assert_msg (uri, "%s", error ? error->message : "");
  ck_assert (g_str_has_prefix (uri, "file:///"));
  ck_assert (g_str_has_suffix (uri, "/real/a%20b%25%FF.mp3"));
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("filepath");
  tcase_add_checked_fixture (tests, set_up, clear);
  tcase_add_test (tests, what_is_there_is_no_uri);
  tcase_add_test (tests, going_up_leaves_the_folder_that_a_link_leads_to);
  tcase_add_test (tests, going_up_from_here_leaves_the_folder_that_a_link_leads_to);
  tcase_add_test (tests, what_is_gone_is_where_it_was);
  tcase_add_test (tests, a_uri_is_exact);
  return test_run ("filepath", tests);
}
