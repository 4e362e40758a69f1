/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pipelines that threads of their own start and stop, while their owner looks at them: also for
 * race detectors (tests/races). */
#include "filepipeline.h"
#include <string.h>
#include "follower.h"
#include "song.h"
#include "watchdog.h"

#define PATIENCE (120 * GST_SECOND)
#define LOOK (5 * GST_MSECOND)
#define LATE (5 * G_TIME_SPAN_MILLISECOND)
#define N_TIMES 20

GstStateChangeReturn __real_gst_element_set_state (GstElement *element, GstState state);
GstStateChangeReturn __wrap_gst_element_set_state (GstElement *element, GstState state);

static gint late; /* atomic: threads are late to start a pipeline */

GstStateChangeReturn
__wrap_gst_element_set_state (GstElement *element, GstState state)
{
  if (state == GST_STATE_PLAYING && g_atomic_int_get (&late))
    g_usleep (LATE);
  return __real_gst_element_set_state (element, state);
}

typedef struct {
  char *folder, *uri;
  GstElement *pipeline, *classifier; /* the latter's place is taken by "identity" */
  GstBus *bus;
  Watchdog *watchdog;
  gint n_started;   /* atomic */
  gint n_destroyed; /* atomic */
} World;

static void
begin (World *world)
{
  *world = (World){.folder = test_make_folder ()};
  g_autofree char *path = g_build_filename (world->folder, "song.ogg", NULL);
  g_autoptr (GBytes) song = song_encode ("vorbisenc ! oggmux", 44100, 60, 4410);
  ck_assert (g_file_set_contents (path, g_bytes_get_data (song, NULL),
                                  (gssize)g_bytes_get_size (song), NULL));
  world->uri = g_filename_to_uri (path, NULL, NULL);
}

static void
open_pipeline (World *world)
{
  g_autoptr (GError) error = NULL;
  world->classifier = gst_object_ref_sink (gst_element_factory_make ("identity", NULL));
  world->pipeline = file_pipeline_new (world->uri, world->classifier, &error);
  ck_assert_msg (world->pipeline, "%s", error ? error->message : "");
  world->bus = gst_element_get_bus (world->pipeline);
  world->watchdog = watchdog_new (world->classifier);
}

static void
close_pipeline (World *world)
{
  ck_assert (pipeline_stop (world->pipeline));
  watchdog_free (world->watchdog);
  gst_object_unref (world->bus);
  gst_object_unref (world->pipeline);
  gst_object_unref (world->classifier);
}

static void
end (World *world)
{
  test_remove_folder (world->folder);
  g_free (world->folder);
  g_free (world->uri);
}

static void
on_started (GstStateChangeReturn result, gpointer user_data)
{
  World *world = user_data;
  if (result != GST_STATE_CHANGE_FAILURE)
    g_atomic_int_inc (&world->n_started);
}

static void
on_destroyed (gpointer user_data)
{
  World *world = user_data;
  g_atomic_int_inc (&world->n_destroyed);
}

static void
start (World *world)
{
  pipeline_start (world->pipeline, GST_STATE_PLAYING, on_started, world, on_destroyed);
}

/* Returns at how many looks something had arrived until the end of the stream. */
static guint
look_until_end (World *world)
{
  const gint64 latest = g_get_monotonic_time () + (gint64)(PATIENCE / 1000);
  guint n_arrivals = 0;
  for (;;) {
    g_autoptr (GstMessage) message =
        gst_bus_timed_pop_filtered (world->bus, LOOK, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    n_arrivals += watchdog_saw_something (world->watchdog);
    if (message) {
      ck_assert (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
      return n_arrivals;
    }
    ck_assert (g_get_monotonic_time () < latest);
  }
}

static void
wait_for_destroyed (World *world, gint n)
{
  const gint64 latest = g_get_monotonic_time () + (gint64)(PATIENCE / 1000);
  while (g_atomic_int_get (&world->n_destroyed) < n) {
    ck_assert (g_get_monotonic_time () < latest);
    g_usleep (1000);
  }
}

START_TEST (a_file_is_heard_while_it_is_watched)
{
  World world;
  begin (&world);
  open_pipeline (&world);
  ck_assert (!watchdog_saw_something (world.watchdog));
  start (&world);
  ck_assert_uint_gt (look_until_end (&world), 0);
  ck_assert (!watchdog_saw_something (world.watchdog)); /* nothing comes after the end */
  close_pipeline (&world);
  wait_for_destroyed (&world, 1); /* by the thread that started it */
  ck_assert_int_eq (g_atomic_int_get (&world.n_started), 1);
  ck_assert_int_eq (g_atomic_int_get (&world.n_destroyed), 1);
  end (&world);
}
END_TEST

static GstPadProbeReturn
on_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  *(gsize *)user_data += gst_buffer_get_size (GST_PAD_PROBE_INFO_BUFFER (info));
  return GST_PAD_PROBE_OK;
}

/* Of 8 bits, @n bytes of silence, of which its header speaks if it is @measured, @rest behind. */
static void
write_wav (const char *path, guint n, gboolean measured, const char *rest, guint n_rest)
{
  static const guint8 header[] = "RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x22\x56\0\0"
                                 "\x22\x56\0\0\1\0\x08\0data";
  g_autoptr (GByteArray) file = g_byte_array_new ();
  const guint32 size = GUINT32_TO_LE (measured ? n : 0);
  g_byte_array_append (file, header, sizeof header - 1);
  g_byte_array_append (file, (const guint8 *)&size, sizeof size);
  g_byte_array_set_size (file, file->len + n);
  memset (file->data + file->len - n, 128, n);
  g_byte_array_append (file, (const guint8 *)rest, n_rest);
  const guint32 riff = GUINT32_TO_LE (file->len - 8);
  memcpy (file->data + 4, &riff, sizeof riff);
  ck_assert (g_file_set_contents (path, (char *)file->data, file->len, NULL));
}

/* How many bytes of sound come of it. */
static gsize
hear_wav (World *world, guint n, gboolean measured, const char *rest, guint n_rest)
{
  g_autofree char *path = g_filename_from_uri (world->uri, NULL, NULL);
  write_wav (path, n, measured, rest, n_rest);
  open_pipeline (world);
  gsize heard = 0;
  g_autoptr (GstPad) pad = gst_element_get_static_pad (world->classifier, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, &heard, NULL);
  start (world);
  look_until_end (world);
  close_pipeline (world);
  return heard;
}

START_TEST (a_wav_file_may_end_behind_its_last_chunk)
{
  static const struct {
    guint n;
    char bytes[140];
  } behind[] = {{0, ""},   {1, ""},      {7, ""},          {8, ""},       {100, ""},
                {127, ""}, {128, "TAG"}, {14, "\0junk\4"}, {13, "junk\4"}};
  World world;
  begin (&world);
  for (gsize i = 0; i < G_N_ELEMENTS (behind); i++)
    for (guint odd = 0; odd < 2; odd++)
      ck_assert_uint_eq (hear_wav (&world, 22050 - odd, TRUE, behind[i].bytes, behind[i].n),
                         22050 - odd);
  ck_assert_uint_eq (hear_wav (&world, 22050, FALSE, "", 0), 22050); /* as of who was cut off */
  end (&world);
}
END_TEST

START_TEST (one_is_stopped_while_it_starts)
{
  World world;
  begin (&world);
  for (gint i = 0; i < N_TIMES; i++) {
    g_atomic_int_set (&late, i % 2);
    open_pipeline (&world);
    start (&world);
    g_autoptr (GstElement) pipeline = gst_object_ref (world.pipeline);
    close_pipeline (&world);
    wait_for_destroyed (&world, i + 1); /* it stays as it is, whichever thread was first */
    GstState state;
    gst_element_get_state (pipeline, &state, NULL, 0);
    ck_assert_int_eq (state, GST_STATE_NULL);
  }
  end (&world);
}
END_TEST

START_TEST (an_end_is_sent_while_it_is_heard)
{
  World world;
  begin (&world);
  open_pipeline (&world);
  start (&world);
  const gint64 latest = g_get_monotonic_time () + (gint64)(PATIENCE / 1000);
  while (!watchdog_saw_something (world.watchdog)) {
    ck_assert (g_get_monotonic_time () < latest);
    g_usleep (100);
  }
  pipeline_send_end (world.pipeline);
  look_until_end (&world);
  close_pipeline (&world);
  wait_for_destroyed (&world, 1);
  end (&world);
}
END_TEST

/* Whatever its name says. */
START_TEST (nothing_that_a_list_names_is_opened)
{
  World world;
  gint n_made = 0;
  follower_install ();
  begin (&world);
  g_autofree char *path = g_filename_from_uri (world.uri, NULL, NULL);
  g_autoptr (GBytes) list = follower_fill_up (followed[_i].text, followed[_i].size);
  ck_assert (g_file_set_contents (path, g_bytes_get_data (list, NULL), FILLED_SIZE, NULL));
  open_pipeline (&world);
  follower_watch (world.pipeline, &n_made);
  start (&world);
  follower_check_refusal (world.bus, followed[_i].type, PATIENCE);
  close_pipeline (&world);
  ck_assert_int_eq (g_atomic_int_get (&n_made), 0);
  end (&world);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("filepipeline");
  tcase_add_test (tests, a_file_is_heard_while_it_is_watched);
  tcase_add_test (tests, a_wav_file_may_end_behind_its_last_chunk);
  tcase_add_test (tests, one_is_stopped_while_it_starts);
  tcase_add_test (tests, an_end_is_sent_while_it_is_heard);
  tcase_add_loop_test (tests, nothing_that_a_list_names_is_opened, 0, G_N_ELEMENTS (followed));
  return test_run_within ("filepipeline", tests, 300);
}
