/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stability.h"
#include "conditions.h"
#include "evaluation.h"
#include "metrics.h"
#include "random.h"

/* ---- who answers for which clip ---- */

typedef struct {
  GenreModel *model; /* not owned; NULL: the fold's */
  guint fold;
  GPtrArray *clips; /* of GenreClip */
} Part;

struct _GenreStability {
  const GenreHeldOut *held_out; /* not owned; or NULL */
  GenreDataset *dataset;        /* not owned */
  GArray *parts;                /* of Part */
  GenreConditions *conditions;
  guint n_threads;
  GenreScores *clean;
};

static void
part_clear (gpointer data)
{
  g_ptr_array_unref (((Part *)data)->clips);
}

/* Takes @clips. */
static void
add_part (GenreStability *stability, GenreModel *model, guint fold, GPtrArray *clips)
{
  const Part part = {model, fold, clips};
  g_array_append_val (stability->parts, part);
}

static gboolean
divide_among_folds (GenreStability *stability, const GenreHeldOut *held_out, const GPtrArray *clips,
                    GError **error)
{
  guint n_outside = 0;
  for (guint fold = 0; fold < held_out->n_folds; fold++)
    add_part (stability, NULL, fold, g_ptr_array_new ());
  for (guint i = 0; i < clips->len; i++) {
    GenreClip *clip = clips->pdata[i];
    gint fold = genre_held_out_find (held_out, clip->stem);
    if (fold >= 0)
      g_ptr_array_add (g_array_index (stability->parts, Part, fold).clips, clip);
    else
      n_outside++;
  }
  if (n_outside > 0)
    g_ptr_array_add (stability->dataset->problems,
                     g_strdup_printf ("%s: held out %u of %u clips, the rest is left out",
                                      held_out->folder, clips->len - n_outside, clips->len));
  for (guint fold = stability->parts->len; fold-- > 0;)
    if (g_array_index (stability->parts, Part, fold).clips->len == 0)
      g_array_remove_index (stability->parts, fold);
  if (stability->parts->len > 0)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA, "%s: held out none of the %u clips",
               held_out->folder, clips->len);
  return FALSE;
}

/* ---- clips that have a genre ---- */

static gboolean
is_background (const GenreModelConfig *config, const char *label)
{
  for (guint i = genre_model_config_count_genres (config); i < config->n_labels; i++)
    if (g_str_equal (config->labels[i], label))
      return TRUE;
  return FALSE;
}

/* Without those of what is no music to a model: it has no genre that could stay. */
static GPtrArray *
leave_out_background (const GenreModelConfig *config, GenreDataset *dataset, const GPtrArray *clips,
                      GError **error)
{
  g_autofree guint *n_left_out = g_new0 (guint, dataset->n_labels + 1);
  g_autoptr (GPtrArray) music = g_ptr_array_sized_new (clips->len);
  for (guint i = 0; i < clips->len; i++) {
    GenreClip *clip = clips->pdata[i];
    if (clip->label < dataset->n_labels && is_background (config, dataset->labels[clip->label]))
      n_left_out[clip->label]++;
    else
      g_ptr_array_add (music, clip);
  }
  for (guint i = 0; i < dataset->n_labels; i++)
    if (n_left_out[i] > 0)
      g_ptr_array_add (dataset->problems,
                       g_strdup_printf ("%s: no music to the model, %u clips left out",
                                        dataset->labels[i], n_left_out[i]));
  if (music->len > 0)
    return g_steal_pointer (&music);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "none of %u clips is music to the model: no genre that could stay", clips->len);
  return NULL;
}

/* ---- answers ---- */

typedef struct {
  const GenreConditions *conditions;
  guint condition;
} Change;

static void
change_frames (const GenreClip *clip, float *frames, gsize n_frames, gpointer user_data)
{
  const Change *change = user_data;
  genre_conditions_apply (change->conditions, change->condition, genre_random_key_of (clip->stem),
                          frames, n_frames);
}

static GenreModel *
load_model (const GenreStability *stability, const Part *part, GError **error)
{
  return part->model ? genre_model_ref (part->model)
                     : genre_held_out_load_model (stability->held_out, part->fold, error);
}

/* Whether the others can do without the part: a fold of whose few chosen clips none can be answered
 * for, which is noted. */
static gboolean
may_do_without (const GenreStability *stability, const Part *part, GError *error)
{
  if (part->model || !g_error_matches (error, GENRE_ERROR, GENRE_ERROR_DATA))
    return FALSE;
  g_ptr_array_add (stability->dataset->problems,
                   g_strdup_printf ("%s, fold %u is left out: %s", stability->held_out->folder,
                                    part->fold + 1, error->message));
  return TRUE;
}

/* Of all clips; of the clean ones if @change is NULL: who has no answer for them is not asked
 * again. */
static GenreScores *
answer (GenreStability *stability, Change *change, GError **error)
{
  g_autoptr (GPtrArray) scores = g_ptr_array_new_with_free_func ((GDestroyNotify)genre_scores_free);
  g_autoptr (GError) fault = NULL;
  for (guint i = 0; i < stability->parts->len;) {
    const Part *part = &g_array_index (stability->parts, Part, i);
    g_clear_error (&fault);
    g_autoptr (GenreModel) model = load_model (stability, part, error);
    if (!model)
      return NULL;
    GenreScores *some = genre_evaluate_changed (model, stability->dataset, part->clips, 0,
                                                change ? change_frames : NULL, change,
                                                stability->n_threads, &fault);
    if (some)
      g_ptr_array_add (scores, some);
    else if (!may_do_without (stability, part, fault)) {
      g_propagate_error (error, g_steal_pointer (&fault));
      return NULL;
    }
    if (some || change)
      i++;
    else
      g_array_remove_index (stability->parts, i);
  }
  if (scores->len > 0)
    return genre_scores_concatenate (scores);
  g_propagate_error (error, g_steal_pointer (&fault));
  return NULL;
}

static guint
count_same (const GenreScores *clean, const GenreScores *changed)
{
  g_autoptr (GHashTable) answers = g_hash_table_new (g_str_hash, g_str_equal);
  guint n_same = 0;
  for (guint i = 0; i < changed->n_clips; i++)
    g_hash_table_insert (answers, changed->clips[i],
                         GUINT_TO_POINTER (genre_scores_answer (changed, i) + 1));
  for (guint i = 0; i < clean->n_clips; i++)
    n_same += GPOINTER_TO_UINT (g_hash_table_lookup (answers, clean->clips[i])) ==
              genre_scores_answer (clean, i) + 1;
  return n_same;
}

static GenreStabilityRow
compare (const GenreStability *stability, const char *condition, const GenreScores *changed)
{
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (changed);
  return (GenreStabilityRow){condition, count_same (stability->clean, changed),
                             stability->clean->n_clips, metrics->accuracy};
}

GenreStability *
genre_stability_new (GenreModel *model, const GenreHeldOut *held_out, GenreDataset *dataset,
                     GPtrArray *clips, guint n_threads, GError **error)
{
  g_autoptr (GenreStability) stability = g_new0 (GenreStability, 1);
  stability->dataset = dataset;
  stability->parts = g_array_new (FALSE, FALSE, sizeof (Part));
  g_array_set_clear_func (stability->parts, part_clear);
  stability->conditions = genre_conditions_new (&dataset->front_end);
  stability->n_threads = n_threads;
  stability->held_out = held_out;
  const GenreModelConfig *config = model ? genre_model_get_config (model) : &held_out->config;
  g_autoptr (GPtrArray) music = leave_out_background (config, dataset, clips, error);
  if (!music)
    return NULL;
  if (model)
    add_part (stability, model, 0, g_ptr_array_ref (music));
  else if (!divide_among_folds (stability, held_out, music, error))
    return NULL;
  stability->clean = answer (stability, NULL, error);
  return stability->clean ? g_steal_pointer (&stability) : NULL;
}

void
genre_stability_free (GenreStability *stability)
{
  g_array_unref (stability->parts);
  genre_conditions_free (stability->conditions);
  g_clear_pointer (&stability->clean, genre_scores_free);
  g_free (stability);
}

GenreStabilityRow
genre_stability_get_clean (const GenreStability *stability)
{
  return compare (stability, "as it is", stability->clean);
}

gboolean
genre_stability_measure (GenreStability *stability, guint condition, GenreStabilityRow *row,
                         GError **error)
{
  GPtrArray *problems = stability->dataset->problems;
  guint n_problems = problems->len;
  Change change = {stability->conditions, condition};
  g_autoptr (GenreScores) changed = answer (stability, &change, error);
  g_ptr_array_set_size (problems, (gint)n_problems); /* were noted for the clean clips */
  if (!changed)
    return FALSE;
  *row = compare (stability, genre_conditions_get_name (condition), changed);
  return TRUE;
}
