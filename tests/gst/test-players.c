/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where users put the element, with the parts that they use: playbin, files, chained Ogg streams,
 * encoders, appsink. Skipped where GStreamer's Vorbis and Ogg elements are missing. */
#include "listening.h"
#include <glib/gstdio.h>
#include <string.h>

static char *folder;

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

/* Runs until EOS; asserts that there was no error. */
static void
run_pipeline (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstMessage) message =
      gst_bus_timed_pop_filtered (bus, 100 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message, "neither EOS nor an error");
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;
    gst_message_parse_error (message, &error, NULL);
    fail ("%s", error->message);
  }
}

/* @genre goes to the element called tagger, if there is one. */
static void
run_and_tag (const char *description, const char *genre)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (description, &error);
  fail_unless (!error, "%s", error ? error->message : "");
  g_autoptr (GstElement) tagger = gst_bin_get_by_name (GST_BIN (pipeline), "tagger");
  if (tagger)
    gst_tag_setter_add_tags (GST_TAG_SETTER (tagger), GST_TAG_MERGE_REPLACE, GST_TAG_GENRE, genre,
                             NULL);
  run_pipeline (pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

static void
run_description (const char *description)
{
  run_and_tag (description, NULL);
}

/* @seconds of a tone as a Vorbis file. */
static void
make_song (const char *name, const char *title, double frequency, guint seconds)
{
  g_autofree char *path = in_folder (name);
  g_autofree char *description = g_strdup_printf (
      "audiotestsrc freq=%d samplesperbuffer=4410 num-buffers=%u ! "
      "audio/x-raw,rate=44100,channels=2 ! "
      "audioconvert ! taginject tags=\"title=%s\" ! vorbisenc ! oggmux ! filesink location=%s",
      (int)frequency, seconds * 10, title, path);
  run_description (description);
}

static void
append_file (const char *to, const char *from)
{
  g_autofree char *source = in_folder (from), *target = in_folder (to);
  FILE *file = g_fopen (target, "ab");
  g_autofree char *content = NULL;
  gsize length;
  fail_unless (g_file_get_contents (source, &content, &length, NULL));
  fail_unless (fwrite (content, 1, length, file) == length);
  fclose (file);
}

static void
begin_folder (void)
{
  folder = g_dir_make_tmp ("genreclassify-XXXXXX", NULL);
}

static void
end_folder (void)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while ((name = g_dir_read_name (dir))) {
    g_autofree char *path = in_folder (name);
    g_remove (path);
  }
  g_dir_close (dir);
  g_rmdir (folder);
  g_free (folder);
}

static GstElement *
make_player (const char *file)
{
  GstElement *player = gst_element_factory_make ("playbin", NULL);
  g_autofree char *path = in_folder (file), *uri = gst_filename_to_uri (path, NULL);
  g_object_set (player, "uri", uri, "audio-filter", listening_make_element (NULL), "audio-sink",
                gst_element_factory_make ("fakesink", NULL), NULL);
  return player;
}

GST_START_TEST (playbin_with_an_audio_filter_tells_and_tags)
{
  guint n_final = 0, n_tagged = 0;
  make_song ("song.ogg", "One", LOW, 5);
  GstElement *player = make_player ("song.ogg");
  g_autoptr (GstBus) bus = gst_element_get_bus (player);
  gst_element_set_state (player, GST_STATE_PLAYING);
  GstMessage *message;
  gboolean ended;
  do {
    message = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND,
                                          GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_TAG |
                                              GST_MESSAGE_ELEMENT);
    fail_unless (message && GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR);
    if (gst_message_has_name (message, "genreclassify")) {
      const GstStructure *answer = gst_message_get_structure (message);
      gboolean final;
      gst_structure_get_boolean (answer, "final", &final);
      check_answer (answer, "low", final ? "eos" : NULL);
      n_final += final;
      fail_unless_equals_string (gst_structure_get_string (answer, "title"), "One");
    } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_TAG) {
      g_autoptr (GstTagList) tags = NULL;
      gst_message_parse_tag (message, &tags);
      g_autofree char *title = NULL;
      gst_tag_list_get_string (tags, GST_TAG_TITLE, &title);
      g_autofree char *genre = NULL;
      if (gst_tag_list_get_string (tags, GST_TAG_GENRE, &genre)) {
        fail_unless_equals_string (genre, "Low");
        n_tagged += title != NULL; /* the sink's message: ours beside the stream's own */
      }
    }
    ended = GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS; /* only then has the sink said it all */
    gst_message_unref (message);
  } while (!ended);
  fail_unless_equals_int (n_final, 1);
  fail_unless (n_tagged > 0);
  gst_element_set_state (player, GST_STATE_NULL);
  gst_object_unref (player);
}
GST_END_TEST

GST_START_TEST (each_song_of_a_chained_stream_gets_its_final_message)
{
  static const char *const titles[] = {"One", "Two", "Three"};
  GstElement *player;
  g_autoptr (GstBus) bus = NULL;
  for (guint i = 0; i < 3; i++) {
    make_song ("part.ogg", titles[i], i % 2 ? HIGH : LOW, 5);
    append_file ("chain.ogg", "part.ogg");
  }
  player = make_player ("chain.ogg");
  bus = gst_element_get_bus (player);
  gst_element_set_state (player, GST_STATE_PLAYING);
  for (guint i = 0; i < 3;) {
    g_autoptr (GstStructure) answer = listening_pop_from (bus, 60 * GST_SECOND);
    const gboolean final = answer && gst_structure_has_field (answer, "reason");
    check_answer (answer, i % 2 ? "high-pitched" : "low", !final ? NULL : i < 2 ? "stream" : "eos");
    fail_unless_equals_string (gst_structure_get_string (answer, "title"), titles[i]);
    i += final;
  }
  gst_element_set_state (player, GST_STATE_NULL);
  gst_object_unref (player);
}
GST_END_TEST

GST_START_TEST (a_seeking_listener_gets_one_final_message)
{
  gboolean final = FALSE;
  make_song ("song.ogg", "One", LOW, 20);
  GstElement *player = make_player ("song.ogg");
  g_autoptr (GstBus) bus = gst_element_get_bus (player);
  gst_element_set_state (player, GST_STATE_PAUSED);
  gst_element_get_state (player, NULL, NULL, 20 * GST_SECOND);
  for (guint i = 0; i < 6; i++)
    fail_unless (gst_element_seek_simple (player, GST_FORMAT_TIME,
                                          GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE,
                                          (i * 7 % 18) * GST_SECOND));
  gst_element_set_state (player, GST_STATE_PLAYING);
  while (!final) {
    g_autoptr (GstStructure) answer = listening_pop_from (bus, 60 * GST_SECOND);
    fail_unless (answer);
    final = gst_structure_has_field (answer, "reason");
    fail_unless (get_time (answer, "stream-time") >= 17 * GST_SECOND - 100 * GST_MSECOND);
  }
  fail_unless (!listening_pop_from (bus, GST_SECOND / 5));
  gst_element_set_state (player, GST_STATE_NULL);
  gst_object_unref (player);
}
GST_END_TEST

GST_START_TEST (an_appsink_gets_the_same_audio_as_without)
{
  GChecksum *sums[2];
  for (guint with = 0; with < 2; with++) {
    g_autofree char *description =
        g_strdup_printf ("audiotestsrc wave=triangle num-buffers=200 ! "
                         "audio/x-raw,format=F32LE,rate=48000,channels=2 "
                         "! %s ! appsink name=sink sync=false",
                         with ? "genreclassify name=g" : "identity name=g");
    GstElement *pipeline = gst_parse_launch (description, NULL);
    g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
    g_autoptr (GstElement) element = gst_bin_get_by_name (GST_BIN (pipeline), "g");
    if (with)
      g_object_set (element, "model", test_model (), NULL);
    sums[with] = g_checksum_new (G_CHECKSUM_SHA256);
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    GstSample *sample;
    while (g_signal_emit_by_name (sink, "pull-sample", &sample), sample != NULL) {
      GstBuffer *buffer = gst_sample_get_buffer (sample);
      GstClockTime time = GST_BUFFER_PTS (buffer);
      GstMapInfo map;
      gst_buffer_map (buffer, &map, GST_MAP_READ);
      g_checksum_update (sums[with], map.data, map.size);
      g_checksum_update (sums[with], (const guchar *)&time, sizeof time);
      gst_buffer_unmap (buffer, &map);
      gst_sample_unref (sample);
    }
    gst_element_set_state (pipeline, GST_STATE_NULL);
    gst_object_unref (pipeline);
  }
  fail_unless_equals_string (g_checksum_get_string (sums[0]), g_checksum_get_string (sums[1]));
  g_checksum_free (sums[0]);
  g_checksum_free (sums[1]);
}
GST_END_TEST

static void
discover (GstPad *pad, gpointer genre)
{
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (pad, GST_EVENT_TAG, 0);
  if (!event)
    return;
  GstTagList *tags;
  gst_event_parse_tag (event, &tags);
  gst_tag_list_get_string (tags, GST_TAG_GENRE, genre);
}

static char *
read_genre_of_file (const char *name)
{
  g_autofree char *path = in_folder (name);
  g_autofree char *description =
      g_strdup_printf ("filesrc location=%s ! oggdemux ! vorbisdec ! fakesink name=sink", path);
  GstElement *pipeline = gst_parse_launch (description, NULL);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  char *genre = NULL;
  run_pipeline (pipeline);
  discover (pad, &genre);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  return genre;
}

/* What the manual says about storing the genre: one pass is too late, two are enough. */
GST_START_TEST (a_second_pass_stores_the_genre)
{
  make_song ("song.ogg", "One", LOW, 5);
  g_autofree char *song = in_folder ("song.ogg");
  g_autofree char *once = in_folder ("once.ogg");
  g_autofree char *twice = in_folder ("twice.ogg");
  g_autofree char *first_pass = g_strdup_printf (
      "filesrc location=%s ! oggdemux ! vorbisdec ! genreclassify model=%s ! vorbisenc ! oggmux ! "
      "filesink location=%s",
      song, test_model (), once);
  run_description (first_pass);
  g_autofree char *genre_once = read_genre_of_file ("once.ogg");
  fail_unless (!genre_once);
  g_autofree char *second_pass =
      g_strdup_printf ("filesrc location=%s ! oggdemux ! vorbisparse ! "
                       "vorbistag name=tagger ! oggmux ! filesink location=%s",
                       song, twice);
  run_and_tag (second_pass, "Low");
  g_autofree char *genre_twice = read_genre_of_file ("twice.ogg");
  fail_unless_equals_string (genre_twice, "Low");
}
GST_END_TEST

static gboolean
is_missing (const char *name)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (name);
  if (!factory)
    g_print ("SKIP: GStreamer has no element %s here\n", name);
  return factory == NULL;
}

int
main (int argc, char **argv)
{
  static const char *const needed[] = {"playbin",     "vorbisenc", "vorbisdec",
                                       "oggmux",      "oggdemux",  "appsink",
                                       "vorbisparse", "vorbistag", "taginject"};
  TCase *tests = tcase_create ("players");
  gst_init (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (needed); i++)
    if (is_missing (needed[i]))
      return 77;
  tcase_add_checked_fixture (tests, begin_folder, end_folder);
  tcase_add_test (tests, playbin_with_an_audio_filter_tells_and_tags);
  tcase_add_test (tests, each_song_of_a_chained_stream_gets_its_final_message);
  tcase_add_test (tests, a_seeking_listener_gets_one_final_message);
  tcase_add_test (tests, an_appsink_gets_the_same_audio_as_without);
  tcase_add_test (tests, a_second_pass_stores_the_genre);
  return run_tests (tests, argc, argv);
}
