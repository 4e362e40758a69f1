/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "running/suggestion.h"
#include <string.h>
#include "support.h"

static const char *const words[] = {"extract", "train",           "evaluate",
                                    "info",    "training.epochs", NULL};

static const struct {
  const char *typed, *meant;
} typos[] = {
    {"trian", "train"},
    {"tarin", "train"},
    {"evalute", "evaluate"},
    {"extarct", "extract"},
    {"infos", "info"},
    {"training.epoch", "training.epochs"},
    {"train", "train"},
    {"sing", NULL},
    {"", NULL},
    {"xyz", NULL},
    {"a word that nobody would type, and that is longer than any word that there is", NULL}};

START_TEST (what_was_meant_is_found)
{
  const char *meant = genre_suggestion_find (typos[_i].typed, words);
  g_autofree char *said = genre_suggestion_say (typos[_i].typed, words);
  if (!typos[_i].meant) {
    ck_assert_ptr_null (meant);
    ck_assert_str_eq (said, "");
    return;
  }
  ck_assert_ptr_nonnull (meant);
  ck_assert_str_eq (meant, typos[_i].meant);
  ck_assert_ptr_nonnull (strstr (said, typos[_i].meant));
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("suggestion");
  tcase_add_loop_test (tests, what_was_meant_is_found, 0, G_N_ELEMENTS (typos));
  return test_run ("suggestion", tests);
}
