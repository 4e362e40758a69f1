/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "measuring/history.h"
#include <math.h>
#include "support.h"

START_TEST (a_history_is_read_as_training_writes_it)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "h.json");
  test_write (folder, "h.json",
              "[{\"epoch\": 1, \"train-loss\": 2, \"learning-rate\": 0.1},"
              "{\"epoch\": 2, \"train-loss\": 1.5, \"valid-loss\": null, \"valid-accuracy\": 0.5}]",
              -1);
  g_autoptr (GArray) epochs = genre_history_load (path, NULL);
  ck_assert_uint_eq (epochs->len, 2);
  ck_assert_double_eq (g_array_index (epochs, GenreEpoch, 0).train_loss, 2);
  ck_assert (isnan (g_array_index (epochs, GenreEpoch, 1).valid_loss));
  ck_assert_double_eq (g_array_index (epochs, GenreEpoch, 1).valid_accuracy, 0.5);
  test_write (folder, "h.json", "{\"history\": [{\"epoch\": 1}]}", -1);
  g_autoptr (GArray) wrapped = genre_history_load (path, NULL);
  ck_assert_uint_eq (wrapped->len, 1);
  GError *error = NULL;
  test_write (folder, "h.json", "{\"history\": 3}", -1);
  ck_assert_ptr_null (genre_history_load (path, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "h.json", "history");
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("history");
  tcase_add_test (tests, a_history_is_read_as_training_writes_it);
  return test_run ("history", tests);
}
