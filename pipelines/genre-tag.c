/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-tag: writes the genre that is heard in a file into the file, or into a copy of it.
 *
 * Two passes. Tags stand at the beginning of a file, and nobody knows the genre before the music
 * has been heard: in one pipeline an encoder or a muxer behind genreclassify has long written them
 * by then. So GStreamer listens first, and TagLib changes the tag afterwards; the audio stays as it
 * is. */
#include "excerpts.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <tag_c.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2
#define PLAY_FLAG_AUDIO (1 << 1)
#define PATIENCE (30 * GST_SECOND) /* without anything from an excerpt */

typedef struct {
  char *model; /* NULL: built in */
  gboolean force;
  ExcerptOptions excerpts;
} Options;

/* One file being heard. */
typedef struct {
  GstElement *pipeline, *classifier;
  Excerpts *excerpts; /* NULL: all of it is heard */
  GstStructure *answer;
  char *name; /* the genre as people write it */
} Hearing;

/* ---- first pass ---- */

static GstElement *
make_pipeline (const char *path, const Options *options, GstElement **filter, GError **error)
{
  g_autofree char *uri = gst_filename_to_uri (path, error);
  if (!uri)
    return NULL;
  GstElement *playbin = gst_element_factory_make ("playbin", NULL);
  GstElement *classifier = gst_element_factory_make ("genreclassify", NULL);
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  if (!playbin || !classifier || !sink) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
                 "GStreamer has no element \"%s\"", classifier ? "playbin" : "genreclassify");
    g_clear_object (&playbin);
    g_clear_object (&classifier);
    g_clear_object (&sink);
    return NULL;
  }
  /* one answer for the whole song, and our opinion also where the file has one */
  g_object_set (classifier, "window", G_GUINT64_CONSTANT (0), "forced", TRUE, NULL);
  if (options->model)
    g_object_set (classifier, "model", options->model, NULL);
  g_object_set (sink, "sync", FALSE, NULL);
  g_object_set (playbin, "uri", uri, "flags", PLAY_FLAG_AUDIO, "audio-filter", classifier,
                "audio-sink", sink, NULL);
  *filter = classifier;
  return gst_object_ref_sink (playbin);
}

static void
take_tags (Hearing *hearing, GstMessage *message)
{
  g_autoptr (GstTagList) tags = NULL;
  char *genre;
  gst_message_parse_tag (message, &tags);
  if (gst_tag_list_get_string_index (tags, GST_TAG_GENRE, 0, &genre)) {
    g_free (hearing->name);
    hearing->name = genre;
  }
}

/* Until the end or an error, or excerpts cannot be had: the last answer, the genre of the last tag.
 */
static gboolean
follow (Hearing *hearing, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (hearing->pipeline);
  while (TRUE) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop (bus, PATIENCE);
    if (hearing->excerpts && (message ? !excerpts_take (hearing->excerpts, message)
                                      : excerpts_are_stalled (hearing->excerpts)))
      return FALSE;
    switch (message ? GST_MESSAGE_TYPE (message) : GST_MESSAGE_UNKNOWN) {
    case GST_MESSAGE_ELEMENT:
      if (gst_message_has_name (message, "genreclassify")) {
        g_clear_pointer (&hearing->answer, gst_structure_free);
        hearing->answer = gst_structure_copy (gst_message_get_structure (message));
      }
      break;
    case GST_MESSAGE_TAG:
      take_tags (hearing, message);
      break;
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, error, NULL);
      return FALSE;
    case GST_MESSAGE_EOS:
      return TRUE;
    default:
      break;
    }
  }
}

/* FALSE without @error: excerpts were wanted, but cannot be had. */
static gboolean
hear (Hearing *hearing, const char *path, const Options *options, gboolean in_full, GError **error)
{
  g_autoptr (GError) local = NULL;
  GstElement *classifier;
  hearing->pipeline = make_pipeline (path, options, &classifier, error);
  if (!hearing->pipeline)
    return FALSE;
  hearing->excerpts = !in_full && options->excerpts.n > 0
                          ? excerpts_new (hearing->pipeline, classifier, &options->excerpts)
                          : NULL;
  gst_element_set_state (hearing->pipeline,
                         hearing->excerpts ? GST_STATE_PAUSED : GST_STATE_PLAYING);
  gboolean done = follow (hearing, &local);
  gst_element_set_state (hearing->pipeline, GST_STATE_NULL);
  if (hearing->excerpts && excerpts_have_begun (hearing->excerpts))
    return done && hearing->answer && excerpts_are_answered (hearing->excerpts, hearing->answer);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return done;
}

static void
hearing_clear (Hearing *hearing)
{
  g_clear_pointer (&hearing->excerpts, excerpts_free);
  g_clear_object (&hearing->pipeline);
  g_clear_pointer (&hearing->answer, gst_structure_free);
  g_clear_pointer (&hearing->name, g_free);
}

/* The genre as people write it, "Hip-Hop"; NULL with @error, or without if it is unknown. */
static char *
find_genre (const char *path, const Options *options, GError **error)
{
  g_autoptr (GError) local = NULL;
  Hearing hearing = {0};
  gboolean done = hear (&hearing, path, options, FALSE, &local);
  if (!done && !local) {
    hearing_clear (&hearing);
    done = hear (&hearing, path, options, TRUE, &local);
  }
  const char *label = hearing.answer ? gst_structure_get_string (hearing.answer, "genre") : NULL;
  char *genre = done && g_strcmp0 (label, "unknown") != 0 ? g_steal_pointer (&hearing.name) : NULL;
  hearing_clear (&hearing);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return genre;
}

/* ---- second pass ---- */

static gboolean
cannot_tag (const char *path, GError **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s: cannot read or write its tags", path);
  return FALSE;
}

static gboolean
read_genre (const char *path, char **genre, GError **error)
{
  TagLib_File *file = taglib_file_new (path);
  if (!file || !taglib_file_is_valid (file)) {
    g_clear_pointer (&file, taglib_file_free);
    return cannot_tag (path, error);
  }
  char *text = taglib_tag_genre (taglib_file_tag (file));
  *genre = text && *text ? g_strdup (text) : NULL;
  taglib_free (text);
  taglib_file_free (file);
  return TRUE;
}

static gboolean
write_genre (const char *path, const char *genre, GError **error)
{
  TagLib_File *file = taglib_file_new (path);
  if (!file)
    return cannot_tag (path, error);
  taglib_tag_set_genre (taglib_file_tag (file), genre);
  gboolean saved = taglib_file_save (file);
  taglib_file_free (file);
  return saved || cannot_tag (path, error);
}

/* @to appears, or is replaced, only when it is complete; it may be @from. */
static gboolean
copy_with_genre (const char *from, const char *to, const char *genre, GError **error)
{
  const char *ending = strrchr (from, '.'); /* by which TagLib knows the format */
  g_autofree char *partial = g_strconcat (to, ".part", ending, NULL);
  g_autoptr (GFile) source = g_file_new_for_path (from);
  g_autoptr (GFile) copy = g_file_new_for_path (partial);
  g_autoptr (GFile) target = g_file_new_for_path (to);
  GFileCopyFlags flags = G_FILE_COPY_OVERWRITE | G_FILE_COPY_ALL_METADATA;
  gboolean good = g_file_copy (source, copy, flags, NULL, NULL, NULL, error) &&
                  write_genre (partial, genre, error) &&
                  g_file_move (copy, target, flags, NULL, NULL, NULL, error);
  if (!good)
    g_unlink (partial);
  return good;
}

/* ---- command line ---- */

static gboolean
tag_file (const char *from, const char *to, const Options *options, GError **error)
{
  g_autofree char *own = NULL;
  if (!read_genre (from, &own, error))
    return FALSE;
  if (own && !options->force) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                 "its genre is %s already; --force replaces it", own);
    return FALSE;
  }
  g_autoptr (GError) local = NULL;
  g_autofree char *genre = find_genre (from, options, &local);
  if (!genre) {
    g_propagate_error (error, local ? g_steal_pointer (&local)
                                    : g_error_new (G_FILE_ERROR, G_FILE_ERROR_FAILED,
                                                   "the genre stays unknown, nothing is written"));
    return FALSE;
  }
  if (!copy_with_genre (from, to, genre, error))
    return FALSE;
  printf ("%s: %s\n", to, genre);
  return TRUE;
}

int
main (int argc, char **argv)
{
  Options options = {.excerpts = EXCERPT_OPTIONS_DEFAULT};
  g_auto (GStrv) arguments = NULL;
  const GOptionEntry entries[] = {
      {"model", 'm', 0, G_OPTION_ARG_FILENAME, &options.model, "Model file (default: built in)",
       "FILE"},
      {"force", 'f', 0, G_OPTION_ARG_NONE, &options.force, "Replace a genre that the file carries",
       NULL},
      {"excerpts", 'x', 0, G_OPTION_ARG_INT, &options.excerpts.n,
       "Hear only N excerpts of the file, spread over it", "N"},
      {"excerpt-length", 0, 0, G_OPTION_ARG_DOUBLE, &options.excerpts.length,
       "Length of an excerpt (default: 11)", "SECONDS"},
      {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments, NULL, NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  setlocale (LC_ALL, "");
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) context = g_option_context_new ("FILE [COPY]");
  g_option_context_set_summary (
      context,
      "Writes the genre that is heard in an audio file into its tags, or into those of a copy.");
  g_option_context_set_description (
      context,
      "A file that cannot seek, or is shorter than twice its excerpts, is heard in full.\n"
      "\n"
      "Exit status: 0 if the genre was written, 1 if not, 2 if the command line was wrong.");
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    fprintf (stderr, "genre-tag: %s\n", error->message);
    return EXIT_USAGE;
  }
  guint n = arguments ? g_strv_length (arguments) : 0;
  if (n < 1 || n > 2) {
    fprintf (stderr, "genre-tag: one file to listen to, and one to write or none; see --help\n");
    return EXIT_USAGE;
  }
  const char *fault = excerpt_options_find_fault (&options.excerpts);
  if (fault) {
    fprintf (stderr, "genre-tag: %s\n", fault);
    return EXIT_USAGE;
  }
  if (!tag_file (arguments[0], arguments[n - 1], &options, &error)) {
    fprintf (stderr, "genre-tag: %s: %s\n", arguments[0], error->message);
    g_free (options.model);
    return EXIT_FAILURE;
  }
  g_free (options.model);
  return EXIT_SUCCESS;
}
