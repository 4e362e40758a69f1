/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data/sourcelist.h"
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "support.h"

#define STRANGE "jazz/tab\tline\n\xff.npy"

START_TEST (what_is_noted_is_known_again)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "sources.tsv");
  g_autoptr (GenreSourceList) first = genre_source_list_new ();
  GError *error = NULL;
  genre_source_list_set (first, "rock/a.npy", 1, 2);
  genre_source_list_set (first, "rock/a.npy", 700, 1000);
  genre_source_list_set (first, STRANGE, G_MAXUINT64, -5);
  ck_assert (genre_source_list_save (first, path, &error));
  g_autoptr (GenreSourceList) list = genre_source_list_load (path);
  ck_assert (!genre_source_list_contradicts (list, "rock/a.npy", 700, 1000));
  ck_assert (genre_source_list_contradicts (list, "rock/a.npy", 701, 1000));
  ck_assert (genre_source_list_contradicts (list, "rock/a.npy", 700, 999));
  ck_assert (!genre_source_list_contradicts (list, STRANGE, G_MAXUINT64, -5));
  ck_assert (genre_source_list_contradicts (list, STRANGE, 0, -5));
  ck_assert (!genre_source_list_contradicts (list, "rock/new.npy", 1, 1));
}
END_TEST

START_TEST (only_spectrograms_that_are_gone_are_forgotten)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreSourceList) list = genre_source_list_new ();
  genre_source_list_set (list, "rock/a.npy", 700, 1000);
  genre_source_list_set (list, "rock/b.npy", 700, 1000);
  genre_source_list_set (list, STRANGE, 1, -5);
  test_write (folder, "rock/a.npy", "x", 1);
  test_write (folder, STRANGE, "x", 1);
  genre_source_list_forget_absent (list, folder);
  ck_assert (genre_source_list_confirms (list, "rock/a.npy", 700, 1000));
  ck_assert (!genre_source_list_confirms (list, "rock/b.npy", 700, 1000));
  ck_assert (genre_source_list_confirms (list, STRANGE, 1, -5));
}
END_TEST

/* Nothing is lost with the file but that. */
START_TEST (what_is_no_list_knows_nothing)
{
  static const char *const texts[] = {NULL, "", "\xff\xfe", "rock/a.npy\t-1\t5\n",
                                      "rock/a.npy\t1\n\nrock/a.npy\t1\tx\nrock/a.npy\t1\t2\t3\n"};
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "sources.tsv");
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    if (texts[i])
      test_write (folder, "sources.tsv", texts[i], -1);
    g_autoptr (GenreSourceList) list = genre_source_list_load (path);
    ck_assert (!genre_source_list_contradicts (list, "rock/a.npy", 7, 7));
  }
}
END_TEST

#define N_SHARDS 4
#define N_NOTES 20

static gboolean
note_as_shard (const char *path, guint shard)
{
  gboolean good = TRUE;
  for (guint i = 0; good && i < N_NOTES; i++) {
    g_autofree char *name = g_strdup_printf ("rock/%u-%u.npy", shard, i);
    const int lock = genre_source_list_lock (path, G_MAXUINT, NULL);
    g_autoptr (GenreSourceList) list = genre_source_list_load (path);
    genre_source_list_set (list, name, shard, i);
    good = lock >= 0 && genre_source_list_save (list, path, NULL);
    genre_source_list_unlock (path, lock);
  }
  return good;
}

START_TEST (shards_side_by_side_forget_nothing)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "sources.tsv");
  for (guint shard = 0; shard < N_SHARDS; shard++)
    if (fork () == 0)
      _exit (!note_as_shard (path, shard));
  for (guint shard = 0; shard < N_SHARDS; shard++) {
    int status;
    ck_assert_int_gt (wait (&status), 0);
    ck_assert_int_eq (status, 0);
  }
  g_autoptr (GenreSourceList) list = genre_source_list_load (path);
  for (guint i = 0; i < N_SHARDS * N_NOTES; i++) {
    g_autofree char *name = g_strdup_printf ("rock/%u-%u.npy", i / N_NOTES, i % N_NOTES);
    ck_assert_msg (genre_source_list_confirms (list, name, i / N_NOTES, i % N_NOTES), "%s", name);
  }
  g_autofree char *lock = test_path (folder, ".sources.tsv.lock");
  ck_assert (!g_file_test (lock, G_FILE_TEST_EXISTS));
}
END_TEST

/* Somebody may have been suspended, or sit on a machine that is gone. */
START_TEST (no_lock_is_waited_for_without_end)
{
  static const gint stop = 1;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "sources.tsv");
  const int lock = genre_source_list_lock (path, 0, &stop);
  ck_assert_int_ge (lock, 0);
  ck_assert_int_eq (genre_source_list_lock (path, 0, NULL), -1);
  ck_assert_int_eq (genre_source_list_lock (path, G_MAXUINT, &stop), -1);
  genre_source_list_unlock (path, lock);
  const int next = genre_source_list_lock (path, 0, &stop);
  ck_assert_int_ge (next, 0);
  genre_source_list_unlock (path, next);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("sourcelist");
  tcase_add_test (tests, what_is_noted_is_known_again);
  tcase_add_test (tests, only_spectrograms_that_are_gone_are_forgotten);
  tcase_add_test (tests, what_is_no_list_knows_nothing);
  tcase_add_test (tests, shards_side_by_side_forget_nothing);
  tcase_add_test (tests, no_lock_is_waited_for_without_end);
  return test_run ("sourcelist", tests);
}
