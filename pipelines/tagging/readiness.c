/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "readiness.h"
#include "../classifieroptions.h"
#include "../genrename.h"
#include "../translation.h"
#include "alias.h"
#include "audioformat.h"
#include "namemap.h"
#include "replacement.h"
#include <errno.h>
#include <string.h>
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

static gboolean
end_alike (const char *name, const char *other)
{
  const char *ending = strrchr (name, '.'), *other_ending = strrchr (other, '.');
  return ending && other_ending && g_ascii_strcasecmp (ending, other_ending) == 0;
}

/* A copy is in the format of the file: a name that promises another one is a mistake, unless the
 * file itself has it. */
static gboolean
check_ending (const char *output, const char *source, GError **error)
{
  const int fd = output ? person_file_open (source, NULL, NULL) : -1;
  if (fd < 0) /* which is said of the file */
    return TRUE;
  const AudioFormat *format = audio_format_find (fd);
  close (fd);
  const char *ending = format ? audio_format_find_wrong_ending (format, output) : NULL;
  if (!ending || end_alike (source, output))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               N_ ("%s: %s is %s, and so is its copy: a name that ends in %s says otherwise"),
               output, source, format->name, ending);
  return FALSE;
}

/* Names of the model's own that some files could not have. */
static void
add_nameless (const NameMap *names, const GstStructure *genres, GPtrArray *faults)
{
  for (int i = 0; i < gst_structure_n_fields (genres); i++) {
    const char *label = gst_structure_nth_field_name (genres, (guint)i);
    const char *name = gst_structure_get_string (genres, label);
    if (name_map_find (names, label, name) == name && !genre_name_fits_id3 (name))
      g_ptr_array_add (
          faults, g_strdup_printf (_ ("the model calls a genre \"%s\", which is no name in ID3 "
                                      "(MP3, AIFF, WAV), where numbers, brackets in front, RX and "
                                      "CR mean something else: --name-map gives it another one"),
                                   name));
  }
}

GPtrArray *
readiness_find_faults (const CommandLine *options, gboolean *is_usage)
{
  g_autoptr (GstStructure) genres = NULL;
  g_autoptr (GError) error = NULL;
  *is_usage = FALSE;
  if (alias_check (&error) && check_output (options->output, &error) &&
      check_ending (options->output, options->arguments ? options->arguments[0] : NULL, &error) &&
      check_model (options, &genres, &error)) {
    const NameMap *names = options->tagger.names;
    *is_usage = names != NULL;
    GPtrArray *found =
        names ? name_map_find_faults (names, genres) : g_ptr_array_new_with_free_func (g_free);
    if (command_line_writes (options))
      add_nameless (names, genres, found);
    return found;
  }
  *is_usage = error->domain == G_OPTION_ERROR;
  GPtrArray *faults = g_ptr_array_new_with_free_func (g_free);
  const char *name = options->output && g_str_has_prefix (error->message, options->output)
                         ? options->output
                         : options->model;
  g_ptr_array_add (faults, translate_fault_of (name, error->message));
  return faults;
}
