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

/* Published figures are of these folds, and cross-validations that are not finished hold them. */
START_TEST (folds_of_a_seed_stay_what_they_were)
{
  static const char *const expected[] = {
      "131400040332322230014012014041140311040104000003211242234030",
      "131400040324344330012013012041140211020104000002311324322020"};
  GPtrArray *clips = make_clips (60, 20);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autofree guint *folds = genre_folds_new (clips, N_LABELS, 5, GENRE_FOLDS_ARTIST, 3 + i, NULL);
    g_autoptr (GString) text = g_string_new (NULL);
    for (guint j = 0; j < clips->len; j++)
      g_string_append_printf (text, "%u", folds[j]);
    ck_assert_str_eq (text->str, expected[i]);
  }
  free_clips (clips);
}
END_TEST

/* ---- lists ---- */

#define N_LISTS 3
#define N_SEEDS 12

static const guint percents[N_LISTS] = {60, 20, 20};

static void
add_clips (GPtrArray *clips, guint label, const char *artist, guint n)
{
  for (guint i = 0; i < n; i++) {
    GenreClip *clip = g_new0 (GenreClip, 1);
    clip->label = label;
    clip->artist = g_strdup (artist);
    g_ptr_array_add (clips, clip);
  }
}

/* Of every label 100 clips by a few large artists and many small ones. */
static GPtrArray *
make_uneven (void)
{
  static const guint sizes[] = {18, 16, 14, 12, 10, 8, 6, 4, 4, 2, 2, 1, 1, 1, 1};
  GPtrArray *clips = g_ptr_array_new ();
  for (guint label = 0; label < N_LABELS; label++)
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
      g_autofree char *artist = g_strdup_printf ("Artist %u of %u", i, label);
      add_clips (clips, label, artist, sizes[i]);
    }
  return clips;
}

START_TEST (lists_are_as_large_as_was_asked)
{
  guint sizes[N_LISTS], by_label[N_LISTS * N_LABELS];
  GPtrArray *clips = make_uneven ();
  g_autofree guint *lists =
      genre_folds_draw_lists (clips, GENRE_FOLDS_ARTIST, percents, N_LISTS, (guint64)_i, NULL);
  count (clips, lists, N_LISTS, sizes, by_label);
  for (guint i = 0; i < N_LISTS * N_LABELS; i++) {
    ck_assert_uint_ge (by_label[i], percents[i / N_LABELS] - 2);
    ck_assert_uint_le (by_label[i], percents[i / N_LABELS] + 2);
  }
  for (guint i = 1; i < clips->len; i++)
    if (strcmp (((GenreClip *)clips->pdata[i])->artist,
                ((GenreClip *)clips->pdata[i - 1])->artist) == 0)
      ck_assert_uint_eq (lists[i], lists[i - 1]);
  free_clips (clips);
}
END_TEST

/* A fifth is drawn twice by chance alone; and no artist is always in the same list. */
START_TEST (another_seed_draws_other_lists)
{
  GPtrArray *clips = make_uneven ();
  guint *lists[N_SEEDS], n_pairs = 0;
  double shared = 0;
  for (guint seed = 0; seed < N_SEEDS; seed++)
    lists[seed] = genre_folds_draw_lists (clips, GENRE_FOLDS_ARTIST, percents, N_LISTS, seed, NULL);
  g_autofree guint *again =
      genre_folds_draw_lists (clips, GENRE_FOLDS_ARTIST, percents, N_LISTS, 0, NULL);
  ck_assert_mem_eq (again, lists[0], clips->len * sizeof (guint));
  for (guint i = 0; i < clips->len; i++) {
    gboolean moves = FALSE;
    for (guint seed = 1; seed < N_SEEDS; seed++)
      moves |= lists[seed][i] != lists[0][i];
    ck_assert_msg (moves, "%s is in list %u for every seed", ((GenreClip *)clips->pdata[i])->artist,
                   lists[0][i]);
  }
  for (guint a = 0; a < N_SEEDS; a++)
    for (guint b = a + 1; b < N_SEEDS; b++, n_pairs++)
      for (guint i = 0; i < clips->len; i++)
        shared += lists[a][i] == 2 && lists[b][i] == 2;
  shared /= n_pairs * 0.2 * clips->len;
  ck_assert_msg (shared < 0.3, "%.0f %% of two lists in common", 100 * shared);
  for (guint seed = 0; seed < N_SEEDS; seed++)
    g_free (lists[seed]);
  free_clips (clips);
}
END_TEST

START_TEST (what_has_few_artists_is_learnt_first)
{
  guint sizes[N_LISTS], by_label[N_LISTS * N_LABELS];
  GPtrArray *clips = g_ptr_array_new ();
  add_clips (clips, 0, "The only one", 20);
  add_clips (clips, 1, "One of two", 10);
  add_clips (clips, 1, "The other", 10);
  add_clips (clips, 2, "First", 18);
  add_clips (clips, 2, "Second", 1);
  add_clips (clips, 2, "Third", 1);
  for (guint i = 0; i < 20; i++)
    add_clips (clips, 3, NULL, 1);
  g_autofree guint *lists =
      genre_folds_draw_lists (clips, GENRE_FOLDS_ARTIST, percents, N_LISTS, (guint64)_i, NULL);
  count (clips, lists, N_LISTS, sizes, by_label);
  ck_assert_uint_eq (by_label[0], 20);
  ck_assert_uint_eq (by_label[1], 10);
  for (guint i = 0; i < N_LISTS; i++) {
    ck_assert_uint_gt (by_label[i * N_LABELS + 2], 0);
    ck_assert_uint_eq (by_label[i * N_LABELS + 3], percents[i] / 5);
  }
  free_clips (clips);
}
END_TEST

/* Be it that hardly anything is to be learnt: most draws would give two artists to the others. */
START_TEST (what_is_examined_is_learnt_as_well)
{
  static const guint few[N_LISTS] = {6, 47, 47};
  guint sizes[N_LISTS], by_label[N_LISTS * N_LABELS];
  GPtrArray *clips = g_ptr_array_new ();
  for (guint label = 0; label < N_LABELS; label++) {
    g_autofree char *one = g_strdup_printf ("One of %u", label);
    g_autofree char *other = g_strdup_printf ("Other of %u", label);
    add_clips (clips, label, one, 10);
    add_clips (clips, label, other, 10);
  }
  g_autofree guint *lists =
      genre_folds_draw_lists (clips, GENRE_FOLDS_ARTIST, few, N_LISTS, (guint64)_i, NULL);
  count (clips, lists, N_LISTS, sizes, by_label);
  for (guint label = 0; label < N_LABELS; label++)
    ck_assert_uint_eq (by_label[label], 10);
  ck_assert_uint_gt (sizes[1], 0);
  ck_assert_uint_gt (sizes[2], 0);
  free_clips (clips);
}
END_TEST

/* One is learnt from, and lists that are examined share the others by what was asked of each. */
START_TEST (genres_by_two_artists_leave_no_list_empty)
{
  enum { N_GENRES = 10, N_CLIPS = 2 * N_GENRES * 10 };
  static const guint shares[][N_LISTS] = {{70, 10, 20}, {60, 20, 20}, {50, 10, 40}, {20, 30, 50},
                                          {85, 5, 10},  {30, 20, 50}, {80, 15, 5},  {60, 0, 40}};
  guint sizes[N_LISTS], by_label[N_LISTS * N_GENRES];
  GPtrArray *clips = g_ptr_array_new ();
  for (guint i = 0; i < 2 * N_GENRES; i++) {
    g_autofree char *artist = g_strdup_printf ("Artist %u", i);
    add_clips (clips, i / 2, artist, 10);
  }
  for (guint i = 0; i < G_N_ELEMENTS (shares); i++) {
    const guint *asked = shares[i];
    g_autofree guint *lists =
        genre_folds_draw_lists (clips, GENRE_FOLDS_ARTIST, asked, N_LISTS, (guint64)_i, NULL);
    ck_assert_ptr_nonnull (lists);
    memset (sizes, 0, sizeof sizes);
    memset (by_label, 0, sizeof by_label);
    for (guint j = 0; j < clips->len; j++) {
      sizes[lists[j]]++;
      by_label[lists[j] * N_GENRES + ((GenreClip *)clips->pdata[j])->label]++;
    }
    for (guint label = 0; label < N_GENRES; label++)
      ck_assert_uint_eq (by_label[label], 10);
    for (guint list = 1; list < N_LISTS; list++) { /* to one artist */
      double share = (double)asked[list] / (asked[1] + asked[2]);
      ck_assert_double_eq_tol (sizes[list], share * N_CLIPS / 2, 10 + 1e-6);
      ck_assert (sizes[list] > 0 || asked[list] == 0);
    }
  }
  free_clips (clips);
}
END_TEST

/* Whoever plays, and wherever a genre stands among the others. */
START_TEST (lists_at_random_have_their_share_of_each_genre)
{
  enum { N_GENRES = 6 };
  static const struct {
    guint n;                             /* clips of each genre */
    guint least[N_LISTS], most[N_LISTS]; /* of them in a list */
  } cases[] = {{3, {1, 1, 1}, {1, 1, 1}},
               {4, {2, 1, 1}, {2, 1, 1}},
               {8, {4, 1, 1}, {5, 2, 2}},
               {20, {12, 4, 4}, {12, 4, 4}}};
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GPtrArray *clips = g_ptr_array_new ();
    for (guint label = 0; label < N_GENRES; label++)
      add_clips (clips, label, "The artist of all", cases[i].n);
    g_autofree guint *lists =
        genre_folds_draw_lists (clips, GENRE_FOLDS_RANDOM, percents, N_LISTS, (guint64)_i, NULL);
    guint by_label[N_LISTS * N_GENRES] = {0};
    for (guint j = 0; j < clips->len; j++)
      by_label[lists[j] * N_GENRES + ((GenreClip *)clips->pdata[j])->label]++;
    for (guint j = 0; j < N_LISTS * N_GENRES; j++) {
      ck_assert_uint_ge (by_label[j], cases[i].least[j / N_GENRES]);
      ck_assert_uint_le (by_label[j], cases[i].most[j / N_GENRES]);
    }
    free_clips (clips);
  }
}
END_TEST

START_TEST (lists_that_cannot_be_are_refused)
{
  static const guint two[N_LISTS] = {60, 0, 40};
  GError *error = NULL;
  GPtrArray *clips = g_ptr_array_new (), *nobodys = make_clips (9, 0);
  ck_assert_ptr_null (
      genre_folds_draw_lists (nobodys, GENRE_FOLDS_ARTIST, percents, N_LISTS, 1, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "no artist");
  GPtrArray *single = g_ptr_array_new ();
  for (guint label = 0; label < N_LABELS; label++)
    add_clips (single, label, NULL, 1);
  ck_assert_ptr_null (
      genre_folds_draw_lists (single, GENRE_FOLDS_RANDOM, percents, N_LISTS, 1, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "4 clips leave a list empty",
                     "genres of fewer than 3 clips");
  free_clips (single);
  for (guint label = 0; label < N_LABELS; label++) {
    g_autofree char *artist = g_strdup_printf ("The only one of %u", label);
    add_clips (clips, label, artist, 5);
  }
  ck_assert_ptr_null (
      genre_folds_draw_lists (clips, GENRE_FOLDS_ARTIST, percents, N_LISTS, 1, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "4 artists leave a list empty",
                     "genres by fewer than 3 artists");
  add_clips (clips, 3, "One more", 5);
  g_autofree guint *lists =
      genre_folds_draw_lists (clips, GENRE_FOLDS_ARTIST, two, N_LISTS, 1, NULL);
  for (guint i = 0; i < clips->len; i++)
    ck_assert_uint_ne (lists[i], 1);
  free_clips (clips);
  free_clips (nobodys);
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
  tcase_add_test (tests, folds_of_a_seed_stay_what_they_were);
  tcase_add_loop_test (tests, lists_are_as_large_as_was_asked, 0, N_SEEDS);
  tcase_add_test (tests, another_seed_draws_other_lists);
  tcase_add_loop_test (tests, what_has_few_artists_is_learnt_first, 0, N_SEEDS);
  tcase_add_loop_test (tests, what_is_examined_is_learnt_as_well, 0, N_SEEDS);
  tcase_add_loop_test (tests, genres_by_two_artists_leave_no_list_empty, 0, N_SEEDS);
  tcase_add_loop_test (tests, lists_at_random_have_their_share_of_each_genre, 0, N_SEEDS);
  tcase_add_test (tests, lists_that_cannot_be_are_refused);
  return test_run ("folds", tests);
}
