/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "files.h"
#include "learning/recipe.h"
#include "model.h"
#include "modelfile.h"
#include "options.h"
#include "printable.h"
#include "running/ranks.h"
#include "translation.h"
#include "running/suggestion.h"
#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_THREADS 1024
#define LENGTH_OF_LENGTH 8 /* bytes, in safetensors */
#define RANDOM_SUFFIX 7    /* ".AB12CD" of g_file_set_contents() */

GOptionContext *
genre_command_context (const char *name, const char *parameters, const char *summary,
                       const char *description, const GOptionEntry *entries)
{
  GOptionContext *context = g_option_context_new (parameters);
  g_autofree char *program = g_strdup_printf ("genre-train %s", name);
  g_set_prgname (program);
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  return context;
}

/* The long options that --help names. */
static char **
list_options (GOptionContext *context)
{
  g_autofree char *help = g_option_context_get_help (context, TRUE, NULL);
  g_auto (GStrv) words = g_strsplit_set (help, " =\n", -1);
  g_autoptr (GPtrArray) options = g_ptr_array_new ();
  for (char **word = words; *word; word++)
    if (g_str_has_prefix (*word, "--"))
      g_ptr_array_add (options, g_strdup (*word));
  g_ptr_array_add (options, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&options), FALSE);
}

gboolean
genre_command_parse (GOptionContext *context, int *argc, char ***argv)
{
  g_autoptr (GError) error = NULL;
  if (g_option_context_parse (context, argc, argv, &error))
    return TRUE;
  const char *word = g_error_matches (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION)
                         ? strstr (error->message, "--")
                         : NULL;
  g_autofree char *typed = word ? g_strndup (word, strcspn (word, "=")) : NULL; /* "--outptu=x" */
  g_auto (GStrv) options = list_options (context);
  g_autofree char *meant =
      typed ? genre_suggestion_say (typed, (const char *const *)options) : g_strdup ("");
  genre_command_usage ((*argv)[0], "%s%s", error->message, meant);
  return FALSE;
}

gboolean
genre_command_check_choice (const char *name, const char *option, const char *value,
                            const char *const *choices)
{
  if (!value || g_strv_contains (choices, value))
    return TRUE;
  g_autofree char *expected = g_strjoinv (", ", (char **)choices);
  g_autofree char *meant = genre_suggestion_say (value, choices);
  genre_command_usage (name, _ ("%s %s, expected one of: %s%s"), option, value, expected, meant);
  return FALSE;
}

gboolean
genre_command_check_settings (const char *name, char *const *settings)
{
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  g_autoptr (GError) error = NULL;
  for (char *const *setting = settings; setting && *setting; setting++)
    if (!genre_recipe_set (recipe, *setting, &error)) {
      genre_command_usage (name, "%s", error->message);
      return FALSE;
    }
  return TRUE;
}

const char *
genre_command_find_network_setting (char *const *settings)
{
  for (char *const *setting = settings; setting && *setting; setting++)
    if (g_str_has_prefix (*setting, "model."))
      return *setting;
  return NULL;
}

/* Whether the recipe is another one with it. */
static gboolean
changes_recipe (const char *setting)
{
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  g_autofree char *before = genre_recipe_to_text (recipe);
  gboolean is_set = genre_recipe_set (recipe, setting, NULL);
  g_autofree char *after = genre_recipe_to_text (recipe);
  return is_set && strcmp (before, after) != 0;
}

const char *
genre_command_find_wish (char *const *settings, const char *key)
{
  const char *found = NULL;
  gsize length = strlen (key);
  for (char *const *setting = settings; setting && *setting; setting++)
    if (g_str_has_prefix (*setting, key) && (*setting)[length] == '=')
      found = changes_recipe (*setting) ? *setting : NULL;
  return found;
}

gboolean
genre_command_check_effect (const char *name, char *const *settings, const char *key,
                            gboolean works, const char *without)
{
  const char *idle = works ? NULL : genre_command_find_wish (settings, key);
  if (idle)
    genre_command_usage (name, _ ("--set %s has no effect without %s"), idle, without);
  return !idle;
}

gboolean
genre_command_check_patience (const char *name, char *const *settings)
{
  const char *idle = genre_command_find_wish (settings, "training.patience");
  if (idle)
    genre_command_usage (name, _ ("--set %s has no effect: there is no valid list to look at"),
                         idle);
  return !idle;
}

gboolean
genre_command_check_body_rate (const char *name, double *rate, gboolean begins, const char *without)
{
  if (*rate == GENRE_BODY_RATE_UNSET) {
    *rate = GENRE_BODY_RATE;
    return TRUE;
  }
  if (!genre_command_check_number (name, "--body-rate", *rate, 0, 1))
    return FALSE;
  if (!begins)
    genre_command_usage (name, _ ("--body-rate has no effect without %s"), without);
  return begins;
}

int
genre_command_usage (const char *name, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *shown = printable (message);
  g_printerr ("genre-train %s: %s\n", name, shown);
  g_printerr (_ ("Try: genre-train %s --help\n"), name);
  return GENRE_EXIT_USAGE;
}

int
genre_command_fail (const char *name, const GError *error)
{
  if (genre_ranks_get_count () > 1 &&
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED))
    return GENRE_EXIT_FAILED;
  g_autofree char *message = printable (error->message);
  g_printerr ("genre-train %s: %s\n", name, message);
  return GENRE_EXIT_FAILED;
}

void
genre_command_list_problems (const GPtrArray *problems, guint first)
{
  for (guint i = first; i < problems->len; i++) {
    g_autofree char *problem = printable (problems->pdata[i]);
    g_printerr ("  %s\n", problem);
  }
}

void
genre_command_print_problems (const GPtrArray *problems)
{
  genre_command_list_problems (problems, 0);
  if (problems->len > 0)
    g_printerr (ngettext ("%u problem in the data, said above; what cannot be used is skipped.\n",
                          "%u problems in the data, said above; what cannot be used is skipped.\n",
                          problems->len),
                problems->len);
}

guint
genre_command_threads (int wanted)
{
  return wanted > 0 ? MIN ((guint)wanted, MAX_THREADS) : g_get_num_processors ();
}

/* Segments that are normalised together are one thread's. */
void
genre_command_note_threads (int threads, const GenreRecipe *recipe, guint n_ranks)
{
  const guint n_groups = MAX (1, recipe->batch / recipe->group);
  const guint most = (n_groups + n_ranks - 1) / n_ranks;
  if (threads == GENRE_THREADS_UNSET || (guint)threads <= most)
    return;
  if (n_ranks > 1)
    g_printerr (_ ("Of %d threads of each of %u processes training itself uses %u: training.batch "
                   "(%u) / training.group (%u), divided among them\n"),
                threads, n_ranks, most, recipe->batch, recipe->group);
  else
    g_printerr (_ ("Of %d threads training itself uses %u: training.batch (%u) / training.group "
                   "(%u)\n"),
                threads, most, recipe->batch, recipe->group);
}

gboolean
genre_command_check_threads (const char *name, int threads)
{
  if (threads > 0 || threads == GENRE_THREADS_UNSET)
    return TRUE;
  genre_command_usage (name, _ ("--%s %d, a number above 0 expected"), "threads", threads);
  return FALSE;
}

/* The comparisons are such that NaN is a fault. */
gboolean
genre_command_check_number (const char *name, const char *option, double value, double least,
                            double most)
{
  if (value >= least && value <= most)
    return TRUE;
  if (isinf (most))
    genre_command_usage (name, _ ("%s is %.15g, expected %.15g or more"), option, value, least);
  else
    genre_command_usage (name, _ ("%s is %.15g, expected %.15g to %.15g"), option, value, least,
                         most);
  return FALSE;
}

GPtrArray *
genre_command_load_models (char *const *paths, GError **error)
{
  g_autoptr (GPtrArray) models = g_ptr_array_new_with_free_func ((GDestroyNotify)genre_model_unref);
  for (char *const *path = paths; *path; path++) {
    GenreModel *model = genre_model_load (*path, error);
    if (!model)
      return NULL;
    g_ptr_array_add (models, model);
  }
  return g_steal_pointer (&models);
}

GPtrArray *
genre_command_select_clips (GenreDataset *dataset, char **lists, GError **error)
{
  if (!lists)
    return g_ptr_array_ref (dataset->clips);
  g_autoptr (GPtrArray) clips = g_ptr_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  for (char **list = lists; *list; list++) {
    g_autoptr (GPtrArray) part = genre_dataset_select (dataset, *list, error);
    if (!part)
      return NULL;
    for (guint i = 0; i < part->len; i++)
      if (g_hash_table_add (seen, part->pdata[i]))
        g_ptr_array_add (clips, part->pdata[i]);
  }
  return g_steal_pointer (&clips);
}

static gboolean
check_place (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  const char *reason = NULL;
  if (!*path)
    reason = "no name";
  else if (strcmp (path, "-") == 0) /* whoever writes so does not mean a file */
    reason = "standard output; a file of that name is ./-";
  else if (g_file_test (path, G_FILE_TEST_IS_DIR))
    reason = "a folder";
  else if (access (folder, W_OK | X_OK) != 0)
    reason = g_strerror (errno);
  else if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    reason = g_strerror (ENOTDIR);
  if (!reason)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO,
               "%s: cannot be written there, expected a file name in a folder that can be: %s",
               path, reason);
  return FALSE;
}

/* How many of the first @n bytes there are; of a regular file, for a pipe would be waited for. */
static size_t
read_beginning (const char *path, char *begin, size_t n)
{
  FILE *file = g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_fopen (path, "rb") : NULL;
  size_t n_read = file ? fread (begin, 1, n, file) : 0;
  if (file)
    fclose (file);
  return n_read;
}

#define NPY_MAGIC "\x93NUMPY"

/* A result over a spectrogram is a slip of the shell's, and a part of a data set lost. */
static gboolean
is_spectrogram (const char *path)
{
  char begin[sizeof NPY_MAGIC - 1];
  return read_beginning (path, begin, sizeof begin) == sizeof begin &&
         memcmp (begin, NPY_MAGIC, sizeof begin) == 0;
}

gboolean
genre_command_check_output (const char *path, GError **error)
{
  if (!genre_file_check_target (path, error) || !check_place (path, error))
    return FALSE;
  if (!is_spectrogram (path))
    return TRUE;
  g_autofree char *name = g_filename_display_name (path);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "%s: a spectrogram is there, expected the name of a new file", name);
  return FALSE;
}

gboolean
genre_command_check_picture (const char *path, GError **error)
{
  static const char *const others[] = {".svg", ".svgz", ".pdf",  ".eps", ".ps",   ".jpg", ".jpeg",
                                       ".gif", ".webp", ".avif", ".tif", ".tiff", ".bmp"};
  g_autofree char *lower = g_ascii_strdown (path, -1);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_str_has_suffix (lower, others[i])) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                   "%s: pictures are PNG, expected a name that ends in .png", path);
      return FALSE;
    }
  return genre_command_check_output (path, error);
}

/* @path, or what is there of the folders above it. */
static char *
find_existing (const char *path)
{
  char *folder = g_strdup (path);
  while (g_access (folder, F_OK) != 0 && errno == ENOENT &&
         !g_file_test (folder, G_FILE_TEST_IS_SYMLINK)) {
    char *above = g_path_get_dirname (folder);
    g_free (folder);
    folder = above;
  }
  return folder;
}

gboolean
genre_command_check_folder (const char *path, GError **error)
{
  g_autofree char *folder = find_existing (path);
  const char *reason = NULL;
  if (!*path)
    reason = "no name";
  else if (g_file_test (folder, G_FILE_TEST_EXISTS) && !g_file_test (folder, G_FILE_TEST_IS_DIR))
    reason = g_strerror (ENOTDIR);
  else if (g_access (folder, W_OK | X_OK) != 0)
    reason = g_strerror (errno);
  if (!reason)
    return TRUE;
  g_autofree char *name = g_filename_display_name (path);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO,
               "%s: cannot be written there, expected a folder, or where one can be made: %s", name,
               reason);
  return FALSE;
}

static gboolean
have_one_inode (const char *a, const char *b)
{
  GStatBuf first, second;
  return g_stat (a, &first) == 0 && g_stat (b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

/* Of one name, of one name in a folder that has two, or of one file under two names. */
static gboolean
are_same (const char *a, const char *b)
{
  g_autofree char *one = g_path_get_basename (a), *other = g_path_get_basename (b);
  g_autofree char *folder = g_path_get_dirname (a), *other_folder = g_path_get_dirname (b);
  return have_one_inode (a, b) ||
         (g_str_equal (one, other) && have_one_inode (folder, other_folder));
}

static gboolean
fail_apart (const char *path, const char *role, GError **error)
{
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "%s: %s, expected the name of another file to write", path, role);
  return FALSE;
}

gboolean
genre_command_check_apart (const char *const *outputs, guint n_outputs, char *const *inputs,
                           GError **error)
{
  for (guint i = 0; i < n_outputs; i++) {
    if (!outputs[i])
      continue;
    for (guint j = 0; j < i; j++)
      if (outputs[j] && are_same (outputs[i], outputs[j]))
        return fail_apart (outputs[i], "is to be written twice", error);
    for (char *const *input = inputs; input && *input; input++)
      if (are_same (outputs[i], *input))
        return fail_apart (outputs[i], "is read, too", error);
  }
  return TRUE;
}

/* By how it begins: the length of a header, which is JSON. An empty file is nobody's loss; a pipe
 * or device is somebody's. */
static gboolean
is_model_or_empty (const char *path)
{
  char begin[LENGTH_OF_LENGTH + 1];
  size_t n = read_beginning (path, begin, sizeof begin);
  return g_file_test (path, G_FILE_TEST_IS_REGULAR) &&
         (n == 0 || (n == sizeof begin && begin[LENGTH_OF_LENGTH] == '{'));
}

static gboolean
check_length (const char *path, const char *const *endings, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  for (const char *const *ending = endings; *ending; ending++)
    if (strlen (name) + strlen (*ending) + RANDOM_SUFFIX > NAME_MAX) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO,
                   "%s: the name has %" G_GSIZE_FORMAT " bytes, expected at most %" G_GSIZE_FORMAT
                   ", so that files of that name and more can lie beside it",
                   path, strlen (name), NAME_MAX - RANDOM_SUFFIX - strlen (*ending));
      return FALSE;
    }
  return TRUE;
}

gboolean
genre_command_check_model_output (const char *path, const char *const *endings, GError **error)
{
  if (!check_place (path, error) || !check_length (path, endings, error))
    return FALSE;
  if (!g_file_test (path, G_FILE_TEST_EXISTS) || is_model_or_empty (path))
    return genre_file_check_target (path, error);
  g_set_error (
      error, GENRE_ERROR, GENRE_ERROR_INVALID,
      "%s: is there and no model, expected the name of a new file or of a model to replace", path);
  return FALSE;
}

static gint interrupted;

static void
interrupt (int signal_number)
{
  g_atomic_int_set (&interrupted, 1);
}

const gint *
genre_command_catch_interrupts (void)
{
  struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
  return &interrupted;
}
