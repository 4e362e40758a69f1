/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modelcache.h"
#include <glib/gstdio.h>
#include <pthread.h>
#include "modelfile.h"
#include <glib/gi18n-lib.h>

typedef struct {
  char *key;
  GenreModel
      *model; /* NULL while it is read, without the lock: a file may be on a server that is away */
  guint n_users;
} Entry;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t was_read = PTHREAD_COND_INITIALIZER;
static GSList *entries; /* of Entry; few, so a list */

/* Not looked up among all resources of the process: libgenre has a model of the same name, which
 * may be another version's. */
static GResource *built_in_model;

void
genre_model_cache_set_built_in (GResource *resource)
{
  built_in_model = resource;
}

/* Says which file @path is and in which state; a file that cannot be examined cannot be read
 * either, and the loader says why. */
static char *
make_key (const char *path)
{
  if (!path || *path == '\0')
    return g_strdup ("");
  GStatBuf status;
  if (g_stat (path, &status) != 0)
    return g_strdup (path);
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT
                          " %" G_GINT64_FORMAT ".%09ld %" G_GINT64_FORMAT ".%09ld",
                          (guint64)status.st_dev, (guint64)status.st_ino, (gint64)status.st_size,
                          (gint64)status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                          (gint64)status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
}

static GenreModel *
load_built_in (GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  if (built_in_model)
    bytes = g_resource_lookup_data (built_in_model, GENRE_BUILT_IN_MODEL,
                                    G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  if (!bytes) {
    g_set_error (
        error, GENRE_ERROR, GENRE_ERROR_IO,
        _ ("%s: this plugin was built without a model; name a file with the property \"model\""),
        GENRE_BUILT_IN_MODEL);
    return NULL;
  }
  return genre_model_parse (bytes, GENRE_BUILT_IN_MODEL, error);
}

static Entry *
find_entry (const char *key)
{
  for (GSList *link = entries; link; link = link->next) {
    Entry *entry = link->data;
    if (g_str_equal (entry->key, key))
      return entry;
  }
  return NULL;
}

static void
remove_entry (Entry *entry)
{
  entries = g_slist_remove (entries, entry);
  g_clear_pointer (&entry->model, genre_model_unref);
  g_free (entry->key);
  g_free (entry);
}

static GenreModel *
load (const char *path, GError **error)
{
  gboolean built_in = !path || *path == '\0';
  g_autoptr (GenreModel) model = built_in ? load_built_in (error) : genre_model_load (path, error);
  if (!model)
    return NULL;
  if (genre_model_prepare (model, error)) /* once, here, rather than by the first worker */
    return g_steal_pointer (&model);
  g_autofree char *name = g_filename_display_name (built_in ? GENRE_BUILT_IN_MODEL : path);
  g_prefix_error (error, "%s: ", name);
  return NULL;
}

/* The lock is held, but not while the model is read. */
static Entry *
add_entry (const char *key, const char *path, GError **error)
{
  Entry *entry = g_new0 (Entry, 1);
  entry->key = g_strdup (key);
  entries = g_slist_prepend (entries, entry);
  pthread_mutex_unlock (&lock);
  GenreModel *model = load (path, error);
  pthread_mutex_lock (&lock);
  entry->model = model;
  if (!model) {
    remove_entry (entry);
    entry = NULL;
  }
  pthread_cond_broadcast (&was_read);
  return entry;
}

GenreModel *
genre_model_cache_acquire (const char *path, GError **error)
{
  g_autofree char *key = make_key (path);
  pthread_mutex_lock (&lock);
  Entry *entry;
  while ((entry = find_entry (key)) && !entry->model)
    pthread_cond_wait (&was_read, &lock);
  if (!entry)
    entry = add_entry (key, path, error);
  if (entry)
    entry->n_users++;
  GenreModel *model = entry ? entry->model : NULL;
  pthread_mutex_unlock (&lock);
  return model;
}

void
genre_model_cache_release (GenreModel *model)
{
  pthread_mutex_lock (&lock);
  for (GSList *link = entries; link; link = link->next) {
    Entry *entry = link->data;
    if (entry->model != model)
      continue;
    if (--entry->n_users == 0)
      remove_entry (entry);
    break;
  }
  pthread_mutex_unlock (&lock);
}

guint
genre_model_cache_get_size (void)
{
  pthread_mutex_lock (&lock);
  guint n = g_slist_length (entries);
  pthread_mutex_unlock (&lock);
  return n;
}
