/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Spectrograms of whole clips against those that the default model was trained on.
 *
 * The test data folder ($GENRE_TEST_DATA, or where meson says) holds clips/GENRE/NAME.flac (22,050
 * Hz, mono) and gtzan-mel/GENRE/NAME.npy: uint8, (724 frames, 128 bands), dB = value · 80/255 − 80
 * relative to the clip's loudest value. They were made at a hop of 512, centred, and of T frames
 * stored frame x is frame floor ((x + 0.56) / 723.68 · (T − 1) + 0.5). Stored frame 0 is left out:
 * it holds one value for all bands in every one of the files, the border of the pictures that they
 * were recovered from. The folder is no part of the project: without it the test is skipped. */
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spectrogram.h"
#include "test.h"

#define SKIPPED 77 /* for meson */
#define STORED_FRAMES 724
#define BANDS 128
#define LEAST_CORRELATION 0.99

static GPtrArray *clips; /* of char *, paths of .flac files */
static const char *data_folder;

/* All samples of a file; NULL if it cannot be decoded. */
static GArray *
decode (const char *path)
{
  g_autoptr (GstElement) pipeline =
      gst_parse_launch ("filesrc name=source ! flacparse ! flacdec ! audioconvert ! "
                        "audio/x-raw,format=F32LE,rate=22050,channels=1 ! appsink name=sink sync=0",
                        NULL);
  g_autoptr (GstElement) source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  GArray *samples = g_array_new (FALSE, FALSE, sizeof (float));
  g_object_set (source, "location", path, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  GstSample *sample;
  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (sink)))) {
    GstMapInfo map;
    gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ);
    g_array_append_vals (samples, map.data, map.size / sizeof (float));
    gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
    gst_sample_unref (sample);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return samples;
}

static void
keep_frame (const float *bands, double mean_square, gpointer user_data)
{
  g_array_append_vals (user_data, bands, BANDS);
}

/* (frames, BANDS) at a hop of 512, floored 80 dB under the loudest value. */
static GArray *
analyse (const GArray *samples)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  GArray *frames = g_array_new (FALSE, FALSE, sizeof (float));
  float loudest = -G_MAXFLOAT;
  config.hop = 512;
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&config, NULL);
  g_autoptr (GenreSpectrogram) spectrogram = genre_spectrogram_new (front_end);
  genre_spectrogram_push (spectrogram, (const float *)samples->data, samples->len, keep_frame,
                          frames);
  genre_spectrogram_finish (spectrogram, keep_frame, frames);
  float *values = (float *)frames->data;
  for (guint i = 0; i < frames->len; i++)
    loudest = MAX (loudest, values[i]);
  for (guint i = 0; i < frames->len; i++)
    values[i] = MAX (values[i], loudest - 80) - loudest;
  return frames;
}

/* The stored spectrogram of a clip, (STORED_FRAMES, BANDS); its header must be the one we expect.
 */
static guint8 *
load_stored (const char *clip)
{
  g_autofree char *name = g_path_get_basename (clip), *folder = g_path_get_dirname (clip);
  g_autofree char *genre = g_path_get_basename (folder);
  g_autofree char *stem = g_strndup (name, strlen (name) - strlen (".flac"));
  g_autofree char *file = g_strconcat (stem, ".npy", NULL);
  g_autofree char *path = g_build_filename (data_folder, "gtzan-mel", genre, file, NULL);
  g_autofree char *contents = NULL;
  gsize length;
  ck_assert_msg (g_file_get_contents (path, &contents, &length, NULL), "%s", path);
  ck_assert_mem_eq (contents, "\x93NUMPY\x01", 7);
  gsize header_length = 10 + (guint8)contents[8] + 256 * (gsize)(guint8)contents[9];
  ck_assert_ptr_nonnull (g_strstr_len (contents + 10, header_length - 10, "(724, 128)"));
  ck_assert_ptr_nonnull (g_strstr_len (contents + 10, header_length - 10, "|u1"));
  ck_assert_uint_eq (length, header_length + STORED_FRAMES * BANDS);
  return g_memdup2 (contents + header_length, STORED_FRAMES * BANDS);
}

static double
correlate (const float *ours, guint n_frames, const guint8 *stored)
{
  double n = (STORED_FRAMES - 1) * BANDS, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (guint t = 1; t < STORED_FRAMES; t++) {
    guint frame = (guint)((t + 0.56) / 723.68 * (n_frames - 1) + 0.5);
    for (guint b = 0; b < BANDS; b++) {
      double a = ours[frame * BANDS + b], c = stored[t * BANDS + b] * 80.0 / 255 - 80;
      x += a;
      y += c;
      xx += a * a;
      yy += c * c;
      xy += a * c;
    }
  }
  return (n * xy - x * y) / sqrt ((n * xx - x * x) * (n * yy - y * y));
}

START_TEST (spectrogram_is_the_stored_one)
{
  const char *clip = g_ptr_array_index (clips, _i);
  g_autofree guint8 *stored = load_stored (clip);
  gst_init (NULL, NULL);
  g_autoptr (GArray) samples = decode (clip);
  ck_assert_msg (samples->len > 25 * 22050, "%s: %u samples", clip, samples->len);
  g_autoptr (GArray) frames = analyse (samples);
  double correlation = correlate ((const float *)frames->data, frames->len / BANDS, stored);
  printf ("%s: correlation %.4f\n", clip, correlation);
  fflush (stdout);
  ck_assert_msg (correlation >= LEAST_CORRELATION, "%s: correlation %.4f", clip, correlation);
}
END_TEST

#define LINEAR_SIZE 2048
#define LINEAR_BANDS (LINEAR_SIZE / 2 + 1)

static void
keep_linear_frame (const float *bands, double mean_square, gpointer user_data)
{
  g_array_append_vals (user_data, bands, LINEAR_BANDS);
}

/* Power of bin @k of the frame centred on sample @centre, in dB: the transform as it is defined, in
 * double precision. @cosine: (LINEAR_SIZE,) of a whole turn. */
static double
bin_of_definition (const float *samples, gsize centre, guint k, const double *cosine)
{
  double real = 0, imaginary = 0;
  for (guint i = 0; i < LINEAR_SIZE; i++) {
    double window = 0.5 - 0.5 * cosine[i];
    double x = window * samples[centre + i - LINEAR_SIZE / 2];
    guint turn = (guint)((guint64)i * k % LINEAR_SIZE);
    real += x * cosine[turn];
    imaginary += x * cosine[(turn + LINEAR_SIZE / 4) % LINEAR_SIZE];
  }
  return 10 * log10 (MAX (1e-10, real * real + imaginary * imaginary));
}

/* linear cannot be had from stored mel frames; it is held against the definition instead. */
START_TEST (linear_frames_are_the_transform_of_the_sound)
{
  const char *clip = g_ptr_array_index (clips, _i);
  GenreFrontEndConfig config = genre_front_end_config_default ();
  g_autoptr (GArray) frames = g_array_new (FALSE, FALSE, sizeof (float));
  const guint chosen[] = {40, 333, 600};
  gst_init (NULL, NULL);
  g_autoptr (GArray) samples = decode (clip);
  config.representation = GENRE_REPRESENTATION_LINEAR;
  config.bands = LINEAR_BANDS;
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&config, NULL);
  g_autoptr (GenreSpectrogram) spectrogram = genre_spectrogram_new (front_end);
  genre_spectrogram_push (spectrogram, (const float *)samples->data, samples->len,
                          keep_linear_frame, frames);
  double cosine[LINEAR_SIZE];
  for (guint i = 0; i < LINEAR_SIZE; i++)
    cosine[i] = cos (2 * G_PI * i / LINEAR_SIZE);
  for (guint f = 0; f < G_N_ELEMENTS (chosen); f++) {
    const float *ours = (const float *)frames->data + (gsize)chosen[f] * LINEAR_BANDS;
    float loudest = -G_MAXFLOAT;
    for (guint k = 0; k < LINEAR_BANDS; k++)
      loudest = MAX (loudest, ours[k]);
    for (guint k = 0; k < LINEAR_BANDS; k++) {
      double expected = bin_of_definition ((const float *)samples->data,
                                           (gsize)chosen[f] * config.hop, k, cosine);
      if (expected > loudest - 60) /* quieter bins feel the rounding of the loud ones */
        ck_assert_msg (fabs (ours[k] - expected) < 0.01, "%s, frame %u, bin %u: %g dB, not %g",
                       clip, chosen[f], k, ours[k], expected);
    }
  }
}
END_TEST

static GPtrArray *
find_clips (const char *folder)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) genres = g_dir_open (folder, 0, NULL);
  const char *genre, *name;
  while (genres && (genre = g_dir_read_name (genres))) {
    g_autofree char *path = g_build_filename (folder, genre, NULL);
    g_autoptr (GDir) files = g_dir_open (path, 0, NULL);
    while (files && (name = g_dir_read_name (files))) {
      if (g_str_has_suffix (name, ".flac"))
        g_ptr_array_add (found, g_build_filename (path, name, NULL));
    }
  }
  return found;
}

/* In a child of its own, like the tests: a process that has run GStreamer's threads must not fork.
 */
static gboolean
can_decode (void)
{
  const pid_t child = fork ();
  if (child == 0) {
    gst_init (NULL, NULL);
    g_autoptr (GstElementFactory) factory = gst_element_factory_find ("flacdec");
    _exit (factory ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  int status = 1;
  return child > 0 && waitpid (child, &status, 0) == child &&
         g_spawn_check_wait_status (status, NULL);
}

int
main (void)
{
  data_folder = g_getenv ("GENRE_TEST_DATA");
  if (!data_folder)
    data_folder = GENRE_TEST_DATA_DEFAULT;
  g_autofree char *folder = g_build_filename (data_folder, "clips", NULL);
  clips = find_clips (folder);
  if (clips->len == 0 || !can_decode ()) {
    printf ("skipped: %s\n", clips->len == 0
                                 ? "no clips in the test data folder; set GENRE_TEST_DATA"
                                 : "GStreamer has no flacdec");
    return SKIPPED;
  }
  TCase *tests = tcase_create ("clips");
  tcase_add_loop_test (tests, spectrogram_is_the_stored_one, 0, (int)clips->len);
  tcase_add_loop_test (tests, linear_frames_are_the_transform_of_the_sound, 0, (int)clips->len);
  return test_run ("clips", tests);
}
