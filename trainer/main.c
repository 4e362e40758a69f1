/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-train: turns labelled music into the weights that genreclassify runs. */
#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include "commands/command.h"
#include "output.h"
#include "running/suggestion.h"
#include "translation.h"

typedef struct {
  const char *name;
  const char *summary;
  int (*run) (int argc, char **argv);
} Command;

static const Command commands[] = {
    {"extract", N_ ("Turn folders of music into stored spectrograms"), genre_command_extract},
    {"learn", N_ ("Learn your own genres from your own tagged files"), genre_command_learn},
    {"split", N_ ("Write lists for training and examination, by artist"), genre_command_split},
    {"train", N_ ("Learn a model from stored spectrograms"), genre_command_train},
    {"evaluate", N_ ("Measure a model on clips whose genre is known"), genre_command_evaluate},
    {"cross-validate", N_ ("Train and measure on every fold of a data set"),
     genre_command_cross_validate},
    {"combine", N_ ("Average the scores of several models: a committee"), genre_command_combine},
    {"merge", N_ ("Make one model of several: their weighted mean"), genre_command_merge},
    {"compare", N_ ("Set several results side by side"), genre_command_compare},
    {"robustness", N_ ("Count the answers that level, filters and noise change"),
     genre_command_robustness},
    {"show-augmentation", N_ ("Draw a clip before and after augmentation"),
     genre_command_show_augmentation},
    {"info", N_ ("Say what a model file holds"), genre_command_info},
};

static void
print_help (void)
{
  g_print (
      "%s",
      _ ("Usage: genre-train COMMAND [OPTION…]\n\n"
         "Turns labelled music into the weights that the GStreamer element genreclassify runs.\n\n"
         "Commands:\n"));
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-18s %s\n", commands[i].name, _ (commands[i].summary));
  g_print ("%s",
           _ ("\ngenre-train COMMAND --help describes a command; man genre-train has examples.\n"
              "Exit status: 0 done, 1 failed, 2 wrong command line.\n"));
}

/* Numbers read the same everywhere; where no locale is set at all (containers, cron), names that
 * are not ASCII are still printed. */
static void
choose_locale (void)
{
  translation_begin ();
  if (strcmp (nl_langinfo (CODESET), "ANSI_X3.4-1968") == 0)
    setlocale (LC_CTYPE, "C.UTF-8");
}

static int
run (int argc, char **argv)
{
  if (argc < 2) {
    g_printerr ("genre-train: %s\n%s", _ ("no command given"), _ ("Try: genre-train --help\n"));
    return GENRE_EXIT_USAGE;
  }
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0 ||
      strcmp (argv[1], "help") == 0) {
    print_help ();
    return GENRE_EXIT_OK;
  }
  if (strcmp (argv[1], "--version") == 0) {
    g_print ("genre-train %s\n", GENRE_VERSION);
    return GENRE_EXIT_OK;
  }
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (argv[1], commands[i].name) == 0)
      return commands[i].run (argc - 1, argv + 1);
  const char *names[G_N_ELEMENTS (commands) + 1] = {NULL};
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    names[i] = commands[i].name;
  g_autofree char *meant = genre_suggestion_say (argv[1], names);
  g_printerr (_ ("genre-train: there is no command \"%s\"%s\n"), argv[1], meant);
  g_printerr ("%s", _ ("Try: genre-train --help\n"));
  return GENRE_EXIT_USAGE;
}

int
main (int argc, char **argv)
{
  choose_locale ();
  const int status = run (argc, argv);
  return output_check ("genre-train") || status != GENRE_EXIT_OK ? status : GENRE_EXIT_FAILED;
}
