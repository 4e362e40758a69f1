/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The development data, where they are: all of it is read, cut into folds, and what extract makes
 * of the audio is what is stored. */
#include <gst/gst.h>
#include <math.h>
#include <string.h>
#include "data/extraction.h"
#include "data/folds.h"
#include "data/levels.h"
#include "data/npy.h"
#include "support.h"

static char *data;

START_TEST (all_of_gtzan_is_read)
{
  g_autofree char *folder = g_build_filename (data, "gtzan-mel", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreDataset) dataset = genre_dataset_load (folder, &error);
  ck_assert_msg (dataset, "%s", !error ? "" : error->message);
  ck_assert_uint_eq (dataset->n_labels, 10);
  ck_assert_uint_eq (dataset->clips->len, 999);
  ck_assert_uint_eq (dataset->problems->len, 0);
  ck_assert_str_eq (dataset->display_names[4], "Hip-Hop");
  ck_assert_uint_eq (((GenreClip *)dataset->clips->pdata[0])->n_frames, 724);
}
END_TEST

START_TEST (the_filtered_split_is_found)
{
  static const struct {
    const char *name;
    guint n_clips, n_problems;
  } lists[] = {{"train", 442, 1}, {"valid", 197, 0}, {"test", 290, 0}}; /* no jazz.00054 */
  g_autofree char *folder = g_build_filename (data, "gtzan-mel", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
    g_autofree char *path = g_strdup_printf ("%s/splits/filtered-%s.txt", data, lists[i].name);
    g_autoptr (GenreDataset) dataset = genre_dataset_load (folder, NULL);
    g_autoptr (GPtrArray) clips = genre_dataset_select (dataset, path, NULL);
    ck_assert_uint_eq (clips->len, lists[i].n_clips);
    ck_assert_uint_eq (dataset->problems->len, lists[i].n_problems);
  }
}
END_TEST

START_TEST (folds_by_artist_are_about_equal)
{
  g_autofree char *folder = g_build_filename (data, "gtzan-mel", NULL);
  g_autofree char *artists = g_build_filename (data, "splits", "artists.tsv", NULL);
  g_autoptr (GenreDataset) dataset = genre_dataset_load (folder, NULL);
  ck_assert (genre_dataset_load_artists (dataset, artists, NULL));
  g_autofree guint *folds =
      genre_folds_new (dataset->clips, dataset->n_labels, 5, GENRE_FOLDS_ARTIST, 1, NULL);
  guint sizes[5] = {0}, by_label[5][10] = {{0}};
  for (guint i = 0; i < dataset->clips->len; i++) {
    sizes[folds[i]]++;
    by_label[folds[i]][((GenreClip *)dataset->clips->pdata[i])->label]++;
  }
  for (guint i = 0; i < 5; i++) {
    ck_assert_uint_ge (sizes[i], 180); /* 200 ± 10 % */
    ck_assert_uint_le (sizes[i], 220);
    for (guint j = 0; j < 10; j++)
      ck_assert_uint_ge (by_label[i][j], 12); /* 35 of 100 reggae clips are by one artist */
  }
}
END_TEST

/* Mean absolute difference in dB between stored frames and those at hop 512 that were stored. */
static double
difference (const GenreClip *clip, const GenreNpy *made)
{
  double sum = 0;
  guint n = 0;
  for (guint x = 1; x < clip->n_frames; x++) { /* frame 0 is the frame of the pictures' plot */
    gsize t = (gsize)((x + 0.56) / 723.68 * ((double)made->rows - 1) + 0.5);
    for (guint band = 0; t < made->rows && band < 128; band++, n++)
      sum += fabsf (GENRE_LEVEL_DB (clip->levels[x * 128 + band]) -
                    GENRE_LEVEL_DB (made->bytes[t * 128 + band]));
  }
  return sum / n;
}

START_TEST (what_extract_makes_of_the_audio_is_what_is_stored)
{
  gst_init (NULL, NULL);
  g_autoptr (TestFolder) out = test_folder_new ();
  g_autofree char *music = g_build_filename (data, "clips", NULL);
  g_autofree char *stored = g_build_filename (data, "gtzan-mel", NULL);
  GenreExtractionJob job = {.source = music,
                            .target = out,
                            .front_end = genre_front_end_config_default (),
                            .n_threads = 2,
                            .timeout = 60};
  job.front_end.hop = 512;
  g_auto (GenreExtraction) result = {0};
  ck_assert (genre_extract (&job, &result, NULL));
  ck_assert_uint_eq (result.n_extracted, 30);
  g_autoptr (GenreDataset) dataset = genre_dataset_load (stored, NULL);
  guint n = 0;
  for (guint i = 0; i < dataset->clips->len; i++) {
    const GenreClip *clip = dataset->clips->pdata[i];
    g_autofree char *path =
        g_strdup_printf ("%s/%s/%s.npy", out, dataset->labels[clip->label], clip->stem);
    g_autoptr (GenreNpy) made = genre_npy_load (path, NULL);
    if (!made)
      continue;
    n++;
    ck_assert_msg (difference (clip, made) < 0.35, "%s: %g dB", path, difference (clip, made));
  }
  ck_assert_uint_eq (n, 30);
}
END_TEST

int
main (void)
{
  data = test_data ("");
  if (!data)
    return TEST_SKIPPED;
  TCase *tests = tcase_create ("gtzan");
  tcase_add_test (tests, all_of_gtzan_is_read);
  tcase_add_test (tests, the_filtered_split_is_found);
  tcase_add_test (tests, folds_by_artist_are_about_equal);
  tcase_add_test (tests, what_extract_makes_of_the_audio_is_what_is_stored);
  return test_run ("gtzan", tests);
}
