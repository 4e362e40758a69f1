/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a network is told about the inputs that it is shown. */
#include "learning/batch.h"
#include <math.h>
#include "support.h"

#define FRAMES 20
#define BANDS 128

typedef struct {
  TestFolder *folder;
  GenreDataset *dataset;
  GenreFrontEnd *front_end;
  GenreRecipe *recipe;
  GenreBatches *batches;
} Fixture;

static char *background[] = {"talk", NULL}, *others[] = {"tango", NULL};

/* jazz, rock, talk (background), tango (other music): so many levels each. */
static Fixture
set_up (const char *const *settings)
{
  Fixture f = {.folder = test_folder_new (), .recipe = genre_recipe_new ()};
  GError *error = NULL;
  guint n_short;
  test_write_clip (f.folder, "jazz/a.npy", 2 * FRAMES, 60);
  test_write_clip (f.folder, "rock/b.npy", 2 * FRAMES, 120);
  test_write_clip (f.folder, "talk/c.npy", 2 * FRAMES, 180);
  test_write_clip (f.folder, "tango/d.npy", 2 * FRAMES, 240);
  f.dataset = genre_dataset_load (f.folder, &error);
  ck_assert_msg (f.dataset, "%s", error ? error->message : "");
  ck_assert (genre_dataset_set_roles (f.dataset, background, others, NULL));
  f.front_end = genre_front_end_new (&f.dataset->front_end, NULL);
  f.recipe->segment_frames = FRAMES;
  f.recipe->label_smoothing = 0;
  f.recipe->mixup = 0;
  for (; *settings; settings++)
    ck_assert (genre_recipe_set (f.recipe, *settings, NULL));
  f.batches =
      genre_batches_new (f.recipe, f.dataset, f.front_end, f.dataset->clips, &n_short, &error);
  ck_assert_msg (f.batches, "%s", error ? error->message : "");
  ck_assert_uint_eq (n_short, 0);
  genre_batches_begin (f.batches, 0);
  return f;
}

static void
tear_down (Fixture *f)
{
  genre_batches_free (f->batches);
  genre_recipe_free (f->recipe);
  genre_front_end_unref (f->front_end);
  genre_dataset_free (f->dataset);
  test_folder_free (f->folder);
}

/* How often, of @n positions, the target is all of a label, any genre alike, or shared. */
typedef struct {
  guint whole[3], any, shared;
  double music; /* mean share of the genres where it is shared */
} Counts;

static Counts
count_targets (const Fixture *f, guint n)
{
  Counts counts = {0};
  float input[FRAMES * BANDS], target[3];
  for (guint i = 0; i < n; i++) {
    genre_batches_fill (f->batches, i, input, target);
    ck_assert_float_eq_tol (target[0] + target[1] + target[2], 1, 1e-5);
    gboolean whole = FALSE;
    for (guint l = 0; l < 3; l++) {
      counts.whole[l] += target[l] == 1;
      whole |= target[l] == 1;
    }
    gboolean any = fabsf (target[0] - 0.5f) < 1e-6 && fabsf (target[1] - 0.5f) < 1e-6;
    counts.any += any;
    counts.shared += !whole && !any;
    counts.music += whole || any ? 0 : target[0] + target[1];
    gboolean finite = TRUE;
    for (guint j = 0; j < FRAMES * BANDS; j++)
      finite &= isfinite (input[j]) != 0;
    ck_assert (finite); /* once: each check is a message to another process */
  }
  counts.music /= MAX (1, counts.shared);
  return counts;
}

START_TEST (other_music_is_any_genre_alike)
{
  Fixture f = set_up ((const char *const[]){"training.balance=genres", NULL});
  Counts counts = count_targets (&f, 400);
  for (guint l = 0; l < 3; l++)
    ck_assert_uint_eq (counts.whole[l], 100);
  ck_assert_uint_eq (counts.any, 100);
  tear_down (&f);
}
END_TEST

START_TEST (other_music_is_drawn_as_often_as_asked)
{
  Fixture f = set_up ((const char *const[]){"training.balance=genres", "training.others=3", NULL});
  Counts counts = count_targets (&f, 600);
  ck_assert_uint_eq (counts.whole[0], 100);
  ck_assert_uint_eq (counts.any, 300);
  tear_down (&f);
}
END_TEST

START_TEST (background_lies_over_genres_and_shares_their_target)
{
  Fixture f =
      set_up ((const char *const[]){"training.balance=genres", "augmentation.announcer=1", NULL});
  Counts counts = count_targets (&f, 400);
  ck_assert_uint_eq (counts.whole[2], 100); /* over itself it lies not */
  ck_assert_uint_eq (counts.any, 100);      /* and not over music of no genre */
  ck_assert_uint_eq (counts.shared, 200);
  ck_assert_double_gt (counts.music, 0.3);
  ck_assert_double_lt (counts.music, 0.9);
  tear_down (&f);
}
END_TEST

START_TEST (mixed_with_anything_targets_sum_to_one)
{
  Fixture f = set_up ((const char *const[]){
      "training.balance=clips", "augmentation.announcer=0.5", "augmentation.mixup=0.4",
      "augmentation.mastering=1", "augmentation.fade=1", "training.label-smoothing=0.1", NULL});
  count_targets (&f, 400);
  tear_down (&f);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("batch");
  tcase_add_test (tests, other_music_is_any_genre_alike);
  tcase_add_test (tests, other_music_is_drawn_as_often_as_asked);
  tcase_add_test (tests, background_lies_over_genres_and_shares_their_target);
  tcase_add_test (tests, mixed_with_anything_targets_sum_to_one);
  return test_run ("batch", tests);
}
