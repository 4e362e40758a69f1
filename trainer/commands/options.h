/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that several commands have, each described once: entries for their GOptionEntry
 * tables, with the address that the value goes to. */
#pragma once
#include "translation.h"
#include <glib.h>

/* What a number of type double is that nobody has given: no 0, which would be the default in
 * silence. */
#define GENRE_NOT_GIVEN (-G_MAXDOUBLE)

#define GENRE_OPTION_DATA(folder)                                                                  \
  {                                                                                                \
    "data", 'd', 0, G_OPTION_ARG_FILENAME, folder, N_ ("Folder of genre folders of spectrograms"), \
        N_ ("DIR")                                                                                 \
  }
#define GENRE_OPTION_MODEL(path)                                                                   \
  {                                                                                                \
    "model", 'm', 0, G_OPTION_ARG_FILENAME, path, N_ ("Model file to measure"), N_ ("FILE")        \
  }
#define GENRE_OPTION_MODEL_OUTPUT(path)                                                            \
  {                                                                                                \
    "output", 'o', 0, G_OPTION_ARG_FILENAME, path, N_ ("Model file to write"), N_ ("FILE")         \
  }
#define GENRE_OPTION_RESULTS(folder)                                                               \
  {                                                                                                \
    "output", 'o', 0, G_OPTION_ARG_FILENAME, folder, N_ ("Folder for the results"), N_ ("DIR")     \
  }
#define GENRE_OPTION_TABLE(path)                                                                   \
  {                                                                                                \
    "json", 'j', 0, G_OPTION_ARG_FILENAME, path, N_ ("Write the table as JSON"), N_ ("FILE")       \
  }
#define GENRE_OPTION_BACKGROUND(labels)                                                            \
  {                                                                                                \
    "background", 'b', 0, G_OPTION_ARG_STRING_ARRAY, labels,                                       \
        N_ ("The folder with this label holds what is no music (may be repeated)"), N_ ("LABEL")   \
  }
#define GENRE_OPTION_OTHERS(labels)                                                                \
  {                                                                                                \
    "other", 0, 0, G_OPTION_ARG_STRING_ARRAY, labels,                                              \
        N_ ("The folder with this label holds music of other genres (may be repeated)"),           \
        N_ ("LABEL")                                                                               \
  }
#define GENRE_OPTION_LISTS(paths)                                                                  \
  {                                                                                                \
    "list", 'l', 0, G_OPTION_ARG_FILENAME_ARRAY, paths,                                            \
        N_ ("Only the clips that FILE names (may be repeated; default: all)"), N_ ("FILE")         \
  }
/* @settings: N_(), whose they are. */
#define GENRE_OPTION_RECIPE(path, settings)                                                        \
  {                                                                                                \
    "recipe", 'r', 0, G_OPTION_ARG_FILENAME, path, settings, N_ ("FILE")                           \
  }
/* @how: N_(), with an example of a setting that changes what the command does. */
#define GENRE_OPTION_SET(settings, how)                                                            \
  {                                                                                                \
    "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, settings, how, N_ ("GROUP.KEY=VALUE")                  \
  }
#define GENRE_OPTION_DOUBT(exponent)                                                               \
  {                                                                                                \
    "doubt", 0, 0, G_OPTION_ARG_DOUBLE, exponent,                                                  \
        N_ ("How much surer it must be of what hardly resembles music of the genres, 0 to 100 "    \
            "(default: 0)"),                                                                       \
        N_ ("K")                                                                                   \
  }
#define GENRE_OPTION_HALF(wanted)                                                                  \
  {                                                                                                \
    "half", 0, 0, G_OPTION_ARG_NONE, wanted, N_ ("Store weights in half precision"), NULL          \
  }
#define GENRE_OPTION_THREADS(number)                                                               \
  {                                                                                                \
    "threads", 't', 0, G_OPTION_ARG_INT, number, N_ ("Threads (default: one per processor)"),      \
        N_ ("N")                                                                                   \
  }
#define GENRE_OPTION_TRAINING_THREADS(number)                                                      \
  {                                                                                                \
    "threads", 't', 0, G_OPTION_ARG_INT, number,                                                   \
        N_ ("Threads (default: one per processor); training itself uses training.batch / "         \
            "training.group at most"),                                                             \
        N_ ("N")                                                                                   \
  }
#define GENRE_OPTION_FROM(path, what)                                                              \
  {                                                                                                \
    "from", 0, 0, G_OPTION_ARG_FILENAME, path, what, N_ ("FILE")                                   \
  }
#define GENRE_BODY_RATE 0.5
#define GENRE_OPTION_BODY_RATE(share)                                                              \
  {                                                                                                \
    "body-rate", 0, 0, G_OPTION_ARG_DOUBLE, share,                                                 \
        N_ ("Share of the learning rate for what that model knows (default: 0.5)"), "0..1"         \
  }
/* @what: "Only part I of N of the files" */
#define GENRE_OPTION_SHARD(part, what)                                                             \
  {                                                                                                \
    "shard", 0, 0, G_OPTION_ARG_STRING, part, what, N_ ("I/N")                                     \
  }
