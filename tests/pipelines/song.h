/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tone, encoded: what tests of radio stations send. */
#pragma once
#include "test.h"
#include <gst/gst.h>

#define SONG_PATIENCE (120 * GST_SECOND)

/* The whole file that @encoder, elements of a pipeline, makes of @n_buffers times @n_samples of one
 * channel at @rate. */
static inline GBytes *
song_encode (const char *encoder, int rate, int n_buffers, int n_samples)
{
  gst_init (NULL, NULL);
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, "song", NULL);
  g_autofree char *description = g_strdup_printf (
      "audiotestsrc num-buffers=%d samplesperbuffer=%d freq=330 ! audio/x-raw,rate=%d,channels=1 ! "
      "audioconvert ! %s ! filesink location=\"%s\"",
      n_buffers, n_samples, rate, encoder, path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline =
      gst_parse_launch_full (description, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  ck_assert_msg (pipeline, "%s", error ? error->message : "");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstMessage) message =
      gst_bus_timed_pop_filtered (bus, SONG_PATIENCE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  ck_assert (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  char *bytes;
  gsize length;
  ck_assert (g_file_get_contents (path, &bytes, &length, NULL));
  test_remove_folder (folder);
  return g_bytes_new_take (bytes, length);
}

/* One after the other, as stations do it. */
static inline GBytes *
song_join (GBytes *const *songs, gsize n)
{
  GByteArray *joined = g_byte_array_new ();
  for (gsize i = 0; i < n; i++)
    g_byte_array_append (joined, g_bytes_get_data (songs[i], NULL),
                         (guint)g_bytes_get_size (songs[i]));
  return g_byte_array_free_to_bytes (joined);
}
