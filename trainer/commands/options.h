/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that several commands have, each described once: entries for their GOptionEntry
 * tables, with the address that the value goes to. */
#pragma once
#include <glib.h>

#define GENRE_OPTION_DATA(folder)                                                                  \
  {                                                                                                \
    "data", 'd', 0, G_OPTION_ARG_FILENAME, folder, "Folder of genre folders of spectrograms",      \
        "DIR"                                                                                      \
  }
#define GENRE_OPTION_MODEL(path)                                                                   \
  {                                                                                                \
    "model", 'm', 0, G_OPTION_ARG_FILENAME, path, "Model file to measure", "FILE"                  \
  }
#define GENRE_OPTION_MODEL_OUTPUT(path)                                                            \
  {                                                                                                \
    "output", 'o', 0, G_OPTION_ARG_FILENAME, path, "Model file to write", "FILE"                   \
  }
#define GENRE_OPTION_RESULTS(folder)                                                               \
  {                                                                                                \
    "output", 'o', 0, G_OPTION_ARG_FILENAME, folder, "Folder for the results", "DIR"               \
  }
#define GENRE_OPTION_TABLE(path)                                                                   \
  {                                                                                                \
    "json", 'j', 0, G_OPTION_ARG_FILENAME, path, "Write the table as JSON", "FILE"                 \
  }
#define GENRE_OPTION_BACKGROUND(labels)                                                            \
  {                                                                                                \
    "background", 'b', 0, G_OPTION_ARG_STRING_ARRAY, labels,                                       \
        "The folder with this label holds what is no music (may be repeated)", "LABEL"             \
  }
#define GENRE_OPTION_OTHERS(labels)                                                                \
  {                                                                                                \
    "other", 0, 0, G_OPTION_ARG_STRING_ARRAY, labels,                                              \
        "The folder with this label holds music of other genres (may be repeated)", "LABEL"        \
  }
#define GENRE_OPTION_LISTS(paths)                                                                  \
  {                                                                                                \
    "list", 'l', 0, G_OPTION_ARG_FILENAME_ARRAY, paths,                                            \
        "Only the clips that FILE names (may be repeated; default: all)", "FILE"                   \
  }
/* @like: whose settings these are. */
#define GENRE_OPTION_RECIPE(path, like)                                                            \
  {                                                                                                \
    "recipe", 'r', 0, G_OPTION_ARG_FILENAME, path, "Settings, as " like, "FILE"                    \
  }
/* @example: a setting that changes what the command does. */
#define GENRE_OPTION_SET(settings, example)                                                        \
  {                                                                                                \
    "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, settings,                                              \
        "Change one setting, e.g. " example " (may be repeated)", "GROUP.KEY=VALUE"                \
  }
#define GENRE_OPTION_DOUBT(exponent)                                                               \
  {                                                                                                \
    "doubt", 0, 0, G_OPTION_ARG_DOUBLE, exponent,                                                  \
        "How much surer it must be of what hardly resembles music of the genres, 0 to 100 "        \
        "(default: 0)",                                                                            \
        "K"                                                                                        \
  }
#define GENRE_OPTION_HALF(wanted)                                                                  \
  {                                                                                                \
    "half", 0, 0, G_OPTION_ARG_NONE, wanted, "Store weights in half precision", NULL               \
  }
#define GENRE_OPTION_THREADS(number)                                                               \
  {                                                                                                \
    "threads", 't', 0, G_OPTION_ARG_INT, number, "Threads (default: one per processor)", "N"       \
  }
#define GENRE_OPTION_FROM(path, what)                                                              \
  {                                                                                                \
    "from", 0, 0, G_OPTION_ARG_FILENAME, path, what, "FILE"                                        \
  }
#define GENRE_BODY_RATE 0.5
#define GENRE_OPTION_BODY_RATE(share)                                                              \
  {                                                                                                \
    "body-rate", 0, 0, G_OPTION_ARG_DOUBLE, share,                                                 \
        "Share of the learning rate for what that model knows (default: 0.5)", "0..1"              \
  }
/* @what: of what it does only a part. */
#define GENRE_OPTION_SHARD(part, what)                                                             \
  {                                                                                                \
    "shard", 0, 0, G_OPTION_ARG_STRING, part, "Only part I of N of " what, "I/N"                   \
  }
