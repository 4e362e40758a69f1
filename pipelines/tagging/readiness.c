/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "readiness.h"
#include "../classifieroptions.h"
#include "../translation.h"
#include "alias.h"

/* Is the plugin there, and the model one? */
static gboolean
check_model (const CommandLine *options, GstStructure **genres, GError **error)
{
  ClassifierOptions classifier = CLASSIFIER_OPTIONS_DEFAULT;
  classifier.model = options->model;
  return classifier_options_check (&classifier, genres, error);
}

GPtrArray *
readiness_find_faults (const CommandLine *options, gboolean *is_usage)
{
  g_autoptr (GstStructure) genres = NULL;
  g_autoptr (GError) error = NULL;
  *is_usage = FALSE;
  if (alias_check (&error) && check_model (options, &genres, &error)) {
    *is_usage = options->tagger.names != NULL;
    return *is_usage ? name_map_find_faults (options->tagger.names, genres)
                     : g_ptr_array_new_with_free_func (g_free);
  }
  GPtrArray *faults = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (faults, translate_fault (error->message));
  return faults;
}
