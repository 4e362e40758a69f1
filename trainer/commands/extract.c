/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-train extract */
#include <gio/gio.h>
#include <gst/gst.h>
#include <string.h>
#include "command.h"
#include "data/extraction.h"
#include "representation.h"
#include "options.h"
#include "running/progress.h"
#include "running/ranks.h"
#include "translation.h"

#define NAME "extract"
#define TIMEOUT 60 /* seconds */
#define MFCC_COEFFICIENTS 40
#define UNSET G_MININT /* a number that nobody gave */

typedef struct {
  char *representation, *shard;
  int rate, fft_size, hop, bands, coefficients;
  double min_frequency, max_frequency;
  int threads, timeout;
  gboolean force;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->representation);
  g_free (options->shard);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char summary[] =
    N_ ("Decodes the music in MUSIC/GENRE/ (anything that GStreamer reads: "
        "wav, au, mp3, flac, ogg, opus,\n"
        "m4a …) and stores its spectrograms as SPECTROGRAMS/GENRE/*.npy, for "
        "train and evaluate. Clips are\n"
        "used whole. Name the folder as the genre is to be written: EDM; edm "
        "becomes Edm, world_music World\n"
        "Music.");

static const char description[] = N_ (
    "Files that cannot be read are listed with the reason, the rest is done. A spectrogram that "
    "is\n"
    "there and newer than its music is kept: after an interruption, or when music has been added, "
    "the\n"
    "same command goes on. SPECTROGRAMS/dataset.json records the front end, sources.tsv the size "
    "and time\n"
    "of the music, which decide where they are noted: a file that another one has replaced is "
    "heard "
    "again.\n\n"
    "On several machines: with --shard I/N each of them does its part of the files, into one "
    "shared\n"
    "folder or into folders that are copied together afterwards; or mpirun divides the files "
    "among\n"
    "its processes. The parts are made of the files' paths below MUSIC, which all must see "
    "whole.\n\n"
    "Representations:\n"
    "  mel     128 mel bands (default)\n"
    "  linear  bands of equal width\n"
    "  mfcc    stored as mel; the model takes the cosine transform\n\n"
    "Exit status: 0 done, 1 failed or interrupted, 2 wrong command line.\n\n"
    "Examples:\n"
    "  genre-train extract ~/Music/genres spectrograms\n"
    "  parallel genre-train extract --shard {}/4 --threads 2 music spectrograms ::: 1 2 3 4\n");

static gboolean
parse_options (Options *o, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
      {"representation", 'r', 0, G_OPTION_ARG_STRING, &o->representation,
       N_ ("mel, linear or mfcc (default: mel)"), N_ ("NAME")},
      {"rate", 0, 0, G_OPTION_ARG_INT, &o->rate, N_ ("Sampling rate (default: 22050)"), N_ ("HZ")},
      {"fft-size", 0, 0, G_OPTION_ARG_INT, &o->fft_size, N_ ("Window length (default: 2048)"),
       N_ ("N")},
      {"hop", 0, 0, G_OPTION_ARG_INT, &o->hop, N_ ("Samples between frames (default: 914)"),
       N_ ("N")},
      {"bands", 0, 0, G_OPTION_ARG_INT, &o->bands, N_ ("Bands of a frame (default: 128)"),
       N_ ("N")},
      {"coefficients", 0, 0, G_OPTION_ARG_INT, &o->coefficients,
       N_ ("Cepstral coefficients of mfcc (default: 40)"), N_ ("N")},
      {"min-frequency", 0, 0, G_OPTION_ARG_DOUBLE, &o->min_frequency,
       N_ ("Lower edge of the bands (default: 0)"), N_ ("HZ")},
      {"max-frequency", 0, 0, G_OPTION_ARG_DOUBLE, &o->max_frequency,
       N_ ("Upper edge of the bands (default: half the rate)"), N_ ("HZ")},
      {"threads", 't', 0, G_OPTION_ARG_INT, &o->threads,
       N_ ("Files at a time (default: one more than processors)"), N_ ("N")},
      {"timeout", 0, 0, G_OPTION_ARG_INT, &o->timeout,
       N_ ("Give a decoder up after this long without a sample (default: 60)"), N_ ("SECONDS")},
      GENRE_OPTION_SHARD (&o->shard, N_ ("Only part I of N of the files")),
      {"force", 'f', 0, G_OPTION_ARG_NONE, &o->force, N_ ("Do everything again"), NULL},
      {0},
  };
  g_autoptr (GOptionContext) context =
      genre_command_context (NAME, N_ ("MUSIC SPECTROGRAMS"), summary, description, entries);
  return genre_command_parse (context, argc, argv) &&
         genre_command_check_threads (NAME, o->threads);
}

/* None is 0 by itself: it would be the default in silence. */
static gboolean
check_numbers (const Options *o)
{
  const struct {
    const char *name;
    int value;
  } numbers[] = {{"rate", o->rate},   {"fft-size", o->fft_size},         {"hop", o->hop},
                 {"bands", o->bands}, {"coefficients", o->coefficients}, {"timeout", o->timeout}};
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (numbers[i].value != UNSET && numbers[i].value <= 0) {
      genre_command_usage (NAME, _ ("--%s %d, a number above 0 expected"), numbers[i].name,
                           numbers[i].value);
      return FALSE;
    }
  return TRUE;
}

static gboolean
front_end_from (const Options *o, GenreFrontEndConfig *config)
{
  *config = genre_front_end_config_default ();
  if (o->representation &&
      !genre_representation_from_name (o->representation, &config->representation))
    return FALSE;
  if (o->rate != UNSET)
    config->rate = (guint)o->rate;
  if (o->fft_size != UNSET)
    config->fft_size = (guint)o->fft_size;
  if (o->hop != UNSET)
    config->hop = (guint)o->hop;
  if (o->bands != UNSET)
    config->bands = (guint)o->bands;
  if (genre_representation_get_traits (config->representation)->is_cepstral)
    config->coefficients =
        o->coefficients != UNSET ? (guint)o->coefficients : MIN (MFCC_COEFFICIENTS, config->bands);
  config->min_frequency = o->min_frequency;
  config->max_frequency =
      o->max_frequency != GENRE_NOT_GIVEN ? o->max_frequency : config->rate / 2.0;
  return TRUE;
}

static void
print_result (const GenreExtraction *extraction, gint64 started)
{
  double elapsed = (double)(g_get_monotonic_time () - started) / G_USEC_PER_SEC;
  g_autofree char *audio = genre_progress_format_time (extraction->seconds);
  g_autofree char *time = genre_progress_format_time (elapsed);
  genre_command_list_problems (extraction->notes, 0);
  genre_command_list_problems (extraction->problems, 0);
  if (extraction->problems->len > 0)
    g_printerr (ngettext ("%u problem, said above.\n", "%u problems, said above.\n",
                          extraction->problems->len),
                extraction->problems->len);
  g_print (
      ngettext ("%u spectrogram made (%s of audio) in %s, %u already there, %u of %u unreadable\n",
                "%u spectrograms made (%s of audio) in %s, %u already there, %u of %u unreadable\n",
                extraction->n_extracted),
      extraction->n_extracted, audio, time, extraction->n_current, extraction->n_unreadable,
      extraction->n_files);
  if (extraction->n_removed > 0)
    g_print (ngettext ("%u other spectrogram removed, made with another front end or by an "
                       "earlier version\n",
                       "%u other spectrograms removed, made with another front end or by an "
                       "earlier version\n",
                       extraction->n_removed),
             extraction->n_removed);
}

/* One more than there are processors: while one file is opened or written, another is decoded. */
static guint
files_at_a_time (int wanted)
{
  return genre_command_threads (wanted) + (wanted == GENRE_THREADS_UNSET);
}

/* Of several ranks the first speaks. */
static gboolean
extract (GenreExtractionJob *job, GError **error)
{
  gint64 started = g_get_monotonic_time ();
  g_auto (GenreExtraction) extraction = {0};
  job->stop = genre_command_catch_interrupts ();
  gboolean done = genre_extract (job, &extraction, error);
  if (!done && g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_prefix_error (error, "%s: ", _ ("the same command goes on from here"));
  if (genre_ranks_get_index () == 0 &&
      (done || extraction.n_files > 0 || extraction.problems->len > 0))
    print_result (&extraction, started);
  return done;
}

int
genre_command_extract (int argc, char **argv)
{
  g_auto (Options) options = {.rate = UNSET,
                              .fft_size = UNSET,
                              .hop = UNSET,
                              .bands = UNSET,
                              .coefficients = UNSET,
                              .max_frequency = GENRE_NOT_GIVEN,
                              .threads = GENRE_THREADS_UNSET,
                              .timeout = UNSET};
  if (!parse_options (&options, &argc, &argv))
    return GENRE_EXIT_USAGE;
  if (argc != 3)
    return genre_command_usage (NAME,
                                _ ("a folder of music and a folder for spectrograms are needed"));
  if (!check_numbers (&options))
    return GENRE_EXIT_USAGE;
  GenreExtractionJob job = {.source = argv[1],
                            .target = argv[2],
                            .n_threads = files_at_a_time (options.threads),
                            .timeout = options.timeout != UNSET ? (guint)options.timeout : TIMEOUT,
                            .force = options.force};
  if (!front_end_from (&options, &job.front_end))
    return genre_command_usage (NAME, _ ("--representation %s, mel, linear or mfcc expected"),
                                options.representation);
  if (options.coefficients != UNSET && job.front_end.coefficients == 0)
    return genre_command_usage (NAME, _ ("--coefficients is for --representation mfcc"));
  g_autoptr (GError) error = NULL;
  if (options.shard && !shard_parse (options.shard, &job.shard, &error))
    return genre_command_usage (NAME, "%s", error->message);
  genre_ranks_begin ();
  gst_init (NULL, NULL);
  int status = extract (&job, &error) ? GENRE_EXIT_OK : genre_command_fail (NAME, error);
  genre_ranks_end ();
  return status;
}
