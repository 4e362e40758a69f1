/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audioinput.h"
#include "listening.h"
#include <math.h>

static void
collect (const float *samples, gsize n_samples, gpointer user_data)
{
  g_array_append_vals (user_data, samples, n_samples);
}

static GstAudioInfo
make_info (GstAudioFormat format, GstAudioLayout layout, gint channels, gint rate)
{
  GstAudioInfo info;
  gst_audio_info_set_format (&info, format, rate, channels, NULL);
  info.layout = layout;
  return info;
}

/* @frequency everywhere, at half of full scale in every channel. */
static GstBuffer *
make_tone (const GstAudioInfo *info, double frequency, gsize begin, gsize n_frames)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, n_frames * info->bpf, NULL);
  const GstAudioFormatInfo *pack = gst_audio_format_get_info (info->finfo->unpack_format);
  const gsize width = GST_AUDIO_FORMAT_INFO_WIDTH (info->finfo) / 8;
  if (info->layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED)
    gst_buffer_add_audio_meta (buffer, info, n_frames, NULL);
  GstAudioBuffer audio;
  fail_unless (gst_audio_buffer_map (&audio, info, buffer, GST_MAP_WRITE));
  for (gsize i = 0; i < n_frames; i++) {
    const double value = 0.5 * sin (2 * G_PI * frequency * (begin + i) / info->rate);
    gint32 whole = value * 2147483647.0;
    gconstpointer sample = GST_AUDIO_FORMAT_INFO_IS_FLOAT (pack) ? (gconstpointer)&value : &whole;
    for (gint c = 0; c < info->channels; c++) {
      gsize plane = info->layout == GST_AUDIO_LAYOUT_INTERLEAVED ? 0 : c;
      gsize at = plane > 0 || info->layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED
                     ? i
                     : i * info->channels + c;
      info->finfo->pack_func (info->finfo, 0, (gpointer)sample,
                              (guint8 *)audio.planes[plane] + at * width, 1);
    }
  }
  gst_audio_buffer_unmap (&audio);
  return buffer;
}

/* @total frames of a tone of 440 Hz, converted. */
static GArray *
convert_tone (const GstAudioInfo *info, gsize total, gsize frames_per_buffer)
{
  GArray *out = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (GenreAudioInput) input = genre_audio_input_new (info, MODEL_RATE, collect, out);
  fail_unless (input);
  for (gsize done = 0; done < total; done += frames_per_buffer) {
    const gsize n = MIN (frames_per_buffer, total - done);
    GstBuffer *buffer = make_tone (info, 440.0, done, n);
    fail_unless_equals_uint64 (genre_audio_input_count_frames (input, buffer), n);
    fail_unless (genre_audio_input_push (input, buffer));
    gst_buffer_unref (buffer);
  }
  genre_audio_input_finish (input);
  return out;
}

static void
check_is_tone (const GArray *samples, guint n_expected, double tolerance, const char *what)
{
  fail_unless_equals_int (samples->len, n_expected);
  for (guint i = 500; i < samples->len - 500; i++) {
    const double expected = 0.5 * sin (2 * G_PI * 440.0 * i / MODEL_RATE);
    const double actual = g_array_index (samples, float, i);
    fail_unless (fabs (actual - expected) <= tolerance, "%s: sample %u is %g, expected %g", what, i,
                 actual, expected);
  }
}

static double
get_tolerance (const GstAudioFormatInfo *finfo)
{
  return 0.004 + (GST_AUDIO_FORMAT_INFO_IS_INTEGER (finfo)
                      ? pow (2.0, 1 - GST_AUDIO_FORMAT_INFO_DEPTH (finfo))
                      : 0.0);
}

GST_START_TEST (every_format_and_layout_gives_the_same_sound)
{
  guint n_formats = 0;
  for (guint format = GST_AUDIO_FORMAT_S8; format <= GST_AUDIO_FORMAT_F64BE; format++) {
    for (guint layout = 0; layout < 2; layout++) {
      for (gint channels = 1; channels <= 3; channels++) {
        GstAudioInfo info = make_info (format, layout, channels, 44100);
        g_autoptr (GArray) out = convert_tone (&info, 4410, 1000);
        check_is_tone (out, 2205, get_tolerance (info.finfo), info.finfo->name);
        n_formats++;
      }
    }
  }
  fail_unless_equals_int (n_formats, 30 * 6);
}
GST_END_TEST

GST_START_TEST (silence_in_every_format_is_zero)
{
  for (guint format = GST_AUDIO_FORMAT_S8; format <= GST_AUDIO_FORMAT_F64BE; format++) {
    const GstAudioInfo info = make_info (format, GST_AUDIO_LAYOUT_INTERLEAVED, 2, MODEL_RATE);
    const gsize size = 1000 * (gsize)info.bpf;
    guint8 *silence = g_malloc (size);
    gst_audio_format_info_fill_silence (info.finfo, silence, size);
    g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (float));
    g_autoptr (GenreAudioInput) input = genre_audio_input_new (&info, MODEL_RATE, collect, out);
    GstBuffer *buffer = gst_buffer_new_wrapped (silence, size);
    fail_unless (genre_audio_input_push (input, buffer));
    gst_buffer_unref (buffer);
    genre_audio_input_finish (input);
    fail_unless_equals_int (out->len, 1000);
    for (guint i = 0; i < out->len; i++)
      fail_unless (g_array_index (out, float, i) == 0, "%s: %g", info.finfo->name,
                   g_array_index (out, float, i));
  }
}
GST_END_TEST

GST_START_TEST (up_to_64_channels_positioned_or_not)
{
  static const GstAudioFormat formats[] = {GST_AUDIO_FORMAT_S16, GST_AUDIO_FORMAT_F32,
                                           GST_AUDIO_FORMAT_S24, GST_AUDIO_FORMAT_F64};
  for (guint f = 0; f < G_N_ELEMENTS (formats); f++) {
    for (guint layout = 0; layout < 2; layout++) {
      for (gint channels = 1; channels <= 64; channels++) {
        GstAudioInfo info = make_info (formats[f], layout, channels, 44100);
        fail_unless (channels <= 8 || GST_AUDIO_INFO_IS_UNPOSITIONED (&info));
        g_autoptr (GArray) out = convert_tone (&info, 4410, 4410);
        check_is_tone (out, 2205, 0.004, info.finfo->name);
      }
    }
  }
}
GST_END_TEST

static void
check_mix (const GstAudioChannelPosition *positions, gint channels, const gint16 *frame,
           double mono)
{
  GstAudioInfo info;
  g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (GenreAudioInput) input = NULL;
  GstBuffer *buffer = gst_buffer_new_memdup (frame, channels * sizeof *frame);
  gst_audio_info_set_format (&info, GST_AUDIO_FORMAT_S16, MODEL_RATE, channels, positions);
  input = genre_audio_input_new (&info, MODEL_RATE, collect, out);
  genre_audio_input_push (input, buffer);
  fail_unless_equals_int (out->len, 1);
  fail_unless_equals_float (g_array_index (out, float, 0), mono);
  gst_buffer_unref (buffer);
}

GST_START_TEST (low_frequency_channels_are_left_out)
{
  static const GstAudioChannelPosition positions[] = {GST_AUDIO_CHANNEL_POSITION_FRONT_LEFT,
                                                      GST_AUDIO_CHANNEL_POSITION_FRONT_RIGHT,
                                                      GST_AUDIO_CHANNEL_POSITION_LFE1};
  static const GstAudioChannelPosition two[] = {GST_AUDIO_CHANNEL_POSITION_FRONT_CENTER,
                                                GST_AUDIO_CHANNEL_POSITION_LFE1};
  const gint16 frame[] = {8192, 16384, 32767};
  check_mix (positions, 3, frame, 0.375);
  check_mix (two, 2, frame, 0.25);
}
GST_END_TEST

GST_START_TEST (extreme_stereo_is_mixed_without_overflow)
{
  static const GstAudioChannelPosition stereo[] = {GST_AUDIO_CHANNEL_POSITION_FRONT_LEFT,
                                                   GST_AUDIO_CHANNEL_POSITION_FRONT_RIGHT};
  static const gint16 frames[][2] = {
      {-32768, -32768}, {32767, 32767}, {-32768, 32767}, {32767, -1}};
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    check_mix (stereo, 2, frames[i], (frames[i][0] + frames[i][1]) / 65536.0);
}
GST_END_TEST

GST_START_TEST (every_rate_from_4_to_384_khz)
{
  static const gint rates[] = {4000,  8000,  11025, 16000, 22050,  24000, 32000,
                               37800, 44100, 48000, 88200, 192000, 384000};
  for (guint r = 0; r < G_N_ELEMENTS (rates); r++) {
    GstAudioInfo info = make_info (GST_AUDIO_FORMAT_F32, GST_AUDIO_LAYOUT_INTERLEAVED, 2, rates[r]);
    g_autofree char *what = g_strdup_printf ("%d Hz", rates[r]);
    g_autoptr (GArray) out = convert_tone (&info, rates[r], rates[r] / 100);
    check_is_tone (out, MODEL_RATE, 0.004, what);
  }
}
GST_END_TEST

GST_START_TEST (any_chunking_gives_identical_samples)
{
  static const gsize chunks[] = {1, 7, 441, 480, 1023, 1024, 1025, 4096};
  static const gint rates[] = {8000, 44100, 48000, 96000};
  for (guint r = 0; r < G_N_ELEMENTS (rates); r++) {
    GstAudioInfo info = make_info (GST_AUDIO_FORMAT_S16, GST_AUDIO_LAYOUT_INTERLEAVED, 2, rates[r]);
    g_autoptr (GArray) whole = convert_tone (&info, 20000, 20000);
    for (guint c = 0; c < G_N_ELEMENTS (chunks); c++) {
      g_autoptr (GArray) out = convert_tone (&info, 20000, chunks[c]);
      fail_unless_equals_int (out->len, whole->len);
      fail_unless (memcmp (out->data, whole->data, out->len * sizeof (float)) == 0,
                   "%d Hz in buffers of %u frames", rates[r], (guint)chunks[c]);
    }
  }
}
GST_END_TEST

/* Gain in dB of a tone on its way from @rate to the model's. */
static double
measure_gain (gint rate, double frequency)
{
  GstAudioInfo info = make_info (GST_AUDIO_FORMAT_F32, GST_AUDIO_LAYOUT_INTERLEAVED, 1, rate);
  g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (GenreAudioInput) input = genre_audio_input_new (&info, MODEL_RATE, collect, out);
  GstBuffer *buffer = make_tone (&info, frequency, 0, rate);
  double power = 0.0;
  genre_audio_input_push (input, buffer);
  gst_buffer_unref (buffer);
  for (guint i = 1000; i < 21000; i++)
    power += g_array_index (out, float, i) * g_array_index (out, float, i) / 20000.0;
  return 10.0 * log10 (power / 0.125 + 1e-12);
}

GST_START_TEST (highs_survive_resampling_and_do_not_fold)
{
  static const gint rates[] = {44100, 48000, 96000};
  for (guint r = 0; r < G_N_ELEMENTS (rates); r++) {
    for (double frequency = 100.0; frequency <= 10500.0; frequency += 520.0) {
      const double gain = measure_gain (rates[r], frequency);
      fail_unless (fabs (gain) < 0.15, "%d Hz: %g Hz changed by %g dB", rates[r], frequency, gain);
    }
    for (double frequency = 11500.0; frequency <= 20000.0; frequency += 870.0) {
      const double gain = measure_gain (rates[r], frequency);
      fail_unless (gain < -60.0, "%d Hz: %g Hz folds with %g dB", rates[r], frequency, gain);
    }
  }
}
GST_END_TEST

GST_START_TEST (what_is_no_number_is_silence_and_counted)
{
  const float bad[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 1e-40f, 0.25f, -0.25f};
  const double worse[] = {NAN, INFINITY, -INFINITY, 1e300, -1e300, 1e-310, 0.25, -0.25};
  for (guint i = 0; i < 4; i++) {
    GstAudioFormat format = i < 2 ? GST_AUDIO_FORMAT_F32 : GST_AUDIO_FORMAT_F64;
    GstAudioInfo info = make_info (format, i % 2, 1, MODEL_RATE);
    g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (float));
    g_autoptr (GenreAudioInput) input = genre_audio_input_new (&info, MODEL_RATE, collect, out);
    GstBuffer *buffer = i < 2 ? gst_buffer_new_memdup (bad, sizeof bad)
                              : gst_buffer_new_memdup (worse, sizeof worse);
    genre_audio_input_push (input, buffer);
    gst_buffer_unref (buffer);
    fail_unless_equals_uint64 (genre_audio_input_get_non_finite (input), 5);
    fail_unless_equals_int (out->len, 8);
    for (guint k = 0; k < 6; k++)
      fail_unless_equals_float (g_array_index (out, float, k), 0.0);
    fail_unless_equals_float (g_array_index (out, float, 6), 0.25);
  }
}
GST_END_TEST

GST_START_TEST (time_is_counted_in_samples)
{
  GstAudioInfo info = make_info (GST_AUDIO_FORMAT_S16, GST_AUDIO_LAYOUT_INTERLEAVED, 2, 48000);
  g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (GenreAudioInput) input = genre_audio_input_new (&info, MODEL_RATE, collect, out);
  genre_audio_input_push_silence (input, 48000 * 3);
  fail_unless_equals_uint64 (genre_audio_input_get_time_in (input), 3 * GST_SECOND);
  fail_unless (genre_audio_input_get_time_out (input) > 2990 * GST_MSECOND);
  genre_audio_input_finish (input);
  fail_unless_equals_int (out->len, 3 * MODEL_RATE);
  fail_unless_equals_uint64 (genre_audio_input_get_time_in (input), 0);
}
GST_END_TEST

GST_START_TEST (a_multi_part_buffer_keeps_its_memories)
{
  GstAudioInfo info = make_info (GST_AUDIO_FORMAT_S16, GST_AUDIO_LAYOUT_INTERLEAVED, 2, MODEL_RATE);
  g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (GenreAudioInput) input = genre_audio_input_new (&info, MODEL_RATE, collect, out);
  GstBuffer *buffer = gst_buffer_new ();
  GstMemory *head = gst_allocator_alloc (NULL, 402, NULL);
  GstMemory *tail = gst_allocator_alloc (NULL, 398, NULL);
  gst_buffer_append_memory (buffer, head);
  gst_buffer_append_memory (buffer, tail);
  gst_buffer_memset (buffer, 0, 0, 800);
  genre_audio_input_push (input, buffer);
  fail_unless_equals_int (out->len, 200);
  fail_unless_equals_int (gst_buffer_n_memory (buffer), 2);
  fail_unless (gst_buffer_peek_memory (buffer, 0) == head);
  fail_unless (gst_buffer_peek_memory (buffer, 1) == tail);
  gst_buffer_unref (buffer);
}
GST_END_TEST

/* What an application cuts out of a buffer begins anywhere; the sanitizer would tell. */
GST_START_TEST (samples_at_odd_addresses_are_read)
{
  const GstAudioFormat formats[] = {GST_AUDIO_FORMAT_S16, GST_AUDIO_FORMAT_F32};
  for (gint channels = 1; channels <= 3; channels++)
    for (gsize i = 0; i < G_N_ELEMENTS (formats); i++) {
      GstAudioInfo info =
          make_info (formats[i], GST_AUDIO_LAYOUT_INTERLEAVED, channels, MODEL_RATE);
      g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (float));
      g_autoptr (GenreAudioInput) input = genre_audio_input_new (&info, MODEL_RATE, collect, out);
      const gsize size = 100 * GST_AUDIO_INFO_BPF (&info);
      GstBuffer *buffer = gst_buffer_new_allocate (NULL, size + 1, NULL);
      gst_buffer_memset (buffer, 0, 0x3c, size + 1); /* 15420 and 0.0115 */
      gst_buffer_resize (buffer, 1, size);
      fail_unless (genre_audio_input_push (input, buffer));
      fail_unless_equals_int (out->len, 100);
      const float expected = formats[i] == GST_AUDIO_FORMAT_S16 ? 15420 / 32768.0f : 0.0114890f;
      for (guint s = 0; s < out->len; s++)
        fail_unless (fabsf (g_array_index (out, float, s) - expected) < 1e-6f, "%g, not %g",
                     g_array_index (out, float, s), expected);
      gst_buffer_unref (buffer);
    }
}
GST_END_TEST

GST_START_TEST (lying_planes_are_not_read)
{
  GstAudioInfo info =
      make_info (GST_AUDIO_FORMAT_F32, GST_AUDIO_LAYOUT_NON_INTERLEAVED, 2, MODEL_RATE);
  gsize offsets[] = {0, 400};
  g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (GenreAudioInput) input = genre_audio_input_new (&info, MODEL_RATE, collect, out);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 800, NULL);
  gst_buffer_memset (buffer, 0, 0, 800);
  GstAudioMeta *meta = gst_buffer_add_audio_meta (buffer, &info, 100, offsets);
  meta->offsets[1] = 404; /* the last plane would end behind the buffer */
  fail_unless_equals_uint64 (genre_audio_input_count_frames (input, buffer), 0);
  fail_unless (genre_audio_input_push (input, buffer));
  fail_unless_equals_int (out->len, 0);
  gst_buffer_unref (buffer);
  buffer = gst_buffer_new_allocate (NULL, 800, NULL); /* no meta: planes one after the other */
  gst_buffer_memset (buffer, 0, 0, 800);
  fail_unless (genre_audio_input_push (input, buffer));
  fail_unless_equals_int (out->len, 100);
  gst_buffer_unref (buffer);
}
GST_END_TEST

/* As GStreamer cuts a planar buffer: its bytes stay. Loop: so many channels. */
GST_START_TEST (what_is_cut_away_of_planes_is_not_heard)
{
  const GstAudioInfo info =
      make_info (GST_AUDIO_FORMAT_F32, GST_AUDIO_LAYOUT_NON_INTERLEAVED, __i__, MODEL_RATE);
  g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (GenreAudioInput) input = genre_audio_input_new (&info, MODEL_RATE, collect, out);
  GstBuffer *buffer = make_tone (&info, 440, 0, 100);
  for (gint c = 0; c < __i__; c++)
    gst_buffer_memset (buffer, (100 * c + 60) * sizeof (float), 0, 40 * sizeof (float));
  buffer = gst_audio_buffer_truncate (buffer, sizeof (float) * __i__, 60, -1);
  fail_unless_equals_uint64 (genre_audio_input_count_frames (input, buffer), 40);
  fail_unless (genre_audio_input_push (input, buffer));
  fail_unless_equals_int (out->len, 40);
  for (guint i = 0; i < out->len; i++)
    fail_unless (g_array_index (out, float, i) == 0, "%g", g_array_index (out, float, i));
  gst_buffer_unref (buffer);
}
GST_END_TEST

/* Beside which the other planes' places would be looked for. */
GST_START_TEST (planes_of_other_channels_are_not_read)
{
  const GstAudioInfo info =
      make_info (GST_AUDIO_FORMAT_F32, GST_AUDIO_LAYOUT_NON_INTERLEAVED, 6, MODEL_RATE);
  const GstAudioInfo fewer =
      make_info (GST_AUDIO_FORMAT_F32, GST_AUDIO_LAYOUT_NON_INTERLEAVED, 2, MODEL_RATE);
  g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (GenreAudioInput) input = genre_audio_input_new (&info, MODEL_RATE, collect, out);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 100 * GST_AUDIO_INFO_BPF (&info), NULL);
  gst_buffer_memset (buffer, 0, 0, 100 * GST_AUDIO_INFO_BPF (&info));
  gst_buffer_add_audio_meta (buffer, &fewer, 40, NULL);
  fail_unless_equals_uint64 (genre_audio_input_count_frames (input, buffer), 100);
  fail_unless (genre_audio_input_push (input, buffer));
  fail_unless_equals_int (out->len, 100);
  gst_buffer_unref (buffer);
}
GST_END_TEST

int
main (int argc, char **argv)
{
  TCase *tests = tcase_create ("audioinput");
  tcase_add_test (tests, every_format_and_layout_gives_the_same_sound);
  tcase_add_test (tests, silence_in_every_format_is_zero);
  tcase_add_test (tests, up_to_64_channels_positioned_or_not);
  tcase_add_test (tests, low_frequency_channels_are_left_out);
  tcase_add_test (tests, extreme_stereo_is_mixed_without_overflow);
  tcase_add_test (tests, every_rate_from_4_to_384_khz);
  tcase_add_test (tests, any_chunking_gives_identical_samples);
  tcase_add_test (tests, highs_survive_resampling_and_do_not_fold);
  tcase_add_test (tests, what_is_no_number_is_silence_and_counted);
  tcase_add_test (tests, time_is_counted_in_samples);
  tcase_add_test (tests, a_multi_part_buffer_keeps_its_memories);
  tcase_add_test (tests, samples_at_odd_addresses_are_read);
  tcase_add_test (tests, lying_planes_are_not_read);
  tcase_add_loop_test (tests, what_is_cut_away_of_planes_is_not_heard, 1, 3);
  tcase_add_test (tests, planes_of_other_channels_are_not_read);
  return run_tests (tests, argc, argv);
}
