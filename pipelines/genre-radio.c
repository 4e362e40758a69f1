/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-radio: what is on, on one station or a thousand, for as long as it runs. */
#include "httprequest.h"
#include "output.h"
#include "printable.h"
#include "radio/bars.h"
#include "radio/descriptors.h"
#include "radio/eventjson.h"
#include "radio/history.h"
#include "radio/notify.h"
#include "page/complaint.h"
#include "page/pageserver.h"
#include "page/queuecommand.h"
#include "page/queuedstations.h"
#include "radio/radio.h"
#include "radio/reportcommand.h"
#include "radio/timeline.h"
#include "translation.h"
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define TIME_TO_END 1500   /* ms for last answers */
#define STATUS_INTERVAL 10 /* s */
#define TRIM_INTERVAL 60   /* s */
#define LEAST_ARENAS 2     /* of the C library */
#define USUAL_CARRY 200    /* stations of a queue */
#define MOST_CARRY 100000

typedef struct {
  ClassifierOptions classifier;
  char *stations, *history, *listen, *token_file, *queue, *password_file;
  int keep;  /* days; 0: for ever */
  int carry; /* stations of the queue */
  gboolean json, quiet, version;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->stations);
  g_free (self->history);
  g_free (self->listen);
  g_free (self->token_file);
  g_free (self->queue);
  g_free (self->password_file);
  g_free (self->classifier.model);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

typedef struct {
  const Options *options;
  char **arguments;
  Radio *radio;
  Timeline *timeline;
  Bars *bars;             /* NULL: no microphone, or no terminal */
  History *history;       /* NULL: nobody wants one */
  PageServer *page;       /* NULL: nobody wants one */
  QueuedStations *queued; /* NULL: its stations are its own */
  Notify *notify;
  GMainLoop *loop;
  Descriptors descriptors;
  gboolean too_many; /* stations, and it was said */
  gboolean ends_with_terminal;
  guint looks_in_vain; /* for the terminal, in a row */
  gboolean ending;
} Program;

/* ---- what is said ---- */

/* @name: of the file with which it may begin, or NULL */
static void
say_fault_of (const char *name, const char *text)
{
  g_autofree char *words = translate_fault_of (name, text);
  g_autofree char *fault = printable (words);
  fprintf (stderr, "genre-radio: %s\n", fault);
}

static void
say_fault (const char *text)
{
  say_fault_of (NULL, text);
}

static void
complain (const char *what, const char *fault)
{
  complain_of ((StationPlace){NULL, 0}, what, fault);
}

static void
on_fault (StationPlace place, const char *what, const char *fault, gpointer user_data)
{
  const Options *options = ((Program *)user_data)->options;
  complain_of (place, what, fault);
  if (options->json && !options->quiet) {
    g_autofree char *where = station_place_show (place);
    g_autofree char *text = g_strconcat (where, fault, NULL);
    g_autofree char *line = event_json_format_fault (what, text);
    output_print_line (line);
  }
}

/* What is heard all the same is no fault. */
static void
on_note (StationPlace place, const char *what, const char *note, gpointer user_data)
{
  complain_of (place, what, note);
}

static void
print_json (const StationEvent *event, gpointer user_data)
{
  g_autofree char *line = event_json_format (event);
  if (!line)
    return;
  output_print_line (line);
}

/* After all who print. */
static void
watch_output (const StationEvent *event, gpointer user_data)
{
  output_check ("genre-radio");
}

static gboolean
on_over (gpointer user_data)
{
  Program *self = user_data;
  if (radio_is_over (self->radio) && (self->ending || !self->options->queue))
    g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

/* Not from within the tuner that tells it. */
static void
watch_end (const StationEvent *event, gpointer user_data)
{
  if (event->type == STATION_EVENT_STATE && event->state == STATION_ENDED)
    g_idle_add (on_over, user_data);
}

/* ---- stations ---- */

/* NULL: the stations file cannot be read. (transfer full) of Station */
static GPtrArray *
collect_stations (Program *self)
{
  g_autoptr (GPtrArray) stations = g_ptr_array_new_with_free_func ((GDestroyNotify)station_free);
  for (char **argument = self->arguments; argument && *argument; argument++)
    stations_add (stations, *argument, on_fault, on_note, self);
  if (self->options->stations &&
      !stations_add_file (stations, self->options->stations, on_fault, on_note, self))
    return NULL;
  return g_steal_pointer (&stations);
}

/* Of a whole queue only the page knows. */
static void
tell_status (const Program *self)
{
  guint heard = 0, all = 0;
  if (self->page)
    page_server_count (self->page, &heard, &all);
  else
    radio_count (self->radio, &heard, &all);
  g_autofree char *status = g_strdup_printf (
      ngettext ("%u of %u station is heard", "%u of %u stations are heard", all), heard, all);
  notify_status (self->notify, status);
}

typedef enum { NO_TERMINAL, A_TERMINAL, PERHAPS_A_TERMINAL } HasTerminal;

/* Whoever may not open another file, or may not open this one, does not learn it. */
static HasTerminal
look_for_terminal (void)
{
  const int terminal = open ("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0)
    return errno == ENXIO || errno == EIO || errno == ENODEV || errno == ENOENT
               ? NO_TERMINAL
               : PERHAPS_A_TERMINAL;
  close (terminal);
  return A_TERMINAL;
}

/* Who was left in the background when its window was closed was told nothing, and hears on. Two
 * looks, for a signal may be on its way. */
static void
look_at_terminal (Program *self)
{
  const HasTerminal found = look_for_terminal ();
  if (found == A_TERMINAL)
    self->looks_in_vain = 0;
  else if (found == NO_TERMINAL)
    self->looks_in_vain++;
  if (self->looks_in_vain > 1)
    self->ends_with_terminal = FALSE;
}

static gboolean
on_status (gpointer user_data)
{
  Program *self = user_data;
  tell_status (self);
  if (self->ends_with_terminal)
    look_at_terminal (self);
  return G_SOURCE_CONTINUE;
}

/* Each connection has threads of its own, which take memory from as many arenas of the C library as
 * there may be. As many as may run at once are enough, where it has eight times as many; who starts
 * the program may say how many there are. */
static void
limit_arenas (void)
{
#ifdef __GLIBC__
  if (!g_getenv ("MALLOC_ARENA_MAX"))
    mallopt (M_ARENA_MAX, MAX (LEAST_ARENAS, (int)g_get_num_processors ()));
#endif
}

/* What threads free stays with the C library, more with every connection that comes and goes. */
static gboolean
on_trim (gpointer user_data)
{
#ifdef __GLIBC__
  malloc_trim (0);
#endif
  return G_SOURCE_CONTINUE;
}

/* Once: the page says which of them are left out. */
static void
look_for_room (Program *self, guint n_stations)
{
  const Descriptors *descriptors = &self->descriptors;
  if (self->too_many || n_stations <= descriptors->stations)
    return;
  self->too_many = TRUE;
  fputs ("genre-radio: ", stderr);
  fprintf (stderr,
           _ ("the limit of %u open files (ulimit -n, LimitNOFILE= of a unit) has room for %u "
              "stations, not for %u\n"),
           descriptors->limit, descriptors->stations, n_stations);
}

/* @stations is taken. */
static void
set_stations (Program *self, GPtrArray *stations)
{
  look_for_room (self, stations->len);
  if (self->page)
    page_server_expect (self->page, stations);
  radio_set_stations (self->radio, stations, TRUE);
  if (self->page)
    page_server_tell_stations (self->page);
}

static gboolean
on_reload (gpointer user_data)
{
  Program *self = user_data;
  g_autoptr (GError) error = NULL;
  if (self->ending)
    return G_SOURCE_CONTINUE;
  notify_reloading (self->notify);
  if (self->page && !page_server_reload_token (self->page, &error))
    complain (_ ("the token stays as it was"), error->message);
  GPtrArray *stations = self->options->queue ? NULL : collect_stations (self);
  if (stations && stations->len > 0) {
    set_stations (self, stations);
  } else { /* an editor is at work, perhaps */
    g_clear_pointer (&stations, g_ptr_array_unref);
    if (self->options->stations)
      complain (self->options->stations, _ ("the stations of before play on"));
  }
  notify_ready (self->notify);
  return G_SOURCE_CONTINUE;
}

/* ---- the end ---- */

static gboolean
on_time_over (gpointer user_data)
{
  Program *self = user_data;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
on_end (gpointer user_data)
{
  Program *self = user_data;
  if (self->ending)
    g_main_loop_quit (self->loop);
  if (self->ending)
    return G_SOURCE_CONTINUE;
  self->ending = TRUE;
  notify_stopping (self->notify);
  if (self->page)
    page_server_set_ending (self->page);
  g_timeout_add (TIME_TO_END, on_time_over, self);
  if (self->queued)
    queued_stations_finish (self->queued);
  radio_finish (self->radio);
  g_idle_add (on_over, self); /* for a radio without stations */
  return G_SOURCE_CONTINUE;
}

/* nohup has seen to that. */
static gboolean
is_hang_up_ignored (void)
{
  struct sigaction action;
  return sigaction (SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* Somebody wants other stations, or has closed the window: then nobody would know that it hears on.
 */
static gboolean
on_hang_up (gpointer user_data)
{
  Program *self = user_data;
  const gboolean over =
      !self->ending && self->ends_with_terminal && look_for_terminal () == NO_TERMINAL;
  return over ? on_end (self) : on_reload (self);
}

static gboolean
on_nobody_reads (int output, GIOCondition condition, gpointer user_data)
{
  Program *self = user_data;
  if (!self->ending)
    on_end (self);
  return G_SOURCE_REMOVE;
}

/* ---- command line ---- */

static const char description[] = N_ (
    "STATION is the URL of a station or of its playlist (PLS, M3U, XSPF, HLS), any other URI that\n"
    "GStreamer plays, a file, or \"mic\", \"pulse:DEVICE\" or \"alsa:DEVICE\". A playlist on this\n"
    "machine stands for the stations in it; a stations file has a line \"name = URL\" for each.\n"
    "\n"
    "A line is printed whenever a station plays something else: time, station, genre, how sure "
    "that\n"
    "is, title. A station that cannot be heard is tried again, more and more rarely. SIGHUP reads\n"
    "the stations anew; those that stay play on.\n"
    "\n"
    "A microphone alone, on a terminal, is drawn as bars, for its last 10 s, every second, unless\n"
    "--window, --interval and --min-window (5) say otherwise.\n"
    "\n"
    "With --listen a page shows all of it, live: http://127.0.0.1:8321/. /metrics is for "
    "Prometheus.\n"
    "Other machines see it only with a --token-file, or through a proxy: "
    "docs/radio-operations.md.\n"
    "\n"
    "With --queue machines share the stations of a queue in Redis; genre-radio enqueue and "
    "dequeue\n"
    "change them, genre-radio status shows them (each has a --help).\n"
    "\n"
    "Exit status: 0 at the end of everything and after Ctrl-C or SIGTERM, 1 if no station that is\n"
    "named can be listened to, if there is no model, no history or no queue, or if not everything\n"
    "could be printed, 2 if the command line was wrong or names no station.\n"
    "\n"
    "Examples:\n"
    "  genre-radio http://radio.example/stream.mp3\n"
    "  genre-radio --stations stations.txt --json >> radio.jsonl\n"
    "  genre-radio --quiet --history radio.sqlite --keep 365 --stations stations.txt\n"
    "  genre-radio --quiet --listen 127.0.0.1:8321 --stations stations.txt\n"
    "  genre-radio report --history radio.sqlite\n"
    "  genre-radio enqueue --queue redis://HOST/air --stations stations.txt\n"
    "  genre-radio --queue redis://HOST/air --carry 300\n"
    "  genre-radio mic\n");

static const char *
find_fault_of_queue (const Options *options, char **arguments)
{
  if (!options->queue)
    return options->password_file || options->carry != USUAL_CARRY
               ? _ ("--password-file and --carry are for a --queue")
               : NULL;
  if (arguments || options->stations)
    return _ ("stations come from the --queue: genre-radio enqueue adds them");
  return option_find_fault ("--carry", options->carry, 0, MOST_CARRY);
}

static const char *
find_fault (const Options *options, char **arguments)
{
  if (!arguments && !options->stations && !options->queue)
    return _ ("no stations");
  const char *fault = find_fault_of_queue (options, arguments);
  if (fault)
    return fault;
  if (options->keep > 0 && !options->history)
    return _ ("--keep is for a --history");
  if (options->token_file && !options->listen)
    return _ ("--token-file is for --listen");
  const char *const faults[] = {
      options->history ? option_find_fault_of_file ("--history", options->history) : NULL,
      option_find_fault ("--keep", options->keep, 0, G_MAXINT),
      classifier_options_find_fault (&options->classifier)};
  return option_find_first (faults, G_N_ELEMENTS (faults));
}

static PageOptions
get_page_options (const Options *options, guint most_visitors)
{
  return (PageOptions){options->listen, options->token_file, options->history, most_visitors,
                       options->classifier.interval};
}

static gboolean
parse_command_line (int *argc, char ***argv, Options *options, char ***arguments, GError **error)
{
  ClassifierOptions *classifier = &options->classifier;
  const GOptionEntry entries[] = {
      {"stations", 's', 0, G_OPTION_ARG_FILENAME, &options->stations,
       N_ ("File that lists stations, one \"name = URL\" a line, or a playlist"), N_ ("FILE")},
      {"json", 'j', 0, G_OPTION_ARG_NONE, &options->json, N_ ("Print a JSON object a line"), NULL},
      {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet,
       N_ ("Print nothing but faults, on standard error"), NULL},
      {"history", 0, 0, G_OPTION_ARG_FILENAME, &options->history,
       N_ ("Write songs and minutes into this SQLite file"), N_ ("FILE")},
      {"keep", 0, 0, G_OPTION_ARG_INT, &options->keep,
       N_ ("Forget what is older (default, or 0: never)"), N_ ("DAYS")},
      {"listen", 0, 0, G_OPTION_ARG_STRING, &options->listen,
       N_ ("Serve a page, for browsers, there (127.0.0.1:8321; port 0: any)"), N_ ("ADDRESS:PORT")},
      {"token-file", 0, 0, G_OPTION_ARG_FILENAME, &options->token_file,
       N_ ("Who wants the page must know what is in this file"), N_ ("FILE")},
      {"queue", 0, 0, G_OPTION_ARG_STRING, &options->queue,
       N_ ("Share the stations of a queue in Redis with other machines"), "redis://HOST/NAME"},
      {"carry", 0, 0, G_OPTION_ARG_INT, &options->carry,
       N_ ("At most so many stations of the queue (default: 200)"), N_ ("N")},
      {"password-file", 0, 0, G_OPTION_ARG_FILENAME, &options->password_file,
       N_ ("Its first line is the password (default: $GENRE_QUEUE_PASSWORD)"), N_ ("FILE")},
      {"model", 'm', 0, G_OPTION_ARG_FILENAME, &classifier->model,
       N_ ("Model file (default: built in)"), N_ ("FILE")},
      {"threshold", 't', 0, G_OPTION_ARG_DOUBLE, &classifier->threshold,
       N_ ("Below this probability the genre is unknown"), "0..1"},
      {"interval", 'i', 0, G_OPTION_ARG_DOUBLE, &classifier->interval,
       N_ ("Audio between answers (default: 10)"), N_ ("SECONDS")},
      {"window", 'w', 0, G_OPTION_ARG_DOUBLE, &classifier->window,
       N_ ("Audio that an answer covers (default: 30)"), N_ ("SECONDS")},
      {"min-window", 0, 0, G_OPTION_ARG_DOUBLE, &classifier->min_window,
       N_ ("Audio heard before the first answer (default: 10)"), N_ ("SECONDS")},
      {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, N_ ("Print the version and exit"),
       NULL},
      {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, arguments, NULL, NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_autoptr (GOptionContext) context =
      g_option_context_new (N_ ("[STATION...] | report|enqueue|dequeue|status [OPTION...]"));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, N_ ("Says which musical genres radio stations play."));
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  const char *fault = options->version ? NULL : find_fault (options, *arguments);
  if (fault)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, fault);
  const PageOptions page = get_page_options (options, 0);
  if (fault || options->version)
    return !fault;
  return (!options->listen || page_options_check (&page, error)) &&
         (!options->queue || queued_stations_check (options->queue, error));
}

static void
observe (Program *self)
{
  if (!self->options->quiet && self->options->json)
    radio_add_observer (self->radio, print_json, NULL);
  else if (self->bars)
    radio_add_observer (self->radio, bars_observe, self->bars);
  else if (!self->options->quiet)
    radio_add_observer (self->radio, timeline_observe, self->timeline);
  if (!self->options->quiet)
    radio_add_observer (self->radio, watch_output, NULL);
  if (self->history && !self->options->queue)
    radio_add_observer (self->radio, history_observe, self->history);
  if (self->page)
    page_server_set_radio (self->page, self->radio);
  if (self->page && !self->options->queue)
    radio_add_observer (self->radio, page_server_observe, self->page);
  radio_add_observer (self->radio, watch_end, self);
}

static gboolean
open_page (Program *self, const GstStructure *genres, GError **error)
{
  const PageOptions page = get_page_options (self->options, self->descriptors.visitors);
  self->page = page_server_new (&page, genres, error);
  return self->page != NULL;
}

/* What it has no room for is left to other workers. */
static void
open_queue (Program *self, GError **error)
{
  const Options *options = self->options;
  const guint carry = MIN ((guint)options->carry, self->descriptors.stations);
  look_for_room (self, (guint)options->carry);
  self->queued = queued_stations_new (options->queue, options->password_file, carry, error);
}

/* What would fail for every station. */
static gboolean
prepare (Program *self)
{
  const Options *options = self->options;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstStructure) genres = NULL;
  const char *name = options->classifier.model;
  if (classifier_options_check (&options->classifier, &genres, &error) && options->history) {
    name = options->history;
    self->history = history_open (options->history, options->keep, &error);
  }
  if (!error && options->listen && open_page (self, genres, &error)) {
    fputs ("genre-radio: ", stderr);
    fprintf (stderr, _ ("listening on %s\n"), page_server_get_uri (self->page));
  }
  if (!error && options->queue)
    open_queue (self, &error);
  if (error)
    say_fault_of (name, error->message);
  return !error;
}

static void
close_all (Program *self)
{
  g_clear_pointer (&self->queued, queued_stations_free);
  g_clear_pointer (&self->page, page_server_free); /* which asks the radio for spectrograms */
  g_clear_pointer (&self->radio, radio_free);
  g_clear_pointer (&self->history, history_close);
  g_clear_pointer (&self->notify, notify_free);
}

static gboolean
begin_queue (Program *self)
{
  g_autoptr (GError) error = NULL;
  if (queued_stations_begin (self->queued, self->radio, self->page, self->history, &error))
    return TRUE;
  say_fault (error->message);
  return FALSE;
}

static void
run_loop (Program *self)
{
  g_unix_signal_add (SIGINT, on_end, self);
  g_unix_signal_add (SIGTERM, on_end, self);
  self->ends_with_terminal = look_for_terminal () == A_TERMINAL && !is_hang_up_ignored ();
  g_unix_signal_add (SIGHUP, on_hang_up, self);
  if (!self->options->quiet)
    output_watch_reader (on_nobody_reads, self);
  const guint status = g_timeout_add_seconds (STATUS_INTERVAL, on_status, self);
  const guint trim = g_timeout_add_seconds (TRIM_INTERVAL, on_trim, NULL);
  notify_ready (self->notify);
  g_main_loop_run (self->loop);
  g_source_remove (status);
  g_source_remove (trim);
}

/* @stations is taken; NULL: they come from the queue. */
static int
listen_to (Program *self, GPtrArray *stations)
{
  const gboolean live =
      stations && !self->options->json && !self->options->quiet && bars_are_for (stations);
  ClassifierOptions classifier = self->options->classifier;
  if (live)
    classifier_options_hurry (&classifier);
  const ReceiverOptions receiver = {.classifier = &classifier, .level = live};
  self->loop = g_main_loop_new (NULL, FALSE);
  self->radio = radio_new (&receiver, self->descriptors.stations);
  self->timeline = timeline_new ();
  self->bars = live ? bars_new () : NULL;
  observe (self);
  if (stations)
    set_stations (self, stations);
  const gboolean good = stations || begin_queue (self);
  if (good)
    run_loop (self);
  close_all (self);
  timeline_free (self->timeline);
  bars_free (self->bars);
  g_main_loop_unref (self->loop);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
run (Program *self)
{
  const gboolean good = prepare (self);
  if (good && self->options->queue)
    return listen_to (self, NULL);
  GPtrArray *stations = good ? collect_stations (self) : NULL;
  if (stations && stations->len > 0)
    return listen_to (self, stations);
  g_clear_pointer (&stations, g_ptr_array_unref);
  close_all (self);
  return EXIT_FAILURE;
}

int
main (int argc, char **argv)
{
  limit_arenas ();
  translation_begin ();
  http_request_prepare ();
  setvbuf (stdout, NULL, _IOLBF, 0);
  if (argc > 1 && strcmp (argv[1], "report") == 0)
    return report_command (argc - 1, argv + 1);
  if (argc > 1 && queue_command_is (argv[1]))
    return queue_command (argc - 1, argv + 1);
  g_auto (Options) options = {.classifier = CLASSIFIER_OPTIONS_DEFAULT, .carry = USUAL_CARRY};
  g_auto (GStrv) arguments = NULL;
  g_autoptr (GError) error = NULL;
  if (!parse_command_line (&argc, &argv, &options, &arguments, &error)) {
    say_fault (error->message);
    fprintf (stderr, _ ("Try %s --help.\n"), "genre-radio");
    return EXIT_USAGE;
  }
  if (options.version) {
    puts ("genre-radio " VERSION);
    return EXIT_SUCCESS;
  }
  if (options.json)
    translation_end ();
  Program program = {.options = &options,
                     .arguments = arguments,
                     .notify = notify_new (),
                     .descriptors = descriptors_claim (options.listen != NULL)};
  int status = run (&program);
  if (!output_check ("genre-radio"))
    status = EXIT_FAILURE;
  if (!receivers_have_ended ()) {
    fflush (NULL);
    _exit (status); /* exit() would wait for them */
  }
  return status;
}
