/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-listen: what genre is this file, folder, radio station or room? */
#include "answerjson.h"
#include "filelistener.h"
#include "httprequest.h"
#include "musicfiles.h"
#include "musicname.h"
#include "output.h"
#include "printable.h"
#include "radio/eventjson.h"
#include "radio/playlist.h"
#include "stationlistener.h"
#include "translation.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_INTERRUPTED 130 /* 128 + SIGINT, as shells have it */

typedef struct {
  const ListenOptions *options;
  ListenOutcome *outcome;
} Faults;

/* @where: station_place_show(), or "" */
static void
say (const char *where, const char *source, const char *what)
{
  g_autofree char *shown = printable (source);
  g_autofree char *words = translate_fault (what);
  g_autofree char *fault = printable (words);
  fprintf (stderr, "genre-listen: %s%s: %s\n", where, shown, fault);
}

static void
print_fault (const char *source, const char *what)
{
  if (station_is_meant (source)) {
    g_autofree char *line = event_json_format_fault (source, what);
    output_print_line (line);
    return;
  }
  JsonObject *object = answer_json_new_for_source (source);
  g_autofree char *error = printable (what);
  json_object_set_string_member (object, "error", error);
  answer_json_print (object);
}

void
listen_complain (const ListenOptions *options, const char *source, const char *what)
{
  say ("", source, what);
  if (options->json)
    print_fault (source, what);
}

/* What is wrong with a folder. */
static void
on_fault (const char *path, const char *what, gpointer user_data)
{
  Faults *faults = user_data;
  listen_complain (faults->options, path, what);
  faults->outcome->failed = TRUE;
}

/* Nothing is wrong with it: no answer, and the exit status stays. */
static void
on_note (const char *path, const char *what, gpointer user_data)
{
  say ("", path, what);
}

/* What is wrong with a playlist, or in it. */
static void
on_station_fault (StationPlace place, const char *source, const char *what, gpointer user_data)
{
  Faults *faults = user_data;
  g_autofree char *where = station_place_show (place);
  g_autofree char *text = g_strconcat (where, what, NULL);
  say (where, source, what);
  if (faults->options->json)
    print_fault (source, text);
  faults->outcome->failed = TRUE;
}

static void
on_station_note (StationPlace place, const char *source, const char *what, gpointer user_data)
{
  g_autofree char *where = station_place_show (place);
  say (where, source, what);
}

/* Nobody may ever write into a pipe that happens to lie in a folder; who names one means it. */
static gboolean
leaves_out (const char *path, gpointer user_data)
{
  struct stat status;
  g_autofree char *name = g_path_get_basename (path);
  if (!music_name_is_audio (name) || stat (path, &status) != 0 || S_ISREG (status.st_mode) ||
      S_ISDIR (status.st_mode))
    return FALSE;
  on_fault (path, N_ ("a pipe or device, not a file"), user_data);
  return TRUE;
}

/* ---- what to listen to ---- */

/* What is no station, in the order in which it was named; the stations go to @stations. */
static GPtrArray *
sort_sources (char **arguments, GPtrArray *stations, Faults *faults)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);
  for (char **argument = arguments; *argument; argument++)
    if (station_is_meant (*argument) || playlist_has_ending (*argument))
      stations_add (stations, *argument, on_station_fault, on_station_note, faults);
    else
      g_ptr_array_add (files, g_strdup (*argument));
  for (guint i = 0; i < stations->len;) { /* songs in playlists */
    const Station *station = stations->pdata[i];
    char *path =
        station->kind == STATION_FILE ? g_filename_from_uri (station->uri, NULL, NULL) : NULL;
    if (path) {
      g_ptr_array_add (files, path);
      g_ptr_array_remove_index (stations, i);
    } else {
      i++;
    }
  }
  g_ptr_array_add (files, NULL);
  return files;
}

/* What would fail for every source is said once: is there no plugin, no model? */
static gboolean
can_listen (const ListenOptions *options)
{
  g_autoptr (GstStructure) genres = NULL;
  g_autoptr (GError) error = NULL;
  if (classifier_options_check (&options->classifier, &genres, &error))
    return TRUE;
  g_autofree char *words = translate_fault_of (options->classifier.model, error->message);
  g_autofree char *fault = printable (words);
  fprintf (stderr, "genre-listen: %s\n", fault);
  return FALSE;
}

static void
listen_to (char **arguments, const ListenOptions *options, ListenOutcome *outcome)
{
  Faults faults = {options, outcome};
  g_autoptr (GPtrArray) stations = g_ptr_array_new_with_free_func ((GDestroyNotify)station_free);
  g_autoptr (GPtrArray) named = sort_sources (arguments, stations, &faults);
  g_autoptr (GPtrArray) files =
      music_files_collect ((char **)named->pdata, on_fault, on_note, leaves_out, &faults);
  for (guint i = 0; i < files->len && !outcome->interrupted; i++)
    file_listen (files->pdata[i], options, outcome);
  if (stations->len > 0 && !outcome->interrupted)
    stations_listen (g_steal_pointer (&stations), options, outcome);
}

/* ---- command line ---- */

static const char description[] = N_ (
    "A folder stands for the audio files in it and below it, a playlist (PLS, M3U, XSPF) for what "
    "it\n"
    "lists. Files are heard one after the other, then all stations at once. A file is answered "
    "for\n"
    "the whole song, every 30 s; a station or a microphone for its last 30 s, every 10 s, a "
    "microphone on a\n"
    "terminal for its last 10 s, every second.\n"
    "\n"
    "A station that was heard and breaks off is joined again, for as long as it takes; "
    "genre-radio\n"
    "is for those that run for days. \"mic\" is the default microphone; \"pulse:DEVICE\" and\n"
    "\"alsa:DEVICE\" are others.\n"
    "\n"
    "--excerpts is for many files: three excerpts of a song cost a fraction of decoding it. A "
    "file\n"
    "that cannot seek, or is shorter than twice its excerpts, is heard in full, and so is every\n"
    "stream.\n"
    "\n"
    "Exit status: 0 if every source was classified, 1 if one was not, if there is no model, or if\n"
    "not everything could be printed, 2 if the command line was wrong, 130 after Ctrl-C.\n"
    "\n"
    "Examples:\n"
    "  genre-listen song.ogg\n"
    "  genre-listen --terse ~/Music > genres.tsv\n"
    "  genre-listen --terse --excerpts 3 ~/Music > genres.tsv\n"
    "  genre-listen --play http://radio.example/stream.mp3\n"
    "  genre-listen mic\n");

static const char *
find_fault (const ListenOptions *options, char **arguments)
{
  if (!arguments)
    return _ ("nothing to listen to");
  const char *fault = classifier_options_find_fault (&options->classifier);
  if (fault)
    return fault;
  if (options->terse && options->json)
    return _ ("--terse or --json, not both");
  if (options->play && options->excerpts.n > 0)
    return _ ("--play plays everything, not --excerpts");
  return excerpt_options_find_fault (&options->excerpts);
}

static gboolean
parse_command_line (int *argc, char ***argv, ListenOptions *options, char ***arguments,
                    gboolean *version, GError **error)
{
  ClassifierOptions *classifier = &options->classifier;
  const GOptionEntry entries[] = {
      {"model", 'm', 0, G_OPTION_ARG_FILENAME, &classifier->model,
       N_ ("Model file (default: built in)"), N_ ("FILE")},
      {"window", 'w', 0, G_OPTION_ARG_DOUBLE, &classifier->window,
       N_ ("Audio that an answer covers; 0: the whole song"), N_ ("SECONDS")},
      {"interval", 'i', 0, G_OPTION_ARG_DOUBLE, &classifier->interval, N_ ("Audio between answers"),
       N_ ("SECONDS")},
      {"threshold", 't', 0, G_OPTION_ARG_DOUBLE, &classifier->threshold,
       N_ ("Below this probability the genre is unknown"), "0..1"},
      {"excerpts", 'x', 0, G_OPTION_ARG_INT, &options->excerpts.n,
       N_ ("Hear only N excerpts of each file, spread over it, and answer once (0: all of it)"),
       N_ ("N")},
      {"excerpt-length", 0, 0, G_OPTION_ARG_DOUBLE, &options->excerpts.length,
       N_ ("Length of an excerpt (default: 11)"), N_ ("SECONDS")},
      {"play", 'p', 0, G_OPTION_ARG_NONE, &options->play, N_ ("Play what is being classified"),
       NULL},
      {"terse", 0, 0, G_OPTION_ARG_NONE, &options->terse,
       N_ ("One line a song: genre, probability, source, separated by tabs"), NULL},
      {"json", 'j', 0, G_OPTION_ARG_NONE, &options->json, N_ ("Print a JSON object a line"), NULL},
      {"version", 0, 0, G_OPTION_ARG_NONE, version, "Print the version and exit", NULL},
      {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, arguments, NULL, NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_autoptr (GOptionContext) context = g_option_context_new (N_ ("FILE|FOLDER|URL|mic..."));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, N_ ("Says which musical genre it hears."));
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*version)
    return TRUE;
  const char *fault = find_fault (options, *arguments);
  if (fault)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, fault);
  return !fault;
}

int
main (int argc, char **argv)
{
  translation_begin ();
  http_request_prepare ();
  setvbuf (stdout, NULL, _IOLBF, 0);
  ListenOptions options = {.classifier = CLASSIFIER_OPTIONS_DEFAULT,
                           .excerpts = EXCERPT_OPTIONS_DEFAULT};
  gboolean version = FALSE;
  g_auto (GStrv) arguments = NULL;
  g_autoptr (GError) error = NULL;
  if (!parse_command_line (&argc, &argv, &options, &arguments, &version, &error)) {
    g_autofree char *fault = printable (error->message);
    fprintf (stderr, "genre-listen: %s\n", fault);
    fprintf (stderr, _ ("Try %s --help.\n"), "genre-listen");
    return EXIT_USAGE;
  }
  if (version) {
    puts ("genre-listen " VERSION);
    return EXIT_SUCCESS;
  }
  if (options.json)
    translation_end ();
  ListenOutcome outcome = {.failed = !can_listen (&options)};
  if (!outcome.failed)
    listen_to (arguments, &options, &outcome);
  outcome.failed |= !output_check ("genre-listen");
  const int status = outcome.interrupted ? EXIT_INTERRUPTED
                     : outcome.failed    ? EXIT_FAILURE
                                         : EXIT_SUCCESS;
  if (outcome.hangs) {
    fflush (NULL);
    _exit (status); /* exit() would wait for it */
  }
  g_free (options.classifier.model);
  return status;
}
