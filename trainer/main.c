/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-train: turns labelled music into the weights that genreclassify runs. */
#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include "commands/command.h"
#include "running/suggestion.h"

typedef struct {
  const char *name;
  const char *summary;
  int (*run) (int argc, char **argv);
} Command;

static const Command commands[] = {
    {"extract", "Turn folders of music into stored spectrograms", genre_command_extract},
    {"learn", "Learn your own genres from your own tagged files", genre_command_learn},
    {"split", "Write lists for training and examination, by artist", genre_command_split},
    {"train", "Learn a model from stored spectrograms", genre_command_train},
    {"evaluate", "Measure a model on clips whose genre is known", genre_command_evaluate},
    {"cross-validate", "Train and measure on every fold of a data set",
     genre_command_cross_validate},
    {"combine", "Average the scores of several models: a committee", genre_command_combine},
    {"merge", "Make one model of several: their weighted mean", genre_command_merge},
    {"compare", "Set several results side by side", genre_command_compare},
    {"robustness", "Count the answers that level, filters and noise change",
     genre_command_robustness},
    {"show-augmentation", "Draw a clip before and after augmentation",
     genre_command_show_augmentation},
    {"info", "Say what a model file holds", genre_command_info},
};

static void
print_help (void)
{
  g_print (
      "Usage: genre-train COMMAND [OPTION…]\n\n"
      "Turns labelled music into the weights that the GStreamer element genreclassify runs.\n\n"
      "Commands:\n");
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-18s %s\n", commands[i].name, commands[i].summary);
  g_print ("\ngenre-train COMMAND --help describes a command; man genre-train has examples.\n"
           "Exit status: 0 done, 1 failed, 2 wrong command line.\n");
}

/* Numbers read the same everywhere; where no locale is set at all (containers, cron), names that
 * are not ASCII are still printed. */
static void
choose_locale (void)
{
  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C");
  if (strcmp (nl_langinfo (CODESET), "ANSI_X3.4-1968") == 0)
    setlocale (LC_CTYPE, "C.UTF-8");
}

int
main (int argc, char **argv)
{
  choose_locale ();
  if (argc < 2) {
    g_printerr ("genre-train: no command given\nTry: genre-train --help\n");
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
  g_printerr ("genre-train: there is no command \"%s\"%s\nTry: genre-train --help\n", argv[1],
              meant);
  return GENRE_EXIT_USAGE;
}
