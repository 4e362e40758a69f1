/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-tag: writes the genre that is heard in a file into a copy of it.
 *
 * Two passes. Tags stand at the beginning of a file, and nobody knows the genre before the music
 * has been heard; an encoder behind genreclassify in one pipeline has long written its header by
 * then. So the first pass listens, and the second one copies the compressed audio as it is and
 * hands the genre to the element that writes the tags (a GstTagSetter; most of them ignore tag
 * events). */
#include <gst/gst.h>
#include <glib/gstdio.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2
#define PLAY_FLAG_AUDIO (1 << 1)

/* The second pass, by the ending of the file's name. */
static const struct {
  const char *ending, *pipeline;
} copies[] = {
    {".ogg", "oggdemux ! vorbistag name=tagger ! oggmux"},
    {".oga", "oggdemux ! vorbistag name=tagger ! oggmux"},
    {".flac", "flacparse ! flactag name=tagger"},
    {".mp3", "id3demux ! mpegaudioparse ! id3v2mux name=tagger"},
};

static const char *
find_copy_pipeline (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);
  for (gsize i = 0; i < G_N_ELEMENTS (copies); i++)
    if (g_str_has_suffix (lower, copies[i].ending))
      return copies[i].pipeline;
  return NULL;
}

typedef struct {
  char *own;   /* genre that the file carries, NULL if none */
  char *heard; /* display name, NULL if unknown */
} Genres;

static void
genres_clear (Genres *genres)
{
  g_free (genres->own);
  g_free (genres->heard);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Genres, genres_clear)

static void
note_tag (Genres *genres, GstMessage *message, gboolean answered)
{
  g_autoptr (GstTagList) tags = NULL;
  g_autofree char *genre = NULL;
  gst_message_parse_tag (message, &tags);
  if (!gst_tag_list_get_string_index (tags, GST_TAG_GENRE, 0, &genre))
    return;
  char **place = answered ? &genres->heard : &genres->own;
  g_free (*place);
  *place = g_steal_pointer (&genre);
}

/* To its end or its first error. Genres go into @genres if it is not NULL. */
static gboolean
run_to_end (GstElement *pipeline, Genres *genres, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gboolean answered = FALSE, done = FALSE, unknown = TRUE;
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (!done) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop (bus, GST_CLOCK_TIME_NONE);
    switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ELEMENT:
      if (gst_message_has_name (message, "genreclassify")) {
        answered = TRUE;
        unknown =
            g_strcmp0 (gst_structure_get_string (gst_message_get_structure (message), "genre"),
                       "unknown") == 0;
      }
      break;
    case GST_MESSAGE_TAG:
      if (genres)
        note_tag (genres, message, answered);
      break;
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, error, NULL);
      done = TRUE;
      break;
    case GST_MESSAGE_EOS:
      done = TRUE;
      break;
    default:
      break;
    }
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (genres && unknown)
    g_clear_pointer (&genres->heard, g_free);
  return !*error;
}

static gboolean
find_genres (const char *path, const char *model, Genres *genres, GError **error)
{
  g_autofree char *uri = gst_filename_to_uri (path, error);
  if (!uri)
    return FALSE;
  g_autoptr (GstElement) playbin = gst_element_factory_make ("playbin", NULL);
  GstElement *classifier = gst_element_factory_make ("genreclassify", NULL);
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  if (!playbin || !classifier || !sink) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
                 "GStreamer has no element \"%s\"", !classifier ? "genreclassify" : "playbin");
    g_clear_object (&classifier);
    g_clear_object (&sink);
    return FALSE;
  }
  gst_object_ref_sink (playbin);
  /* the whole song, and our opinion also if the file has one */
  g_object_set (classifier, "window", G_GUINT64_CONSTANT (0), "forced", TRUE, NULL);
  if (model)
    g_object_set (classifier, "model", model, NULL);
  g_object_set (sink, "sync", FALSE, NULL);
  g_object_set (playbin, "uri", uri, "flags", PLAY_FLAG_AUDIO, "audio-filter", classifier,
                "audio-sink", sink, NULL);
  return run_to_end (playbin, genres, error);
}

/* @to appears, or is replaced, only when it is complete; it may be @from. */
static gboolean
copy_with_genre (const char *from, const char *to, const char *genre, GError **error)
{
  g_autofree char *partial = g_strconcat (to, ".part", NULL);
  g_autofree char *description =
      g_strdup_printf ("filesrc name=from ! %s ! filesink name=to", find_copy_pipeline (from));
  g_autoptr (GstElement) pipeline =
      gst_parse_launch_full (description, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
  if (!pipeline)
    return FALSE;
  gst_object_ref_sink (pipeline);
  g_autoptr (GstElement) source = gst_bin_get_by_name (GST_BIN (pipeline), "from");
  g_autoptr (GstElement) tagger = gst_bin_get_by_name (GST_BIN (pipeline), "tagger");
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "to");
  g_object_set (source, "location", from, NULL);
  g_object_set (sink, "location", partial, NULL);
  gst_tag_setter_set_tag_merge_mode (GST_TAG_SETTER (tagger), GST_TAG_MERGE_REPLACE);
  gst_tag_setter_add_tags (GST_TAG_SETTER (tagger), GST_TAG_MERGE_REPLACE, GST_TAG_GENRE, genre,
                           NULL);
  if (!run_to_end (pipeline, NULL, error)) {
    g_unlink (partial);
    return FALSE;
  }
  if (g_rename (partial, to) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s: %s", to, g_strerror (errno));
  g_unlink (partial);
  return FALSE;
}

static int
tag_file (const char *from, const char *to, const char *model, gboolean force)
{
  g_auto (Genres) genres = {NULL, NULL};
  g_autoptr (GError) error = NULL;
  if (!find_copy_pipeline (from)) {
    fprintf (stderr, "genre-tag: %s: not a .ogg, .oga, .flac or .mp3 file\n", from);
    return EXIT_FAILURE;
  }
  if (!g_file_test (from, G_FILE_TEST_IS_REGULAR)) {
    fprintf (stderr, "genre-tag: %s: no such file\n", from);
    return EXIT_FAILURE;
  }
  if (!find_genres (from, model, &genres, &error)) {
    fprintf (stderr, "genre-tag: %s: %s\n", from, error->message);
    return EXIT_FAILURE;
  }
  if (!genres.heard) {
    fprintf (stderr, "genre-tag: %s: genre unknown, nothing written\n", from);
    return EXIT_FAILURE;
  }
  if (genres.own && !force) {
    fprintf (stderr, "genre-tag: %s: is tagged %s (sounds like %s), nothing written; see --force\n",
             from, genres.own, genres.heard);
    return EXIT_FAILURE;
  }
  if (!copy_with_genre (from, to, genres.heard, &error)) {
    fprintf (stderr, "genre-tag: %s: %s\n", from, error->message);
    return EXIT_FAILURE;
  }
  printf ("%s: %s\n", to, genres.heard);
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  g_autofree char *model = NULL;
  gboolean force = FALSE;
  g_auto (GStrv) arguments = NULL;
  const GOptionEntry entries[] = {
      {"model", 'm', 0, G_OPTION_ARG_FILENAME, &model, "Model file (default: built in)", "FILE"},
      {"force", 'f', 0, G_OPTION_ARG_NONE, &force, "Replace a genre that the file carries", NULL},
      {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments, NULL, NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  setlocale (LC_ALL, "");
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) context = g_option_context_new ("FILE [COPY]");
  g_option_context_set_summary (
      context, "Writes the genre that is heard in an Ogg Vorbis, FLAC or MP3 file into its copy,\n"
               "or into the file itself. The audio is copied, not encoded again.");
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    fprintf (stderr, "genre-tag: %s\n", error->message);
    return EXIT_USAGE;
  }
  guint n = arguments ? g_strv_length (arguments) : 0;
  if (n < 1 || n > 2) {
    fprintf (stderr, "genre-tag: one file to listen to and one to write, please; see --help\n");
    return EXIT_USAGE;
  }
  return tag_file (arguments[0], arguments[n - 1], model, force);
}
