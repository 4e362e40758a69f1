/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that watches the others looks at no file that may be where nothing answers. */
#include <unistd.h>
#include "../../../pipelines/tagging/taggingrun.h"
#include "../../../pipelines/tagging/workers.h"
#include "test.h"

static char *folder, *song, *link_path, *song_behind_link;
static CommandLine options;
static TaggingRun run;

static void
set_up (void)
{
  g_autofree char *made = test_make_folder ();
  folder = journal_path_of (made);
  song = g_build_filename (folder, "song", NULL);
  link_path = g_build_filename (folder, "link", NULL);
  song_behind_link = g_build_filename (link_path, "song", NULL);
  command_line_init (&options);
  options.journal = g_build_filename (folder, "journal.sqlite", NULL);
  options.tagger.hearing.model = song;
  options.tagger.hearing.excerpts.n = 0;
  tagging_run_init (&run, &options);
  ck_assert (g_file_set_contents (song, "", 0, NULL));
  ck_assert_int_eq (symlink (folder, link_path), 0);
}

static void
clear (void)
{
  tagging_run_clear (&run);
  options.tagger.hearing.model = NULL;
  command_line_clear (&options);
  test_remove_folder (folder);
  g_clear_pointer (&folder, g_free);
  g_clear_pointer (&song, g_free);
  g_clear_pointer (&link_path, g_free);
  g_clear_pointer (&song_behind_link, g_free);
}

/* The song was heard earlier, by the model that has no bytes. */
static void
put (Journal *journal)
{
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "", 0);
  g_autofree char *hearing = g_strdup_printf ("sha256:%s whole", digest);
  const JournalEntry entry = {.path = song,
                              .hearing = hearing,
                              .answer = "{}",
                              .version = {0, 1, 1, NULL},
                              .action = "heard",
                              .time = "2020-01-01T00:00:00Z"};
  ck_assert (journal_put (journal, &entry, NULL));
}

START_TEST (what_the_journal_calls_a_file_is_not_looked_up_again)
{
  Journal *journal;
  ck_assert (tagging_run_open_journal (&run, &journal));
  put (journal);
  tagging_run_begin (&run, journal);
  tagging_run_note_place (&run, song_behind_link, song);
  ck_assert_int_eq (unlink (link_path), 0);
  g_autoptr (JsonObject) known = tagging_run_find_known (&run, song_behind_link);
  ck_assert_ptr_nonnull (known);
}
END_TEST

START_TEST (what_no_process_has_been_at_is_not_looked_at)
{
  static const char *const faults[] = {workers_undying, workers_no_process, "it crashed"};
  Journal *journal;
  ck_assert (tagging_run_open_journal (&run, &journal));
  tagging_run_begin (&run, journal);
  for (int i = 0; i < 3; i++) {
    tagging_run_record (&run, song, NULL, faults[i]);
    ck_assert_int_eq (journal_knows_files (journal, NULL), i == 2);
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("taggingrun");
  tcase_add_checked_fixture (tests, set_up, clear);
  tcase_add_test (tests, what_the_journal_calls_a_file_is_not_looked_up_again);
  tcase_add_test (tests, what_no_process_has_been_at_is_not_looked_at);
  return test_run ("taggingrun", tests);
}
