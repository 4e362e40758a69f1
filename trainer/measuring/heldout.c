/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heldout.h"
#include "evaluation.h"
#include "files.h"
#include "json.h"
#include "modelfile.h"
#include "scores.h"

#define MAX_PLAN (64 * 1024 * 1024) /* bytes */
#define MAX_FOLDS 1000

static gboolean
read_plan (GenreHeldOut *held_out, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "plan.json", NULL);
  g_autofree char *text = genre_file_read_text (path, MAX_PLAN, error);
  if (!text)
    return FALSE;
  g_autoptr (JsonObject) plan = genre_json_parse_object (text, -1, path, error);
  if (!plan)
    return FALSE;
  gint64 n_folds = 0;
  genre_json_peek_integer (plan, "n-folds", &n_folds);
  held_out->n_folds = (guint)CLAMP (n_folds, 0, MAX_FOLDS + 1);
  held_out->by_artist = g_strcmp0 (genre_json_peek_string (plan, "grouping"), "artist") == 0;
  if (n_folds >= 2 && n_folds <= MAX_FOLDS)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
               "%s: not the plan of a cross-validation: \"n-folds\" of 2 to %d expected", path,
               MAX_FOLDS);
  return FALSE;
}

/* The fold's clips, from its scores. */
static gboolean
read_clips (GenreHeldOut *held_out, const char *folder, guint fold, GError **error)
{
  g_autofree char *path = g_strdup_printf ("%s/fold-%u.tsv", folder, fold + 1);
  g_autoptr (GenreScores) scores = genre_scores_load (path, error);
  if (!scores)
    return FALSE;
  for (guint i = 0; i < scores->n_clips; i++) {
    guint other = GPOINTER_TO_UINT (g_hash_table_lookup (held_out->folds, scores->clips[i]));
    if (other != 0) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                   "%s, line %u: clip \"%s\" is in fold %u already", path, i + 2, scores->clips[i],
                   other);
      return FALSE;
    }
    g_hash_table_insert (held_out->folds, g_strdup (scores->clips[i]), GUINT_TO_POINTER (fold + 1));
  }
  return TRUE;
}

static gboolean
check_likeness (const GenreHeldOut *held_out, guint fold, const GenreModelConfig *config,
                GError **error)
{
  const GenreModelConfig *first = &held_out->config;
  if (g_strv_equal ((const char *const *)first->labels, (const char *const *)config->labels) &&
      genre_front_end_config_equal (&first->front_end, &config->front_end))
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "%s: other labels or another front end than in %s", held_out->paths[fold],
               held_out->paths[0]);
  return FALSE;
}

/* @checksum: of the file. (transfer full) */
static GenreModel *
load_model (const char *path, char **checksum, GError **error)
{
  g_autoptr (GBytes) bytes = genre_file_read (path, GENRE_SAFETENSORS_MAX_FILE, error);
  g_autofree char *name = g_filename_display_name (path);
  GenreModel *model = bytes ? genre_model_parse (bytes, name, error) : NULL;
  if (model)
    *checksum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  return model;
}

static gboolean
read_model (GenreHeldOut *held_out, const char *folder, guint fold, GError **error)
{
  held_out->paths[fold] = g_strdup_printf ("%s/fold-%u.safetensors", folder, fold + 1);
  g_autoptr (GenreModel) model =
      load_model (held_out->paths[fold], &held_out->checksums[fold], error);
  if (!model)
    return FALSE;
  const GenreModelConfig *config = genre_model_get_config (model);
  if (fold == 0)
    genre_model_config_copy (config, &held_out->config);
  return check_likeness (held_out, fold, config, error);
}

GenreModel *
genre_held_out_load_model (const GenreHeldOut *held_out, guint fold, GError **error)
{
  g_autofree char *checksum = NULL;
  g_autoptr (GenreModel) model = load_model (held_out->paths[fold], &checksum, error);
  if (!model || !genre_evaluation_prepare (model, held_out->paths[fold], error))
    return NULL;
  if (g_str_equal (checksum, held_out->checksums[fold]))
    return g_steal_pointer (&model);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "%s: another model than a while ago, expected the same: the folder is in use",
               held_out->paths[fold]);
  return NULL;
}

GenreHeldOut *
genre_held_out_load (const char *folder, GError **error)
{
  g_autoptr (GenreHeldOut) held_out = g_new0 (GenreHeldOut, 1);
  held_out->folder = g_strdup (folder);
  held_out->folds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!read_plan (held_out, folder, error))
    return NULL;
  held_out->paths = g_new0 (char *, held_out->n_folds + 1);
  held_out->checksums = g_new0 (char *, held_out->n_folds + 1);
  for (guint fold = 0; fold < held_out->n_folds; fold++)
    if (!read_clips (held_out, folder, fold, error) || !read_model (held_out, folder, fold, error))
      return NULL;
  return g_steal_pointer (&held_out);
}

void
genre_held_out_free (GenreHeldOut *held_out)
{
  if (!held_out)
    return;
  g_free (held_out->folder);
  g_strfreev (held_out->paths);
  g_strfreev (held_out->checksums);
  genre_model_config_clear (&held_out->config);
  g_hash_table_unref (held_out->folds);
  g_free (held_out);
}

gint
genre_held_out_find (const GenreHeldOut *held_out, const char *stem)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (held_out->folds, stem)) - 1;
}
