/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The element, fed each of the 30 clips as sound, against genre-train's answer for their stored
 * spectrograms: the two ways to the same network must meet. This says nothing about quality, since
 * the model has heard most of these clips. */
#include <check.h>
#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>
#include "listen.h"
#include "measuring/evaluation.h"
#include "measuring/metrics.h"
#include "modelfile.h"

#define N_CLIPS 30
#define MUST_AGREE 28
#define TIE 0.3 /* of probability */

typedef struct {
  GenreModel *model;
  GenreDataset *stored; /* all clips of the data set */
  GPtrArray *clips;     /* of GenreClip: those that are there as sound */
  GPtrArray *paths;     /* of char *: their sound files */
  GenreScores *scores;
} Chain;

static void
find_clips (Chain *chain)
{
  for (guint i = 0; i < chain->stored->clips->len; i++) {
    GenreClip *clip = g_ptr_array_index (chain->stored->clips, i);
    g_autofree char *name =
        g_strdup_printf ("clips/%s/%s.flac", chain->stored->labels[clip->label], clip->stem);
    g_autofree char *path = test_data_path (name);
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      continue;
    g_ptr_array_add (chain->clips, clip);
    g_ptr_array_add (chain->paths, g_steal_pointer (&path));
  }
}

static Chain
set_up (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = test_data_path ("gtzan-mel");
  Chain chain = {.model = genre_model_load (GENRE_DEFAULT_MODEL, &error)};
  ck_assert_msg (chain.model, "%s", error ? error->message : "");
  chain.stored = genre_dataset_load (folder, &error);
  ck_assert_msg (chain.stored, "%s", error ? error->message : "");
  chain.clips = g_ptr_array_new ();
  chain.paths = g_ptr_array_new_with_free_func (g_free);
  find_clips (&chain);
  ck_assert_uint_eq (chain.clips->len, N_CLIPS);
  chain.scores = genre_evaluate (chain.model, chain.stored, chain.clips, 0, 2, &error);
  ck_assert_msg (chain.scores, "%s", error ? error->message : "");
  ck_assert_uint_eq (chain.scores->n_clips, N_CLIPS);
  return chain;
}

static void
tear_down (Chain *chain)
{
  genre_scores_free (chain->scores);
  g_ptr_array_unref (chain->paths);
  g_ptr_array_unref (chain->clips);
  genre_dataset_free (chain->stored);
  genre_model_unref (chain->model);
}

static const struct {
  const char *what, *between;
} ways[] = {
    {"as it is", ""},
    {"44.1 kHz stereo",
     "audioconvert ! audioresample quality=10 ! audio/x-raw,rate=44100,channels=2 !"},
    {"48 kHz", "audioconvert ! audioresample quality=10 ! audio/x-raw,rate=48000 !"},
};

/* Whether the stored spectrogram of clip @i is of that genre, or nearly as much as of another: what
 * is almost a tie falls either way. */
static gboolean
is_as_stored (const Chain *chain, guint i, const char *heard)
{
  const double *p = chain->scores->probabilities + (gsize)i * chain->scores->n_labels;
  guint best = genre_scores_answer (chain->scores, i);
  for (guint l = 0; l < chain->stored->n_labels; l++)
    if (g_strcmp0 (heard, chain->stored->labels[l]) == 0)
      return p[l] >= p[best] - TIE;
  return FALSE;
}

START_TEST (sound_and_stored_spectrogram_get_the_same_genre)
{
  Chain chain = set_up ();
  guint n_same = 0;
  for (guint i = 0; i < N_CLIPS; i++) {
    const char *stored = chain.stored->labels[genre_scores_answer (chain.scores, i)];
    g_autofree char *heard =
        test_listen (g_ptr_array_index (chain.paths, i), ways[_i].between, NULL);
    gboolean same = is_as_stored (&chain, i, heard);
    if (!same)
      printf ("%s, %s: heard %s, stored %s\n", chain.scores->clips[i], ways[_i].what,
              heard ? heard : "nothing", stored);
    n_same += same;
  }
  printf ("%s: the same genre for %u of %u clips\n", ways[_i].what, n_same, N_CLIPS);
  tear_down (&chain);
  ck_assert_uint_ge (n_same, MUST_AGREE);
}
END_TEST

int
main (int argc, char **argv)
{
  g_autofree char *clips = test_data_path ("clips");
  if (!g_file_test (clips, G_FILE_TEST_IS_DIR)) {
    printf ("skipped: the test data folder has no clips (%s)\n", clips);
    return 77;
  }
  gst_init (&argc, &argv);
  TCase *tests = tcase_create ("chain");
  Suite *suite = suite_create ("chain");
  suite_add_tcase (suite, tests);
  tcase_set_timeout (tests, 600);
  tcase_add_loop_test (tests, sound_and_stored_spectrogram_get_the_same_genre, 0,
                       G_N_ELEMENTS (ways));
  SRunner *runner = srunner_create (suite);
  srunner_set_fork_status (runner, CK_NOFORK);
  srunner_run_all (runner, CK_NORMAL);
  int failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
