/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "model.h"
#include "modelfile.h"
#include <signal.h>

#define MAX_THREADS 1024

GOptionContext *
genre_command_context (const char *name, const char *parameters, const char *summary,
                       const char *description, const GOptionEntry *entries)
{
  GOptionContext *context = g_option_context_new (parameters);
  g_autofree char *program = g_strdup_printf ("genre-train %s", name);
  g_set_prgname (program);
  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  return context;
}

gboolean
genre_command_parse (GOptionContext *context, int *argc, char ***argv)
{
  g_autoptr (GError) error = NULL;
  if (g_option_context_parse (context, argc, argv, &error))
    return TRUE;
  genre_command_usage ((*argv)[0], "%s", error->message);
  return FALSE;
}

int
genre_command_usage (const char *name, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_printerr ("genre-train %s: %s\nTry: genre-train %s --help\n", name, message, name);
  return GENRE_EXIT_USAGE;
}

int
genre_command_fail (const char *name, const GError *error)
{
  g_printerr ("genre-train %s: %s\n", name, error->message);
  return GENRE_EXIT_FAILED;
}

void
genre_command_print_problems (const GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++)
    g_printerr ("  %s\n", (const char *)problems->pdata[i]);
  if (problems->len > 0)
    g_printerr ("%u %s in the data, skipped as said above.\n", problems->len,
                problems->len == 1 ? "problem" : "problems");
}

guint
genre_command_threads (int wanted)
{
  return wanted > 0 ? MIN ((guint)wanted, MAX_THREADS) : g_get_num_processors ();
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
