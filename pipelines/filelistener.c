/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filelistener.h"
#include "answerjson.h"
#include "answertext.h"
#include "filepath.h"
#include "filepipeline.h"
#include "output.h"
#include "printable.h"
#include "watchdog.h"
#include "translation.h"
#include <gst/pbutils/pbutils.h>
#include <glib-unix.h>
#include <stdio.h>
#include <sys/stat.h>

#define PATIENCE 30       /* seconds without anything from a file */
#define LOOK 10           /* seconds without anything from an excerpt */
#define WHOLE_INTERVAL 30 /* seconds between answers about a whole song */

typedef struct {
  const ListenOptions *options;
  const char *name; /* of the source, as the user wrote it */
  GMainLoop *loop;
  GstElement *pipeline, *classifier;
  GstTagList *tags; /* that the stream brought, collected until the first answer */
  char *title;      /* last one shown */
  char *missing;    /* what GStreamer lacks, for the sound or for what is beside it; or NULL */
  guint n_answers;
  gboolean failed, interrupted;
  Excerpts *excerpts; /* NULL: all of it is heard */
  gboolean in_full;   /* no excerpts, even if they are wanted */
  gboolean again;     /* excerpts did not work out */
  Watchdog *watchdog; /* NULL: it may take as long as it likes */
  guint silence;      /* seconds without anything */
  gboolean hangs;     /* the pipeline does not stop */
} Listener;

/* ---- what is shown ---- */

/* "song.ogg (Artist - Title, tagged Death Metal)" */
static void
show_source (Listener *self)
{
  g_autoptr (GString) line = g_string_new (NULL);
  const char *artist = NULL, *genre = NULL;
  if (self->tags) {
    const char *title = NULL;
    gst_tag_list_peek_string_index (self->tags, GST_TAG_ARTIST, 0, &artist);
    gst_tag_list_peek_string_index (self->tags, GST_TAG_TITLE, 0, &title);
    gst_tag_list_peek_string_index (self->tags, GST_TAG_GENRE, 0, &genre);
    if (artist)
      g_string_append (line, artist);
    if (title)
      g_string_append_printf (line, "%s%s", artist ? " - " : "", title);
    g_free (self->title);
    self->title = g_strdup (title);
  }
  if (genre) {
    g_autofree char *tagged = g_strdup_printf (_ ("tagged %s"), genre);
    g_string_append_printf (line, "%s%s", line->len ? ", " : "", tagged);
  }
  g_autofree char *name = printable (self->name);
  g_autofree char *about = printable (line->str);
  printf (*about ? "%s (%s)\n" : "%s\n", name, about);
}

static gboolean
hears_excerpts (const Listener *self)
{
  return self->excerpts && excerpts_have_begun (self->excerpts);
}

/* What stands behind a final answer. */
static void
show_extent (const Listener *self)
{
  guint64 window = 0;
  g_object_get (self->classifier, "window", &window, NULL);
  if (hears_excerpts (self))
    printf (ngettext ("  (%d excerpt)", "  (%d excerpts)", (gulong)self->options->excerpts.n),
            self->options->excerpts.n);
  else
    fputs (window > 0 ? _ ("  (the end)") : _ ("  (the whole song)"), stdout);
}

static void
show_as_json (const Listener *self, const GstStructure *answer)
{
  JsonObject *object = answer_json_new_for_source (self->name);
  answer_json_set (object, answer, answer_get_display_name (answer));
  answer_json_print (object);
}

static void
show_answer (Listener *self, const GstStructure *answer)
{
  const char *title = gst_structure_get_string (answer, "title");
  const gboolean final = answer_is_final (answer);
  self->n_answers++;
  answer_take_names (self->classifier);
  if (self->options->json) {
    show_as_json (self, answer);
    return;
  }
  if (self->options->terse) {
    if (final)
      answer_print_tersely (answer, self->name, NULL);
    return;
  }
  if (self->n_answers == 1)
    show_source (self);
  if (title && g_strcmp0 (title, self->title) != 0) {
    g_autofree char *shown = printable (title);
    printf ("-- %s\n", shown);
    g_free (self->title);
    self->title = g_strdup (title);
  }
  answer_print (answer, hears_excerpts (self));
  if (final)
    show_extent (self);
  putchar ('\n');
}

/* ---- what the pipeline says ---- */

static void
begin_again (Listener *self)
{
  self->again = TRUE;
  g_main_loop_quit (self->loop);
}

/* What fails in excerpts may still play from beginning to end. */
static void
fail (Listener *self, const char *what)
{
  if (hears_excerpts (self)) {
    begin_again (self);
    return;
  }
  listen_complain (self->options, self->name, what);
  self->failed = TRUE;
  g_main_loop_quit (self->loop);
}

static void
on_error (Listener *self, GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *debug = NULL;
  gst_message_parse_error (message, &error, &debug);
  GST_INFO ("%s", debug);
  if (!self->failed) /* whatever came first is the reason */
    fail (self, self->missing ? self->missing : error->message);
}

static void
take_missing (Listener *self, GstMessage *message)
{
  g_autofree char *what = gst_missing_plugin_message_get_description (message);
  if (!self->missing)
    self->missing = g_strdup_printf (N_ ("GStreamer lacks a plugin: %s"), what);
}

/* Excerpts are answered once, at their end. */
static void
on_answer (Listener *self, const GstStructure *answer)
{
  const gboolean final = answer_is_final (answer);
  if (!hears_excerpts (self) || (final && excerpts_are_answered (self->excerpts, answer)))
    show_answer (self, answer);
  else if (final && !self->interrupted)
    begin_again (self);
}

static void
on_tag (Listener *self, GstMessage *message)
{
  g_autoptr (GstTagList) tags = NULL;
  gst_message_parse_tag (message, &tags);
  if (self->n_answers > 0)
    return;
  GstTagList *merged = gst_tag_list_merge (self->tags, tags, GST_TAG_MERGE_REPLACE);
  g_clear_pointer (&self->tags, gst_tag_list_unref);
  self->tags = merged;
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Listener *self = user_data;
  if (self->again)
    return G_SOURCE_CONTINUE;
  if (self->excerpts && !excerpts_take (self->excerpts, message))
    begin_again (self);
  switch (GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_ELEMENT:
    if (gst_message_has_name (message, "genreclassify"))
      on_answer (self, gst_message_get_structure (message));
    else if (gst_is_missing_plugin_message (message))
      take_missing (self, message);
    break;
  case GST_MESSAGE_TAG:
    on_tag (self, message);
    break;
  case GST_MESSAGE_LATENCY:
    gst_bin_recalculate_latency (GST_BIN (self->pipeline));
    break;
  case GST_MESSAGE_CLOCK_LOST:
    gst_element_set_state (self->pipeline, GST_STATE_PAUSED);
    gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
    break;
  case GST_MESSAGE_ERROR:
    on_error (self, message);
    break;
  case GST_MESSAGE_EOS:
    if (self->n_answers == 0 && !self->failed && !self->interrupted)
      fail (self, self->missing ? self->missing : N_ ("no audio in it"));
    g_main_loop_quit (self->loop);
    break;
  default:
    break;
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_patience_over (gpointer user_data)
{
  Listener *self = user_data;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

/* The first Ctrl-C ends the stream, so that the answer for what was heard still comes; the second
 * one does not wait for it. */
static gboolean
on_interrupt (gpointer user_data)
{
  Listener *self = user_data;
  if (self->interrupted) {
    g_main_loop_quit (self->loop);
    return G_SOURCE_CONTINUE;
  }
  self->interrupted = TRUE;
  if (self->excerpts)
    excerpts_stop (self->excerpts);
  pipeline_send_end (self->pipeline);
  g_timeout_add_seconds (2, on_patience_over, self);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_nobody_reads (int output, GIOCondition condition, gpointer user_data)
{
  on_interrupt (user_data);
  return G_SOURCE_REMOVE;
}

/* Only a regular file owes us something: a FIFO waits for its writer, a station for its turn. */
static gboolean
on_look (gpointer user_data)
{
  Listener *self = user_data;
  self->silence = watchdog_saw_something (self->watchdog) ? 0 : self->silence + LOOK;
  if (self->silence == 0 || self->again)
    return G_SOURCE_CONTINUE;
  if (hears_excerpts (self) && !self->interrupted)
    begin_again (self);
  else if (self->silence >= PATIENCE)
    fail (self, N_ ("nothing has come from it for 30 s, given up"));
  return G_SOURCE_CONTINUE;
}

/* ---- pipelines ---- */

/* A song is answered as a whole, unless somebody wants it otherwise. */
static GstElement *
make_classifier (const ListenOptions *options, GError **error)
{
  ClassifierOptions wanted = options->classifier;
  if (wanted.window < 0)
    wanted.window = 0;
  if (wanted.interval < 0)
    wanted.interval = WHOLE_INTERVAL;
  return classifier_options_make (&wanted, error);
}

static gboolean
is_regular_file (const char *name)
{
  g_autofree char *path =
      file_path_is_uri (name, NULL) ? g_filename_from_uri (name, NULL, NULL) : g_strdup (name);
  struct stat status;
  return path && stat (path, &status) == 0 && S_ISREG (status.st_mode);
}

static char *
get_uri (const char *name, GError **error)
{
  if (file_path_is_uri (name, NULL))
    return g_strdup (name);
  if (g_file_test (name, G_FILE_TEST_EXISTS))
    return file_path_to_uri (name, error);
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, N_ ("No such file."));
  return NULL;
}

static void
prepare (Listener *self, GError **error)
{
  g_autofree char *uri = get_uri (self->name, error);
  GstElement *classifier = uri ? make_classifier (self->options, error) : NULL;
  if (!classifier)
    return;
  self->pipeline = self->options->play ? file_player_new (uri, classifier, error)
                                       : file_pipeline_new (uri, classifier, error);
  if (!self->pipeline)
    return;
  self->classifier = gst_object_ref (classifier);
  if (is_regular_file (self->name))
    self->watchdog = watchdog_new (classifier);
  if (!self->in_full && self->options->excerpts.n > 0)
    self->excerpts = excerpts_new (self->pipeline, classifier, &self->options->excerpts);
}

/* What a pipeline that hangs may still use is left to it. */
static void
listener_clear (Listener *self)
{
  if (self->hangs)
    return;
  g_clear_pointer (&self->watchdog, watchdog_free);
  g_clear_pointer (&self->excerpts, excerpts_free);
  g_clear_object (&self->classifier);
  g_clear_object (&self->pipeline);
  g_clear_pointer (&self->tags, gst_tag_list_unref);
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->missing, g_free);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

static void
play (Listener *self)
{
  g_autoptr (GError) error = NULL;
  self->loop = g_main_loop_new (NULL, FALSE);
  prepare (self, &error);
  if (error) {
    fail (self, error->message);
    return;
  }
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  gst_bus_add_watch (bus, on_message, self);
  guint look = self->watchdog ? g_timeout_add_seconds (LOOK, on_look, self) : 0;
  guint interrupt = g_unix_signal_add (SIGINT, on_interrupt, self);
  guint terminate = g_unix_signal_add (SIGTERM, on_interrupt, self);
  guint reader = output_watch_reader (on_nobody_reads, self);
  pipeline_start (self->pipeline, self->excerpts ? GST_STATE_PAUSED : GST_STATE_PLAYING, NULL, NULL,
                  NULL);
  g_main_loop_run (self->loop); /* a failed start has left an error message on the bus */
  gst_bus_remove_watch (bus);
  self->hangs = !pipeline_stop (self->pipeline);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  if (reader != 0 && g_main_context_find_source_by_id (NULL, reader))
    g_source_remove (reader);
  if (look != 0)
    g_source_remove (look);
}

static gboolean
listen_once (const char *name, const ListenOptions *options, gboolean in_full,
             ListenOutcome *outcome)
{
  Listener *self = g_new (Listener, 1);
  *self = (Listener){.options = options, .name = name, .in_full = in_full};
  play (self);
  const gboolean again = self->again && !self->interrupted;
  outcome->failed |= self->failed;
  outcome->interrupted |= self->interrupted;
  outcome->hangs |= self->hangs;
  listener_clear (self);
  if (!self->hangs)
    g_free (self);
  return !again;
}

void
file_listen (const char *name, const ListenOptions *options, ListenOutcome *outcome)
{
  if (!listen_once (name, options, FALSE, outcome))
    listen_once (name, options, TRUE, outcome);
}
