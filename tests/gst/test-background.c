/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A model that knows what is no music: to it a high tone is none. */
#include "listening.h"

static void
begin (Listening *listening, const char *properties)
{
  const char *path = g_getenv ("GENRE_TEST_BACKGROUND_MODEL");
  fail_unless (path, "GENRE_TEST_BACKGROUND_MODEL is not set; run the tests with meson");
  g_autofree char *all = g_strconcat ("overload=wait threshold=0 model=", path,
                                      *properties ? " " : "", properties, NULL);
  listening_begin (listening, all);
}

static double
get_music (const GstStructure *answer)
{
  double music = -1;
  fail_unless (gst_structure_get_double (answer, "music", &music));
  return music;
}

static void
finish (Listening *listening)
{
  gst_harness_push_event (listening->harness, gst_event_new_eos ());
}

GST_START_TEST (what_is_no_music_is_unknown)
{
  Listening listening;
  begin (&listening, "");
  listening_push (&listening, HIGH, 3 * GST_SECOND, GST_SECOND / 10);
  g_autoptr (GstStructure) answer = listening_pop (&listening, 20 * GST_SECOND);
  check_answer (answer, "unknown", NULL);
  fail_unless (get_music (answer) < 0.1);
  g_autoptr (GstStructure) probabilities = NULL;
  fail_unless (
      gst_structure_get (answer, "probabilities", GST_TYPE_STRUCTURE, &probabilities, NULL));
  fail_unless_equals_int (gst_structure_n_fields (probabilities), 1);
  double low = 0;
  fail_unless (gst_structure_get_double (probabilities, "low", &low));
  fail_unless_equals_float (low, 1.0); /* the only genre, given that it is music */
  finish (&listening);
  g_autoptr (GstStructure) last = listening_pop (&listening, 20 * GST_SECOND);
  check_answer (last, "unknown", "eos");
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (music_is_named_and_says_so)
{
  Listening listening;
  begin (&listening, "");
  listening_push (&listening, LOW, 3 * GST_SECOND, GST_SECOND / 10);
  g_autoptr (GstStructure) answer = listening_pop (&listening, 20 * GST_SECOND);
  check_answer (answer, "low", NULL);
  fail_unless (get_music (answer) > 0.9);
  listening_end (&listening);
}
GST_END_TEST

/* An announcer over the first third: the song is answered by its music. */
GST_START_TEST (an_announcer_does_not_hide_the_song)
{
  Listening listening;
  begin (&listening, "window=0 interval=600000000000");
  listening_push (&listening, HIGH, 4 * GST_SECOND, GST_SECOND / 10);
  g_autoptr (GstStructure) first = listening_pop (&listening, 20 * GST_SECOND);
  check_answer (first, "unknown", NULL);
  listening_push (&listening, LOW, 8 * GST_SECOND, GST_SECOND / 10);
  finish (&listening);
  g_autoptr (GstStructure) answer = listening_pop (&listening, 20 * GST_SECOND);
  check_answer (answer, "low", "eos");
  fail_unless (get_music (answer) > 0.5 && get_music (answer) < 0.8);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (silence_is_no_music_either)
{
  Listening listening;
  begin (&listening, "");
  listening_push (&listening, 0, 3 * GST_SECOND, GST_SECOND / 10);
  g_autoptr (GstStructure) answer = listening_pop (&listening, 20 * GST_SECOND);
  check_answer (answer, "unknown", NULL);
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
  g_autoptr (GstStructure) answer = listening_pop (&listening, 20 * GST_SECOND);
  check_answer (answer, "high-pitched", NULL);
  fail_unless_equals_float (get_music (answer), 1.0);
  listening_end (&listening);
}
GST_END_TEST

int
main (int argc, char **argv)
{
  TCase *tests = tcase_create ("background");
  tcase_add_test (tests, what_is_no_music_is_unknown);
  tcase_add_test (tests, music_is_named_and_says_so);
  tcase_add_test (tests, an_announcer_does_not_hide_the_song);
  tcase_add_test (tests, silence_is_no_music_either);
  tcase_add_test (tests, a_model_without_background_hears_music_in_everything);
  return run_tests (tests, argc, argv);
}
