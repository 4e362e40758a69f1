/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-train learn */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <math.h>
#include <string.h>
#include <unistd.h>
#include "builtin.h"
#include "command.h"
#include "data/folds.h"
#include "data/songstore.h"
#include "files.h"
#include "frontendjson.h"
#include "json.h"
#include "learning/architecture.h"
#include "learning/background.h"
#include "learning/learningfolder.h"
#include "learning/ownmodel.h"
#include "learning/training.h"
#include "measuring/report.h"
#include "measuring/truthpage.h"
#include "modelfile.h"
#include "options.h"
#include "printable.h"
#include "results.h"
#include "running/progress.h"
#include "safetensors.h"
#include "terminal.h"
#include "translation.h"

#define NAME "learn"
#define ANNOUNCER "augmentation.announcer"
#define TIMEOUT 60            /* seconds that a decoder may be silent */
#define SEGMENTS_OF_EXCERPT 2 /* about ten seconds */
#define SUSPECTS ".suspects.tsv"
#define MADE_SOUNDS 60  /* that are no music */
#define MOST_DROPPED 12 /* genres that are named */

typedef struct {
  char *output, *work, *labels, *genre_map, *from, *recipe, *part;
  char **settings, **music;
  int min_artists, excerpts, folds, threads, timeout;
  double body_rate;
  gboolean list_genres, no_curve, half;
  Shard shard;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->output);
  g_free (options->work);
  g_free (options->labels);
  g_free (options->genre_map);
  g_free (options->from);
  g_free (options->recipe);
  g_free (options->part);
  g_strfreev (options->settings);
  g_strfreev (options->music);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char *const endings[] = {".txt", ".json", SUSPECTS, ".work", NULL};
static const char *const label_sources[] = {"tags", "folders", NULL};

static const char summary[] = N_ (
    "Learns your own genres from your own tagged files: reads the tags in MUSIC (files and "
    "folders),\n"
    "hears excerpts of each song, holds out every artist once to say how good the model is, and "
    "writes it.\n"
    "Ctrl-C stops; the same command goes on where it was.");

static const char description[] = N_ (
    "A song is of one genre: the first that its tag names and that enough artists play. Spellings "
    "(hip hop,\n"
    "Hip-Hop, HipHop) are one. --genre-map FILE has lines \"Alt Rock = Rock\"; \"Audiobook =\" "
    "leaves songs\n"
    "out. --list-genres shows what would be learnt.\n\n"
    "Beside OUTPUT it writes OUTPUT.txt and OUTPUT.json, the page of truth that it prints, too, "
    "and\n"
    "OUTPUT.suspects.tsv: songs whose tag may be wrong. OUTPUT.work has what it heard, for the "
    "next time.\n\n"
    "On several machines: with --shard I/N each of them hears its part of the songs, into one "
    "shared work\n"
    "folder or into folders that are copied together afterwards. The same command without --shard "
    "then\n"
    "learns. All must see the music under one path.\n\n"
    "Settings for --set are those of genre-train train --help.\n\n"
    "Exit status: 0 done, 1 failed or stopped, 2 wrong command line.\n\n"
    "Examples:\n"
    "  genre-train learn ~/Music --list-genres\n"
    "  genre-train learn ~/Music --output mine.safetensors\n"
    "  genre-tag --model mine.safetensors ~/Untagged\n");

static gboolean
parse_options (Options *o, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
      GENRE_OPTION_MODEL_OUTPUT (&o->output),
      {"labels", 0, 0, G_OPTION_ARG_STRING, &o->labels,
       N_ ("Where genres are: tags, or folders, the first ones below MUSIC (default: tags)"),
       N_ ("SOURCE")},
      {"genre-map", 0, 0, G_OPTION_ARG_FILENAME, &o->genre_map,
       N_ ("What is to be called otherwise, or left out"), N_ ("FILE")},
      {"min-artists", 0, 0, G_OPTION_ARG_INT, &o->min_artists,
       N_ ("Leave out genres of fewer artists (default: 8)"), N_ ("N")},
      {"list-genres", 0, 0, G_OPTION_ARG_NONE, &o->list_genres,
       N_ ("Only say what would be learnt"), NULL},
      {"excerpts", 'x', 0, G_OPTION_ARG_INT, &o->excerpts,
       N_ ("Hear N excerpts of each song, spread over it; 0: all of it (default: 3)"), N_ ("N")},
      GENRE_OPTION_FROM (&o->from,
                         N_ ("Begin with what this model knows; none: from chance (default: "
                             "the default model)")),
      GENRE_OPTION_BODY_RATE (&o->body_rate),
      {"folds", 'k', 0, G_OPTION_ARG_INT, &o->folds,
       N_ ("Hold out every artist once, in K parts (default: 5)"), N_ ("K")},
      {"no-curve", 0, 0, G_OPTION_ARG_NONE, &o->no_curve,
       N_ ("Do not find out what more songs would bring: saves a seventh to a quarter of the time"),
       NULL},
      {"work", 0, 0, G_OPTION_ARG_FILENAME, &o->work,
       N_ ("Folder for what is done on the way (default: OUTPUT.work)"), N_ ("DIR")},
      GENRE_OPTION_SHARD (&o->part, N_ ("Only part I of N of the songs, and only hear them")),
      GENRE_OPTION_RECIPE (
          &o->recipe, N_ ("Settings, as in models/default.recipe (in share/doc/genreclassify)")),
      GENRE_OPTION_SET (&o->settings,
                        N_ ("Change one setting, e.g. training.epochs=20 (may be repeated)")),
      GENRE_OPTION_HALF (&o->half),
      GENRE_OPTION_TRAINING_THREADS (&o->threads),
      {"timeout", 0, 0, G_OPTION_ARG_INT, &o->timeout,
       N_ ("Give a file up after this long without a sample (default: 60)"), N_ ("SECONDS")},
      {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->music, NULL, NULL},
      {0},
  };
  g_autoptr (GOptionContext) context =
      genre_command_context (NAME, N_ ("MUSIC… --output FILE"), summary, description, entries);
  return genre_command_parse (context, argc, argv) &&
         genre_command_check_threads (NAME, o->threads);
}

/* ---- what it works with ---- */

typedef struct {
  const Options *options;
  const gint *stop;
  char *work;     /* folder */
  char *learning; /* the folder in it for what is learnt now */
  GenreNames *names;
  GenreTaggedMusic *music;
  GenreLabelling *labelling;
  GenreModel *source;                    /* NULL: from chance */
  const char *source_name;               /* NULL: from chance */
  gboolean knows_songs;                  /* the source: those that it learnt from, somebody's */
  char **background, **background_names; /* its labels; NULL: none */
  GenreFrontEndConfig front_end;
  GenreRecipe *recipe;
  GenreSongStore *store;
  GenreDataset *dataset;
  GenreTransfer *transfer;
  guint n_folds;
  guint n_songs, n_foreign; /* heard, of kept genres and of others */
  guint n_made;             /* sounds made by computing */
} Learning;

static void
learning_clear (Learning *l)
{
  g_clear_pointer (&l->transfer, genre_transfer_free);
  g_clear_pointer (&l->dataset, genre_dataset_free);
  g_clear_pointer (&l->store, genre_song_store_free);
  g_clear_pointer (&l->recipe, genre_recipe_free);
  g_strfreev (l->background);
  g_strfreev (l->background_names);
  g_clear_pointer (&l->source, genre_model_unref);
  g_clear_pointer (&l->labelling, genre_labelling_free);
  g_clear_pointer (&l->music, genre_tagged_music_free);
  g_clear_pointer (&l->names, genre_names_free);
  g_free (l->learning);
  g_free (l->work);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Learning, learning_clear)

static char **
copy_tail (char *const *strings, guint first)
{
  return g_strdupv ((char **)strings + first);
}

/* No fold is held out from a source that has heard it. */
static void
print_caution (const Learning *l)
{
  g_autofree char *name = printable (l->source_name);
  if (l->knows_songs)
    g_printerr (_ ("%s learnt from tagged songs itself: if these are among them, all figures and "
                   "the threshold flatter what begins with it; --from none or the default model "
                   "do not.\n"),
                name);
}

/* Which it may have only from there. */
static gboolean
check_announcer (const Learning *l, GError **error)
{
  const char *idle = genre_command_find_wish (l->options->settings, ANNOUNCER);
  if (!idle || genre_model_get_config (l->source)->n_background > 0)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "--set %s has no effect: %s knows nothing that is no music, expected a model with "
               "background",
               idle, l->source_name);
  return FALSE;
}

/* Begun early: what cannot be read is said before an hour of work. */
static gboolean
load_source (Learning *l, GError **error)
{
  const char *from = l->options->from;
  l->front_end = genre_front_end_config_default ();
  if (g_strcmp0 (from, "none") == 0)
    return TRUE;
  l->source = from ? genre_model_load (from, error) : genre_built_in_model (error);
  if (!l->source)
    return FALSE;
  l->source_name = from ? from : "the built-in model";
  if (!check_announcer (l, error))
    return FALSE;
  l->knows_songs = genre_own_model_is_one (l->source);
  print_caution (l);
  const GenreModelConfig *config = genre_model_get_config (l->source);
  guint n_genres = genre_model_config_count_genres (config);
  l->front_end = genre_front_end_config_as_stored (&config->front_end);
  l->background = copy_tail (config->labels, n_genres);
  l->background_names = copy_tail (config->display_names, n_genres);
  return TRUE;
}

/* ---- tags ---- */

/* "1 song by 1 artist": each number has its own plural. (transfer full) */
static char *
count_songs (const GenreOwnGenre *genre)
{
  g_autofree char *songs =
      g_strdup_printf (ngettext ("%u song", "%u songs", genre->n_songs), genre->n_songs);
  g_autofree char *artists =
      g_strdup_printf (ngettext ("%u artist", "%u artists", genre->n_artists), genre->n_artists);
  return g_strdup_printf (_ ("%s by %s"), songs, artists);
}

static void
print_genres (const Learning *l)
{
  const GenreLabelling *labelling = l->labelling;
  guint width = 0;
  for (guint i = 0; i < labelling->kept->len; i++)
    width = MAX (width, genre_report_width (((GenreOwnGenre *)labelling->kept->pdata[i])->name));
  g_print (ngettext ("%u songs of %u genre\n", "%u songs of %u genres\n", labelling->kept->len),
           labelling->n_labelled, labelling->kept->len);
  for (guint i = 0; i < labelling->kept->len; i++) {
    const GenreOwnGenre *genre = labelling->kept->pdata[i];
    g_autoptr (GString) line = g_string_new ("  ");
    genre_report_pad (line, genre->name, width);
    g_autofree char *songs = count_songs (genre);
    g_print ("%s  %s\n", line->str, songs);
  }
}

/* (transfer container) of GenreOwnGenre, for that reason or the other. */
static GPtrArray *
select_dropped (const GenreLabelling *labelling, gboolean has_no_room)
{
  GPtrArray *some = g_ptr_array_new ();
  for (guint i = 0; i < labelling->dropped->len; i++) {
    GenreOwnGenre *genre = labelling->dropped->pdata[i];
    if (genre->has_no_room == has_no_room)
      g_ptr_array_add (some, genre);
  }
  return some;
}

static void
list_dropped (const Learning *l, const GPtrArray *dropped)
{
  guint n = l->options->list_genres ? dropped->len : MIN (dropped->len, MOST_DROPPED);
  for (guint i = 0; i < n; i++) {
    const GenreOwnGenre *genre = dropped->pdata[i];
    g_autofree char *songs = count_songs (genre);
    g_autofree char *name = printable (genre->name);
    g_print (_ ("  %s: in the tags of %s\n"), name, songs);
  }
  if (n < dropped->len)
    g_print (ngettext ("  … and %u more; --list-genres names them all\n",
                       "  … and %u more; --list-genres names them all\n", dropped->len - n),
             dropped->len - n);
}

static void
print_dropped (const Learning *l)
{
  g_autoptr (GPtrArray) small = select_dropped (l->labelling, FALSE);
  g_autoptr (GPtrArray) many = select_dropped (l->labelling, TRUE);
  if (small->len > 0)
    g_print (ngettext ("%u genre is left out, whose own songs are by fewer than %d artists:\n",
                       "%u genres are left out, whose own songs are by fewer than %d artists:\n",
                       small->len),
             small->len, l->options->min_artists);
  list_dropped (l, small);
  if (many->len > 0)
    g_print (ngettext ("%u genre is left out, since a model holds at most %u, those by the most "
                       "artists:\n",
                       "%u genres are left out, since a model holds at most %u, those by the most "
                       "artists:\n",
                       many->len),
             many->len, (guint)GENRE_MOST_KEPT);
  list_dropped (l, many);
}

static const char *
path_of (const Learning *l, guint song)
{
  return ((const GenreSong *)l->music->songs->pdata[song])->path;
}

/* What a whole format lacks is seen by that, and what one song does by its name. */
static void
append_endings (GString *text, const Learning *l)
{
  g_autoptr (GPtrArray) list = genre_labelling_list_untagged (l->labelling, l->music->songs);
  for (guint i = 0; i < list->len; i++) {
    const GenreUntagged *untagged = list->pdata[i];
    g_autofree char *ending = printable (untagged->ending);
    g_autofree char *first = printable (path_of (l, untagged->first));
    if (*ending)
      g_string_append_printf (
          text, ngettext ("  %u ends in %s: %s\n", "  %u end in %s, the first: %s\n", untagged->n),
          untagged->n, ending, first);
    else
      g_string_append_printf (text,
                              ngettext ("  %u has no ending: %s\n",
                                        "  %u have no ending, the first: %s\n", untagged->n),
                              untagged->n, first);
  }
}

/* (transfer full) */
static char *
describe_untagged (const Learning *l)
{
  const GenreLabelling *labelling = l->labelling;
  GString *text = g_string_new (NULL);
  if (labelling->n_untagged > 0)
    g_string_append_printf (text, _ ("Songs without a genre: %u\n"), labelling->n_untagged);
  if (labelling->n_unnamed > 0) {
    g_autofree char *first = printable (path_of (l, labelling->first_unnamed));
    g_string_append_printf (
        text,
        ngettext ("  %u of them has one without letters or digits: %s\n",
                  "  %u of them have one without letters or digits, the first: %s\n",
                  labelling->n_unnamed),
        labelling->n_unnamed, first);
  }
  if (labelling->n_lengthy > 0) {
    g_autofree char *first = printable (path_of (l, labelling->first_lengthy));
    g_string_append_printf (
        text,
        ngettext ("  %u of them has one that is too long for a name: %s\n",
                  "  %u of them have one that is too long for a name, the first: %s\n",
                  labelling->n_lengthy),
        labelling->n_lengthy, first);
  }
  if (l->options->list_genres)
    append_endings (text, l);
  return g_string_free (text, FALSE);
}

static void
print_left_out (const Learning *l)
{
  const GenreLabelling *labelling = l->labelling;
  if (labelling->n_left_out > 0)
    g_print (_ ("Songs of no other genre than these: %u\n"), labelling->n_left_out);
  if (labelling->n_foreign > 0)
    g_print (ngettext ("  %u of them teaches the model to doubt what is none of its genres\n",
                       "  %u of them teach the model to doubt what is none of its genres\n",
                       labelling->n_foreign),
             labelling->n_foreign);
  g_autofree char *untagged = describe_untagged (l);
  g_print ("%s", untagged);
  if (labelling->n_anonymous > 0)
    g_print (
        ngettext (
            "%u song has neither artist nor album in its tags: it counts as an artist of its own, "
            "which\n  flatters all figures below.\n",
            "%u songs have neither artist nor album in their tags: each counts as an artist of "
            "its own, which\n  flatters all figures below.\n",
            labelling->n_anonymous),
        labelling->n_anonymous);
}

/* Most likely misspelled. */
static void
print_unused (const Learning *l)
{
  g_autoptr (GPtrArray) unused = genre_names_list_unused (l->names);
  g_autoptr (GString) list = g_string_new (NULL);
  g_autofree char *map = unused->len > 0 ? printable (l->options->genre_map) : NULL;
  for (guint i = 0; i < MIN (unused->len, MOST_DROPPED); i++) {
    g_autofree char *name = printable (unused->pdata[i]);
    g_string_append_printf (list, "%s%s", i ? ", " : "", name);
  }
  if (unused->len > 0)
    g_printerr (_ ("In no tag, but in %s: %s%s\n"), map, list->str,
                unused->len > MOST_DROPPED ? ", …" : "");
}

/* A compilation that counts as one artist is held out, or learnt, as a whole. */
static void
print_crowds (const Learning *l)
{
  g_autoptr (GPtrArray) crowds = genre_tagged_music_find_crowds (l->music->songs);
  genre_command_list_problems (crowds, 0);
}

/* Whoever asks what would be learnt wants to know why it is nothing. */
static gboolean
check_labelling (const Learning *l, gboolean by_folder, GError **error)
{
  if (genre_labelling_check (l->labelling, by_folder, (guint)l->options->min_artists, error))
    return TRUE;
  g_autofree char *untagged = l->options->list_genres ? describe_untagged (l) : NULL;
  if (untagged)
    g_printerr ("%s", untagged);
  return FALSE;
}

/* (transfer full) */
static char *
cache_path (const Learning *l)
{
  return l->work ? g_build_filename (l->work, "tags.tsv", NULL) : NULL;
}

static gboolean
read_tags (Learning *l, GError **error)
{
  const Options *o = l->options;
  g_autofree char *cache = cache_path (l);
  const GenreTaggedMusicJob job = {.sources = o->music,
                                   .cache = cache,
                                   .n_threads = genre_command_threads (o->threads) + 1,
                                   .timeout = (guint)o->timeout,
                                   .stop = l->stop};
  if (!(l->names = genre_names_new (o->genre_map, error)) ||
      !(l->music = genre_tagged_music_read (&job, error)))
    return FALSE;
  genre_command_print_problems (l->music->problems);
  print_crowds (l);
  const gboolean by_folder = g_strcmp0 (o->labels, "folders") == 0;
  l->labelling = genre_labelling_new (l->music->songs, l->names, by_folder, (guint)o->min_artists,
                                      l->background);
  print_unused (l);
  if (!check_labelling (l, by_folder, error))
    return FALSE;
  print_genres (l);
  print_dropped (l);
  print_left_out (l);
  return TRUE;
}

/* ---- spectrograms ---- */

/* The first digits of a hash of all that the front end is. (transfer full) */
static char *
identify_front_end (const GenreFrontEndConfig *front_end)
{
  g_autofree char *text = genre_front_end_config_to_text (front_end);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  return g_strndup (sum, 8);
}

/* Which parts of a song its excerpts are, in the name of the folder: nobody goes on with others.
 * Whole songs have always been the same. */
#define EXCERPTS "-2"

/* The work's own: front end and excerpts in its name, so that others are never mixed in. */
static char *
store_folder (const Learning *l)
{
  g_autofree char *front_end = identify_front_end (&l->front_end);
  g_autofree char *name =
      g_strdup_printf ("spectrograms-%u-%u-%u-%d-%u-%s%s", l->front_end.rate, l->front_end.fft_size,
                       l->front_end.hop, l->options->excerpts, l->recipe->segment_frames, front_end,
                       l->options->excerpts > 0 ? EXCERPTS : "");
  return g_build_filename (l->work, name, NULL);
}

static gboolean
hear_songs (Learning *l, GError **error)
{
  g_autofree char *folder = store_folder (l);
  l->store = genre_song_store_new (folder, l->music->songs, l->labelling);
  const GenreExtractionJob job = {.front_end = l->front_end,
                                  .shard = l->options->shard,
                                  .n_excerpts = (guint)l->options->excerpts,
                                  .excerpt_frames = SEGMENTS_OF_EXCERPT * l->recipe->segment_frames,
                                  .n_threads = genre_command_threads (l->options->threads) + 1,
                                  .timeout = (guint)l->options->timeout,
                                  .stop = l->stop};
  g_auto (GenreExtraction) extraction = {0};
  gint64 started = g_get_monotonic_time ();
  gboolean done = genre_song_store_extract (l->store, &job, &extraction, error);
  g_autofree char *time =
      genre_progress_format_time ((double)(g_get_monotonic_time () - started) / G_USEC_PER_SEC);
  if (extraction.notes)
    genre_command_list_problems (extraction.notes, 0);
  if (extraction.problems)
    genre_command_print_problems (extraction.problems);
  if (done)
    g_print (ngettext ("%u song heard in %s, %u heard before\n",
                       "%u songs heard in %s, %u heard before\n", extraction.n_extracted),
             extraction.n_extracted, time, extraction.n_current);
  return done;
}

/* While such an artist is held out, nobody teaches the genre. */
static void
print_unmeasured (const Learning *l)
{
  guint n = l->labelling->kept->len;
  g_autofree guint *n_artists = genre_folds_count_artists (l->dataset->clips, n);
  for (guint i = 0; i < n; i++) {
    g_autofree char *name = printable (l->dataset->display_names[i]);
    if (n_artists[i] == 1)
      g_print (_ ("%s: all that was heard is by one artist, so that nothing can be said of how "
                  "well it is known; it counts as wrong below.\n"),
               name);
  }
}

/* Each part is to have an artist of each genre, and so the genre of the fewest says how many. */
static void
choose_folds (Learning *l)
{
  guint n = l->labelling->kept->len, wanted = (guint)l->options->folds;
  g_autofree guint *n_artists = genre_folds_count_artists (l->dataset->clips, n);
  l->n_folds = genre_folds_choose (l->dataset->clips, n, wanted);
  for (guint i = 0; i < n && l->n_folds < wanted; i++) {
    g_autofree char *name = printable (l->dataset->display_names[i]);
    if (n_artists[i] != l->n_folds)
      continue;
    g_print (_ ("%s: what was heard is by %u artists, so that every artist is held out once in %u "
                "parts, not in %u.\n"),
             name, n_artists[i], l->n_folds, wanted);
    return;
  }
}

static gboolean
load_songs (Learning *l, GError **error)
{
  guint n_threads = genre_command_threads (l->options->threads);
  l->dataset = genre_song_store_load (l->store, &l->front_end, l->recipe->segment_frames,
                                      l->background, l->background_names, error);
  if (!l->dataset)
    return FALSE;
  genre_command_print_problems (l->dataset->problems);
  print_unmeasured (l);
  choose_folds (l);
  for (guint i = 0; i < l->dataset->clips->len; i++)
    l->n_foreign += ((GenreClip *)l->dataset->clips->pdata[i])->label == l->dataset->n_labels;
  l->n_songs = l->dataset->clips->len - l->n_foreign;
  if (l->source) {
    if (!genre_background_add (l->dataset, l->source, MADE_SOUNDS, n_threads, &l->n_made, error)) {
      g_prefix_error (error, "%s: ", l->source_name);
      return FALSE;
    }
    l->transfer = genre_transfer_new (l->source, l->source_name, l->dataset, l->options->body_rate,
                                      n_threads, error);
    if (l->transfer)
      genre_transfer_set_stop (l->transfer, l->stop);
  }
  return !l->source || l->transfer;
}

/* ---- learning ---- */

typedef struct {
  gboolean terminal;
  gint64 begun;
  double begun_at; /* share that was done then */
  guint told;      /* twentieths */
} Screen;

static void
show_progress (const GenreOwnModelProgress *p, gpointer user_data)
{
  Screen *screen = user_data;
  gint64 now = g_get_monotonic_time ();
  if (screen->begun == 0) {
    screen->begun = now;
    screen->begun_at = p->share;
  }
  guint twentieths = (guint)(20 * p->share);
  if (!screen->terminal && twentieths == screen->told)
    return;
  screen->told = twentieths;
  double elapsed = (double)(now - screen->begun) / G_USEC_PER_SEC;
  double rate = (p->share - screen->begun_at) / MAX (elapsed, 1e-3);
  g_autofree char *left = genre_progress_format_time (rate > 0 ? (1 - p->share) / rate : 0);
  g_autofree char *line =
      g_strdup_printf (_ ("learning %u of %u, epoch %u of %u, loss %.3f; %.0f %%, %s left"),
                       p->part + 1, p->n_parts, MIN (p->detail->epoch + 1, p->detail->n_epochs),
                       p->detail->n_epochs, p->detail->loss, 100 * p->share, rate > 0 ? left : "?");
  g_printerr (screen->terminal ? "\r\033[K%s" : "%s\n", line);
}

static GenreOwnModel *
learn_model (Learning *l, GError **error)
{
  Screen screen = {.terminal = terminal_draws (STDERR_FILENO), .told = G_MAXUINT};
  GenreOwnModelJob job = {.recipe = l->recipe,
                          .dataset = l->dataset,
                          .transfer = l->transfer,
                          .n_folds = l->n_folds,
                          .doubt = l->source ? genre_model_get_config (l->source)->doubt : 0,
                          .curve = !l->options->no_curve,
                          .n_threads = genre_command_threads (l->options->threads),
                          .stop = l->stop,
                          .func = show_progress,
                          .user_data = &screen};
  g_autofree char *identity = genre_own_model_identify (&job);
  job.folder = l->learning = genre_learning_folder_new (l->work, identity);
  guint n_known = l->dataset->problems->len;
  GenreOwnModel *own = genre_own_model_learn (&job, error);
  if (screen.terminal)
    g_printerr ("\r\033[K");
  genre_command_list_problems (l->dataset->problems, n_known);
  return own;
}

/* ---- results ---- */

static const char *
name_song (const char *stem, gpointer user_data)
{
  const Learning *l = user_data;
  guint song;
  return genre_song_store_find (l->store, stem, &song)
             ? ((GenreSong *)l->music->songs->pdata[song])->path
             : stem;
}

/* A song with two genres may well be heard as the second. */
static gboolean
is_called (const GenreScores *scores, guint clip, guint answer, gpointer user_data)
{
  const Learning *l = user_data;
  guint song;
  return genre_song_store_find (l->store, scores->clips[clip], &song) &&
         genre_labelling_names (l->labelling, song, answer);
}

/* What was heard of each, not what its tags promised. */
static JsonArray *
genres_json (const Learning *l)
{
  JsonArray *array = json_array_new ();
  const GPtrArray *kept = l->labelling->kept, *clips = l->dataset->clips;
  g_autofree guint *n_artists = genre_folds_count_artists (clips, kept->len);
  g_autofree guint *n_songs = g_new0 (guint, l->dataset->n_labels + 1);
  for (guint i = 0; i < clips->len; i++)
    n_songs[((const GenreClip *)clips->pdata[i])->label]++;
  for (guint i = 0; i < kept->len; i++) {
    const GenreOwnGenre *genre = kept->pdata[i];
    JsonObject *object = json_object_new ();
    json_object_set_string_member (object, "label", genre->label);
    json_object_set_string_member (object, "name", genre->name);
    json_object_set_int_member (object, "songs", n_songs[i]);
    json_object_set_int_member (object, "artists", n_artists[i]);
    json_array_add_object_element (array, object);
  }
  return array;
}

static double
accuracy_of (const GenreScores *scores)
{
  g_autoptr (GenreScores) genres = genre_scores_of_genres (scores, NULL);
  g_autoptr (GenreMetrics) metrics = genres ? genre_metrics_new (genres) : NULL;
  return metrics ? metrics->accuracy : 0;
}

static void
set_provenance (const Learning *l, const GenreOwnModel *own)
{
  const Options *o = l->options;
  g_autoptr (JsonObject) object = json_object_new ();
  g_autofree char *recipe = genre_recipe_to_text (l->recipe);
  json_object_set_string_member (object, "software", "genre-train " GENRE_VERSION);
  json_object_set_string_member (object, GENRE_OWN_MODEL_LABELS,
                                 g_strcmp0 (o->labels, "folders") == 0 ? "folders" : "tags");
  json_object_set_int_member (object, "songs", l->n_songs);
  json_object_set_int_member (object, "songs-of-other-genres", l->n_foreign);
  json_object_set_int_member (object, "made-sounds", l->n_made);
  json_object_set_array_member (object, "genres", genres_json (l));
  if (o->genre_map) {
    g_autofree char *map = g_filename_display_basename (o->genre_map);
    json_object_set_string_member (object, "genre-map", map);
    json_object_set_int_member (object, "mapped", genre_names_count_mapped (l->names));
  }
  g_autofree char *from = o->from ? g_filename_display_basename (o->from) : NULL;
  json_object_set_string_member (object, "from", from ? from : "the default model");
  if (l->source)
    json_object_set_double_member (object, "body-rate", o->body_rate);
  json_object_set_double_member (object, "accuracy-by-artist", accuracy_of (own->scores));
  if (l->knows_songs) {
    g_autofree char *name = g_path_get_basename (l->source_name);
    g_autofree char *caution = genre_truth_page_caution (name);
    json_object_set_string_member (object, "caution", caution);
  }
  json_object_set_string_member (object, "recipe", recipe);
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  g_autofree char *text = genre_json_to_string (node, FALSE);
  genre_model_set_provenance (own->model, text);
}

static gboolean
write_beside (const Options *o, const char *ending, const char *text, GError **error)
{
  g_autofree char *path = g_strconcat (o->output, ending, NULL);
  return genre_file_write (path, text, strlen (text), error);
}

static gboolean
save_model (const Learning *l, const GenreOwnModel *own, GError **error)
{
  const Options *o = l->options;
  set_provenance (l, own);
  return genre_model_save (own->model, o->output, o->half ? GENRE_DTYPE_F16 : GENRE_DTYPE_F32,
                           error);
}

static gboolean
write_page (const Options *o, const GenreTruth *truth, const char *page, GError **error)
{
  g_autofree char *suspects = genre_truth_page_suspects (truth);
  g_autofree char *json = g_strconcat (o->output, ".json", NULL);
  g_autoptr (JsonObject) object = genre_truth_page_json (truth);
  return write_beside (o, ".txt", page, error) && write_beside (o, SUSPECTS, suspects, error) &&
         genre_json_save (object, json, error);
}

static void
print_places (const Learning *l, guint n_genres)
{
  const Options *o = l->options;
  g_print (ngettext ("\n%s: %u genre; this page is in %s.txt and .json, all suspects in "
                     "%s.suspects.tsv.\n%s has what was heard, for the next time.\n",
                     "\n%s: %u genres; this page is in %s.txt and .json, all suspects in "
                     "%s.suspects.tsv.\n%s has what was heard, for the next time.\n",
                     n_genres),
           o->output, n_genres, o->output, o->output, l->work);
  guint n_others = genre_learning_folder_count_others (l->work, l->learning);
  if (n_others > 0)
    g_print (ngettext ("%u other folder %s/learning-* is left, unfinished or of another file; "
                       "it may be removed.\n",
                       "%u other folders %s/learning-* are left, unfinished or of other files; "
                       "they may be removed.\n",
                       n_others),
             n_others, l->work);
}

/* The page is printed whatever can be written: hours of work are not to end without it where a disk
 * is full. */
static gboolean
publish (Learning *l, const GenreOwnModel *own, GError **error)
{
  const GenreModelConfig *config = genre_model_get_config (own->model);
  const GenreTruth truth = {.scores = own->scores,
                            .n_folds = l->n_folds,
                            .temperature = config->temperature,
                            .threshold = config->threshold,
                            .doubt = config->doubt,
                            .untaught = own->untaught,
                            .learnt = own->learnt,
                            .curve = own->curve,
                            .begun_with = l->knows_songs ? l->source_name : NULL,
                            .is_called = is_called,
                            .get_name = name_song,
                            .user_data = l};
  g_autofree char *page = genre_truth_page_text (&truth);
  const gboolean is_saved = save_model (l, own, error);
  g_print ("\n%s\n\n%s",
           l->knows_songs ? "How good it looks, on artists that were held out, but may have been "
                            "heard by the model that it begins with"
                          : "How good it is, on artists that it had never heard",
           page);
  if (!is_saved || !write_page (l->options, &truth, page, error) ||
      !genre_learning_folder_conclude (l->work, l->learning, l->options->output, error))
    return FALSE;
  print_places (l, genre_model_config_count_genres (config));
  return TRUE;
}

/* ---- from beginning to end ---- */

/* The user's wishes over what is sensible, and as many epochs as are worth their time with them. */
static GenreRecipe *
read_recipe (const Learning *l, guint n_songs, guint n_others, guint n_genres, GError **error)
{
  const Options *o = l->options;
  g_autoptr (GenreRecipe) recipe = genre_own_model_recipe (n_genres);
  if (o->recipe && !genre_recipe_read (recipe, o->recipe, error))
    return NULL;
  for (char **setting = o->settings; setting && *setting; setting++)
    if (!genre_recipe_set (recipe, *setting, error))
      return NULL;
  genre_own_model_choose_epochs (recipe, n_songs, n_others, l->source != NULL);
  return g_steal_pointer (&recipe);
}

/* What of it has a say, and fits together. */
static GenreRecipe *
compose_recipe (const Learning *l, guint n_songs, guint n_others, guint n_genres, GError **error)
{
  g_autoptr (GenreRecipe) recipe = read_recipe (l, n_songs, n_others, n_genres, error);
  if (!recipe || (!l->source && !genre_architecture_keep (recipe, error)))
    return NULL;
  if (l->source) {
    const GenreModelConfig *config = genre_model_get_config (l->source);
    genre_recipe_begin (recipe, config->segment_frames, config->segment_step);
  }
  return genre_recipe_check (recipe, error) ? g_steal_pointer (&recipe) : NULL;
}

/* Whether a network can be built that tells these genres apart; one to begin with is. */
static gboolean
check_network (const Learning *l, const GenreRecipe *recipe, char **labels, char **names,
               GError **error)
{
  const GenreDataset to_be = {.front_end = l->front_end,
                              .n_labels = g_strv_length (labels),
                              .labels = labels,
                              .display_names = names};
  return l->source || genre_own_model_check_network (recipe, &to_be, error);
}

/* What is misspelled, or cannot be built, is said before tags are read. How many genres there will
 * be only the description in a file depends on. */
static gboolean
check_wishes (const Learning *l, GError **error)
{
  char *genres[] = {(char *)"one", (char *)"two", NULL};
  g_autoptr (GenreRecipe) recipe = compose_recipe (l, 1, 0, 2, error);
  return recipe &&
         (genre_architecture_is_file (recipe) || check_network (l, recipe, genres, genres, error));
}

/* What cannot be built is said before an hour of hearing. */
static gboolean
choose_recipe (Learning *l, GError **error)
{
  const GPtrArray *kept = l->labelling->kept;
  guint n_others = l->labelling->n_foreign + (l->source ? MADE_SOUNDS : 0);
  g_autofree char **labels = g_new0 (char *, kept->len + 1);
  g_autofree char **names = g_new0 (char *, kept->len + 1);
  for (guint i = 0; i < kept->len; i++) {
    labels[i] = ((GenreOwnGenre *)kept->pdata[i])->label;
    names[i] = ((GenreOwnGenre *)kept->pdata[i])->name;
  }
  l->recipe = compose_recipe (l, l->labelling->n_labelled, n_others, kept->len, error);
  return l->recipe && check_network (l, l->recipe, labels, names, error);
}

/* Of what is written beside the model nobody has typed the name. */
static gboolean
check_beside (const char *path, GenreResultKind kind, GError **error)
{
  return genre_command_check_output (path, error) &&
         genre_result_check_replaced (kind, path, error);
}

/* A model in the place of the one that it begins with would leave nobody a way back. */
static gboolean
check_outputs (const Options *o, GError **error)
{
  g_autofree char *text = g_strconcat (o->output, endings[0], NULL);
  g_autofree char *json = g_strconcat (o->output, endings[1], NULL);
  g_autofree char *suspects = g_strconcat (o->output, SUSPECTS, NULL);
  const char *const outputs[] = {o->output, text, json, suspects};
  char *const files[] = {g_strcmp0 (o->from, "none") == 0 ? NULL : o->from, o->genre_map,
                         o->recipe};
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    if (files[i])
      g_ptr_array_add (inputs, files[i]);
  g_ptr_array_add (inputs, NULL);
  return genre_command_check_model_output (o->output, endings, error) &&
         genre_command_check_apart (outputs, G_N_ELEMENTS (outputs), (char *const *)inputs->pdata,
                                    error) &&
         check_beside (text, GENRE_RESULT_PAGE, error) &&
         check_beside (json, GENRE_RESULT_MEASURES, error) &&
         check_beside (suspects, GENRE_RESULT_SUSPECTS, error);
}

/* Before any work: what cannot be written in the end, or would cost somebody a file. */
static gboolean
check_targets (const Learning *l, GError **error)
{
  g_autofree char *cache = cache_path (l);
  return (!l->options->output || check_outputs (l->options, error)) &&
         (!cache || genre_result_check_replaced (GENRE_RESULT_TAGS, cache, error));
}

static gboolean
learn (Learning *l, GError **error)
{
  const Options *o = l->options;
  if (!check_targets (l, error) || !load_source (l, error) || !check_wishes (l, error) ||
      (l->work && !genre_file_make_folder (l->work, error)) || !read_tags (l, error))
    return FALSE;
  if (o->list_genres)
    return TRUE;
  if (!choose_recipe (l, error) || !hear_songs (l, error))
    return FALSE;
  if (o->shard.n > 0) {
    g_print (
        _ ("Part %u of %u is in %s; without --shard, the same command learns from all of them.\n"),
        o->shard.index, o->shard.n, l->work);
    return TRUE;
  }
  genre_command_note_threads (o->threads, l->recipe, 1);
  if (!load_songs (l, error))
    return FALSE;
  g_autoptr (GenreOwnModel) own = learn_model (l, error);
  return own && publish (l, own, error);
}

static const char *
find_fault (const Options *o)
{
  if (!o->music)
    return _ ("files or folders of music are needed");
  if (o->list_genres && o->part)
    return _ ("--shard has no effect with --list-genres, which hears nothing");
  if (!o->output && !o->list_genres && !(o->part && o->work))
    return _ ("--output is needed, or --work with --shard");
  return NULL;
}

static gboolean
check_numbers (const Options *o)
{
  return genre_command_check_number (NAME, "--min-artists", o->min_artists, 1, INFINITY) &&
         genre_command_check_number (NAME, "--excerpts", o->excerpts, 0, 100) &&
         genre_command_check_number (NAME, "--folds", o->folds, 2, 1000) &&
         genre_command_check_number (NAME, "--timeout", o->timeout, 1, INFINITY);
}

/* What is no music comes from the model to begin with. */
static gboolean
check_effects (Options *o)
{
  const char *source = _ ("a model to begin with");
  gboolean begins = g_strcmp0 (o->from, "none") != 0;
  return genre_command_check_body_rate (NAME, &o->body_rate, begins, source) &&
         genre_command_check_patience (NAME, o->settings) &&
         genre_command_check_effect (NAME, o->settings, ANNOUNCER, begins, source);
}

int
genre_command_learn (int argc, char **argv)
{
  g_auto (Options) options = {.min_artists = 8,
                              .excerpts = 3,
                              .folds = 5,
                              .threads = GENRE_THREADS_UNSET,
                              .timeout = TIMEOUT,
                              .body_rate = GENRE_BODY_RATE_UNSET};
  if (!parse_options (&options, &argc, &argv))
    return GENRE_EXIT_USAGE;
  if (!genre_command_check_choice (NAME, "--labels", options.labels, label_sources) ||
      !genre_command_check_settings (NAME, options.settings))
    return GENRE_EXIT_USAGE;
  const char *idle = g_strcmp0 (options.from, "none") == 0
                         ? NULL
                         : genre_command_find_network_setting (options.settings);
  if (idle)
    return genre_command_usage (NAME,
                                _ ("--set %s has no effect without --from none: the network is "
                                   "that of the model to begin with"),
                                idle);
  const char *fault = find_fault (&options);
  if (fault)
    return genre_command_usage (NAME, "%s", fault);
  if (!check_numbers (&options) || !check_effects (&options))
    return GENRE_EXIT_USAGE;
  g_autoptr (GError) error = NULL;
  if (options.part && !shard_parse (options.part, &options.shard, &error))
    return genre_command_usage (NAME, "%s", error->message);
  gst_init (NULL, NULL);
  g_auto (Learning) l = {.options = &options, .stop = genre_command_catch_interrupts ()};
  if (options.work)
    l.work = g_strdup (options.work);
  else if (options.output)
    l.work = g_strconcat (options.output, ".work", NULL);
  if (learn (&l, &error))
    return GENRE_EXIT_OK;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_prefix_error (&error, "%s: ", _ ("the same command goes on from here"));
  return genre_command_fail (NAME, error);
}
