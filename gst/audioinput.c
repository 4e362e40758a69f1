/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audioinput.h"
#include "monostream.h"
#include "vectorised.h"
#include <string.h>

/* Mixed and resampled at a time: stays in the first-level cache. */
#define MIX_FRAMES GENRE_RESAMPLER_CHUNK
#define UNPACK_SAMPLES 4096 /* of all channels together, converted at a time */

/* One call's worth of audio where it lies: planes[c][i * stride] is frame i of channel c. */
typedef struct {
  const guint8 *planes[GENRE_SOUND_MAX_CHANNELS];
  gsize stride; /* samples from one frame to the next */
} Frames;

typedef void (*MixFunc) (GenreAudioInput *input, const Frames *frames, gsize first, gsize n,
                         float *mono);

struct _GenreAudioInput {
  GstAudioInfo info;
  guint model_rate;
  GenreMonoStream *stream;
  float weights[GENRE_SOUND_MAX_CHANNELS];
  MixFunc mix;
  gpointer unpacked; /* UNPACK_SAMPLES of the format's unpack format, or NULL */
  guint64 non_finite;
};

/* ---- mixing ---- */

static inline float
checked (float sample, guint *n_bad)
{
  gboolean good = genre_sound_is_sane (sample);
  *n_bad += !good;
  return good ? sample : 0.0f;
}

/* Planes may begin anywhere: a buffer that was cut at an odd byte is one, too. */
static inline gint16
load_s16 (const guint8 *plane, gsize i)
{
  gint16 sample;
  memcpy (&sample, plane + i * sizeof sample, sizeof sample);
  return sample;
}

static inline gfloat
load_f32 (const guint8 *plane, gsize i)
{
  gfloat sample;
  memcpy (&sample, plane + i * sizeof sample, sizeof sample);
  return sample;
}

static void
mix_s16 (GenreAudioInput *input, const Frames *frames, gsize first, gsize n, float *mono)
{
  const gsize stride = frames->stride;
  memset (mono, 0, n * sizeof *mono);
  for (gint c = 0; c < input->info.channels; c++) {
    const float weight = input->weights[c] / 32768.0f;
    for (gsize i = 0; i < n; i++)
      mono[i] += weight * load_s16 (frames->planes[c], (first + i) * stride);
  }
}

/* Both samples of a frame as one number, of which vectors have as many as of results. */
GENRE_VECTORISED static void
mix_s16_stereo (GenreAudioInput *input, const Frames *frames, gsize first, gsize n, float *mono)
{
  const guint8 *pairs = frames->planes[0];
  for (gsize i = 0; i < n; i++) {
    gint32 pair;
    memcpy (&pair, pairs + (first + i) * sizeof pair, sizeof pair);
    mono[i] = ((gint16)pair + (pair >> 16)) * (0.5f / 32768.0f);
  }
}

static void
mix_f32 (GenreAudioInput *input, const Frames *frames, gsize first, gsize n, float *mono)
{
  const gsize stride = frames->stride;
  guint n_bad = 0;
  memset (mono, 0, n * sizeof *mono);
  for (gint c = 0; c < input->info.channels; c++) {
    const float weight = input->weights[c];
    for (gsize i = 0; i < n; i++)
      mono[i] += weight * checked (load_f32 (frames->planes[c], (first + i) * stride), &n_bad);
  }
  for (gsize i = 0; i < n; i++)
    mono[i] = genre_sound_flush (mono[i]);
  input->non_finite += n_bad;
}

static void
mix_unpacked_s32 (GenreAudioInput *input, gint channel, gsize n_channels, gsize n, float *mono)
{
  const gint32 *samples = input->unpacked;
  for (gsize c = 0; c < n_channels; c++) {
    const float weight = input->weights[channel + c] / 2147483648.0f;
    for (gsize i = 0; i < n; i++)
      mono[i] += weight * samples[i * n_channels + c];
  }
}

static void
mix_unpacked_f64 (GenreAudioInput *input, gint channel, gsize n_channels, gsize n, float *mono)
{
  const gdouble *samples = input->unpacked;
  guint n_bad = 0;
  for (gsize c = 0; c < n_channels; c++) {
    const float weight = input->weights[channel + c];
    for (gsize i = 0; i < n; i++) {
      const double bounded = CLAMP (samples[i * n_channels + c], -1e30, 1e30); /* NaN stays */
      mono[i] += weight * checked ((float)bounded, &n_bad);
    }
  }
  for (gsize i = 0; i < n; i++)
    mono[i] = genre_sound_flush (mono[i]);
  input->non_finite += n_bad;
}

/* Every other format, through GStreamer's own unpacking; without its range truncated it would make
 * 1/255 of silence in 8 bits (GStreamer 1.22). An interleaved buffer is one plane of all channels,
 * a planar one a plane for each. */
static void
mix_any (GenreAudioInput *input, const Frames *frames, gsize first, gsize n, float *mono)
{
  const GstAudioFormatInfo *finfo = input->info.finfo;
  const gsize n_channels = frames->stride;
  const gsize at_once = UNPACK_SAMPLES / n_channels;
  const gsize bytes = GST_AUDIO_FORMAT_INFO_WIDTH (finfo) / 8 * n_channels;
  memset (mono, 0, n * sizeof *mono);
  for (gint c = 0; c < input->info.channels; c += n_channels) {
    for (gsize done = 0; done < n; done += at_once) {
      const gsize count = MIN (at_once, n - done);
      finfo->unpack_func (finfo, GST_AUDIO_PACK_FLAG_TRUNCATE_RANGE, input->unpacked,
                          (gpointer)(frames->planes[c] + (first + done) * bytes),
                          count * n_channels);
      if (finfo->unpack_format == GST_AUDIO_FORMAT_F64)
        mix_unpacked_f64 (input, c, n_channels, count, mono + done);
      else
        mix_unpacked_s32 (input, c, n_channels, count, mono + done);
    }
  }
}

static MixFunc
choose_mix (const GenreAudioInput *input)
{
  const GstAudioInfo *info = &input->info;
  gboolean interleaved = info->layout == GST_AUDIO_LAYOUT_INTERLEAVED;
  switch (GST_AUDIO_INFO_FORMAT (info)) {
  case GST_AUDIO_FORMAT_S16:
    return interleaved && info->channels == 2 && input->weights[0] == input->weights[1]
               ? mix_s16_stereo
               : mix_s16;
  case GST_AUDIO_FORMAT_F32:
    return mix_f32;
  default:
    return mix_any;
  }
}

static gboolean
is_low_frequency (const GstAudioInfo *info, gint channel)
{
  return !GST_AUDIO_INFO_IS_UNPOSITIONED (info) &&
         (info->position[channel] == GST_AUDIO_CHANNEL_POSITION_LFE1 ||
          info->position[channel] == GST_AUDIO_CHANNEL_POSITION_LFE2);
}

static void
set_weights (GenreAudioInput *input)
{
  const GstAudioInfo *info = &input->info;
  gint n_heard = 0;
  for (gint c = 0; c < info->channels; c++)
    n_heard += !is_low_frequency (info, c);
  for (gint c = 0; c < info->channels; c++) {
    if (n_heard == 0)
      input->weights[c] = 1.0f / info->channels;
    else
      input->weights[c] = is_low_frequency (info, c) ? 0.0f : 1.0f / n_heard;
  }
}

/* Converts @n_frames frames; @frames NULL: silence. */
static void
convert (GenreAudioInput *input, const Frames *frames, guint64 n_frames)
{
  float mono[MIX_FRAMES] = {0};
  for (guint64 done = 0; done < n_frames;) {
    gsize n = MIN (MIX_FRAMES, n_frames - done);
    if (frames)
      input->mix (input, frames, done, n, mono);
    genre_mono_stream_push (input->stream, mono, n);
    done += n;
  }
}

/* ---- buffers ---- */

static gboolean
is_planar (const GenreAudioInput *input)
{
  return input->info.layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED;
}

/* The meta that says where the planes lie, or NULL: planes of equal length one after the other. */
static GstAudioMeta *
get_plane_meta (GenreAudioInput *input, GstBuffer *buffer)
{
  GstAudioMeta *meta = is_planar (input) ? gst_buffer_get_audio_meta (buffer) : NULL;
  if (!meta || !meta->offsets || meta->info.channels != input->info.channels ||
      meta->info.layout != GST_AUDIO_LAYOUT_NON_INTERLEAVED)
    return NULL;
  return meta;
}

gsize
genre_audio_input_count_frames (GenreAudioInput *input, GstBuffer *buffer)
{
  const GstAudioMeta *meta = get_plane_meta (input, buffer);
  const gsize size = gst_buffer_get_size (buffer);
  const gsize sample = input->info.bpf / input->info.channels;
  if (!meta)
    return size / input->info.bpf;
  for (gint c = 0; c < input->info.channels; c++)
    if (meta->offsets[c] > size || (size - meta->offsets[c]) / sample < meta->samples)
      return 0;
  return meta->samples;
}

static void
locate_frames (GenreAudioInput *input, GstBuffer *buffer, const guint8 *data, gsize n_frames,
               Frames *frames)
{
  const GstAudioMeta *meta = get_plane_meta (input, buffer);
  const gsize sample = input->info.bpf / input->info.channels;
  frames->stride = is_planar (input) ? 1 : input->info.channels;
  for (gint c = 0; c < input->info.channels; c++) {
    if (meta)
      frames->planes[c] = data + meta->offsets[c];
    else
      frames->planes[c] = data + c * sample * (is_planar (input) ? n_frames : 1);
  }
}

gboolean
genre_audio_input_push (GenreAudioInput *input, GstBuffer *buffer)
{
  const gsize n_frames = genre_audio_input_count_frames (input, buffer);
  if (n_frames == 0)
    return TRUE;
  /* Mapping merges the memories of a writable buffer in place. With a second reference it is not
   * writable, and goes on as it came. */
  gst_buffer_ref (buffer);
  GstMapInfo map;
  gboolean mapped = gst_buffer_map (buffer, &map, GST_MAP_READ);
  Frames frames;
  if (mapped) {
    locate_frames (input, buffer, map.data, n_frames, &frames);
    convert (input, &frames, n_frames);
    gst_buffer_unmap (buffer, &map);
  }
  gst_buffer_unref (buffer);
  return mapped;
}

void
genre_audio_input_push_silence (GenreAudioInput *input, guint64 n_frames)
{
  convert (input, NULL, n_frames);
}

void
genre_audio_input_finish (GenreAudioInput *input)
{
  genre_mono_stream_finish (input->stream);
}

void
genre_audio_input_reset (GenreAudioInput *input)
{
  genre_mono_stream_reset (input->stream);
}

/* ---- life ---- */

gboolean
genre_audio_input_accepts (const GstAudioInfo *info)
{
  return info->channels >= 1 && info->channels <= GENRE_SOUND_MAX_CHANNELS &&
         info->rate >= GENRE_SOUND_MIN_RATE && info->rate <= GENRE_SOUND_MAX_RATE;
}

GenreAudioInput *
genre_audio_input_new (const GstAudioInfo *info, guint model_rate, GenreSamplesFunc func,
                       gpointer user_data)
{
  g_autoptr (GenreAudioInput) input = g_new0 (GenreAudioInput, 1);
  g_return_val_if_fail (genre_audio_input_accepts (info), NULL);
  input->info = *info;
  input->model_rate = model_rate;
  set_weights (input);
  input->mix = choose_mix (input);
  if (input->mix == mix_any)
    input->unpacked = g_malloc (UNPACK_SAMPLES * sizeof (gdouble));
  input->stream = genre_mono_stream_new (GST_AUDIO_INFO_RATE (info), model_rate, func, user_data);
  return g_steal_pointer (&input);
}

void
genre_audio_input_free (GenreAudioInput *input)
{
  if (!input)
    return;
  g_clear_pointer (&input->stream, genre_mono_stream_free);
  g_free (input->unpacked);
  g_free (input);
}

guint64
genre_audio_input_get_time_in (const GenreAudioInput *input)
{
  return gst_util_uint64_scale (genre_mono_stream_get_in (input->stream), GST_SECOND,
                                GST_AUDIO_INFO_RATE (&input->info));
}

guint64
genre_audio_input_get_time_out (const GenreAudioInput *input)
{
  return gst_util_uint64_scale (genre_mono_stream_get_out (input->stream), GST_SECOND,
                                input->model_rate);
}

guint64
genre_audio_input_get_non_finite (const GenreAudioInput *input)
{
  return input->non_finite;
}
