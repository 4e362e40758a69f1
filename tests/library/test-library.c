/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "genre/genre.h"
#include "test.h"
#include <math.h>

#define RATE 8000
#define SECOND G_GUINT64_CONSTANT (1000000000)

/* 40 s of two channels, of which one is no number now and then */
static float *
make_samples (gsize *n)
{
  *n = (gsize)2 * 40 * RATE;
  float *samples = g_new (float, *n);
  for (gsize i = 0; i < *n; i++)
    samples[i] = i % 1001 == 0 ? NAN : 0.2f * sinf (0.13f * (float)(i / 2)) * sinf (0.00021f * i);
  return samples;
}

START_TEST (answers_come_when_they_are_due)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreModel) model = genre_model_load_default (&error);
  ck_assert_msg (model, "%s", error ? error->message : "");
  gsize n;
  g_autofree float *samples = make_samples (&n);
  g_autoptr (GenreClassifier) classifier = genre_classifier_new (model, RATE, 2, &error);
  ck_assert_ptr_nonnull (classifier);
  ck_assert_ptr_null (genre_classifier_pop (classifier));
  guint64 end = 0;
  for (gsize at = 0; at < n; at += 4000)
    ck_assert (genre_classifier_push (classifier, samples + at, MIN (4000, n - at), &error));
  GenreAnswer *first = genre_classifier_pop (classifier); /* which nobody had to ask for */
  ck_assert_ptr_nonnull (first);
  ck_assert_uint_le (genre_answer_get_duration (first), 16 * SECOND);
  ck_assert_uint_ge (genre_answer_get_duration (first), 10 * SECOND);
  g_object_unref (first);
  genre_classifier_finish (classifier);
  guint n_answers = 1;
  gboolean final = FALSE;
  for (GenreAnswer *answer; (answer = genre_classifier_pop (classifier)); n_answers++) {
    gsize n_genres;
    const double *p = genre_answer_get_probabilities (answer, &n_genres);
    double sum = 0;
    for (gsize i = 0; i < n_genres; i++)
      sum += p[i];
    ck_assert (!final);
    ck_assert_uint_eq (n_genres, 10);
    ck_assert_double_eq_tol (sum, 1, 1e-9);
    ck_assert (genre_answer_get_confidence (answer) > 0);
    ck_assert_uint_ge (genre_answer_get_timestamp (answer) + genre_answer_get_duration (answer),
                       end);
    ck_assert_uint_le (genre_answer_get_duration (answer), 30 * SECOND);
    end = genre_answer_get_timestamp (answer) + genre_answer_get_duration (answer);
    final = genre_answer_get_final (answer);
    g_object_unref (answer);
  }
  ck_assert (final);
  ck_assert_uint_ge (n_answers, 3);
  ck_assert_uint_le (n_answers, 5);
  ck_assert_uint_le (end, 40 * SECOND);
}
END_TEST

START_TEST (pieces_do_not_matter)
{
  g_autoptr (GenreModel) model = genre_model_load_default (NULL);
  gsize n;
  g_autofree float *samples = make_samples (&n);
  g_autoptr (GenreAnswer) whole = genre_model_classify (model, samples, n, RATE, 2, NULL);
  g_autoptr (GenreClassifier) classifier = genre_classifier_new (model, RATE, 2, NULL);
  g_object_set (classifier, "window", G_GUINT64_CONSTANT (0), "min-window", G_MAXUINT64, NULL);
  for (gsize at = 0; at < n; at += 2 * 777)
    ck_assert (genre_classifier_push (classifier, samples + at, MIN (2 * 777, n - at), NULL));
  genre_classifier_finish (classifier);
  g_autoptr (GenreAnswer) pieces = genre_classifier_pop (classifier);
  ck_assert_double_eq (genre_answer_get_confidence (whole), genre_answer_get_confidence (pieces));
  ck_assert_double_eq (genre_answer_get_music (whole), genre_answer_get_music (pieces));
  ck_assert_uint_eq (genre_answer_get_duration (whole), genre_answer_get_duration (pieces));
}
END_TEST

/* Full scale is 1: of what is 90 dB louder nothing is heard. */
START_TEST (what_is_beyond_all_sense_is_silence)
{
  const gsize n = (gsize)8 * RATE;
  const float strange[] = {0, NAN, INFINITY, -INFINITY, 32769, -1e30f};
  g_autoptr (GenreModel) model = genre_model_load_default (NULL);
  g_autofree float *samples = g_new (float, n);
  double expected = 0;
  for (guint k = 0; k < G_N_ELEMENTS (strange); k++) {
    for (gsize i = 0; i < n; i++)
      samples[i] = i % 1001 == 0 ? strange[k] : 0.2f * sinf (0.13f * (float)i);
    g_autoptr (GenreAnswer) answer = genre_model_classify (model, samples, n, RATE, 1, NULL);
    double confidence = genre_answer_get_confidence (answer);
    if (k == 0)
      expected = confidence;
    ck_assert_double_eq (confidence, expected);
  }
}
END_TEST

/* The last frame, which completes a segment, is centred on the last sample. */
START_TEST (an_answer_covers_no_more_than_there_is)
{
  const guint rate = 22050, hop = 914, segment = 128; /* of the model */
  const gsize n = (2 * segment - 1) * hop + 1;
  g_autoptr (GenreModel) model = genre_model_load_default (NULL);
  g_autofree float *samples = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    samples[i] = 0.2f * sinf (0.13f * (float)i);
  g_autoptr (GenreAnswer) answer = genre_model_classify (model, samples, n, rate, 1, NULL);
  ck_assert_uint_eq (genre_answer_get_timestamp (answer), 0);
  ck_assert_uint_eq (genre_answer_get_duration (answer), n * SECOND / rate);
}
END_TEST

static void
expect_error (GError **error, const char *words)
{
  ck_assert_msg (g_error_matches (*error, GENRE_ERROR, GENRE_ERROR_INVALID) &&
                     strstr ((*error)->message, words),
                 "%s", *error ? (*error)->message : "no error");
  g_clear_error (error);
}

START_TEST (what_cannot_be_is_said)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreModel) model = genre_model_load_default (NULL);
  const float samples[3] = {0};
  ck_assert_ptr_null (genre_classifier_new (model, 3999, 1, &error));
  expect_error (&error, "rate is 3999, expected 4000 to 384000");
  ck_assert_ptr_null (genre_classifier_new (model, RATE, 0, &error));
  expect_error (&error, "channels is 0, expected 1 to 64");
  ck_assert_ptr_null (genre_model_classify (model, samples, 3, RATE, 2, &error));
  expect_error (&error, "3 samples, expected a multiple of 2 channels");
  ck_assert_ptr_null (genre_model_classify (model, samples, 0, RATE, 2, &error));
  expect_error (&error, "0 samples");
  ck_assert_ptr_null (genre_model_load ("/nowhere/at all", &error));
  ck_assert_msg (strstr (error->message, "/nowhere/at all"), "%s", error->message);
}
END_TEST

START_TEST (a_reset_forgets)
{
  g_autoptr (GenreModel) model = genre_model_load_default (NULL);
  gsize n;
  g_autofree float *samples = make_samples (&n);
  g_autoptr (GenreClassifier) classifier = genre_classifier_new (model, RATE, 2, NULL);
  ck_assert (genre_classifier_push (classifier, samples, n, NULL));
  genre_classifier_reset (classifier);
  genre_classifier_finish (classifier);
  ck_assert_ptr_null (genre_classifier_pop (classifier));
}
END_TEST

/* Of the newest answer, ns; 0 if there is none. */
static guint64
take_newest_duration (GenreClassifier *classifier)
{
  guint64 duration = 0;
  for (GenreAnswer *answer; (answer = genre_classifier_pop (classifier));) {
    duration = genre_answer_get_duration (answer);
    g_object_unref (answer);
  }
  return duration;
}

START_TEST (a_window_that_is_made_longer_covers_no_more_than_was_kept)
{
  g_autoptr (GenreModel) model = genre_model_load_default (NULL);
  gsize n;
  g_autofree float *samples = make_samples (&n);
  g_autoptr (GenreClassifier) classifier = genre_classifier_new (model, RATE, 2, NULL);
  g_object_set (classifier, "window", 10 * SECOND, "interval", SECOND, NULL);
  ck_assert (genre_classifier_push (classifier, samples, n, NULL));
  ck_assert_uint_le (take_newest_duration (classifier), 10 * SECOND);
  g_object_set (classifier, "window", 40 * SECOND, NULL);
  ck_assert (genre_classifier_push (classifier, samples, n / 4, NULL));
  const guint64 duration = take_newest_duration (classifier);
  ck_assert_uint_gt (duration, 10 * SECOND);
  ck_assert_uint_le (duration, 22 * SECOND); /* and what of a segment was not complete before */
  ck_assert (genre_classifier_push (classifier, samples, n, NULL));
  ck_assert_uint_gt (take_newest_duration (classifier), 30 * SECOND);
}
END_TEST

START_TEST (a_window_after_none_begins_with_the_next_segment)
{
  g_autoptr (GenreModel) model = genre_model_load_default (NULL);
  gsize n;
  g_autofree float *samples = make_samples (&n);
  g_autoptr (GenreClassifier) classifier = genre_classifier_new (model, RATE, 2, NULL);
  g_object_set (classifier, "window", G_GUINT64_CONSTANT (0), "interval", SECOND, NULL);
  ck_assert (genre_classifier_push (classifier, samples, n, NULL));
  g_object_set (classifier, "window", 10 * SECOND, NULL);
  ck_assert_uint_gt (take_newest_duration (classifier), 30 * SECOND);
  genre_classifier_finish (classifier); /* there was none: still all that was heard */
  ck_assert_uint_gt (take_newest_duration (classifier), 30 * SECOND);
}
END_TEST

START_TEST (times_may_change_within_a_song)
{
  g_autoptr (GenreModel) model = genre_model_load_default (NULL);
  gsize n;
  g_autofree float *samples = make_samples (&n);
  g_autoptr (GenreClassifier) classifier = genre_classifier_new (model, RATE, 2, NULL);
  g_object_set (classifier, "min-window", G_MAXUINT64, "interval", G_MAXUINT64, NULL);
  ck_assert (genre_classifier_push (classifier, samples, n, NULL));
  ck_assert_uint_eq (take_newest_duration (classifier), 0);
  g_object_set (classifier, "min-window", 10 * SECOND, NULL);
  ck_assert (genre_classifier_push (classifier, samples, n, NULL));
  g_autoptr (GenreAnswer) only = genre_classifier_pop (classifier);
  ck_assert_ptr_nonnull (only);
  ck_assert_ptr_null (genre_classifier_pop (classifier));
  g_object_set (classifier, "interval", SECOND, NULL);
  ck_assert (genre_classifier_push (classifier, samples, n, NULL));
  guint n_answers = 0;
  for (GenreAnswer *answer; (answer = genre_classifier_pop (classifier)); n_answers++)
    g_object_unref (answer);
  ck_assert_uint_ge (n_answers, 5);
}
END_TEST

/* As a language that makes objects by itself does. */
START_TEST (what_was_never_set_up_is_empty)
{
  g_autoptr (GError) error = NULL;
  const float samples[2] = {0};
  g_autoptr (GenreClassifier) classifier = g_object_new (GENRE_TYPE_CLASSIFIER, NULL);
  ck_assert (!genre_classifier_push (classifier, samples, 2, &error));
  expect_error (&error, "without a model");
  genre_classifier_finish (classifier);
  genre_classifier_reset (classifier);
  ck_assert_ptr_null (genre_classifier_pop (classifier));
  g_autoptr (GenreAnswer) answer = g_object_new (GENRE_TYPE_ANSWER, NULL);
  gsize n_genres;
  ck_assert_str_eq (genre_answer_get_genre (answer), "unknown");
  ck_assert_str_eq (genre_answer_get_name (answer), "unknown");
  genre_answer_get_probabilities (answer, &n_genres);
  ck_assert_uint_eq (n_genres, 0);
}
END_TEST

/* What is expected of a callee: the wrong argument is named, and nothing else happens. */
#define REFUSES(call, condition)                                                                   \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_test_expect_message ("genreclassify", G_LOG_LEVEL_CRITICAL, "*'" condition "' failed");      \
    call;                                                                                          \
    g_test_assert_expected_messages ();                                                            \
  }                                                                                                \
  G_STMT_END

START_TEST (what_is_no_model_is_refused)
{
  g_autoptr (GenreModel) model = genre_model_load_default (NULL);
  g_autoptr (GError) before = g_error_new_literal (GENRE_ERROR, GENRE_ERROR_IO, "of before");
  const float samples[2] = {0};
  REFUSES (ck_assert_ptr_null (genre_model_load (NULL, NULL)), "path");
  REFUSES (ck_assert_ptr_null (genre_model_load ("x", &before)), "*error*");
  REFUSES (ck_assert_ptr_null (genre_model_load_default (&before)), "*error*");
  REFUSES (ck_assert_ptr_null (genre_model_ref (NULL)), "model");
  REFUSES (genre_model_unref (NULL), "model");
  REFUSES (ck_assert_ptr_null (genre_model_list_genres (NULL)), "model");
  REFUSES (ck_assert_ptr_null (genre_model_classify (NULL, samples, 2, RATE, 2, NULL)), "model");
  REFUSES (ck_assert_ptr_null (genre_model_classify (model, NULL, 2, RATE, 2, NULL)), "samples*");
  REFUSES (ck_assert_ptr_null (genre_model_classify (model, samples, 2, RATE, 2, &before)),
           "*error*");
}
END_TEST

START_TEST (what_is_no_classifier_is_refused)
{
  g_autoptr (GenreModel) model = genre_model_load_default (NULL);
  g_autoptr (GenreClassifier) classifier = genre_classifier_new (model, RATE, 2, NULL);
  g_autoptr (GError) before = g_error_new_literal (GENRE_ERROR, GENRE_ERROR_IO, "of before");
  const float samples[2] = {0};
  REFUSES (ck_assert_ptr_null (genre_classifier_new (NULL, RATE, 2, NULL)), "model");
  REFUSES (ck_assert_ptr_null (genre_classifier_new (model, RATE, 2, &before)), "*error*");
  REFUSES (ck_assert (!genre_classifier_push (classifier, NULL, 2, NULL)), "samples*");
  REFUSES (ck_assert (!genre_classifier_push (classifier, samples, 2, &before)), "*error*");
  ck_assert (genre_classifier_push (classifier, NULL, 0, NULL));
  GenreClassifier *const wrong[] = {NULL, g_object_new (GENRE_TYPE_ANSWER, NULL)};
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    REFUSES (ck_assert (!genre_classifier_push (wrong[i], samples, 2, NULL)), "*IS_CLASSIFIER*");
    REFUSES (genre_classifier_finish (wrong[i]), "*IS_CLASSIFIER*");
    REFUSES (genre_classifier_reset (wrong[i]), "*IS_CLASSIFIER*");
    REFUSES (ck_assert_ptr_null (genre_classifier_pop (wrong[i])), "*IS_CLASSIFIER*");
  }
  g_object_unref (wrong[1]);
}
END_TEST

START_TEST (what_is_no_answer_is_refused)
{
  g_autoptr (GenreAnswer) answer = g_object_new (GENRE_TYPE_ANSWER, NULL);
  GenreAnswer *const wrong[] = {NULL, g_object_new (GENRE_TYPE_CLASSIFIER, NULL)};
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    gsize n_genres = 7;
    REFUSES (ck_assert_ptr_null (genre_answer_get_genre (wrong[i])), "*IS_ANSWER*");
    REFUSES (ck_assert_ptr_null (genre_answer_get_name (wrong[i])), "*IS_ANSWER*");
    REFUSES (ck_assert (genre_answer_get_confidence (wrong[i]) == 0), "*IS_ANSWER*");
    REFUSES (ck_assert (genre_answer_get_music (wrong[i]) == 0), "*IS_ANSWER*");
    REFUSES (ck_assert (genre_answer_get_timestamp (wrong[i]) == 0), "*IS_ANSWER*");
    REFUSES (ck_assert (genre_answer_get_duration (wrong[i]) == 0), "*IS_ANSWER*");
    REFUSES (ck_assert (!genre_answer_get_final (wrong[i])), "*IS_ANSWER*");
    REFUSES (ck_assert_ptr_null (genre_answer_get_probabilities (wrong[i], &n_genres)),
             "*IS_ANSWER*");
    ck_assert_uint_eq (n_genres, 0);
  }
  REFUSES (ck_assert_ptr_null (genre_answer_get_probabilities (answer, NULL)), "n_genres");
  g_object_unref (wrong[1]);
}
END_TEST

START_TEST (a_property_that_is_no_number_stays)
{
  double threshold, silence;
  g_autoptr (GenreClassifier) classifier = g_object_new (GENRE_TYPE_CLASSIFIER, NULL);
  g_object_set (classifier, "threshold", 0.5, NULL);
  g_test_expect_message ("GLib-GObject", G_LOG_LEVEL_WARNING, "*nan*invalid*'threshold'*");
  g_test_expect_message ("GLib-GObject", G_LOG_LEVEL_WARNING, "*nan*invalid*'silence-threshold'*");
  g_object_set (classifier, "threshold", NAN, "silence-threshold", NAN, NULL);
  g_test_assert_expected_messages ();
  g_object_get (classifier, "threshold", &threshold, "silence-threshold", &silence, NULL);
  ck_assert_double_eq (threshold, 0.5);
  ck_assert_double_eq (silence, -60);
}
END_TEST

int
main (void)
{
  TCase *tcase = tcase_create ("library");
  tcase_add_test (tcase, answers_come_when_they_are_due);
  tcase_add_test (tcase, pieces_do_not_matter);
  tcase_add_test (tcase, what_is_beyond_all_sense_is_silence);
  tcase_add_test (tcase, an_answer_covers_no_more_than_there_is);
  tcase_add_test (tcase, what_cannot_be_is_said);
  tcase_add_test (tcase, a_reset_forgets);
  tcase_add_test (tcase, a_window_that_is_made_longer_covers_no_more_than_was_kept);
  tcase_add_test (tcase, a_window_after_none_begins_with_the_next_segment);
  tcase_add_test (tcase, times_may_change_within_a_song);
  tcase_add_test (tcase, what_was_never_set_up_is_empty);
  tcase_add_test (tcase, what_is_no_model_is_refused);
  tcase_add_test (tcase, what_is_no_classifier_is_refused);
  tcase_add_test (tcase, what_is_no_answer_is_refused);
  tcase_add_test (tcase, a_property_that_is_no_number_stays);
  return test_run ("library", tcase);
}
