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

START_TEST (a_table_has_all_epochs)
{
  static const char text[] =
      "[{\"epoch\": 1, \"train-loss\": 2, \"learning-rate\": 0.5},"
      "{\"epoch\": 2, \"train-loss\": 9, \"valid-loss\": 8, \"valid-accuracy\": 0.25,"
      "\"learning-rate\": 0.125}]";
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "history.csv"), *table = NULL;
  g_autoptr (JsonNode) node = genre_json_parse (text, -1, "history", NULL);
  test_write (folder, "history.csv", "of another run\n", -1);
  ck_assert (genre_history_save_table (path, json_node_get_array (node), NULL));
  ck_assert (g_file_get_contents (path, &table, NULL, NULL));
  ck_assert_str_eq (table, "epoch,train-loss,learning-rate,valid-loss,valid-accuracy\n"
                           "1,2,0.5,,\n2,9,0.125,8,0.25\n");
}
END_TEST

START_TEST (the_stored_epoch_is_found)
{
  static const struct {
    const char *text;
    guint stored;
  } cases[] = {{"[]", 0},
               {"[{\"epoch\": 1}, {\"epoch\": 2}]", 0},
               {"[{\"epoch\": 1}, {\"epoch\": 2, \"stored\": true}, {\"epoch\": 3}]", 2}};
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (JsonNode) node = genre_json_parse (cases[i].text, -1, "history", NULL);
    ck_assert_uint_eq (genre_history_find_stored (json_node_get_array (node)), cases[i].stored);
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("history");
  tcase_add_test (tests, a_history_is_read_as_training_writes_it);
  tcase_add_test (tests, a_table_has_all_epochs);
  tcase_add_test (tests, the_stored_epoch_is_found);
  return test_run ("history", tests);
}
