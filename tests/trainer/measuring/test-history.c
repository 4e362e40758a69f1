/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "measuring/history.h"
#include <math.h>
#include "json.h"
#include "support.h"

START_TEST (a_history_is_read_as_training_writes_it)
{
  static const char text[] =
      "[{\"epoch\": 1, \"train-loss\": 2, \"learning-rate\": 0.1}, 7,"
      "{\"epoch\": 2, \"train-loss\": 1.5, \"valid-loss\": null, \"valid-accuracy\": 0.5}]";
  g_autoptr (JsonNode) node = genre_json_parse (text, -1, "history", NULL);
  g_autoptr (GArray) epochs = genre_history_from_json (json_node_get_array (node));
  ck_assert_uint_eq (epochs->len, 2); /* what is no epoch is passed over */
  ck_assert_double_eq (g_array_index (epochs, GenreEpoch, 0).train_loss, 2);
  ck_assert_double_eq (g_array_index (epochs, GenreEpoch, 0).learning_rate, 0.1);
  ck_assert (isnan (g_array_index (epochs, GenreEpoch, 1).valid_loss));
  ck_assert_double_eq (g_array_index (epochs, GenreEpoch, 1).valid_accuracy, 0.5);
}
END_TEST

/* A run that goes on from before the last rows writes over them. */
START_TEST (rows_of_this_epoch_and_later_are_replaced)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "history.csv"), *text = NULL;
  for (guint i = 1; i <= 4; i++) {
    const GenreEpoch epoch = {i, NAN, NAN, 0.5};
    ck_assert (genre_history_add_row (path, i, &epoch, NULL));
  }
  const GenreEpoch again = {9, 8, 0.25, 0.125};
  ck_assert (genre_history_add_row (path, 3, &again, NULL));
  ck_assert (g_file_get_contents (path, &text, NULL, NULL));
  ck_assert_str_eq (text, "epoch,train-loss,learning-rate,valid-loss,valid-accuracy\n"
                          "1,1,0.5,,\n2,2,0.5,,\n3,9,0.125,8,0.25\n");
}
END_TEST

START_TEST (what_is_no_table_is_replaced)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "history.csv"), *text = NULL;
  const GenreEpoch epoch = {2, NAN, NAN, 0.5};
  test_write (folder, "history.csv", "1,1,0.5,,\n", -1);
  ck_assert (genre_history_add_row (path, 2, &epoch, NULL));
  ck_assert (g_file_get_contents (path, &text, NULL, NULL));
  ck_assert_str_eq (text, "epoch,train-loss,learning-rate,valid-loss,valid-accuracy\n"
                          "2,2,0.5,,\n");
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("history");
  tcase_add_test (tests, a_history_is_read_as_training_writes_it);
  tcase_add_test (tests, rows_of_this_epoch_and_later_are_replaced);
  tcase_add_test (tests, what_is_no_table_is_replaced);
  return test_run ("history", tests);
}
