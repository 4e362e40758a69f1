/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-train split */
#include <math.h>
#include "command.h"
#include "data/folds.h"
#include "files.h"
#include "measuring/report.h"
#include "options.h"
#include "printable.h"
#include "translation.h"

#define NAME "split"
#define MOST_NAMED 12    /* genres that a list lacks */
#define MOST_HELD_OUT 95 /* percent */

typedef struct {
  char *data, *artists, *output;
  int valid, test, seed;
  gboolean random;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->data);
  g_free (options->artists);
  g_free (options->output);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char summary[] = N_ (
    "Cuts the clips of a data set into train.txt, valid.txt and test.txt, of the same mixture of "
    "genres each,\n"
    "such that all clips of an artist are in one of them. The same seed gives the same lists.");

static const char description[] = N_ (
    "Who has heard an artist recognises the artist: a test on artists that were in the training "
    "flatters.\n"
    "Without --artists FILE (tab separated: clip, artist, title; albums or stations will do) "
    "--random must\n"
    "be given.\n\n"
    "Exit status: 0 done, 1 failed, 2 wrong command line.\n\n"
    "Example:\n"
    "  genre-train split --data spectrograms --artists artists.tsv --output lists\n");

static gboolean
parse_options (Options *o, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
      GENRE_OPTION_DATA (&o->data),
      {"artists", 'a', 0, G_OPTION_ARG_FILENAME, &o->artists,
       N_ ("Tab separated clip, artist, title"), N_ ("FILE")},
      {"random", 0, 0, G_OPTION_ARG_NONE, &o->random, N_ ("Clips at random, whoever plays"), NULL},
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output,
       N_ ("Folder for the lists, which must not be there yet"), N_ ("DIR")},
      {"valid", 0, 0, G_OPTION_ARG_INT, &o->valid,
       N_ ("Percent of clips in valid.txt (default: 20)"), N_ ("PERCENT")},
      {"test", 0, 0, G_OPTION_ARG_INT, &o->test, N_ ("Percent of clips in test.txt (default: 20)"),
       N_ ("PERCENT")},
      {"seed", 0, 0, G_OPTION_ARG_INT, &o->seed, N_ ("Of the draws (default: 1)"), N_ ("N")},
      {0},
  };
  g_autoptr (GOptionContext) context =
      genre_command_context (NAME, N_ ("--data DIR --output DIR"), summary, description, entries);
  return genre_command_parse (context, argc, argv);
}

typedef enum { TRAIN, VALID, TEST, N_LISTS } List; /* the first one is learnt from (folds.h) */

static const char *const names[N_LISTS] = {"train.txt", "valid.txt", "test.txt"};

/* ---- draws ---- */

static guint
count_artists (const GPtrArray *clips)
{
  g_autoptr (GHashTable) artists = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n_without = 0;
  for (guint i = 0; i < clips->len; i++) {
    char *artist = genre_clip_key_artist (clips->pdata[i]);
    if (artist)
      g_hash_table_add (artists, artist);
    else
      n_without++;
  }
  return g_hash_table_size (artists) + n_without;
}

/* At random each clip is an artist of its own. */
static guint *
draw_lists (const Options *o, const GPtrArray *clips, GError **error)
{
  const guint percents[N_LISTS] = {
      [TRAIN] = (guint)(100 - o->valid - o->test),
      [VALID] = (guint)o->valid,
      [TEST] = (guint)o->test,
  };
  guint n = o->random ? clips->len : count_artists (clips);
  guint n_asked = 1u + (o->valid > 0) + (o->test > 0);
  if (n < n_asked) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "%u %s, expected at least %u, for lists of which none is empty", n,
                 o->random ? "clips" : "artists", n_asked);
    return NULL;
  }
  return genre_folds_draw_lists (clips, o->random ? GENRE_FOLDS_RANDOM : GENRE_FOLDS_ARTIST,
                                 percents, N_LISTS, (guint64)o->seed, error);
}

/* ---- lists ---- */

static void
append_clip (GString *list, const GenreDataset *dataset, const GenreClip *clip)
{
  g_autofree char *name = g_path_get_basename (clip->stem);
  g_string_append_printf (list, "%s/%s.npy\n", dataset->labels[clip->label], name);
}

static gboolean
check_absent (const Options *o, GError **error)
{
  for (guint i = 0; i < N_LISTS; i++) {
    g_autofree char *path = g_build_filename (o->output, names[i], NULL);
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      continue;
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "%s: is there already; name another folder, or remove it", path);
    return FALSE;
  }
  return TRUE;
}

static gboolean
write_lists (const Options *o, GString **lists, GError **error)
{
  if (!genre_file_make_folder (o->output, error))
    return FALSE;
  for (guint i = 0; i < N_LISTS; i++) {
    g_autofree char *path = g_build_filename (o->output, names[i], NULL);
    if (lists[i]->len > 0 && !genre_file_write (path, lists[i]->str, lists[i]->len, error))
      return FALSE;
  }
  return TRUE;
}

/* (n_labels, N_LISTS) clips. (transfer full) */
static guint *
count_clips (const GenreDataset *dataset, const guint *lists)
{
  guint *counts = g_new0 (guint, dataset->n_labels * N_LISTS);
  for (guint i = 0; i < dataset->clips->len; i++)
    counts[((const GenreClip *)dataset->clips->pdata[i])->label * N_LISTS + lists[i]]++;
  return counts;
}

static gboolean
write_clips (const Options *o, const GenreDataset *dataset, const guint *lists, GError **error)
{
  GString *texts[N_LISTS];
  for (guint i = 0; i < N_LISTS; i++)
    texts[i] = g_string_new (NULL);
  for (guint i = 0; i < dataset->clips->len; i++)
    append_clip (texts[lists[i]], dataset, dataset->clips->pdata[i]);
  gboolean written = write_lists (o, texts, error);
  for (guint i = 0; i < N_LISTS; i++)
    g_string_free (texts[i], TRUE);
  return written;
}

/* ---- what is said ---- */

static void
print_table (const GenreDataset *dataset, const guint *counts)
{
  guint width = genre_report_width ("Genre");
  for (guint i = 0; i < dataset->n_labels; i++)
    width = MAX (width, genre_report_width (dataset->display_names[i]));
  g_autoptr (GString) table = g_string_new (NULL);
  genre_report_pad (table, "Genre", width);
  for (guint i = 0; i < N_LISTS; i++)
    g_string_append_printf (table, "%11s", names[i]);
  for (guint i = 0; i < dataset->n_labels; i++) {
    g_string_append_c (table, '\n');
    genre_report_pad (table, dataset->display_names[i], width);
    for (guint j = 0; j < N_LISTS; j++)
      g_string_append_printf (table, "%11u", counts[i * N_LISTS + j]);
  }
  g_print ("%s\n", table->str);
}

/* A genre by few artists cannot be in every list: who does not know would take its part of the
 * figures for bad luck. */
static void
print_lacking (const GenreDataset *dataset, const guint *counts, List list)
{
  g_autoptr (GString) lacking = g_string_new (NULL);
  guint n = 0;
  for (guint i = 0; i < dataset->n_labels; i++) {
    if (counts[i * N_LISTS + list] > 0 || n++ > MOST_NAMED)
      continue;
    g_autofree char *name = printable (dataset->display_names[i]);
    g_string_append_printf (lacking, "%s%s", n > 1 ? ", " : "", n > MOST_NAMED ? "…" : name);
  }
  if (n > 0)
    g_printerr (
        ngettext ("%s has no clip of %u genre: %s\n", "%s has no clip of %u genres: %s\n", n),
        names[list], n, lacking->str);
}

static void
print_result (const Options *o, const GenreDataset *dataset, const guint *counts)
{
  guint n[N_LISTS] = {0};
  for (guint i = 0; i < dataset->n_labels * N_LISTS; i++)
    n[i % N_LISTS] += counts[i];
  print_table (dataset, counts);
  g_print (ngettext ("%s: %u clip to train, %u to watch, %u to test\n",
                     "%s: %u clips to train, %u to watch, %u to test\n", n[TRAIN]),
           o->output, n[TRAIN], n[VALID], n[TEST]);
  for (List i = 0; i < N_LISTS; i++)
    if (n[i] > 0) /* or it was not asked for */
      print_lacking (dataset, counts, i);
}

/* ---- the command ---- */

static gboolean
split (const Options *o, GError **error)
{
  if (!check_absent (o, error))
    return FALSE;
  g_autoptr (GenreDataset) dataset = genre_dataset_load (o->data, error);
  if (!dataset || (o->artists && !genre_dataset_load_artists (dataset, o->artists, error)))
    return FALSE;
  if (o->artists)
    genre_dataset_note_anonymous (dataset, dataset->clips, o->artists);
  genre_command_print_problems (dataset->problems);
  g_autofree guint *lists = draw_lists (o, dataset->clips, error);
  if (!lists || !write_clips (o, dataset, lists, error))
    return FALSE;
  g_autofree guint *counts = count_clips (dataset, lists);
  print_result (o, dataset, counts);
  return TRUE;
}

int
genre_command_split (int argc, char **argv)
{
  g_auto (Options) options = {.valid = 20, .test = 20, .seed = 1};
  if (!parse_options (&options, &argc, &argv))
    return GENRE_EXIT_USAGE;
  if (argc > 1)
    return genre_command_usage (NAME, _ ("unexpected argument \"%s\""), argv[1]);
  if (!options.data || !options.output)
    return genre_command_usage (NAME, _ ("--data and --output are needed"));
  if (!options.artists && !options.random)
    return genre_command_usage (NAME, _ ("--artists is needed, or --random"));
  if (options.artists && options.random)
    return genre_command_usage (NAME, _ ("--artists and --random exclude each other"));
  if (!genre_command_check_number (NAME, "--valid", options.valid, 0, MOST_HELD_OUT) ||
      !genre_command_check_number (NAME, "--test", options.test, 0, MOST_HELD_OUT) ||
      !genre_command_check_number (NAME, _ ("the sum of --valid and --test"),
                                   options.valid + options.test, 0, MOST_HELD_OUT) ||
      !genre_command_check_number (NAME, "--seed", options.seed, 0, INFINITY))
    return GENRE_EXIT_USAGE;
  g_autoptr (GError) error = NULL;
  return split (&options, &error) ? GENRE_EXIT_OK : genre_command_fail (NAME, error);
}
