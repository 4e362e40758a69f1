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

int
main (void)
{
  TCase *tests = tcase_create ("history");
  tcase_add_test (tests, a_history_is_read_as_training_writes_it);
  return test_run ("history", tests);
}
