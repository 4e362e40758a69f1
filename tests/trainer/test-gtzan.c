/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The development data, where they are: all of it is read, quickly. */
#include "dataset.h"
#include <string.h>
#include "support.h"

static char *data;

START_TEST (all_of_gtzan_is_read)
{
  g_autofree char *folder = g_build_filename (data, "gtzan-mel", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreDataset) dataset = genre_dataset_load (folder, &error);
  ck_assert_msg (dataset != NULL, "%s", error == NULL ? "" : error->message);
  ck_assert_uint_eq (dataset->n_labels, 10);
  ck_assert_uint_eq (dataset->clips->len, 999);
  ck_assert_uint_eq (dataset->problems->len, 0);
  ck_assert_str_eq (dataset->display_names[4], "Hip-Hop");
  ck_assert_uint_eq (((GenreClip *)dataset->clips->pdata[0])->n_frames, 724);
}
END_TEST

START_TEST (the_filtered_split_is_found)
{
  static const struct {
    const char *name;
    guint n_clips, n_problems;
  } lists[] = {{"train", 442, 1}, {"valid", 197, 0}, {"test", 290, 0}}; /* no jazz.00054 */
  g_autofree char *folder = g_build_filename (data, "gtzan-mel", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
    g_autofree char *path = g_strdup_printf ("%s/splits/filtered-%s.txt", data, lists[i].name);
    g_autoptr (GenreDataset) dataset = genre_dataset_load (folder, NULL);
    g_autoptr (GPtrArray) clips = genre_dataset_select (dataset, path, NULL);
    ck_assert_uint_eq (clips->len, lists[i].n_clips);
    ck_assert_uint_eq (dataset->problems->len, lists[i].n_problems);
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("gtzan");

  data = test_data ("");
  if (data == NULL)
    return TEST_SKIPPED;
  tcase_add_test (tests, all_of_gtzan_is_read);
  tcase_add_test (tests, the_filtered_split_is_found);
  return test_run ("gtzan", tests);
}
