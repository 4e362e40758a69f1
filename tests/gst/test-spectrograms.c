/* SPDX-License-Identifier: GPL-2.0-or-later */
/* post-spectrogram: what is posted is what src/ makes of the same samples, at the right times, only
 * while it is wanted. */
#include "listening.h"
#include "modelfile.h"
#include "spectrogram.h"
#include "spectrogrambatch.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define MONO "audio/x-raw, format=F32LE, layout=interleaved, channels=1, rate="
#define HOP 512 /* of the tests' model: batches of 11 frames */
#define BATCH 11
#define FRAME_TIME(n) gst_util_uint64_scale (n, (guint64)HOP *GST_SECOND, MODEL_RATE)
/* longer than frames reach to both sides, and than a block */
#define BLOCK (250 * GST_MSECOND)

/* ---- what is seen ---- */

typedef struct {
  GstClockTime timestamp, stream_time, running_time, duration;
  double rate;
  guint n_frames, n_bands;
  GArray *values; /* of float, (n_frames, n_bands) */
} Seen;

static void
seen_free (gpointer data)
{
  Seen *seen = data;
  g_array_unref (seen->values);
  g_free (seen);
}

static void
read_frame (Seen *seen, const GValue *frame)
{
  fail_unless (GST_VALUE_HOLDS_ARRAY (frame));
  if (seen->n_frames++ == 0)
    seen->n_bands = gst_value_array_get_size (frame);
  fail_unless_equals_int (gst_value_array_get_size (frame), seen->n_bands);
  for (guint b = 0; b < seen->n_bands; b++) {
    const GValue *value = gst_value_array_get_value (frame, b);
    fail_unless (G_VALUE_HOLDS_FLOAT (value));
    const float decibels = g_value_get_float (value);
    fail_unless (isfinite (decibels) && decibels >= -100);
    g_array_append_val (seen->values, decibels);
  }
}

static Seen *
seen_new (const GstStructure *structure)
{
  Seen *seen = g_new0 (Seen, 1);
  seen->values = g_array_new (FALSE, FALSE, sizeof (float));
  fail_unless (gst_structure_get (structure, "timestamp", G_TYPE_UINT64, &seen->timestamp,
                                  "stream-time", G_TYPE_UINT64, &seen->stream_time, "running-time",
                                  G_TYPE_UINT64, &seen->running_time, "duration", G_TYPE_UINT64,
                                  &seen->duration, "rate", G_TYPE_DOUBLE, &seen->rate, NULL));
  const GValue *magnitude = gst_structure_get_value (structure, "magnitude");
  fail_unless (magnitude && GST_VALUE_HOLDS_ARRAY (magnitude));
  for (guint i = 0; i < gst_value_array_get_size (magnitude); i++)
    read_frame (seen, gst_value_array_get_value (magnitude, i));
  fail_unless (seen->n_frames > 0);
  return seen;
}

/* All that waits on the bus; answers among it are dropped. (transfer full) of Seen */
static GPtrArray *
take_all (Listening *listening)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (seen_free);
  listening_wait_idle (listening->element);
  GstMessage *message;
  while ((message = gst_bus_pop_filtered (listening->bus, GST_MESSAGE_ELEMENT))) {
    if (gst_message_has_name (message, "genreclassify-spectrogram"))
      g_ptr_array_add (all, seen_new (gst_message_get_structure (message)));
    gst_message_unref (message);
  }
  return all;
}

static const Seen *
seen_at (const GPtrArray *all, guint i)
{
  fail_unless (i < all->len, "%u messages, expected more than %u", all->len, i);
  return all->pdata[i];
}

static GstClockTime
end_of (const Seen *seen)
{
  return seen->timestamp + seen->duration;
}

/* ---- what src/ makes of it ---- */

static void
keep_frame (const float *bands, double mean_square, gpointer user_data)
{
  gpointer *keep = user_data;
  g_array_append_vals (keep[0], bands, *(guint *)keep[1]);
}

/* (n_frames, bands) */
static GArray *
compute (const GenreFrontEndConfig *config, const GArray *samples)
{
  GArray *frames = g_array_new (FALSE, FALSE, sizeof (float));
  guint n_bands = config->bands;
  gpointer keep[] = {frames, &n_bands};
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (config, &error);
  fail_unless (front_end, "%s", error ? error->message : "");
  g_autoptr (GenreSpectrogram) spectrogram = genre_spectrogram_new (front_end);
  genre_spectrogram_push (spectrogram, (const float *)samples->data, samples->len, keep_frame,
                          keep);
  genre_spectrogram_finish (spectrogram, keep_frame, keep);
  return frames;
}

/* Pushes a chirp of @duration, in buffers of odd sizes, and remembers its samples. */
static void
push_and_keep (Listening *listening, GstClockTime duration, GArray *samples)
{
  const GstClockTime end = listening->position + duration;
  for (guint i = 0; listening->position < end; i++) {
    GstBuffer *buffer =
        listening_make_buffer (listening, 100 + 37 * (i % 50), (3 + i % 41) * GST_MSECOND);
    GstMapInfo map;
    fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
    g_array_append_vals (samples, map.data, map.size / sizeof (float));
    gst_buffer_unmap (buffer, &map);
    fail_unless_equals_int (gst_harness_push (listening->harness, buffer), GST_FLOW_OK);
  }
}

/* Are the frames of @seen those of @frames from @start on? */
static void
check_values (const Seen *seen, const GArray *frames, guint start)
{
  fail_unless ((gsize)(start + seen->n_frames) * seen->n_bands <= frames->len);
  fail_unless (memcmp (seen->values->data,
                       &g_array_index (frames, float, (gsize)start * seen->n_bands),
                       seen->values->len * sizeof (float)) == 0,
               "frames %u to %u are others", start, start + seen->n_frames - 1);
}

/* One batch after the other, without a hole, from the first frame of @frames to the last. */
static void
check_all (const GPtrArray *all, const GArray *frames, const GenreFrontEndConfig *config,
           guint batch)
{
  guint start = 0;
  for (guint i = 0; i < all->len; i++) {
    const Seen *seen = seen_at (all, i);
    const guint64 hop_time = config->hop * GST_SECOND;
    fail_unless_equals_int (seen->n_bands, config->bands);
    fail_unless_equals_float (seen->rate, (double)config->rate / config->hop);
    fail_unless (seen->n_frames == batch || i + 1 == all->len);
    assert_time_near (seen->timestamp, gst_util_uint64_scale (start, hop_time, config->rate), 50);
    fail_unless_equals_uint64 (seen->stream_time, seen->timestamp);
    fail_unless_equals_uint64 (seen->running_time, seen->timestamp);
    fail_unless_equals_uint64 (seen->duration,
                               gst_util_uint64_scale (seen->n_frames, hop_time, config->rate));
    check_values (seen, frames, start);
    start += seen->n_frames;
  }
  fail_unless_equals_int (start, frames->len / config->bands);
}

static GenreFrontEndConfig
get_test_front_end (void)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  config.fft_size = config.hop = HOP;
  config.bands = 16;
  return config;
}

static void
begin (Listening *listening, const char *properties)
{
  listening_begin (listening, properties);
  listening_set_caps (listening, MONO "22050");
}

/* ---- values ---- */

GST_START_TEST (values_are_those_of_the_front_end)
{
  const GenreFrontEndConfig config = get_test_front_end ();
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (float));
  Listening listening;
  begin (&listening, "overload=wait post-spectrogram=true");
  push_and_keep (&listening, 7 * GST_SECOND, samples);
  listening_push_eos (&listening);
  g_autoptr (GPtrArray) all = take_all (&listening);
  g_autoptr (GArray) frames = compute (&config, samples);
  check_all (all, frames, &config, BATCH);
  listening_end (&listening);
}
GST_END_TEST

/* A model with this front end, in a file. */
static char *
make_model (const GenreFrontEndConfig *front_end, const char *folder)
{
  char *labels[] = {"a", "b", NULL};
  const GenreModelConfig config = {
      .n_labels = 2,
      .labels = labels,
      .display_names = labels,
      .front_end = *front_end,
      .segment_frames = 4,
      .segment_step = 2,
      .network = "[{\"type\": \"statistics-pool\"}, {\"type\": \"dense\", \"outputs\": 2}]",
      .temperature = 1,
      .provenance = "{}",
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreModel) model = genre_model_new (&config, &error);
  fail_unless (model, "%s", error ? error->message : "");
  genre_network_initialise (genre_model_get_network (model), 1);
  char *path = g_build_filename (folder, "model.safetensors", NULL);
  fail_unless (genre_model_save (model, path, GENRE_DTYPE_F32, &error));
  return path;
}

static void
check_front_end (const GenreFrontEndConfig *config, guint batch)
{
  g_autofree char *folder = g_dir_make_tmp ("genreclassify-XXXXXX", NULL);
  g_autofree char *path = make_model (config, folder);
  g_autofree char *caps = g_strdup_printf (MONO "%u", config->rate);
  g_autofree char *properties =
      g_strdup_printf ("model=%s overload=wait post-spectrogram=true", path);
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (float));
  Listening listening;
  listening_begin (&listening, properties);
  listening_set_caps (&listening, caps);
  push_and_keep (&listening, 5 * GST_SECOND, samples);
  listening_push_eos (&listening);
  g_autoptr (GPtrArray) all = take_all (&listening);
  g_autoptr (GArray) frames = compute (config, samples);
  check_all (all, frames, config, batch);
  listening_end (&listening);
  g_remove (path);
  g_rmdir (folder);
}

GST_START_TEST (models_with_other_front_ends_show_theirs)
{
  /* cepstral coefficients are shown by their bands */
  const GenreFrontEndConfig cepstral = {
      GENRE_REPRESENTATION_MFCC, 16000, 1024, 300, 40, 13, 50, 7000};
  check_front_end (&cepstral, 13);
  /* a frame lasts longer than a batch */
  const GenreFrontEndConfig slow = {GENRE_REPRESENTATION_LINEAR, 8000, 4096, 4000, 257, 0, 0, 4000};
  check_front_end (&slow, 1);
}
GST_END_TEST

/* ---- on and off ---- */

GST_START_TEST (nothing_is_posted_where_nobody_asked)
{
  Listening listening;
  begin (&listening, "overload=wait");
  gboolean wanted = TRUE;
  g_object_get (listening.element, "post-spectrogram", &wanted, NULL);
  fail_unless (!wanted);
  listening_push (&listening, LOW, 3 * GST_SECOND, BLOCK);
  listening_push_eos (&listening);
  g_autoptr (GPtrArray) all = take_all (&listening);
  fail_unless_equals_int (all->len, 0);
  listening_end (&listening);
}
GST_END_TEST

/* Frames of @all are those of the front end, at the times that they say. */
static void
check_placed (const GPtrArray *all, const GArray *frames)
{
  for (guint i = 0; i < all->len; i++) {
    const Seen *seen = seen_at (all, i);
    const guint start = (guint)round ((double)seen->timestamp / GST_SECOND * MODEL_RATE / HOP);
    assert_time_near (seen->timestamp, FRAME_TIME (start), 1000);
    check_values (seen, frames, start);
  }
}

GST_START_TEST (it_may_be_switched_while_it_runs)
{
  const GenreFrontEndConfig config = get_test_front_end ();
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (float));
  GPtrArray *all[5];
  Listening listening;
  begin (&listening, "overload=wait window=0");
  for (guint i = 0; i < 5; i++) {
    gboolean wanted;
    g_object_set (listening.element, "post-spectrogram", i % 2, NULL);
    g_object_get (listening.element, "post-spectrogram", &wanted, NULL);
    fail_unless_equals_int (wanted, i % 2);
    push_and_keep (&listening, 2 * GST_SECOND, samples);
    if (i == 4)
      listening_push_eos (&listening);
    all[i] = take_all (&listening);
  }
  g_autoptr (GArray) frames = compute (&config, samples);
  for (guint i = 0; i < 5; i++) {
    check_placed (all[i], frames);
    /* the last block of each two seconds may be heard with the next ones */
    fail_unless (i % 2 ? all[i]->len >= 6 && all[i]->len <= 9 : all[i]->len <= 1, "%u of them",
                 all[i]->len);
    if (i % 2) {
      assert_time_near (seen_at (all[i], 0)->timestamp, i * 2 * GST_SECOND, BLOCK + 50000000);
      fail_unless (end_of (seen_at (all[i], all[i]->len - 1)) < (i + 1) * 2 * GST_SECOND);
    }
    g_ptr_array_unref (all[i]);
  }
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (it_is_kept_from_run_to_run_and_needs_no_answers)
{
  Listening listening;
  begin (&listening, "overload=wait post-messages=false");
  gst_element_set_state (listening.element, GST_STATE_NULL);
  g_object_set (listening.element, "post-spectrogram", TRUE, NULL);
  for (guint i = 0; i < 2; i++) {
    gst_element_set_state (listening.element, GST_STATE_NULL);
    gst_element_set_state (listening.element, GST_STATE_PLAYING);
    listening_push_stream_start (&listening, "stream");
    listening_set_caps (&listening, MONO "22050");
    listening_push (&listening, LOW, 3 * GST_SECOND, BLOCK);
    listening_push_eos (&listening);
    g_autoptr (GPtrArray) all = take_all (&listening);
    fail_unless_equals_int (all->len, 12);
    fail_unless_equals_uint64 (seen_at (all, 0)->timestamp, 0);
    gst_harness_push_event (listening.harness, gst_event_new_flush_start ());
    gst_harness_push_event (listening.harness, gst_event_new_flush_stop (TRUE));
  }
  listening_end (&listening);
}
GST_END_TEST

/* ---- time ---- */

static void
check_contiguous (const GPtrArray *all, guint from, guint to)
{
  for (guint i = from + 1; i < to; i++)
    assert_time_near (seen_at (all, i)->timestamp, end_of (seen_at (all, i - 1)), 1000);
}

/* The first message that begins at @time or later. */
static guint
find_from (const GPtrArray *all, GstClockTime time)
{
  guint i = 0;
  while (i < all->len && seen_at (all, i)->timestamp < time)
    i++;
  return i;
}

GST_START_TEST (behind_a_gap_time_has_gone_on)
{
  Listening listening;
  begin (&listening, "overload=wait post-spectrogram=true");
  listening_push (&listening, LOW, 2 * GST_SECOND, BLOCK);
  gst_harness_push_event (listening.harness,
                          gst_event_new_gap (listening.position, 10 * GST_SECOND));
  listening.position += 10 * GST_SECOND;
  listening_push (&listening, HIGH, 2 * GST_SECOND, BLOCK);
  listening_push_eos (&listening);
  g_autoptr (GPtrArray) all = take_all (&listening);
  const guint behind = find_from (all, 3 * GST_SECOND);
  check_contiguous (all, 0, behind);
  check_contiguous (all, behind, all->len);
  assert_time_near (end_of (seen_at (all, behind - 1)), 2 * GST_SECOND, FRAME_TIME (1));
  assert_time_near (seen_at (all, behind)->timestamp, 12 * GST_SECOND, FRAME_TIME (1));
  assert_time_near (end_of (seen_at (all, all->len - 1)), 14 * GST_SECOND, 2 * FRAME_TIME (1));
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (a_jump_and_a_seek_begin_anew)
{
  const GenreFrontEndConfig config = get_test_front_end ();
  for (guint seek = 0; seek < 2; seek++) {
    Listening listening;
    g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (float));
    begin (&listening, "overload=wait post-spectrogram=true");
    listening_push (&listening, LOW, 2 * GST_SECOND, BLOCK);
    if (seek)
      listening_seek (&listening, 100 * GST_SECOND);
    else
      listening.position = 100 * GST_SECOND;
    push_and_keep (&listening, 2 * GST_SECOND, samples);
    listening_push_eos (&listening);
    g_autoptr (GPtrArray) all = take_all (&listening);
    g_autoptr (GArray) frames = compute (&config, samples);
    guint i = find_from (all, 100 * GST_SECOND);
    check_contiguous (all, 0, i);
    for (guint start = 0; i < all->len; start += seen_at (all, i++)->n_frames) {
      const Seen *seen = seen_at (all, i);
      assert_time_near (seen->timestamp, 100 * GST_SECOND + FRAME_TIME (start), 1000);
      fail_unless_equals_uint64 (seen->stream_time, seen->timestamp);
      /* a seek's segment starts there */
      assert_time_near (seen->running_time, seen->timestamp - (seek ? 100 * GST_SECOND : 0), 1000);
      check_values (seen, frames, start);
    }
    fail_unless (end_of (seen_at (all, all->len - 1)) > 102 * GST_SECOND - FRAME_TIME (1));
    listening_end (&listening);
  }
}
GST_END_TEST

GST_START_TEST (new_caps_and_titles_go_on_in_time)
{
  Listening listening;
  begin (&listening, "overload=wait post-spectrogram=true");
  listening_push_tags (&listening, "taglist, title=\"One\"");
  listening_push (&listening, LOW, 2 * GST_SECOND, BLOCK);
  listening_set_caps (&listening, "audio/x-raw, format=S16LE, layout=interleaved, rate=48000, "
                                  "channels=2, channel-mask=(bitmask)3");
  listening_push (&listening, HIGH, 2 * GST_SECOND, BLOCK);
  listening_push_tags (&listening, "taglist, title=\"Two\"");
  listening_push (&listening, LOW, 2 * GST_SECOND, BLOCK);
  listening_push_eos (&listening);
  g_autoptr (GPtrArray) all = take_all (&listening);
  /* Each song ends with a shorter batch; its last frame may reach beyond it. */
  for (guint i = 1; i < all->len; i++)
    assert_time_near (seen_at (all, i)->timestamp, end_of (seen_at (all, i - 1)), FRAME_TIME (1));
  const guint caps = find_from (all, 2 * GST_SECOND - GST_MSECOND);
  const guint title = find_from (all, 4 * GST_SECOND - GST_MSECOND);
  assert_time_near (seen_at (all, caps)->timestamp, 2 * GST_SECOND, GST_MSECOND);
  assert_time_near (seen_at (all, title)->timestamp, 4 * GST_SECOND, GST_MSECOND);
  fail_unless (seen_at (all, caps - 1)->n_frames < BATCH);
  fail_unless_equals_float (seen_at (all, caps)->rate, (double)MODEL_RATE / HOP);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (what_is_seen_comes_before_the_final_answer)
{
  Listening listening;
  begin (&listening, "overload=wait post-spectrogram=true");
  listening_push (&listening, LOW, 3 * GST_SECOND, BLOCK);
  listening_push_eos (&listening);
  guint n_before = 0, n_after = 0;
  gboolean final = FALSE, more = TRUE;
  while (more) {
    g_autoptr (GstMessage) message = gst_bus_pop_filtered (listening.bus, GST_MESSAGE_ELEMENT);
    more = message != NULL;
    n_after += more && final;
    n_before += more && !final && gst_message_has_name (message, "genreclassify-spectrogram");
    if (more && gst_message_has_name (message, "genreclassify"))
      gst_structure_get_boolean (gst_message_get_structure (message), "final", &final);
  }
  fail_unless (final);
  fail_unless (n_before > 0);
  fail_unless_equals_int (n_after, 0);
  listening_end (&listening);
}
GST_END_TEST

/* ---- threads ---- */

static GstBusSyncReply
switch_off (GstBus *bus, GstMessage *message, gpointer data)
{
  if (gst_message_has_name (message, "genreclassify-spectrogram"))
    g_object_set (data, "post-spectrogram", FALSE, NULL);
  return GST_BUS_PASS;
}

GST_START_TEST (it_may_be_switched_off_from_a_sync_handler)
{
  Listening listening;
  begin (&listening, "overload=wait post-spectrogram=true");
  gst_bus_set_sync_handler (listening.bus, switch_off, listening.element, NULL);
  listening_push (&listening, LOW, 3 * GST_SECOND, BLOCK);
  listening_push_eos (&listening);
  gst_bus_set_sync_handler (listening.bus, NULL, NULL, NULL);
  g_autoptr (GPtrArray) all = take_all (&listening);
  fail_unless (all->len >= 1 && all->len <= 2, "%u of them", all->len);
  listening_end (&listening);
}
GST_END_TEST

static GstBusSyncReply
stop_at_once (GstBus *bus, GstMessage *message, gpointer data)
{
  if (gst_message_has_name (message, "genreclassify-spectrogram"))
    gst_element_set_state (data, GST_STATE_NULL);
  return GST_BUS_PASS;
}

GST_START_TEST (an_application_may_stop_the_element_when_it_sees)
{
  for (guint i = 0; i < 20; i++) {
    Listening listening;
    begin (&listening, "overload=drop post-spectrogram=true");
    gst_bus_set_sync_handler (listening.bus, stop_at_once, listening.element, NULL);
    listening_push (&listening, LOW, 2 * GST_SECOND, GST_SECOND / 10);
    while (GST_STATE (listening.element) != GST_STATE_NULL)
      g_usleep (1000);
    gst_bus_set_sync_handler (listening.bus, NULL, NULL, NULL);
    g_autoptr (GPtrArray) all = take_all (&listening);
    fail_unless_equals_int (all->len, 1);
    gst_element_set_state (listening.element, GST_STATE_PLAYING); /* teardown expects it */
    listening_end (&listening);
  }
}
GST_END_TEST

/* ---- the batch ---- */

static void
check_batch (GstStructure *structure, GstClockTime timestamp, guint n_frames)
{
  fail_unless (structure);
  g_autoptr (GstStructure) owned = structure;
  Seen *seen = seen_new (owned);
  assert_time_near (seen->timestamp, timestamp, 1);
  fail_unless_equals_int (seen->n_frames, n_frames);
  seen_free (seen);
}

GST_START_TEST (a_batch_ends_where_time_jumps)
{
  const GenreFrontEndConfig config = {GENRE_REPRESENTATION_MEL, 8000, 512, 400, 2, 0, 0, 4000};
  const float bands[2] = {-1, -2};
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  g_autoptr (GenreSpectrogramBatch) batch = genre_spectrogram_batch_new (&config);
  fail_unless (!genre_spectrogram_batch_finish (batch));
  /* five frames of 50 ms; the first lies before the first mark */
  genre_spectrogram_batch_mark (batch, 800, GST_SECOND, &segment);
  for (guint i = 1; i < 5; i++)
    fail_unless (!genre_spectrogram_batch_add (batch, i * 400, bands));
  check_batch (genre_spectrogram_batch_add (batch, 5 * 400, bands), 950 * GST_MSECOND, 5);
  fail_unless (!genre_spectrogram_batch_add (batch, 6 * 400, bands));
  genre_spectrogram_batch_mark (batch, 7 * 400, 10 * GST_SECOND, &segment);
  check_batch (genre_spectrogram_batch_add (batch, 7 * 400, bands), 1200 * GST_MSECOND, 1);
  fail_unless (!genre_spectrogram_batch_add (batch, 8 * 400, bands));
  check_batch (genre_spectrogram_batch_finish (batch), 10 * GST_SECOND, 2);
  fail_unless (!genre_spectrogram_batch_finish (batch));
  genre_spectrogram_batch_mark (batch, 0, 20 * GST_SECOND, &segment);
  fail_unless (!genre_spectrogram_batch_add (batch, 0, bands));
  genre_spectrogram_batch_reset (batch);
  fail_unless (!genre_spectrogram_batch_finish (batch));
}
GST_END_TEST

/* Switched on between a song's last samples and its end, which completes their frames. */
GST_START_TEST (what_has_no_place_in_time_is_not_shown)
{
  const GenreFrontEndConfig config = {GENRE_REPRESENTATION_MEL, 8000, 512, 400, 2, 0, 0, 4000};
  const float bands[2] = {-1, -2};
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  g_autoptr (GenreSpectrogramBatch) batch = genre_spectrogram_batch_new (&config);
  fail_unless (!genre_spectrogram_batch_add (batch, 400, bands));
  fail_unless (!genre_spectrogram_batch_finish (batch));
  genre_spectrogram_batch_mark (batch, 0, GST_SECOND, &segment);
  fail_unless (!genre_spectrogram_batch_add (batch, 400, bands));
  check_batch (genre_spectrogram_batch_finish (batch), 1050 * GST_MSECOND, 1);
}
GST_END_TEST

int
main (int argc, char **argv)
{
  TCase *tests = tcase_create ("spectrograms");
  tcase_add_test (tests, values_are_those_of_the_front_end);
  tcase_add_test (tests, models_with_other_front_ends_show_theirs);
  tcase_add_test (tests, nothing_is_posted_where_nobody_asked);
  tcase_add_test (tests, it_may_be_switched_while_it_runs);
  tcase_add_test (tests, it_is_kept_from_run_to_run_and_needs_no_answers);
  tcase_add_test (tests, behind_a_gap_time_has_gone_on);
  tcase_add_test (tests, a_jump_and_a_seek_begin_anew);
  tcase_add_test (tests, new_caps_and_titles_go_on_in_time);
  tcase_add_test (tests, what_is_seen_comes_before_the_final_answer);
  tcase_add_test (tests, it_may_be_switched_off_from_a_sync_handler);
  tcase_add_test (tests, an_application_may_stop_the_element_when_it_sees);
  tcase_add_test (tests, a_batch_ends_where_time_jumps);
  tcase_add_test (tests, what_has_no_place_in_time_is_not_shown);
  return run_tests (tests, argc, argv);
}
