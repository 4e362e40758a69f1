/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "readiness.h"
#include "../classifieroptions.h"
#include "../translation.h"
#include "alias.h"
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is the plugin there, and the model one? */
static gboolean
check_model (const CommandLine *options, GstStructure **genres, GError **error)
{
  ClassifierOptions classifier = CLASSIFIER_OPTIONS_DEFAULT;
  classifier.model = options->model;
  return classifier_options_check (&classifier, genres, error);
}

/* Nothing is heard for a copy that cannot be made. */
static gboolean
check_output (const char *output, GError **error)
{
  struct stat status;
  if (!output)
    return TRUE;
  if (lstat (output, &status) == 0) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST, "%s: %s", output,
                 N_ ("it exists already"));
    return FALSE;
  }
  g_autofree char *folder = g_path_get_dirname (output);
  if (access (folder, W_OK | X_OK) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_ACCES, "%s: %s: %s", output,
               N_ ("nothing can be written into its folder"), g_strerror (errno));
  return FALSE;
}

GPtrArray *
readiness_find_faults (const CommandLine *options, gboolean *is_usage)
{
  g_autoptr (GstStructure) genres = NULL;
  g_autoptr (GError) error = NULL;
  *is_usage = FALSE;
  if (alias_check (&error) && check_output (options->output, &error) &&
      check_model (options, &genres, &error)) {
    *is_usage = options->tagger.names != NULL;
    return *is_usage ? name_map_find_faults (options->tagger.names, genres)
                     : g_ptr_array_new_with_free_func (g_free);
  }
  GPtrArray *faults = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (faults, translate_fault (error->message));
  return faults;
}
