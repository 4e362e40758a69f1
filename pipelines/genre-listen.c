/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-listen: what genre is this file, folder, radio station or room?
 *
 * Every source gets a pipeline of its own: the audio of a file, and nothing else in it; playbin
 * with genreclassify as its audio filter for what is played or comes from afar, since it survives
 * the song changes of Ogg radio; or the microphone straight into genreclassify. What the element
 * says on the bus is printed, one line an answer. */
#include "excerpts.h"
#include "filepipeline.h"
#include "musicfiles.h"
#include "printable.h"
#include "watchdog.h"
#include <gst/gst.h>
#include <gst/pbutils/pbutils.h>
#include <glib-unix.h>
#include <sys/stat.h>
#include <unistd.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2
#define EXIT_INTERRUPTED 130 /* 128 + SIGINT, as shells have it */
#define PLAY_FLAG_AUDIO (1 << 1)
#define MAX_SECONDS 1e9 /* of any time on the command line */
#define PATIENCE 30     /* seconds without anything from a file */
#define LOOK 10         /* seconds without anything from an excerpt */
#define NO_PREROLL "no-preroll"
#define RUNNERS_UP 3 /* genres shown beside the most probable one */

typedef struct {
  char *model;
  double window;    /* seconds; < 0: 0 for files, the element's default for streams */
  double interval;  /* seconds; < 0: 30 for files, the element's default for streams */
  double threshold; /* < 0: the model's own */
  ExcerptOptions excerpts;
  gboolean play, terse, version;
} Options;

typedef struct {
  const Options *options;
  const char *name; /* of the source, as the user wrote it */
  GMainLoop *loop;
  GstElement *pipeline, *classifier;
  GstTagList *tags; /* that the stream brought, collected until the first answer */
  char *title;      /* last one shown */
  gboolean file;    /* can wait */
  gboolean live;    /* no preroll */
  guint n_answers;
  gboolean failed, interrupted;
  Excerpts *excerpts; /* NULL: all of it is heard */
  gboolean in_full;   /* no excerpts, even if they are wanted */
  gboolean again;     /* excerpts did not work out */
  Watchdog *watchdog; /* NULL: it may take as long as it likes */
  guint silence;      /* seconds without anything */
  gboolean hangs;     /* the pipeline does not stop */
} Listener;

/* ---- what to listen to ---- */

static void
complain (const char *path, const char *what)
{
  g_autofree char *shown = printable (path);
  g_autofree char *fault = printable (what);
  fprintf (stderr, "genre-listen: %s: %s\n", shown, fault);
}

/* What is wrong with a folder. */
static void
on_fault (const char *path, const char *what, gpointer user_data)
{
  gboolean *failed = user_data;
  complain (path, what);
  *failed = TRUE;
}

/* ---- what is shown ---- */

typedef struct {
  const char *label;
  double probability;
} Candidate;

static int
compare_candidates (gconstpointer a, gconstpointer b)
{
  const Candidate *x = a, *y = b;
  return (x->probability < y->probability) - (x->probability > y->probability);
}

static GArray *
get_candidates (const GstStructure *answer)
{
  GArray *candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  const GValue *value = gst_structure_get_value (answer, "probabilities");
  const GstStructure *probabilities = value ? gst_value_get_structure (value) : NULL;
  for (int i = 0; probabilities && i < gst_structure_n_fields (probabilities); i++) {
    Candidate candidate = {gst_structure_nth_field_name (probabilities, (guint)i), 0};
    gst_structure_get_double (probabilities, candidate.label, &candidate.probability);
    g_array_append_val (candidates, candidate);
  }
  g_array_sort (candidates, compare_candidates);
  return candidates;
}

/* "3:18" or "1:02:03": the end of what the answer covers, or with @only_length, how much that is.
 */
static char *
format_position (const GstStructure *answer, gboolean only_length)
{
  GstClockTime start = GST_CLOCK_TIME_NONE, duration = 0;
  gst_structure_get_clock_time (answer, "stream-time", &start);
  if (only_length)
    start = 0;
  if (!GST_CLOCK_TIME_IS_VALID (start))
    gst_structure_get_clock_time (answer, "running-time", &start);
  gst_structure_get_clock_time (answer, "duration", &duration);
  if (!GST_CLOCK_TIME_IS_VALID (start) || !GST_CLOCK_TIME_IS_VALID (duration))
    return g_strdup ("?");
  guint64 s = (start + duration + GST_SECOND / 2) / GST_SECOND;
  if (s >= 3600)
    return g_strdup_printf ("%" G_GUINT64_FORMAT ":%02u:%02u", s / 3600, (guint)(s / 60 % 60),
                            (guint)(s % 60));
  return g_strdup_printf ("%u:%02u", (guint)(s / 60), (guint)(s % 60));
}

static int
percent (double probability)
{
  return (int)lround (100 * probability);
}

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
  if (genre)
    g_string_append_printf (line, "%stagged %s", line->len ? ", " : "", genre);
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
    printf ("  (%d excerpt%s)", self->options->excerpts.n,
            self->options->excerpts.n == 1 ? "" : "s");
  else
    fputs (window > 0 ? "  (the end)" : "  (the whole song)", stdout);
}

/* What else it might be. */
static void
show_candidates (const GstStructure *answer, const char *genre)
{
  g_autoptr (GArray) candidates = get_candidates (answer);
  for (guint i = 0, shown = 0; i < candidates->len && shown < RUNNERS_UP; i++) {
    const Candidate *candidate = &g_array_index (candidates, Candidate, i);
    if (g_strcmp0 (candidate->label, genre) == 0 || percent (candidate->probability) < 1)
      continue;
    printf ("%s%s %d %%", shown++ ? ", " : "  ", candidate->label,
            percent (candidate->probability));
  }
}

/* In columns, whatever the names are. */
static void
show_tersely (const Listener *self, const char *genre, double confidence, const char *title)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *name = printable (self->name);
  g_autofree char *shown = title && self->live ? printable (title) : NULL;
  printf ("%s\t%s\t%s%s%s\n", genre, g_ascii_formatd (number, sizeof number, "%.3f", confidence),
          name, shown ? "\t" : "", shown ? shown : "");
}

static void
show_answer (Listener *self, const GstStructure *answer)
{
  const char *genre = gst_structure_get_string (answer, "genre");
  const char *title = gst_structure_get_string (answer, "title");
  gboolean final = FALSE;
  double confidence = 0;
  gst_structure_get_boolean (answer, "final", &final);
  gst_structure_get_double (answer, "confidence", &confidence);
  self->n_answers++;
  if (self->options->terse) {
    if (final)
      show_tersely (self, genre, confidence, title);
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
  g_autofree char *position = format_position (answer, hears_excerpts (self));
  double music = 1;
  gst_structure_get_double (answer, "music", &music);
  if (music < 0.5) {
    printf ("%8s  %-10s %3d %%", position, "no music", percent (1 - music));
  } else {
    printf ("%8s  %-10s %3d %%", position, genre, percent (confidence));
    show_candidates (answer, genre);
  }
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
  complain (self->name, what);
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
    fail (self, error->message);
}

/* Excerpts are answered once, at their end. */
static void
on_answer (Listener *self, const GstStructure *answer)
{
  gboolean final = FALSE;
  gst_structure_get_boolean (answer, "final", &final);
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

/* A stream that nobody can measure is a broadcast: better to miss some of it than to fall behind.
 * A file that nobody can measure yet (MP3) is none. */
static void
on_prerolled (Listener *self)
{
  gint64 duration;
  if (!self->file && !gst_element_query_duration (self->pipeline, GST_FORMAT_TIME, &duration))
    gst_util_set_object_arg (G_OBJECT (self->classifier), "overload", "drop");
}

static void
on_buffering (Listener *self, GstMessage *message)
{
  int level;
  gst_message_parse_buffering (message, &level);
  if (self->options->play && !self->live)
    gst_element_set_state (self->pipeline, level < 100 ? GST_STATE_PAUSED : GST_STATE_PLAYING);
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
    else if (gst_is_missing_plugin_message (message)) {
      g_autofree char *what = gst_missing_plugin_message_get_description (message);
      g_autofree char *text = g_strdup_printf ("GStreamer lacks a plugin: %s", what);
      fail (self, text);
    }
    break;
  case GST_MESSAGE_TAG:
    on_tag (self, message);
    break;
  case GST_MESSAGE_ASYNC_DONE:
    on_prerolled (self);
    break;
  case GST_MESSAGE_APPLICATION:
    self->live |= gst_message_has_name (message, NO_PREROLL);
    break;
  case GST_MESSAGE_BUFFERING:
    on_buffering (self, message);
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
      fail (self, "no audio in it");
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

static void
send_end (GstElement *pipeline, gpointer user_data)
{
  gst_element_send_event (pipeline, gst_event_new_eos ());
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
  gst_element_call_async (self->pipeline, send_end, NULL, NULL); /* which may hang with it */
  g_timeout_add_seconds (2, on_patience_over, self);
  return G_SOURCE_CONTINUE;
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
    fail (self, "nothing has come from it for 30 s, given up");
  return G_SOURCE_CONTINUE;
}

/* ---- pipelines ---- */

static GstElement *
make_element (const char *factory, const char *package, GError **error)
{
  GstElement *element = gst_element_factory_make (factory, NULL);
  if (!element)
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
                 "GStreamer has no element \"%s\": %s", factory, package);
  return element;
}

static GstElement *
make_classifier (const Options *options, gboolean file, GError **error)
{
  GstElement *classifier = make_element (
      "genreclassify", "is GST_PLUGIN_PATH the folder of libgstgenreclassify.so?", error);
  if (!classifier)
    return NULL;
  double window = options->window < 0 && file ? 0 : options->window;
  double interval = options->interval < 0 && file ? 30 : options->interval;
  if (window >= 0)
    g_object_set (classifier, "window", (guint64)(window * GST_SECOND), NULL);
  if (interval >= 0)
    g_object_set (classifier, "interval", (guint64)(interval * GST_SECOND), NULL);
  if (options->threshold >= 0)
    g_object_set (classifier, "threshold", options->threshold, NULL);
  if (options->model)
    g_object_set (classifier, "model", options->model, NULL);
  return classifier;
}

static GstElement *
make_sink (const Options *options, GError **error)
{
  if (options->play)
    return make_element ("autoaudiosink", "install gstreamer1.0-plugins-good", error);
  GstElement *sink = make_element ("fakesink", "install libgstreamer1.0-0", error);
  if (sink)
    g_object_set (sink, "sync", FALSE, NULL);
  return sink;
}

/* The audio of a file; @classifier is taken. */
static GstElement *
make_reader (const char *name, GstElement *classifier, GError **error)
{
  g_autofree char *uri =
      gst_uri_is_valid (name) ? g_strdup (name) : gst_filename_to_uri (name, error);
  if (uri)
    return file_pipeline_new (uri, classifier, error);
  gst_object_unref (gst_object_ref_sink (classifier));
  return NULL;
}

/* playbin and its audio filter; @classifier is taken. */
static GstElement *
make_player (const char *name, GstElement *classifier, const Options *options, GError **error)
{
  g_autofree char *uri =
      gst_uri_is_valid (name) ? g_strdup (name) : gst_filename_to_uri (name, error);
  GstElement *playbin =
      uri ? make_element ("playbin", "install gstreamer1.0-plugins-base", error) : NULL;
  GstElement *sink = playbin ? make_sink (options, error) : NULL;
  if (!sink) {
    gst_object_unref (gst_object_ref_sink (classifier));
    g_clear_object (&playbin);
    return NULL;
  }
  /* which would otherwise try what screens there are before it heeds its flags */
  GstElement *screen = make_element ("fakesink", "install libgstreamer1.0-0", error);
  g_object_set (playbin, "uri", uri, "flags", PLAY_FLAG_AUDIO, "audio-filter", classifier,
                "audio-sink", sink, "video-sink", screen, NULL);
  return playbin;
}

/* Whatever the sound system calls its default source; @classifier is taken. */
static GstElement *
make_microphone (GstElement *classifier, const Options *options, GError **error)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (pipeline), classifier);
  GstElement *source = make_element ("autoaudiosrc", "install gstreamer1.0-plugins-good", error);
  GstElement *convert =
      source ? make_element ("audioconvert", "install gstreamer1.0-plugins-base", error) : NULL;
  GstElement *sink = convert ? make_sink (options, error) : NULL;
  if (!sink) {
    g_clear_object (&source);
    g_clear_object (&convert);
    gst_object_unref (pipeline);
    return NULL;
  }
  gst_bin_add_many (GST_BIN (pipeline), source, convert, sink, NULL);
  gst_element_link_many (source, convert, classifier, sink, NULL);
  return pipeline;
}

static gboolean
is_regular_file (const char *name)
{
  g_autofree char *path =
      gst_uri_is_valid (name) ? g_filename_from_uri (name, NULL, NULL) : g_strdup (name);
  struct stat status;
  return path && stat (path, &status) == 0 && S_ISREG (status.st_mode);
}

static gboolean
prepare (Listener *self, GError **error)
{
  gboolean microphone = g_str_equal (self->name, "mic");
  gboolean file = !microphone && (!gst_uri_is_valid (self->name) ||
                                  g_ascii_strncasecmp (self->name, "file:", 5) == 0);
  if (file && !gst_uri_is_valid (self->name) && !g_file_test (self->name, G_FILE_TEST_EXISTS)) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "No such file.");
    return FALSE;
  }
  self->file = file;
  GstElement *classifier = make_classifier (self->options, file, error);
  if (!classifier)
    return FALSE;
  if (microphone)
    self->pipeline = make_microphone (classifier, self->options, error);
  else if (file && !self->options->play)
    self->pipeline = make_reader (self->name, classifier, error);
  else
    self->pipeline = make_player (self->name, classifier, self->options, error);
  if (!self->pipeline)
    return FALSE;
  self->classifier = gst_object_ref (classifier);
  if (file && is_regular_file (self->name))
    self->watchdog = watchdog_new (classifier);
  if (file && !self->in_full && self->options->excerpts.n > 0)
    self->excerpts = excerpts_new (self->pipeline, classifier, &self->options->excerpts);
  return TRUE;
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
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

/* In another thread, which tells the program by way of the bus. */
static void
on_started (GstStateChangeReturn result, gpointer user_data)
{
  GstElement *pipeline = user_data;
  if (result == GST_STATE_CHANGE_NO_PREROLL)
    gst_element_post_message (
        pipeline,
        gst_message_new_application (GST_OBJECT (pipeline), gst_structure_new_empty (NO_PREROLL)));
}

static void
play (Listener *self)
{
  g_autoptr (GError) error = NULL;
  self->loop = g_main_loop_new (NULL, FALSE);
  if (!prepare (self, &error)) {
    fail (self, error->message);
    return;
  }
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  gst_bus_add_watch (bus, on_message, self);
  guint look = self->watchdog ? g_timeout_add_seconds (LOOK, on_look, self) : 0;
  guint interrupt = g_unix_signal_add (SIGINT, on_interrupt, self);
  guint terminate = g_unix_signal_add (SIGTERM, on_interrupt, self);
  pipeline_start (self->pipeline, self->excerpts ? GST_STATE_PAUSED : GST_STATE_PLAYING, on_started,
                  gst_object_ref (self->pipeline), gst_object_unref);
  g_main_loop_run (self->loop); /* a failed start has left an error message on the bus */
  gst_bus_remove_watch (bus);
  self->hangs = !pipeline_stop (self->pipeline);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  if (look != 0)
    g_source_remove (look);
}

/* What has come of all sources so far. */
typedef struct {
  gboolean failed, interrupted;
  gboolean hangs; /* some pipeline has never stopped */
} Outcome;

static gboolean
listen_once (const char *name, const Options *options, gboolean in_full, Outcome *outcome)
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

static void
listen_to (const char *name, const Options *options, Outcome *outcome)
{
  if (!listen_once (name, options, FALSE, outcome))
    listen_once (name, options, TRUE, outcome);
}

/* ---- command line ---- */

static const char description[] =
    "A folder stands for the audio files in it and below it. What is played straight from a file "
    "is\n"
    "answered for the whole song, every 30 s; a stream for its last 30 s, every 10 s.\n"
    "\n"
    "--excerpts is for many files: three excerpts of a song cost a fraction of decoding it. A "
    "file\n"
    "that cannot seek, or is shorter than twice its excerpts, is heard in full, and so is every\n"
    "stream.\n"
    "\n"
    "Exit status: 0 if every source was classified, 1 if one was not, 2 if the command line was\n"
    "wrong, 130 after Ctrl-C.\n"
    "\n"
    "Examples:\n"
    "  genre-listen song.ogg\n"
    "  genre-listen --terse ~/Music > genres.tsv\n"
    "  genre-listen --terse --excerpts 3 ~/Music > genres.tsv\n"
    "  genre-listen --play http://radio.example/stream.mp3\n"
    "  genre-listen mic\n";

/* NULL if there is none. The comparisons are such that NaN is a fault. */
static const char *
find_fault (const Options *options, char **arguments)
{
  if (!arguments)
    return "nothing to listen to";
  if (!(options->window < MAX_SECONDS))
    return "--window is out of range";
  if (!(options->interval < 0 || (options->interval >= 0.1 && options->interval < MAX_SECONDS)))
    return "--interval is out of range";
  if (!(options->threshold <= 1))
    return "--threshold is out of range";
  if (options->play && options->excerpts.n > 0)
    return "--play plays everything, not --excerpts";
  return excerpt_options_find_fault (&options->excerpts);
}

static gboolean
parse_command_line (int *argc, char ***argv, Options *options, char ***arguments, GError **error)
{
  const GOptionEntry entries[] = {
      {"model", 'm', 0, G_OPTION_ARG_FILENAME, &options->model, "Model file (default: built in)",
       "FILE"},
      {"window", 'w', 0, G_OPTION_ARG_DOUBLE, &options->window,
       "Audio that an answer covers; 0: the whole song", "SECONDS"},
      {"interval", 'i', 0, G_OPTION_ARG_DOUBLE, &options->interval, "Audio between answers",
       "SECONDS"},
      {"threshold", 't', 0, G_OPTION_ARG_DOUBLE, &options->threshold,
       "Below this probability the genre is unknown", "0..1"},
      {"excerpts", 'x', 0, G_OPTION_ARG_INT, &options->excerpts.n,
       "Hear only N excerpts of each file, spread over it, and answer once", "N"},
      {"excerpt-length", 0, 0, G_OPTION_ARG_DOUBLE, &options->excerpts.length,
       "Length of an excerpt (default: 11)", "SECONDS"},
      {"play", 'p', 0, G_OPTION_ARG_NONE, &options->play, "Play what is being classified", NULL},
      {"terse", 0, 0, G_OPTION_ARG_NONE, &options->terse,
       "One line a song: genre, probability, source, separated by tabs", NULL},
      {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version and exit", NULL},
      {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, arguments, NULL, NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_autoptr (GOptionContext) context = g_option_context_new ("FILE|FOLDER|URL|mic...");
  g_option_context_set_summary (context, "Says which musical genre it hears.");
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (options->version)
    return TRUE;
  const char *fault = find_fault (options, *arguments);
  if (fault)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, fault);
  return !fault;
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  setvbuf (stdout, NULL, _IOLBF, 0);
  Options options = {
      .window = -1, .interval = -1, .threshold = -1, .excerpts = EXCERPT_OPTIONS_DEFAULT};
  g_auto (GStrv) arguments = NULL;
  g_autoptr (GError) error = NULL;
  if (!parse_command_line (&argc, &argv, &options, &arguments, &error)) {
    g_autofree char *fault = printable (error->message);
    fprintf (stderr, "genre-listen: %s\nTry genre-listen --help.\n", fault);
    return EXIT_USAGE;
  }
  if (options.version) {
    puts ("genre-listen " VERSION);
    return EXIT_SUCCESS;
  }
  Outcome outcome = {0};
  g_autoptr (GPtrArray) sources = music_files_collect (arguments, on_fault, NULL, &outcome.failed);
  for (guint i = 0; i < sources->len && !outcome.interrupted; i++)
    listen_to (sources->pdata[i], &options, &outcome);
  const int status = outcome.interrupted ? EXIT_INTERRUPTED
                     : outcome.failed    ? EXIT_FAILURE
                                         : EXIT_SUCCESS;
  if (outcome.hangs) {
    fflush (NULL);
    _exit (status); /* exit() would wait for it */
  }
  g_free (options.model);
  return status;
}
