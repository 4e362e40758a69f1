/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What most of a song was, of answers that each cover its last half minute. */
#include "songverdict.h"
#include "test.h"

#define WINDOW 30 /* s */
#define CLOSE 1e-9

/* @genre: "silence" and "no music", too; "short" of what was too short to be judged. */
static double
take (SongVerdict *song, const char *genre, double confidence, double music, GstClockTime start,
      GstClockTime duration)
{
  const gboolean nothing = g_str_equal (genre, "silence") || g_str_equal (genre, "short");
  const gboolean named = !nothing && !g_str_equal (genre, "no music");
  g_autoptr (GstStructure) probabilities =
      gst_structure_new ("probabilities", "jazz", G_TYPE_DOUBLE, nothing ? 0.5 : 0.75, "rock",
                         G_TYPE_DOUBLE, nothing ? 0.5 : 0.25, NULL);
  g_autoptr (GstStructure) answer =
      gst_structure_new ("genreclassify", "genre", G_TYPE_STRING, named ? genre : "unknown",
                         "confidence", G_TYPE_DOUBLE, confidence, "music", G_TYPE_DOUBLE, music,
                         "stream-time", GST_TYPE_CLOCK_TIME, start, "duration", GST_TYPE_CLOCK_TIME,
                         duration, "probabilities", GST_TYPE_STRUCTURE, probabilities, NULL);
  return song_verdict_take (song, answer);
}

/* Of the last half minute, at the second @end of the stream. */
static double
hear (SongVerdict *song, const char *genre, guint end)
{
  const gboolean music = !g_str_equal (genre, "silence") && !g_str_equal (genre, "no music");
  const guint start = end > WINDOW ? end - WINDOW : 0;
  return take (song, genre, 0.75, music ? 1 : 0, start * GST_SECOND, (end - start) * GST_SECOND);
}

static void
check (const SongVerdict *song, AnswerVerdict verdict, const char *genre, double confidence,
       double music)
{
  SongSummary summary;
  ck_assert (song_verdict_sum_up (song, &summary));
  ck_assert_int_eq (summary.verdict, verdict);
  ck_assert_str_eq (summary.genre, genre);
  ck_assert_double_eq_tol (summary.confidence, confidence, CLOSE);
  ck_assert_double_eq_tol (summary.music, music, CLOSE);
}

START_TEST (a_song_without_answers_is_nothing)
{
  SongSummary summary;
  g_autoptr (SongVerdict) song = song_verdict_new ();
  ck_assert (song_verdict_is_empty (song));
  ck_assert (!song_verdict_sum_up (song, &summary));
}
END_TEST

/* To the last digit. Loop: whatever it says. */
START_TEST (one_answer_is_what_it_says)
{
  static const struct {
    const char *genre;
    AnswerVerdict verdict;
    double music;
    GstClockTime duration;
  } cases[] = {{"rock", ANSWER_MUSIC, 0.9, 7 * GST_SECOND},
               {"unknown", ANSWER_MUSIC, 0.6, 7 * GST_SECOND},
               {"no music", ANSWER_NO_MUSIC, 0.3, 7 * GST_SECOND},
               {"silence", ANSWER_SILENCE, 0, 7 * GST_SECOND},
               {"short", ANSWER_TOO_SHORT, 0, 0}};
  SongSummary summary;
  g_autoptr (SongVerdict) song = song_verdict_new ();
  take (song, cases[_i].genre, 0.3, cases[_i].music, 1, cases[_i].duration);
  ck_assert (song_verdict_sum_up (song, &summary));
  ck_assert_int_eq (summary.verdict, cases[_i].verdict);
  ck_assert_str_eq (summary.genre, _i == 0 ? "rock" : "unknown");
  ck_assert (summary.confidence == 0.3);
  ck_assert (summary.music == cases[_i].music);
}
END_TEST

/* A minute of music, and less of something else. Loop: talk, silence. */
START_TEST (the_end_of_a_song_is_not_all_of_it)
{
  const char *after = _i == 0 ? "no music" : "silence";
  g_autoptr (SongVerdict) song = song_verdict_new ();
  for (guint end = 10; end <= 60; end += 10)
    hear (song, "rock", end);
  for (guint end = 70; end <= 110; end += 10)
    hear (song, after, end);
  check (song, ANSWER_MUSIC, "rock", 0.75, 1);
  for (guint end = 120; end <= 130; end += 10)
    hear (song, after, end);
  check (song, _i == 0 ? ANSWER_NO_MUSIC : ANSWER_SILENCE, "unknown", 0.75, 0);
}
END_TEST

/* Of genres that are heard for less than talk is, together for longer. */
START_TEST (the_genre_is_that_of_most_of_the_music)
{
  g_autoptr (SongVerdict) song = song_verdict_new ();
  take (song, "no music", 0.5, 0.1, 0, 30 * GST_SECOND);
  take (song, "jazz", 0.5, 0.9, 0, 50 * GST_SECOND);
  take (song, "rock", 0.6, 0.8, 70 * GST_SECOND, 10 * GST_SECOND);
  take (song, "rock", 0.9, 0.5, 80 * GST_SECOND, 20 * GST_SECOND);
  check (song, ANSWER_MUSIC, "rock", 0.8, 0.6);
}
END_TEST

/* What overlaps counts once; a gap counts no more than what is heard behind it; what begins anew
 * counts as a whole. */
START_TEST (time_counts_once)
{
  g_autoptr (SongVerdict) song = song_verdict_new ();
  ck_assert_double_eq_tol (hear (song, "jazz", 10), 10, CLOSE);
  ck_assert_double_eq_tol (hear (song, "rock", 35), 25, CLOSE);
  ck_assert_double_eq_tol (hear (song, "jazz", 50), 15, CLOSE);
  ck_assert_double_eq_tol (hear (song, "jazz", 50), 0, CLOSE);
  check (song, ANSWER_MUSIC, "jazz", 0.75, 1); /* both 25 s, and jazz was first */
  ck_assert_double_eq_tol (
      take (song, "rock", 0.25, 1, 1000 * GST_SECOND, (guint64)(25 * GST_SECOND)), 975, CLOSE);
  check (song, ANSWER_MUSIC, "rock", 0.5, 1);
  ck_assert_double_eq_tol (hear (song, "jazz", 26), 26, CLOSE);
  check (song, ANSWER_MUSIC, "jazz", 0.75, 1);
}
END_TEST

START_TEST (answers_without_a_place_count_for_what_they_cover)
{
  g_autoptr (SongVerdict) song = song_verdict_new ();
  take (song, "rock", 0.5, 1, GST_CLOCK_TIME_NONE, 10 * GST_SECOND);
  take (song, "jazz", 0.5, 1, GST_CLOCK_TIME_NONE, 11 * GST_SECOND);
  check (song, ANSWER_MUSIC, "jazz", 0.5, 1);
  take (song, "rock", 0.5, 1, GST_CLOCK_TIME_NONE - 5, GST_CLOCK_TIME_NONE - 1); /* nonsense */
  check (song, ANSWER_MUSIC, "rock", 0.5, 1);
}
END_TEST

/* The last answer, as after a jump. */
START_TEST (what_is_too_short_does_not_hide_the_rest)
{
  g_autoptr (SongVerdict) song = song_verdict_new ();
  hear (song, "jazz", 20);
  take (song, "short", 0.5, 1, 100 * GST_SECOND, 0);
  check (song, ANSWER_MUSIC, "jazz", 0.75, 1);
}
END_TEST

START_TEST (the_next_song_begins_where_this_one_ends)
{
  g_autoptr (SongVerdict) song = song_verdict_new ();
  hear (song, "jazz", 100);
  song_verdict_begin_song (song);
  ck_assert (song_verdict_is_empty (song));
  ck_assert_double_eq_tol (hear (song, "rock", 110), 10, CLOSE);
  check (song, ANSWER_MUSIC, "rock", 0.75, 1);
  song_verdict_reset (song);
  ck_assert (song_verdict_is_empty (song));
  ck_assert_double_eq_tol (hear (song, "jazz", 120), 30, CLOSE);
}
END_TEST

/* Anybody's words may stand in a queue. */
START_TEST (many_genres_are_no_trouble)
{
  SongSummary summary;
  g_autoptr (SongVerdict) song = song_verdict_new ();
  for (guint i = 0; i < 3000; i++) {
    g_autofree char *genre = g_strdup_printf ("genre-%u", i);
    hear (song, genre, 10 * (i + 1));
  }
  hear (song, "genre-7", 100000);
  ck_assert (song_verdict_sum_up (song, &summary));
  ck_assert_str_eq (summary.genre, "genre-7");
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("songverdict");
  gst_init (NULL, NULL);
  tcase_add_test (tests, a_song_without_answers_is_nothing);
  tcase_add_loop_test (tests, one_answer_is_what_it_says, 0, 5);
  tcase_add_loop_test (tests, the_end_of_a_song_is_not_all_of_it, 0, 2);
  tcase_add_test (tests, the_genre_is_that_of_most_of_the_music);
  tcase_add_test (tests, time_counts_once);
  tcase_add_test (tests, answers_without_a_place_count_for_what_they_cover);
  tcase_add_test (tests, what_is_too_short_does_not_hide_the_rest);
  tcase_add_test (tests, the_next_song_begins_where_this_one_ends);
  tcase_add_test (tests, many_genres_are_no_trouble);
  return test_run_within ("songverdict", tests, 60);
}
