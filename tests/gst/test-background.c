/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A model that knows what is no music: to it a high tone is rather that than high-pitched music. */
#include "listening.h"
#include <math.h>

static void
begin (Listening *listening, const char *properties, double frequency, GstClockTime duration)
{
  const char *path = g_getenv ("GENRE_TEST_BACKGROUND_MODEL");
  fail_unless (path, "GENRE_TEST_BACKGROUND_MODEL is not set; run the tests with meson");
  g_autofree char *all = g_strconcat ("overload=wait threshold=0 model=", path,
                                      *properties ? " " : "", properties, NULL);
  listening_begin (listening, all);
  listening_push (listening, frequency, duration, GST_SECOND / 10);
}

static double
get_music (const GstStructure *answer)
{
  double music = -1;
  fail_unless (gst_structure_get_double (answer, "music", &music));
  return music;
}

GST_START_TEST (what_is_no_music_is_unknown)
{
  Listening listening;
  begin (&listening, "", HIGH, 3 * GST_SECOND);
  g_autoptr (GstStructure) answer = listening_take (&listening, "unknown", NULL);
  fail_unless (get_music (answer) < 0.5);
  g_autoptr (GstStructure) probabilities = NULL;
  fail_unless (
      gst_structure_get (answer, "probabilities", GST_TYPE_STRUCTURE, &probabilities, NULL));
  fail_unless_equals_int (gst_structure_n_fields (probabilities), 2);
  double low = 0, high = 0;
  fail_unless (gst_structure_get (probabilities, "low", G_TYPE_DOUBLE, &low, "high-pitched",
                                  G_TYPE_DOUBLE, &high, NULL));
  fail_unless (fabs (low + high - 1) < 1e-6 && high > 0.9); /* given that it is music */
  listening_push_eos (&listening);
  listening_expect (&listening, "unknown", "eos");
  listening_end (&listening);
}
GST_END_TEST

/* A low tone is music to more than 0.9, not to all of 0.9999. Who sets a threshold, and not this
 * one, gets guesses. */
GST_START_TEST (what_is_not_surely_music_is_unknown_if_asked)
{
  const struct {
    const char *properties, *genre;
  } cases[] = {{"music-threshold=0.9", "low"},
               {"music-threshold=1", "unknown"},
               {"music-threshold=-1", "low"},
               {"music-threshold=0", "low"}};
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Listening listening;
    begin (&listening, cases[i].properties, LOW, 3 * GST_SECOND);
    g_autoptr (GstStructure) answer = listening_take (&listening, cases[i].genre, NULL);
    fail_unless (get_music (answer) > 0.9 && get_music (answer) < 1);
    listening_end (&listening);
  }
}
GST_END_TEST

GST_START_TEST (music_is_named_and_says_so)
{
  Listening listening;
  begin (&listening, "", LOW, 3 * GST_SECOND);
  g_autoptr (GstStructure) answer = listening_take (&listening, "low", NULL);
  fail_unless (get_music (answer) > 0.9);
  listening_end (&listening);
}
GST_END_TEST

/* An announcer over more than half, who sounds like another genre: the song is answered by its
 * music. */
GST_START_TEST (an_announcer_does_not_hide_the_song)
{
  Listening listening;
  begin (&listening, "window=0 interval=600000000000", HIGH, 7 * GST_SECOND);
  listening_expect (&listening, "unknown", NULL);
  listening_push (&listening, LOW, 5 * GST_SECOND, GST_SECOND / 10);
  listening_push_eos (&listening);
  g_autoptr (GstStructure) answer = listening_take (&listening, "low", "eos");
  fail_unless (get_music (answer) > 0.5 && get_music (answer) < 0.7);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (silence_is_no_music_either)
{
  Listening listening;
  begin (&listening, "", 0, 3 * GST_SECOND);
  g_autoptr (GstStructure) answer = listening_take (&listening, "unknown", NULL);
  fail_unless_equals_float (get_music (answer), 0.0);
  listening_end (&listening);
}
GST_END_TEST

/* A model of before: it knows nothing but music. */
GST_START_TEST (a_model_without_background_hears_music_in_everything)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push (&listening, HIGH, 3 * GST_SECOND, GST_SECOND / 10);
  g_autoptr (GstStructure) answer = listening_take (&listening, "high-pitched", NULL);
  fail_unless_equals_float (get_music (answer), 1.0);
  listening_end (&listening);
}
GST_END_TEST

int
main (int argc, char **argv)
{
  TCase *tests = tcase_create ("background");
  tcase_add_test (tests, what_is_no_music_is_unknown);
  tcase_add_test (tests, what_is_not_surely_music_is_unknown_if_asked);
  tcase_add_test (tests, music_is_named_and_says_so);
  tcase_add_test (tests, an_announcer_does_not_hide_the_song);
  tcase_add_test (tests, silence_is_no_music_either);
  tcase_add_test (tests, a_model_without_background_hears_music_in_everything);
  return run_tests (tests, argc, argv);
}
