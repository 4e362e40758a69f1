/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spectrogramjson.h"
#include <math.h>

/* Also of what is no number. */
static guint8
scale (double decibels)
{
  const double part =
      (decibels - SPECTROGRAM_QUIETEST) / (SPECTROGRAM_LOUDEST - SPECTROGRAM_QUIETEST);
  return part > 0 ? (guint8)lround (255 * fmin (part, 1)) : 0;
}

static guint
get_length (const GValue *value)
{
  return value && GST_VALUE_HOLDS_ARRAY (value) ? gst_value_array_get_size (value) : 0;
}

/* FALSE: not all frames are of @n_bands numbers. */
static gboolean
append_frame (GByteArray *bytes, const GValue *frame, guint n_bands)
{
  if (get_length (frame) != n_bands)
    return FALSE;
  for (guint i = 0; i < n_bands; i++) {
    const GValue *band = gst_value_array_get_value (frame, i);
    if (!G_VALUE_HOLDS_FLOAT (band))
      return FALSE;
    const guint8 byte = scale ((double)g_value_get_float (band));
    g_byte_array_append (bytes, &byte, 1);
  }
  return TRUE;
}

char *
spectrogram_json_format (const char *id, const GstStructure *spectrogram)
{
  const GValue *frames = gst_structure_get_value (spectrogram, "magnitude");
  const guint n_frames = get_length (frames);
  const guint n_bands = n_frames > 0 ? get_length (gst_value_array_get_value (frames, 0)) : 0;
  double rate = 0;
  if (n_bands == 0 || n_frames > SPECTROGRAM_MOST_BYTES / n_bands ||
      !gst_structure_get_double (spectrogram, "rate", &rate))
    return NULL;
  g_autoptr (GByteArray) bytes = g_byte_array_sized_new (n_frames * n_bands);
  for (guint i = 0; i < n_frames; i++)
    if (!append_frame (bytes, gst_value_array_get_value (frames, i), n_bands))
      return NULL;
  g_autofree char *data = g_base64_encode (bytes->data, bytes->len);
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd (digits, sizeof digits, "%.3f", rate);
  return g_strdup_printf ("{\"id\":\"%s\",\"bands\":%u,\"rate\":%s,\"data\":\"%s\"}", id, n_bands,
                          digits, data);
}
