/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pairs, suspects and the need for songs, by hand, and the page that they make. */
#include "measuring/truthpage.h"
#include <math.h>
#include <string.h>
#include "measuring/lookalikes.h"
#include "support.h"

/* The second and third are taken for each other, clip 4 is surely something else than its label. */
static const guint truth[] = {0, 1, 1, 2, 2, 0};
static const double probabilities[] = {
    0.8,  0.1,  0.1,  /* right */
    0.2,  0.3,  0.5,  /* two for three */
    0.1,  0.6,  0.3,  /* right */
    0.42, 0.33, 0.25, /* wrong, and so with the mean of the pair, though not with its sum */
    0.02, 0.95, 0.03, /* three for two, surely */
    0.5,  0.3,  0.2,  /* right; beside a sum as probable, it would not be */
};

START_TEST (pairs_and_their_gain)
{
  g_autoptr (GenreScores) scores = test_scores (6, truth, probabilities);
  g_autoptr (GArray) pairs = genre_lookalikes_find (scores);
  ck_assert_uint_eq (pairs->len, 2);
  const GenreLookalikes *first = &g_array_index (pairs, GenreLookalikes, 0);
  ck_assert_uint_eq (first->a, 1);
  ck_assert_uint_eq (first->b, 2);
  ck_assert_uint_eq (first->n_clips, 4);
  ck_assert_uint_eq (first->n_confused, 2);
  /* the two that are confused become right */
  ck_assert_double_eq_tol (first->gain, 2.0 / 6, 1e-12);
  const GenreLookalikes *second = &g_array_index (pairs, GenreLookalikes, 1);
  ck_assert_uint_eq (second->a, 0);
  ck_assert_uint_eq (second->b, 2);
}
END_TEST

/* Whatever the pairs, the gain is what counting all answers gives. */
START_TEST (gains_are_those_of_merged_tables)
{
  g_autoptr (GenreScores) scores = test_scores (6, truth, probabilities);
  g_autoptr (GArray) pairs = genre_lookalikes_find (scores);
  for (guint k = 0; k < pairs->len; k++) {
    const GenreLookalikes *pair = &g_array_index (pairs, GenreLookalikes, k);
    gint gained = 0;
    for (guint i = 0; i < 6; i++) {
      const double *p = probabilities + 3 * i;
      guint other = 3 - pair->a - pair->b, answer = 0;
      for (guint l = 1; l < 3; l++)
        answer = p[l] > p[answer] ? l : answer;
      gboolean in_pair = (p[pair->a] + p[pair->b]) / 2 > p[other];
      gained += (in_pair ? truth[i] != other : truth[i] == other) - (answer == truth[i]);
    }
    ck_assert_double_eq_tol (pair->gain, MIN (gained, (gint)pair->n_confused) / 6.0, 1e-12);
  }
}
END_TEST

/* Of answers that hardly differ any pair's sum would beat all others. */
START_TEST (no_pair_gains_more_than_it_is_confused)
{
  static const guint songs[] = {0, 0, 1, 1, 2, 2, 2, 3};
  static const double p[] = {
      0.27, 0.26, 0.24, 0.23, /* right; the mean of the first two is the largest */
      0.26, 0.27, 0.24, 0.23, /* one for two: the pair's gain */
      0.24, 0.25, 0.26, 0.25, /* two for three: not in the pair */
      0.24, 0.28, 0.25, 0.23, /* right; the mean is the largest */
      0.28, 0.23, 0.25, 0.24, /* three for one */
      0.20, 0.31, 0.26, 0.23, /* three for two: right if these two weigh less */
      0.20, 0.31, 0.26, 0.23, /* the same */
      0.25, 0.24, 0.25, 0.26, /* right */
  };
  char *labels[] = {(char *)"a", (char *)"b", (char *)"c", (char *)"d", NULL};
  g_autoptr (GenreScores) scores = genre_scores_new (4, labels, labels, 8);
  memcpy (scores->truth, songs, sizeof songs);
  memcpy (scores->probabilities, p, sizeof p);
  g_autoptr (GArray) pairs = genre_lookalikes_find (scores);
  ck_assert_uint_gt (pairs->len, 0);
  for (guint i = 0; i < pairs->len; i++) {
    const GenreLookalikes *pair = &g_array_index (pairs, GenreLookalikes, i);
    ck_assert_double_le (pair->gain, pair->n_confused / 8.0);
    if (pair->a == 0 && pair->b == 1)
      ck_assert_double_eq (pair->gain, 1 / 8.0);
  }
}
END_TEST

/* A genre that is right by a little loses its songs when another one halves its weight. */
START_TEST (a_pair_that_would_lose_is_not_worth_a_line)
{
  static const guint songs[] = {0, 0, 1, 2};
  static const double p[] = {0.5, 0.1, 0.4, 0.5, 0.1, 0.4, 0.5, 0.4, 0.1, 0.1, 0.1, 0.8};
  g_autoptr (GenreScores) scores = test_scores (4, songs, p);
  g_autoptr (GArray) pairs = genre_lookalikes_find (scores);
  ck_assert_uint_eq (pairs->len, 1);
  ck_assert_double_eq (g_array_index (pairs, GenreLookalikes, 0).gain, -1 / 4.0);
  const GenreTruth page = {.scores = scores};
  g_autofree char *text = genre_truth_page_text (&page);
  ck_assert_msg (strstr (text, "  none that would gain half a point"), "%s", text);
}
END_TEST

/* One genre alone is none to be learnt. */
START_TEST (two_genres_gain_nothing_by_being_one)
{
  char *labels[] = {(char *)"a", (char *)"b", NULL};
  static const guint songs[] = {0, 1};
  static const double p[] = {0.4, 0.6, 0.4, 0.6};
  g_autoptr (GenreScores) scores = genre_scores_new (2, labels, labels, 2);
  memcpy (scores->truth, songs, sizeof songs);
  memcpy (scores->probabilities, p, sizeof p);
  g_autoptr (GArray) pairs = genre_lookalikes_find (scores);
  ck_assert_uint_eq (pairs->len, 1);
  ck_assert_uint_eq (g_array_index (pairs, GenreLookalikes, 0).n_confused, 1);
  ck_assert_double_eq (g_array_index (pairs, GenreLookalikes, 0).gain, 0);
}
END_TEST

static gboolean
is_clip_four (const GenreScores *scores, guint clip, guint answer, gpointer user_data)
{
  return clip == 4 && answer == 1;
}

START_TEST (who_is_surely_something_else_is_suspect)
{
  g_autoptr (GenreScores) scores = test_scores (6, truth, probabilities);
  g_autoptr (GArray) suspects = genre_suspects_find (scores, NULL, NULL);
  ck_assert_uint_eq (suspects->len, 1);
  const GenreSuspect *suspect = &g_array_index (suspects, GenreSuspect, 0);
  ck_assert_uint_eq (suspect->clip, 4);
  ck_assert_uint_eq (suspect->answer, 1);
  ck_assert_double_eq (suspect->confidence, 0.95);
  ck_assert_double_eq (suspect->own, 0.03);
  g_autoptr (GArray) none = genre_suspects_find (scores, is_clip_four, NULL);
  ck_assert_uint_eq (none->len, 0);
}
END_TEST

START_TEST (errors_fall_as_a_power)
{
  const GenreLearningCurve halves = {
      .n_half = 1999, .n_half_wrong = 400, .n_full = 1999, .n_full_wrong = 200};
  const GenreLearningCurve flat = {100, 20, 100, 20}, worse = {100, 20, 100, 30}, none = {0};
  ck_assert_double_eq_tol (genre_learning_curve_slope (&halves), 1, 0.01);
  /* half of the errors: twice the songs */
  ck_assert_uint_eq (genre_learning_curve_need (&halves, 50, 0.6, 0.8) / 2, 50);
  ck_assert_uint_eq (genre_learning_curve_need (&halves, 50, 0.9, 0.8), 50);
  ck_assert_uint_eq (genre_learning_curve_need (&flat, 50, 0.6, 0.8), 0);
  ck_assert_double_eq (genre_learning_curve_slope (&worse), 0);
  ck_assert_double_eq (genre_learning_curve_slope (&none), 0);
}
END_TEST

static const char *
call_it (const char *stem, gpointer user_data)
{
  return "/music/\033[2Ja\tb.ogg";
}

START_TEST (the_page_says_it)
{
  g_autoptr (GenreScores) scores = test_scores (6, truth, probabilities);
  const GenreTruth page = {.scores = scores,
                           .n_folds = 4,
                           .temperature = 1.5,
                           .threshold = 0.4,
                           .curve = {40, 20, 40, 10},
                           .get_name = call_it};
  g_autofree char *text = genre_truth_page_text (&page);
  const char *const words[] = {"held out once, in 4 parts",
                               "Accuracy  50.0 %",
                               ("2 of 4 songs; as one genre, accuracy would be about "
                                "33.3 points higher"),
                               "Before calibration, of ",
                               "would be needed",
                               "tag may be wrong: 1",
                               "/music/\\x1b[2Ja\\tb.ogg: tagged",
                               "heard Two (95 %)",
                               "Below a confidence of 0.4 ",
                               "right answers in the table, 0 % become unknown"};
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    ck_assert_msg (strstr (text, words[i]), "lacks \"%s\":\n%s", words[i], text);
  g_autofree char *suspects = genre_truth_page_suspects (&page);
  ck_assert_ptr_nonnull (strstr (suspects, "\n/music/\\033[2Ja\\tb.ogg\tDrei\tTwo\t0.950\n"));
  g_autoptr (JsonObject) object = genre_truth_page_json (&page);
  ck_assert_int_eq (json_object_get_int_member (object, "n-folds"), 4);
  ck_assert_double_eq (json_object_get_double_member (object, "threshold"), 0.4);
  ck_assert_uint_eq (json_array_get_length (json_object_get_array_member (object, "lookalikes")),
                     2);
  ck_assert_uint_eq (json_array_get_length (json_object_get_array_member (object, "songs")), 3);
  ck_assert_uint_eq (json_array_get_length (json_object_get_array_member (object, "suspects")), 1);
  ck_assert_double_eq (json_object_get_double_member (object, "right-answers-lost"), 0);
  ck_assert_ptr_null (strstr (text, "no music"));
  ck_assert (!json_object_has_member (object, "taken-for-no-music"));
}
END_TEST

/* The third label is background. Whichever genre is the best, songs that are more probably none
 * have no answer: of three of the first two, of one of the second, which is wrong in the table,
 * too. */
START_TEST (songs_taken_for_no_music_are_counted)
{
  static const guint songs[] = {0, 0, 0, 1, 1};
  static const double p[] = {
      0.3,  0.1,  0.6, /* right, no music */
      0.3,  0.1,  0.6, /* the same */
      0.9,  0.1,  0,   /* right */
      0.3,  0.1,  0.6, /* wrong, no music */
      0.05, 0.45, 0.5, /* right, and music by a half */
  };
  g_autoptr (GenreScores) scores = test_scores (5, songs, p);
  scores->n_background = 1;
  const GenreTruth page = {.scores = scores, .temperature = 1, .threshold = 0.5};
  g_autofree char *text = genre_truth_page_text (&page);
  const char *const words[] = {"Accuracy  80.0 %",
                               "40 % of the songs are answered, and 100 % of those rightly",
                               ("3 of 5 songs are taken for no music, whatever the confidence, "
                                "most of all One (2 of 3)."),
                               "right answers in the table, 50 % become unknown"};
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    ck_assert_msg (strstr (text, words[i]), "lacks \"%s\":\n%s", words[i], text);
  g_autoptr (JsonObject) object = genre_truth_page_json (&page);
  ck_assert_double_eq (json_object_get_double_member (object, "right-answers-lost"), 0.5);
  JsonObject *lost = json_object_get_object_member (object, "taken-for-no-music");
  ck_assert_int_eq (json_object_get_int_member (lost, "clips"), 5);
  ck_assert_int_eq (json_object_get_int_member (lost, "lost"), 3);
  ck_assert_str_eq (json_object_get_string_member (lost, "most"), "one");
}
END_TEST

START_TEST (where_nothing_is_answered_nothing_is_said_to_be_right)
{
  g_autoptr (GenreScores) scores = test_scores (6, truth, probabilities);
  const GenreTruth page = {.scores = scores, .temperature = 1, .threshold = 1};
  g_autofree char *text = genre_truth_page_text (&page);
  ck_assert_msg (strstr (text, "0 % of the songs are answered.\n"), "%s", text);
}
END_TEST

/* Held out, five of six of each genre are found. The model that has learnt them finds one of the
 * first genre, four of the second and all of the third. */
START_TEST (a_table_that_does_not_hold_is_said)
{
  static const guint songs[] = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2};
  static const guint held_out[] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 0};
  static const guint learnt[] = {0, 1, 1, 2, 2, 2, 1, 1, 1, 1, 0, 0, 2, 2, 2, 2, 2, 2};
  double p[18 * 3] = {0}, own[18 * 3] = {0};
  for (guint i = 0; i < 18; i++)
    p[i * 3 + held_out[i]] = own[i * 3 + learnt[i]] = 1;
  g_autoptr (GenreScores) scores = test_scores (18, songs, p);
  g_autoptr (GenreScores) again = test_scores (18, songs, own);
  GenreTruth page = {.scores = scores, .learnt = again};
  g_autofree char *text = genre_truth_page_text (&page);
  ck_assert_msg (strstr (text, "\nThe table does not hold: "), "%s", text);
  ck_assert_msg (strstr (text, "  One: 83 % found in the table, 17 % by this model\n"), "%s", text);
  ck_assert_ptr_null (strstr (text, "  Two: 83 %")); /* one song less may be chance */
  ck_assert_ptr_null (strstr (text, "  Drei: 83 %"));
  g_autoptr (JsonObject) object = genre_truth_page_json (&page);
  JsonArray *unkept = json_object_get_array_member (object, "unkept");
  ck_assert_uint_eq (json_array_get_length (unkept), 1);
  JsonObject *one = json_array_get_object_element (unkept, 0);
  ck_assert_str_eq (json_object_get_string_member (one, "label"), "one");
  ck_assert_int_eq (json_object_get_int_member (one, "clips"), 6);
  ck_assert_double_eq (json_object_get_double_member (one, "recall"), 5 / 6.0);
  ck_assert_double_eq (json_object_get_double_member (one, "recall-of-model"), 1 / 6.0);
  page.learnt = scores;
  g_autofree char *kept = genre_truth_page_text (&page);
  ck_assert_ptr_null (strstr (kept, "does not hold"));
  page.learnt = NULL;
  g_autofree char *unheard = genre_truth_page_text (&page);
  ck_assert_str_eq (unheard, kept);
}
END_TEST

/* Held out, all are found. The model that has learnt them misses a quarter of the first genre,
 * which is one song, and half of the second, which are two. */
START_TEST (one_song_that_is_lost_may_be_chance)
{
  static const guint songs[] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2};
  static const guint learnt[] = {0, 0, 0, 1, 1, 1, 0, 0, 2, 2, 2, 2};
  double p[12 * 3] = {0}, own[12 * 3] = {0};
  for (guint i = 0; i < 12; i++)
    p[i * 3 + songs[i]] = own[i * 3 + learnt[i]] = 1;
  g_autoptr (GenreScores) scores = test_scores (12, songs, p);
  g_autoptr (GenreScores) again = test_scores (12, songs, own);
  const GenreTruth page = {.scores = scores, .learnt = again};
  g_autofree char *text = genre_truth_page_text (&page);
  ck_assert_msg (strstr (text, "  Two: 100 % found in the table, 50 % by this model\n"), "%s",
                 text);
  ck_assert_ptr_null (strstr (text, "  One: 100 %"));
}
END_TEST

/* Nobody taught the third genre while it was held out: what it was taken for says nothing. */
START_TEST (what_nobody_taught_is_not_judged)
{
  static const guint8 untaught[] = {FALSE, FALSE, TRUE};
  g_autoptr (GenreScores) scores = test_scores (6, truth, probabilities);
  const GenreTruth page = {.scores = scores, .untaught = untaught, .curve = {40, 20, 40, 10}};
  g_autofree char *text = genre_truth_page_text (&page);
  ck_assert_msg (strstr (text, "tag may be wrong: 0"), "%s", text);
  ck_assert_msg (strstr (text, "Drei: by too few artists, nobody can say"), "%s", text);
  g_autofree char *suspects = genre_truth_page_suspects (&page);
  ck_assert_ptr_null (strstr (suspects, "0.950"));
  g_autoptr (JsonObject) object = genre_truth_page_json (&page);
  JsonArray *songs = json_object_get_array_member (object, "songs");
  JsonObject *third = json_array_get_object_element (songs, 2);
  ck_assert (json_object_get_null_member (third, "needed"));
  ck_assert (!json_object_get_null_member (json_array_get_object_element (songs, 1), "needed"));
  JsonArray *pairs = json_object_get_array_member (object, "lookalikes");
  ck_assert_uint_eq (json_array_get_length (pairs), 1); /* clip 1, and not 3 and 4 */
  JsonObject *pair = json_array_get_object_element (pairs, 0);
  ck_assert_int_eq (json_object_get_int_member (pair, "clips"), 2);
  ck_assert_int_eq (json_object_get_int_member (pair, "confused"), 1);
}
END_TEST

START_TEST (a_source_that_may_have_heard_the_songs_is_named)
{
  g_autoptr (GenreScores) scores = test_scores (6, truth, probabilities);
  GenreTruth page = {.scores = scores, .begun_with = "my\033[2J.model"};
  const char *caution = "It begins with my\\x1b[2J.model, which learnt from tagged songs";
  g_autofree char *text = genre_truth_page_text (&page);
  ck_assert_msg (g_str_has_prefix (text, caution), "%s", text);
  g_autoptr (JsonObject) object = genre_truth_page_json (&page);
  ck_assert (g_str_has_prefix (json_object_get_string_member (object, "caution"), caution));
  page.begun_with = NULL;
  g_autofree char *plain = genre_truth_page_text (&page);
  g_autoptr (JsonObject) other = genre_truth_page_json (&page);
  ck_assert_ptr_null (strstr (plain, "tagged songs"));
  ck_assert (!json_object_has_member (other, "caution"));
}
END_TEST

/* Only then: any other is a number that nobody reads. */
START_TEST (a_temperature_at_the_limit_is_said)
{
  g_autoptr (GenreScores) scores = test_scores (6, truth, probabilities);
  GenreTruth page = {.scores = scores, .temperature = 10};
  g_autofree char *hot = genre_truth_page_text (&page);
  ck_assert_msg (strstr (hot, "Temperature 10.000, fitted to these answers, at the limit"), "%s",
                 hot);
  for (const double *fine = (const double[]){1, 0.3, 3, 0}; *fine > 0; fine++) {
    page.temperature = *fine;
    g_autofree char *text = genre_truth_page_text (&page);
    ck_assert_ptr_null (strstr (text, "Temperature"));
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("truthpage");
  tcase_add_test (tests, pairs_and_their_gain);
  tcase_add_test (tests, gains_are_those_of_merged_tables);
  tcase_add_test (tests, no_pair_gains_more_than_it_is_confused);
  tcase_add_test (tests, a_pair_that_would_lose_is_not_worth_a_line);
  tcase_add_test (tests, two_genres_gain_nothing_by_being_one);
  tcase_add_test (tests, who_is_surely_something_else_is_suspect);
  tcase_add_test (tests, errors_fall_as_a_power);
  tcase_add_test (tests, the_page_says_it);
  tcase_add_test (tests, songs_taken_for_no_music_are_counted);
  tcase_add_test (tests, where_nothing_is_answered_nothing_is_said_to_be_right);
  tcase_add_test (tests, a_table_that_does_not_hold_is_said);
  tcase_add_test (tests, one_song_that_is_lost_may_be_chance);
  tcase_add_test (tests, what_nobody_taught_is_not_judged);
  tcase_add_test (tests, a_source_that_may_have_heard_the_songs_is_named);
  tcase_add_test (tests, a_temperature_at_the_limit_is_said);
  return test_run ("truthpage", tests);
}
