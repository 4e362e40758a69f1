/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support.h"
#include <math.h>
#include <string.h>
#include "audioinput.h"
#include "random.h"

TestFolder *
test_folder_new (void)
{
  return test_make_folder ();
}

static void
remove_tree (const char *path)
{
  GDir *directory = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;
  while (directory && (name = g_dir_read_name (directory))) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    remove_tree (child);
  }
  if (directory)
    g_dir_close (directory);
  g_remove (path);
}

void
test_folder_free (TestFolder *folder)
{
  if (folder)
    remove_tree (folder);
  g_free (folder);
}

char *
test_path (const char *folder, const char *name)
{
  char *path = g_build_filename (folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  ck_assert_int_eq (g_mkdir_with_parents (parent, 0777), 0);
  return path;
}

void
test_write (const char *folder, const char *name, const char *content, gssize size)
{
  g_autofree char *path = test_path (folder, name);
  ck_assert (g_file_set_contents (path, content, size, NULL));
}

void
test_write_npy (const char *folder, const char *name, const char *header, const void *data,
                gsize size)
{
  gsize length = strlen (header);
  g_autoptr (GByteArray) file = g_byte_array_new ();
  guint8 prefix[10] = "\x93NUMPY\x01\x00";
  prefix[8] = length & 0xff;
  prefix[9] = (guint8)(length >> 8);
  g_byte_array_append (file, prefix, sizeof prefix);
  g_byte_array_append (file, (const guint8 *)header, (guint)length);
  g_byte_array_append (file, data, (guint)size);
  test_write (folder, name, (const char *)file->data, file->len);
}

void
test_write_levels (const char *folder, const char *name, guint frames, const guint8 *levels)
{
  g_autofree char *header =
      g_strdup_printf ("{'descr': '|u1', 'fortran_order': False, 'shape': (%u, 128), }\n", frames);
  test_write_npy (folder, name, header, levels, frames * 128);
}

void
test_write_clip (const char *folder, const char *name, guint frames, guint8 level)
{
  g_autofree guint8 *levels = g_malloc (frames * 128 + 1);
  memset (levels, level, frames * 128);
  test_write_levels (folder, name, frames, levels);
}

/* @format: 1 whole numbers, 3 floats, of @width bytes. */
static void
write_wav (const char *folder, const char *name, guint rate, guint channels, guint16 format,
           guint width, gconstpointer samples, guint n)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  guint32 size = n * width;
  struct {
    char riff[4];
    guint32 length;
    char wave[8];
    guint32 format_length;
    guint16 format, channels;
    guint32 rate, bytes_per_second;
    guint16 block, bits;
    char data[4];
    guint32 size;
  } header = {{'R', 'I', 'F', 'F'},
              36 + size,
              {'W', 'A', 'V', 'E', 'f', 'm', 't', ' '},
              16,
              format,
              (guint16)channels,
              rate,
              rate * channels * width,
              (guint16)(channels * width),
              (guint16)(8 * width),
              {'d', 'a', 't', 'a'},
              size};
  G_STATIC_ASSERT (sizeof header == 44);
  g_byte_array_append (file, (const guint8 *)&header, sizeof header);
  g_byte_array_append (file, samples, size);
  test_write (folder, name, (const char *)file->data, file->len);
}

void
test_write_wav (const char *folder, const char *name, guint rate, guint channels,
                const float *samples, guint n)
{
  write_wav (folder, name, rate, channels, 3, sizeof *samples, samples, n);
}

void
test_write_wav_s16 (const char *folder, const char *name, guint rate, guint channels,
                    const gint16 *samples, guint n)
{
  write_wav (folder, name, rate, channels, 1, sizeof *samples, samples, n);
}

gint16 *
test_new_music (guint rate, guint channels, guint n_frames)
{
  gint16 *samples = g_new (gint16, (gsize)n_frames * channels);
  GenreRandom random = genre_random_keyed (7, 0, 0, 0);
  for (guint i = 0; i < n_frames; i++) {
    double t = (double)i / rate, sweep = sin (2 * G_PI * t * (100 + 20000 * i / (2.0 * n_frames)));
    for (guint c = 0; c < channels; c++)
      samples[i * channels + c] =
          (gint16)(9000 * sweep + genre_random_range (&random, -9000, 9000));
  }
  return samples;
}

static void
append_samples (const float *samples, gsize n, gpointer user_data)
{
  g_array_append_vals (user_data, samples, n);
}

GArray *
test_hear_as_element (guint rate, guint channels, const gint16 *samples, guint n_frames)
{
  GArray *heard = g_array_new (FALSE, FALSE, sizeof (float));
  GstAudioInfo info;
  GstAudioChannelPosition positions[6]; /* of 5.1, as WAV means six channels */
  gst_audio_channel_positions_from_mask (6, 0x3f, positions);
  gst_audio_info_set_format (&info, GST_AUDIO_FORMAT_S16, rate, channels,
                             channels == 6 ? positions : NULL);
  g_autoptr (GenreAudioInput) input = genre_audio_input_new (&info, 22050, append_samples, heard);
  for (guint at = 0, n; at < n_frames; at += n) {
    n = MIN (1 + at % 1777, n_frames - at);
    gsize size = (gsize)n * channels * sizeof *samples;
    g_autoptr (GstBuffer) buffer = gst_buffer_new_memdup (samples + (gsize)at * channels, size);
    ck_assert (genre_audio_input_push (input, buffer));
  }
  genre_audio_input_finish (input);
  return heard;
}

gboolean
test_has_problem (const GenreDataset *dataset, const char *word, const char *other)
{
  for (guint i = 0; i < dataset->problems->len; i++)
    if (strstr (dataset->problems->pdata[i], word) && strstr (dataset->problems->pdata[i], other))
      return TRUE;
  return FALSE;
}

guint
test_count_files (const char *folder)
{
  g_autoptr (GDir) directory = g_dir_open (folder, 0, NULL);
  guint n = 0;
  while (directory && g_dir_read_name (directory))
    n++;
  return n;
}

static char *labels[] = {"one", "two", "three", NULL};
static char *names[] = {"One", "Two", "Drei", NULL};

GenreModel *
test_model (void)
{
  GenreModelConfig config = {
      .n_labels = 3,
      .labels = labels,
      .display_names = names,
      .front_end = genre_front_end_config_default (),
      .segment_frames = 16,
      .segment_step = 8,
      .network = "[{\"type\":\"conv2d\",\"channels\":4,\"kernel\":3,\"stride\":2},"
                 "{\"type\":\"batch-norm\"},{\"type\":\"relu\"},{\"type\":\"statistics-pool\"},"
                 "{\"type\":\"dense\",\"outputs\":3}]",
      .temperature = 1,
      .threshold = 0.4,
      .provenance = "{\"seed\": 5}",
  };
  GError *error = NULL;
  GenreModel *model = genre_model_new (&config, &error);
  ck_assert_msg (model, "%s", !error ? "" : error->message);
  genre_network_initialise (genre_model_get_network (model), 5);
  return model;
}

GenreScores *
test_scores (guint n, const guint *truth, const double *probabilities)
{
  GenreScores *scores = genre_scores_new (3, labels, names, n);
  for (guint i = 0; i < n; i++) {
    scores->clips[i] = g_strdup_printf ("clip.%03u", i);
    scores->truth[i] = truth[i];
  }
  memcpy (scores->probabilities, probabilities, 3 * n * sizeof (double));
  return scores;
}

char *
test_data (const char *name)
{
  const char *root = g_getenv ("GENRE_TEST_DATA");
  char *path = g_build_filename (root ? root : GENRE_TEST_DATA_DEFAULT, name, NULL);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return path;
  g_print ("%s is not there: skipped (GENRE_TEST_DATA names the folder of the data)\n", path);
  g_free (path);
  return NULL;
}
