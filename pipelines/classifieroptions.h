/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person says on the command line about the listening itself, the same in all programs. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

/* A number that nobody gave: below 0, and none that anybody would, so that -1 is an error. */
#define OPTION_UNSET (-G_MAXDOUBLE)

typedef struct {
  char *model;       /* path; NULL: built in */
  double window;     /* seconds; < 0: the element's default */
  double interval;   /* seconds; < 0: the element's default */
  double min_window; /* seconds; < 0: the element's default */
  double threshold;  /* < 0: the model's own */
} ClassifierOptions;

#define CLASSIFIER_OPTIONS_DEFAULT                                                                 \
  {                                                                                                \
    .window = OPTION_UNSET, .interval = OPTION_UNSET, .min_window = OPTION_UNSET,                  \
    .threshold = OPTION_UNSET                                                                      \
  }

/* What nobody has chosen becomes such that answers come soon and often, for who looks on. */
void classifier_options_hurry (ClassifierOptions *options);
/* "--threshold is 7, expected 0 to 1"; NULL if @value, which may be NaN, is within these bounds.
 * (transfer none), for ever */
const char *option_find_fault (const char *option, double value, double least, double most);
/* The same of what may be OPTION_UNSET. */
const char *option_find_fault_if_set (const char *option, double value, double least, double most);
/* The first of @n faults, or NULLs, that is one; or NULL. */
const char *option_find_first (const char *const *faults, gsize n);
/* The same of a file that SQLite is to write: with no name, or as a device, it would keep nothing,
 * and say nothing. */
const char *option_find_fault_of_file (const char *option, const char *path);
/* What is wrong with them, or NULL. */
const char *classifier_options_find_fault (const ClassifierOptions *options);
/* A genreclassify that listens so. (transfer floating) */
GstElement *classifier_options_make (const ClassifierOptions *options, GError **error);
/* Can it listen so? (Is the plugin there, is the model one?) And which @genres will it tell: label
 * → name for people, in the model's order. (out) (transfer full) */
gboolean classifier_options_check (const ClassifierOptions *options, GstStructure **genres,
                                   GError **error);

G_END_DECLS
