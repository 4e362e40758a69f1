/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens to music on its way to a listener, and whether its genre survives: the answer for
 * each clip after codecs, resampling, gain, clipping, noise, a compressor and a small microphone,
 * against the answer for the clean clip. Agreement, not quality: the clean answer may be wrong.
 *
 * The built-in model has learnt from most of these clips. GENRE_TEST_FOLDS names an output folder
 * of genre-train cross-validate: then each clip is answered by the model of the fold that held it
 * out, and those that no fold held out are left out: GENRE_TEST_FOLDS=$PWD/folds meson test -C
 * build robustness --verbose */
#include <check.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "files.h"
#include "listen.h"
#include "measuring/heldout.h"

#define STEREO "audioconvert ! audioresample ! audio/x-raw,rate=44100,channels=2 ! "
#define FLOAT "audioconvert ! audio/x-raw,format=F32LE ! "

/* @must: share of clips that must keep their genre, of 30 two or three fewer than do: other
 * processors round otherwise. @element: what the way needs. */
static const struct {
  const char *what, *element, *between;
  double must;
} ways[] = {
    {"MP3, 64 kbit/s", "lamemp3enc",
     STEREO "lamemp3enc target=bitrate bitrate=64 cbr=true ! mpegaudioparse ! mpg123audiodec !",
     0.85},
    {"Opus, 32 kbit/s", "opusenc",
     "audioconvert ! audioresample ! opusenc bitrate=32000 ! opusdec !", 0.8},
    {"8 kHz", "audioresample", "audioresample ! audio/x-raw,rate=8000 !", 0.75},
    {"16 kHz", "audioresample", "audioresample ! audio/x-raw,rate=16000 !", 0.8},
    {"44.1 kHz", "audioresample", "audioresample ! audio/x-raw,rate=44100 !", 0.9},
    {"48 kHz", "audioresample", "audioresample ! audio/x-raw,rate=48000 !", 0.9},
    {"stereo, one channel silent", "audioconvert",
     "audioconvert mix-matrix=\"<<(float)1.0>,<(float)0.0>>\" ! audio/x-raw,channels=2 !", 0.9},
    {"20 dB louder", "volume", FLOAT "volume volume=10 !", 0.9},
    {"20 dB softer", "volume", FLOAT "volume volume=0.1 !", 0.9},
    {"clipped by 6 dB", "volume", "audioconvert ! audio/x-raw,format=S16LE ! volume volume=2 !",
     0.75},
    {"a radio's compressor", "audiodynamic",
     FLOAT "audiodynamic mode=compressor characteristics=soft-knee threshold=0.05 ratio=0.3 !",
     0.75},
    {"100 to 8,000 Hz", "audiocheblimit",
     FLOAT "audiocheblimit mode=high-pass cutoff=100 poles=4 ! audiocheblimit mode=low-pass "
           "cutoff=8000 poles=4 !",
     0.75},
};

static GPtrArray *files;
static GPtrArray *models; /* of char *: who answers for each file; NULL: the built-in model */
static GPtrArray *clean;  /* of char *: the genre of each file as it is */

static char *
listen_to (guint file, const char *between)
{
  return test_listen (g_ptr_array_index (files, file), between, g_ptr_array_index (models, file));
}

/* The mean power of the samples in a file, full scale 1. */
static double
power_of (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_strdup_printf (
      "filesrc location=\"%s\" ! decodebin ! audioconvert ! audio/x-raw,channels=1 ! "
      "level interval=100000000 ! fakesink",
      path);
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, &error);
  ck_assert_msg (!error, "%s", error ? error->message : "");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  double sum = 0;
  guint n = 0;
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (gboolean going = TRUE; going;) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
        bus, 60 * GST_SECOND, GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
    ck_assert (message && GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR);
    if (gst_message_has_name (message, "level")) {
      const GValue *rms = gst_structure_get_value (gst_message_get_structure (message), "rms");
      GValueArray *channels = g_value_get_boxed (rms);
      sum += exp10 (g_value_get_double (channels->values) / 10);
      n++;
    }
    going = GST_MESSAGE_TYPE (message) != GST_MESSAGE_EOS;
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return n ? sum / n : 0;
}

static double
agreement (const char *what, guint n_same)
{
  printf ("%-28s %u of %u clips keep their genre (%.0f %%)\n", what, n_same, files->len,
          100.0 * n_same / files->len);
  return (double)n_same / files->len;
}

START_TEST (the_genre_survives)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (ways[_i].element);
  guint n_same = 0;
  if (!factory) {
    printf ("%s: skipped, there is no %s\n", ways[_i].what, ways[_i].element);
    return;
  }
  for (guint i = 0; i < files->len; i++) {
    g_autofree char *heard = listen_to (i, ways[_i].between);
    n_same += g_strcmp0 (heard, g_ptr_array_index (clean, i)) == 0;
  }
  ck_assert_double_ge (agreement (ways[_i].what, n_same), ways[_i].must);
}
END_TEST

/* audiotestsrc's pink noise at volume 1 has this power. */
static double
noise_power (void)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "genre-noise-XXXXXX", NULL);
  int file = g_mkstemp (path);
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_strdup_printf ("audiotestsrc wave=pink-noise volume=1 num-buffers=600 "
                                           "! audio/x-raw,rate=22050,format=F32LE ! "
                                           "wavenc ! filesink location=\"%s\"",
                                           path);
  ck_assert_int_ge (file, 0);
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, &error);
  ck_assert_msg (!error, "%s", error ? error->message : "");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstMessage) message =
      gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  ck_assert (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  double power = power_of (path);
  g_unlink (path);
  g_close (file, NULL);
  return power;
}

START_TEST (the_genre_survives_pink_noise_20_db_below)
{
  double unit = noise_power ();
  guint n_same = 0;
  for (guint i = 0; i < files->len; i++) {
    double volume = sqrt (power_of (g_ptr_array_index (files, i)) / 100 / unit);
    g_autofree char *between = g_strdup_printf (
        "audioconvert ! audio/x-raw,format=F32LE,rate=22050 ! mix. audiotestsrc wave=pink-noise "
        "volume=%.6f num-buffers=650 ! audio/x-raw,format=F32LE,rate=22050,channels=1 ! mix. "
        "audiomixer name=mix !",
        volume);
    g_autofree char *heard = listen_to (i, between);
    n_same += g_strcmp0 (heard, g_ptr_array_index (clean, i)) == 0;
  }
  ck_assert_double_ge (agreement ("pink noise, 20 dB below", n_same), 0.75);
}
END_TEST

/* Four bands compressed until little of loud and soft is left, then a brick-wall limiter into which
 * everything is pushed by 12 dB: about -9 LUFS, as records are today. Then MP3. */
#define CURVE "-70/-70\\,-50/-35\\,-30/-21\\,-10/-14\\,0/-12"
#define MASTERED                                                                                   \
  "aresample=44100,mcompand=0.005\\,0.1 6 " CURVE " 150 | 0.003\\,0.05 6 " CURVE                   \
  " 800 | 0.002\\,0.03 6 " CURVE " 4000 | 0.001\\,0.025 6 " CURVE                                  \
  " 20000,alimiter=level_in=4:limit=0.97:attack=2:release=50:level=false"

static gboolean
encode_mastered (const char *ffmpeg, const char *from, const char *to)
{
  char *line[] = {(char *)ffmpeg, "-nostdin", "-y",  "-v",       "error", "-i", (char *)from,
                  "-af",          MASTERED,   "-ar", "44100",    "-ac",   "2",  "-b:a",
                  "128k",         "-f",       "mp3", (char *)to, NULL};
  gint status = 1;
  return g_spawn_sync (NULL, line, NULL, 0, NULL, NULL, NULL, NULL, &status, NULL) && status == 0;
}

START_TEST (the_genre_survives_mastering_and_mp3)
{
  g_autofree char *ffmpeg = g_find_program_in_path ("ffmpeg");
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "genre-mastered-XXXXXX", NULL);
  guint n_same = 0;
  if (!ffmpeg) {
    printf ("mastered, MP3 128 kbit/s: skipped, there is no ffmpeg\n");
    return;
  }
  int file = g_mkstemp (path);
  ck_assert_int_ge (file, 0);
  for (guint i = 0; i < files->len; i++) {
    ck_assert_msg (encode_mastered (ffmpeg, files->pdata[i], path), "%s: ffmpeg failed",
                   (char *)files->pdata[i]);
    g_autofree char *heard = test_listen (path, "", models->pdata[i]);
    n_same += g_strcmp0 (heard, clean->pdata[i]) == 0;
  }
  g_unlink (path);
  g_close (file, NULL);
  ck_assert_double_ge (agreement ("mastered, MP3 128 kbit/s", n_same), 0.75);
}
END_TEST

static void
listen_to_clean_files (void)
{
  clean = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < files->len; i++)
    g_ptr_array_add (clean, listen_to (i, ""));
}

static void
forget_clean_files (void)
{
  g_ptr_array_unref (clean);
}

static void
use_built_in_model (void)
{
  models = g_ptr_array_new ();
  g_ptr_array_set_size (models, (gint)files->len);
}

/* Leaves only the files that a fold held out. */
static gboolean
use_models_of_folds (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreHeldOut) held_out = genre_held_out_load (folder, &error);
  if (!held_out) {
    printf ("GENRE_TEST_FOLDS: %s\n", error->message);
    return FALSE;
  }
  models = g_ptr_array_new_with_free_func (g_free);
  guint n_all = files->len;
  for (guint i = 0; i < files->len;) {
    g_autofree char *stem = genre_file_stem (g_ptr_array_index (files, i));
    gint fold = genre_held_out_find (held_out, stem);
    if (fold >= 0) {
      g_ptr_array_add (models, g_strdup (held_out->paths[fold]));
      i++;
    } else {
      g_ptr_array_remove_index (files, i);
    }
  }
  printf ("%u of %u clips, each answered by a model that never heard %s (%s)\n", files->len, n_all,
          held_out->by_artist ? "it or its artist" : "it", folder);
  return files->len > 0;
}

int
main (int argc, char **argv)
{
  const char *folds = g_getenv ("GENRE_TEST_FOLDS");
  gst_init (&argc, &argv);
  files = test_sound_files ();
  if (!files) {
    printf ("skipped: the test data folder has no clips\n");
    return 77;
  }
  gboolean by_fold = folds && *folds;
  if (by_fold && !use_models_of_folds (folds))
    return EXIT_FAILURE;
  if (!by_fold)
    use_built_in_model ();
  TCase *tests = tcase_create ("robustness");
  Suite *suite = suite_create ("robustness");
  suite_add_tcase (suite, tests);
  tcase_set_timeout (tests, 600);
  tcase_add_unchecked_fixture (tests, listen_to_clean_files, forget_clean_files);
  tcase_add_loop_test (tests, the_genre_survives, 0, G_N_ELEMENTS (ways));
  tcase_add_test (tests, the_genre_survives_pink_noise_20_db_below);
  tcase_add_test (tests, the_genre_survives_mastering_and_mp3);
  SRunner *runner = srunner_create (suite);
  srunner_set_fork_status (runner, CK_NOFORK);
  srunner_run_all (runner, CK_NORMAL);
  int failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  g_ptr_array_unref (models);
  g_ptr_array_unref (files);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
