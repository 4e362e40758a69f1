/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data/folds.h"
#include <string.h>
#include "random.h"
#include "support.h"

#define N_LABELS 4

/* Clips of four genres; @n_artists > 0: artists of one to many clips, the first clip of all
 * without. */
static GPtrArray *
make_clips (guint n, guint n_artists)
{
  GPtrArray *clips = g_ptr_array_new ();
  GenreRandom random = genre_random_keyed (7, n, n_artists, 0);
  for (guint i = 0; i < n; i++) {
    GenreClip *clip = g_new0 (GenreClip, 1);
    clip->label = i % N_LABELS;
    if (n_artists > 0 && i > 0) {
      guint a = genre_random_below (&random, n_artists), b = genre_random_below (&random, a + 1);
      clip->artist = g_strdup_printf (i % 2 ? "Artist %u" : "ARTIST %u", b / 2);
    }
    g_ptr_array_add (clips, clip);
  }
  return clips;
}

static void
free_clips (GPtrArray *clips)
{
  for (guint i = 0; i < clips->len; i++) {
    g_free (((GenreClip *)clips->pdata[i])->artist);
    g_free (clips->pdata[i]);
  }
  g_ptr_array_unref (clips);
}

static void
count (const GPtrArray *clips, const guint *folds, guint n_folds, guint *sizes, guint *by_label)
{
  memset (sizes, 0, n_folds * sizeof *sizes);
  memset (by_label, 0, n_folds * N_LABELS * sizeof *by_label);
  for (guint i = 0; i < clips->len; i++) {
    ck_assert_uint_lt (folds[i], n_folds);
    sizes[folds[i]]++;
    by_label[folds[i] * N_LABELS + ((GenreClip *)clips->pdata[i])->label]++;
  }
}

START_TEST (random_folds_are_equal_in_size_and_genre)
{
  guint sizes[7], by_label[7 * N_LABELS];
  GPtrArray *clips = make_clips (131, 0);
  g_autofree guint *folds = genre_folds_new (clips, N_LABELS, 7, GENRE_FOLDS_RANDOM, 3, NULL);
  count (clips, folds, 7, sizes, by_label);
  for (guint i = 0; i < 7; i++) {
    ck_assert (sizes[i] == 131 / 7 || sizes[i] == 131 / 7 + 1);
    for (guint j = 0; j < N_LABELS; j++) {
      guint n = 131 / N_LABELS + (j < 131 % N_LABELS);
      ck_assert (by_label[i * N_LABELS + j] == n / 7 || by_label[i * N_LABELS + j] == n / 7 + 1);
    }
  }
  free_clips (clips);
}
END_TEST

START_TEST (a_seed_always_gives_the_same_folds)
{
  GPtrArray *clips = make_clips (200, 60);
  for (guint kind = 0; kind < 2; kind++) {
    g_autofree guint *a = genre_folds_new (clips, N_LABELS, 5, kind, 3, NULL),
                     *b = genre_folds_new (clips, N_LABELS, 5, kind, 3, NULL),
                     *c = genre_folds_new (clips, N_LABELS, 5, kind, 4, NULL);
    ck_assert_mem_eq (a, b, 200 * sizeof (guint));
    ck_assert_mem_ne (a, c, 200 * sizeof (guint));
  }
  free_clips (clips);
}
END_TEST

START_TEST (an_artist_is_in_one_fold_whatever_the_capitals)
{
  GPtrArray *clips = make_clips (300, 80);
  g_autofree guint *folds =
      genre_folds_new (clips, N_LABELS, 5, GENRE_FOLDS_ARTIST, (guint64)_i, NULL);
  for (guint i = 0; i < clips->len; i++)
    for (guint j = 0; j < i; j++) {
      const char *a = ((GenreClip *)clips->pdata[i])->artist;
      const char *b = ((GenreClip *)clips->pdata[j])->artist;
      if (a && b && g_ascii_strcasecmp (a, b) == 0)
        ck_assert_uint_eq (folds[i], folds[j]);
    }
  free_clips (clips);
}
END_TEST

/* Tags of one program are composed, those of another are not. */
START_TEST (an_artist_is_in_one_fold_whatever_the_encoding_of_accents)
{
  static const char *const spellings[] = {"Bj\u00f6rk", "Bjo\u0308rk", "BJO\u0308RK", "BJ\u00d6RK",
                                          "\uff22j\u00f6rk"};
  GPtrArray *clips = make_clips (40, 0);
  for (guint i = 0; i < clips->len; i++)
    ((GenreClip *)clips->pdata[i])->artist =
        i < G_N_ELEMENTS (spellings) ? g_strdup (spellings[i]) : g_strdup_printf ("Artist %u", i);
  g_autofree guint *folds = genre_folds_new (clips, N_LABELS, 8, GENRE_FOLDS_ARTIST, 1, NULL);
  for (guint i = 1; i < G_N_ELEMENTS (spellings); i++)
    ck_assert_uint_eq (folds[i], folds[0]);
  free_clips (clips);
}
END_TEST

START_TEST (folds_by_artist_are_about_equal)
{
  guint sizes[5], by_label[5 * N_LABELS];
  GPtrArray *clips = make_clips (400, 120);
  g_autofree guint *folds =
      genre_folds_new (clips, N_LABELS, 5, GENRE_FOLDS_ARTIST, (guint64)_i, NULL);
  count (clips, folds, 5, sizes, by_label);
  for (guint i = 0; i < 5; i++) {
    ck_assert_uint_ge (sizes[i], 72); /* 80 ± 10 % */
    ck_assert_uint_le (sizes[i], 88);
    for (guint j = 0; j < N_LABELS; j++) {
      ck_assert_uint_ge (by_label[i * N_LABELS + j], 14); /* 20 ± 30 % */
      ck_assert_uint_le (by_label[i * N_LABELS + j], 26);
    }
  }
  free_clips (clips);
}
END_TEST

/* To the genre all folds are alike, to their sizes they are not. */
START_TEST (an_artist_of_a_new_genre_goes_into_the_smallest_fold)
{
  GPtrArray *clips = make_clips (6, 0);
  for (guint i = 0; i < clips->len; i++) {
    GenreClip *clip = clips->pdata[i];
    clip->label = i / 3 + i / 5;
    clip->artist = g_strdup_printf ("Artist %u", clip->label);
  }
  g_autofree guint *folds =
      genre_folds_new (clips, 3, 3, GENRE_FOLDS_ARTIST, 1, NULL); /* of 3, 2 and 1 */
  ck_assert_uint_ne (folds[0], folds[3]);
  ck_assert_uint_ne (folds[0], folds[5]);
  ck_assert_uint_ne (folds[3], folds[5]);
  free_clips (clips);
}
END_TEST

START_TEST (folds_of_the_genres_do_not_depend_on_what_else_is_there)
{
  GPtrArray *genres = make_clips (200, 60), *all = make_clips (200, 60),
            *more = make_clips (90, 30);
  for (guint i = 0; i < more->len; i++) { /* in the middle, too: lists come in any order */
    GenreClip *clip = more->pdata[i];
    clip->label += N_LABELS;
    g_free (clip->artist);
    clip->artist = g_strdup_printf ("Source %u", i / 3);
    g_ptr_array_insert (all, i % 2 ? -1 : 0, clip);
  }
  g_autofree guint *alone = genre_folds_new (genres, N_LABELS, 5, GENRE_FOLDS_ARTIST, 3, NULL),
                   *among = genre_folds_new (all, N_LABELS, 5, GENRE_FOLDS_ARTIST, 3, NULL);
  guint n = 0, sizes[5] = {0};
  for (guint i = 0; i < all->len; i++)
    if (((GenreClip *)all->pdata[i])->label < N_LABELS)
      ck_assert_uint_eq (among[i], alone[n++]);
    else
      sizes[among[i]]++;
  ck_assert_uint_eq (n, 200);
  for (guint i = 0; i < 5; i++)
    ck_assert_uint_ge (sizes[i], 12); /* 18 on average */
  g_ptr_array_unref (more);
  free_clips (genres);
  free_clips (all);
}
END_TEST

START_TEST (clips_without_artist_stand_alone)
{
  GPtrArray *clips = make_clips (12, 0);
  ((GenreClip *)clips->pdata[0])->artist = g_strdup ("The only one");
  guint sizes[4], by_label[4 * N_LABELS];
  g_autofree guint *folds = genre_folds_new (clips, N_LABELS, 4, GENRE_FOLDS_ARTIST, 1, NULL);
  count (clips, folds, 4, sizes, by_label);
  for (guint i = 0; i < 4 * N_LABELS; i++)
    ck_assert_uint_le (by_label[i], 1);
  free_clips (clips);
}
END_TEST

/* Found out before anything is learnt, not by a fold with nothing to hold out. */
START_TEST (each_fold_has_an_artist_of_the_genres)
{
  GError *error = NULL;
  GPtrArray *clips = make_clips (24, 0);
  for (guint i = 0; i < clips->len; i++)
    if (((GenreClip *)clips->pdata[i])->label < 2)
      ((GenreClip *)clips->pdata[i])->artist = g_strdup ("The only one");
  ck_assert_ptr_null (genre_folds_new (clips, 2, 2, GENRE_FOLDS_ARTIST, 1, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "2 folds of 1 artists of the genres");
  g_autofree guint *folds = genre_folds_new (clips, 3, 2, GENRE_FOLDS_ARTIST, 1, NULL);
  ck_assert_ptr_nonnull (folds);
  g_autofree guint *n = genre_folds_count_artists (clips, 3);
  ck_assert_uint_eq (n[0], 1);
  ck_assert_uint_eq (n[1], 1);
  ck_assert_uint_eq (n[2], 6);
  free_clips (clips);
}
END_TEST

/* One artist alone takes none of the others' folds away. */
START_TEST (folds_are_as_many_as_can_be_measured)
{
  static const struct {
    guint n_artists[3], wanted, expected;
  } cases[] = {{{5, 7, 9}, 5, 5}, {{3, 7, 9}, 5, 3}, {{1, 7, 9}, 5, 5}, {{1, 3, 9}, 5, 3},
               {{1, 1, 1}, 5, 2}, {{9, 9, 9}, 2, 2}, {{1, 1, 2}, 5, 2}};
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GPtrArray *clips = g_ptr_array_new ();
    for (guint j = 0; j < 3 * 10; j++)
      if (j % 10 < cases[i].n_artists[j / 10]) {
        GenreClip *clip = g_new0 (GenreClip, 1);
        clip->label = j / 10;
        clip->artist = g_strdup_printf ("Artist %u", j);
        g_ptr_array_add (clips, clip);
      }
    ck_assert_uint_eq (genre_folds_choose (clips, 3, cases[i].wanted), cases[i].expected);
    free_clips (clips);
  }
}
END_TEST

START_TEST (impossible_folds_are_refused)
{
  GError *error = NULL;
  GPtrArray *clips = make_clips (4, 0), *grouped = make_clips (9, 2);
  ck_assert_ptr_null (genre_folds_new (clips, N_LABELS, 1, GENRE_FOLDS_RANDOM, 1, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "1 folds");
  ck_assert_ptr_null (genre_folds_new (clips, N_LABELS, 5, GENRE_FOLDS_RANDOM, 1, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "5 folds", "4 clips");
  ck_assert_ptr_null (genre_folds_new (clips, N_LABELS, 2, GENRE_FOLDS_ARTIST, 1, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "no artist");
  ck_assert_ptr_null (genre_folds_new (grouped, N_LABELS, 5, GENRE_FOLDS_ARTIST, 1, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "5 folds", "artists");
  free_clips (clips);
  free_clips (grouped);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("folds");
  tcase_add_test (tests, random_folds_are_equal_in_size_and_genre);
  tcase_add_test (tests, a_seed_always_gives_the_same_folds);
  tcase_add_loop_test (tests, an_artist_is_in_one_fold_whatever_the_capitals, 0, 5);
  tcase_add_test (tests, an_artist_is_in_one_fold_whatever_the_encoding_of_accents);
  tcase_add_loop_test (tests, folds_by_artist_are_about_equal, 0, 5);
  tcase_add_test (tests, an_artist_of_a_new_genre_goes_into_the_smallest_fold);
  tcase_add_test (tests, folds_of_the_genres_do_not_depend_on_what_else_is_there);
  tcase_add_test (tests, clips_without_artist_stand_alone);
  tcase_add_test (tests, each_fold_has_an_artist_of_the_genres);
  tcase_add_test (tests, folds_are_as_many_as_can_be_measured);
  tcase_add_test (tests, impossible_folds_are_refused);
  return test_run ("folds", tests);
}
