/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a network is told about the inputs that it is shown. */
#include "learning/batch.h"
#include <math.h>
#include <time.h>
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

/* jazz, rock, talk (background), tango (other music), each of one level. */
static void
write_levels (const char *folder)
{
  test_write_clip (folder, "jazz/a.npy", 2 * FRAMES, 60);
  test_write_clip (folder, "rock/b.npy", 2 * FRAMES, 120);
  test_write_clip (folder, "talk/c.npy", 2 * FRAMES, 180);
  test_write_clip (folder, "tango/d.npy", 2 * FRAMES, 240);
}

static Fixture
set_up (const char *const *settings, void (*write) (const char *folder))
{
  Fixture f = {.folder = test_folder_new (), .recipe = genre_recipe_new ()};
  GError *error = NULL;
  guint n_short;
  write (f.folder);
  f.dataset = genre_dataset_load (f.folder, &error);
  ck_assert_msg (f.dataset, "%s", error ? error->message : "");
  ck_assert (
      genre_dataset_set_roles (f.dataset, background, write == write_levels ? others : NULL, NULL));
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
    genre_batches_fill (f->batches, i, GENRE_VIEW_ANY, input, target);
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
  Fixture f = set_up ((const char *const[]){"training.balance=genres", NULL}, write_levels);
  Counts counts = count_targets (&f, 400);
  for (guint l = 0; l < 3; l++)
    ck_assert_uint_eq (counts.whole[l], 100);
  ck_assert_uint_eq (counts.any, 100);
  tear_down (&f);
}
END_TEST

/* As set_up() sees; all of each is shown. */
START_TEST (clips_of_one_segment_are_not_short)
{
  Fixture f =
      set_up ((const char *const[]){"training.balance=genres", "model.segment-frames=40", NULL},
              write_levels);
  float input[2 * FRAMES * BANDS], target[3];
  ck_assert_uint_eq (f.recipe->segment_frames, 2 * FRAMES);
  genre_batches_fill (f.batches, 1, GENRE_VIEW_ANY, input, target);
  ck_assert_float_eq (target[1], 1);
  tear_down (&f);
}
END_TEST

START_TEST (other_music_is_drawn_as_often_as_asked)
{
  Fixture f = set_up ((const char *const[]){"training.balance=genres", "training.others=3", NULL},
                      write_levels);
  Counts counts = count_targets (&f, 600);
  ck_assert_uint_eq (counts.whole[0], 100);
  ck_assert_uint_eq (counts.any, 300);
  tear_down (&f);
}
END_TEST

/* Three inputs an epoch, of four kinds of music: in four epochs three of each. */
START_TEST (short_epochs_take_turns)
{
  Fixture f = set_up ((const char *const[]){"training.balance=genres", "training.batch=3", NULL},
                      write_levels);
  guint n = 3 * genre_batches_get_n_steps (f.batches), any = 0, whole[3] = {0};
  ck_assert_uint_eq (n, 3);
  for (guint epoch = 0; epoch < 4; epoch++) {
    genre_batches_begin (f.batches, epoch);
    Counts counts = count_targets (&f, n);
    any += counts.any;
    for (guint l = 0; l < 3; l++)
      whole[l] += counts.whole[l];
  }
  ck_assert_uint_eq (any, 3);
  for (guint l = 0; l < 3; l++)
    ck_assert_uint_eq (whole[l], 3);
  genre_batches_begin (f.batches, G_MAXUINT - 1); /* 3 · (2³² − 2) ≡ 2 (mod 4): the third */
  ck_assert_uint_eq (count_targets (&f, 1).whole[2], 1);
  tear_down (&f);
}
END_TEST

START_TEST (background_lies_over_genres_and_shares_their_target)
{
  Fixture f =
      set_up ((const char *const[]){"training.balance=genres", "augmentation.announcer=1", NULL},
              write_levels);
  Counts counts = count_targets (&f, 400);
  ck_assert_uint_eq (counts.whole[2], 100); /* over itself it lies not */
  ck_assert_uint_eq (counts.any, 100);      /* and not over music of no genre */
  ck_assert_uint_eq (counts.shared, 200);
  ck_assert_double_gt (counts.music, 0.3);
  ck_assert_double_lt (counts.music, 0.9);
  tear_down (&f);
}
END_TEST

/* The genres sound in the lower bands, the talk in the upper ones. */
static void
write_halves (const char *folder)
{
  guint8 low[2 * FRAMES * BANDS], high[2 * FRAMES * BANDS];
  for (guint i = 0; i < G_N_ELEMENTS (low); i++) {
    low[i] = i % BANDS < BANDS / 2 ? 250 : 0;
    high[i] = i % BANDS < BANDS / 2 ? 0 : 250;
  }
  test_write_levels (folder, "jazz/a.npy", 2 * FRAMES, low);
  test_write_levels (folder, "rock/b.npy", 2 * FRAMES, low);
  test_write_levels (folder, "talk/c.npy", 2 * FRAMES, high);
}

START_TEST (who_is_louder_has_more_of_the_target)
{
  Fixture f = set_up ((const char *const[]){"training.balance=genres", "augmentation.announcer=1",
                                            "augmentation.stretch=0", "augmentation.shift=0",
                                            "augmentation.equaliser=0", "augmentation.band-limit=0",
                                            "augmentation.noise=0", "augmentation.compression=0",
                                            "augmentation.masks=0", NULL},
                      write_halves);
  guint n_music = 0, n_talk = 0;
  for (guint i = 0; i < 200; i++) {
    float input[FRAMES * BANDS], target[3];
    genre_batches_fill (f.batches, i, GENRE_VIEW_ANY, input, target);
    float music = target[0] + target[1], louder = input[0] - input[BANDS - 1];
    if (target[2] == 1)
      continue; /* the talk itself */
    n_music += music > 0.9f;
    n_talk += music < 0.1f;
    if (music > 0.9f) /* more than 1 dB louder */
      ck_assert_float_gt (louder, 0.1f);
    if (music < 0.1f)
      ck_assert_float_lt (louder, -0.1f);
  }
  ck_assert_uint_gt (n_music, 20);
  ck_assert_uint_gt (n_talk, 20);
  tear_down (&f);
}
END_TEST

START_TEST (mixed_with_anything_targets_sum_to_one)
{
  Fixture f =
      set_up ((const char *const[]){"training.balance=clips", "augmentation.announcer=0.5",
                                    "augmentation.mixup=0.4", "augmentation.mastering=1",
                                    "augmentation.fade=1", "training.label-smoothing=0.1", NULL},
              write_levels);
  count_targets (&f, 400);
  tear_down (&f);
}
END_TEST

static void
write_beats (const char *folder)
{
  guint8 levels[2 * FRAMES * BANDS];
  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    levels[i] = 60 + 25 * (i / BANDS % 4) + i % BANDS / 2;
  test_write_levels (folder, "jazz/a.npy", 2 * FRAMES, levels);
  test_write_levels (folder, "rock/b.npy", 2 * FRAMES, levels);
  test_write_levels (folder, "talk/c.npy", 2 * FRAMES, levels);
}

START_TEST (views_differ_in_mastering_alone)
{
  Fixture f = set_up ((const char *const[]){"training.balance=genres", "augmentation.announcer=0.3",
                                            "augmentation.mixup=0.4", "augmentation.fade=0.5",
                                            "augmentation.noise=0.5", "augmentation.time-mask=8",
                                            "augmentation.mastering-compression=0.5", NULL},
                      write_beats);
  enum { N = FRAMES * BANDS };
  for (guint i = 0; i < 50; i++) {
    float recorded[N], again[N], mastered[N], targets[2][3];
    genre_batches_fill (f.batches, i, GENRE_VIEW_RECORDED, recorded, targets[0]);
    genre_batches_fill (f.batches, i, GENRE_VIEW_MASTERED, mastered, targets[1]);
    ck_assert_mem_eq (targets[0], targets[1], sizeof targets[0]);
    ck_assert_mem_ne (recorded, mastered, sizeof recorded);
    guint n_masked = 0;
    for (guint j = 0; j < N; j++)
      n_masked += (recorded[j] == 0) != (mastered[j] == 0);
    ck_assert_uint_le (n_masked, 2); /* a value may be the mean by chance */
    f.recipe->mastering = i % 2;     /* which is for those that have no view */
    genre_batches_fill (f.batches, i, GENRE_VIEW_RECORDED, again, targets[1]);
    ck_assert_mem_eq (recorded, again, sizeof recorded);
  }
  tear_down (&f);
}
END_TEST

/* Two songs by one artist, spelled in two ways, and one by another: each artist is half of jazz. */
START_TEST (an_artist_of_two_spellings_is_drawn_as_often_as_another)
{
  static const char *const artists[] = {"Bj\u00f6rk", "BJO\u0308RK", "Other"};
  const char *settings[] = {"augmentation.masks=0", "augmentation.band-limit=0", NULL};
  Fixture f = set_up (settings, write_halves);
  GenreClip clips[4];
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  guint n_short, n_other = 0, n_jazz = 0;
  for (guint i = 0; i < 4; i++) { /* jazz, but the last: rock; the other one's music is the talk */
    clips[i] = *(const GenreClip *)f.dataset->clips->pdata[i == 3 ? 1 : i == 2 ? 2 : 0];
    clips[i].label = i == 3;
    clips[i].artist = i < 3 ? (char *)artists[i] : NULL;
    g_ptr_array_add (all, &clips[i]);
  }
  ck_assert (genre_recipe_set (f.recipe, "training.balance=artists", NULL));
  genre_batches_free (f.batches);
  f.batches = genre_batches_new (f.recipe, f.dataset, f.front_end, all, &n_short, NULL);
  genre_batches_begin (f.batches, 0);
  for (guint i = 0; i < 800; i++) {
    float input[FRAMES * BANDS], target[3];
    genre_batches_fill (f.batches, i, GENRE_VIEW_ANY, input, target);
    n_jazz += target[0] == 1;
    n_other += target[0] == 1 && input[10] < input[BANDS - 10];
  }
  ck_assert_uint_eq (n_jazz, 400);
  ck_assert_uint_gt (n_other, 170); /* a third: 133 */
  ck_assert_uint_lt (n_other, 230);
  tear_down (&f);
}
END_TEST

/* Nine songs of jazz, one of rock, five of talk. */
static void
write_unequal (const char *folder)
{
  for (guint i = 0; i < 15; i++) {
    const char *genre = i < 9 ? "jazz" : i < 10 ? "rock" : "talk";
    g_autofree char *name = g_strdup_printf ("%s/%u.npy", genre, i);
    test_write_clip (folder, name, 2 * FRAMES, 60 + 10 * i);
  }
}

/* Over an epoch the sum of each genre's targets is the same, whatever is mixed in. */
START_TEST (weights_make_up_for_unequal_folders_with_partners_of_the_genre)
{
  Fixture f = set_up ((const char *const[]){"training.class-weights=1", "augmentation.mixup=0.4",
                                            "augmentation.mixup-partner=genre", NULL},
                      write_unequal);
  double sums[3] = {0};
  for (guint i = 0; i < 15; i++) {
    float input[FRAMES * BANDS], target[3];
    genre_batches_fill (f.batches, i, GENRE_VIEW_ANY, input, target);
    for (guint l = 0; l < 3; l++)
      sums[l] += target[l];
  }
  for (guint l = 0; l < 3; l++)
    ck_assert_double_eq_tol (sums[l], 5, 1e-4);
  tear_down (&f);
}
END_TEST

/* Processor time that it takes to sort the data set's clips, and @n more that are each somebody's.
 */
static double
time_artists (const Fixture *f, guint n)
{
  g_autofree GenreClip *clips = g_new0 (GenreClip, n);
  g_autofree char *names = g_new0 (char, n * 16);
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  guint n_short;
  for (guint i = 0; i < n; i++) {
    clips[i] = *(const GenreClip *)f->dataset->clips->pdata[i % 2];
    clips[i].artist = names + (gsize)i * 16;
    g_snprintf (clips[i].artist, 16, "artist %u", i);
    g_ptr_array_add (all, &clips[i]);
  }
  clock_t begin = clock ();
  GenreBatches *batches =
      genre_batches_new (f->recipe, f->dataset, f->front_end, all, &n_short, NULL);
  double time = (double)(clock () - begin);
  ck_assert_ptr_nonnull (batches);
  genre_batches_free (batches);
  return time;
}

START_TEST (many_artists_are_sorted_about_as_fast_as_few)
{
  const char *settings[] = {NULL};
  Fixture f = set_up (settings, write_levels);
  ck_assert (genre_recipe_set (f.recipe, "training.balance=artists", NULL));
  double few = time_artists (&f, 2000), many = time_artists (&f, 20000);
  ck_assert_msg (many < 40 * few, "%g times as long for ten times as many", many / few);
  tear_down (&f);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("batch");
  tcase_add_test (tests, other_music_is_any_genre_alike);
  tcase_add_test (tests, clips_of_one_segment_are_not_short);
  tcase_add_test (tests, other_music_is_drawn_as_often_as_asked);
  tcase_add_test (tests, short_epochs_take_turns);
  tcase_add_test (tests, background_lies_over_genres_and_shares_their_target);
  tcase_add_test (tests, an_artist_of_two_spellings_is_drawn_as_often_as_another);
  tcase_add_test (tests, weights_make_up_for_unequal_folders_with_partners_of_the_genre);
  tcase_add_test (tests, many_artists_are_sorted_about_as_fast_as_few);
  tcase_add_test (tests, views_differ_in_mastering_alone);
  tcase_add_test (tests, who_is_louder_has_more_of_the_target);
  tcase_add_test (tests, mixed_with_anything_targets_sum_to_one);
  return test_run ("batch", tests);
}
