/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "committee.h"
#include "comparison.h"
#include "segmentscores.h"
#include <math.h>
#include <string.h>

#define LEAST 1e-12           /* what a probability of 0 counts as, as in the loss */
#define LINE(row) ((row) + 2) /* of a row in its file: the header is line 1 */

/* ---- members that fit together ---- */

typedef struct {
  const char *path;
  const GenreScores *scores;
} Member;

static gboolean
check_labels (Member first, Member other, GError **error)
{
  guint n = MIN (first.scores->n_labels, other.scores->n_labels), i = 0;
  while (i < n && g_str_equal (first.scores->labels[i], other.scores->labels[i]))
    i++;
  if (i == first.scores->n_labels && i == other.scores->n_labels)
    return TRUE;
  const char *ours = i < first.scores->n_labels ? first.scores->labels[i] : "nothing";
  const char *theirs = i < other.scores->n_labels ? other.scores->labels[i] : "nothing";
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "%s, line 1: label %u is %s, in %s it is %s; the same labels in the same order "
               "expected",
               other.path, i + 1, theirs, first.path, ours);
  return FALSE;
}

static GHashTable *
index_clips (const GenreScores *scores)
{
  GHashTable *rows = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < scores->n_clips; i++)
    g_hash_table_insert (rows, scores->clips[i], GUINT_TO_POINTER (i));
  return rows;
}

/* Every clip of @from must be in @in. */
static gboolean
check_presence (Member from, Member in, GHashTable *rows_in, GError **error)
{
  guint n_missing = 0, first = 0;
  for (guint i = 0; i < from.scores->n_clips; i++)
    if (!g_hash_table_contains (rows_in, from.scores->clips[i]) && n_missing++ == 0)
      first = i;
  if (n_missing == 0)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "%s: %u of the %u clips of %s are missing, the first of them \"%s\" (line %u)",
               in.path, n_missing, from.scores->n_clips, from.path, from.scores->clips[first],
               LINE (first));
  return FALSE;
}

static const char *
name_truth (const GenreScores *scores, guint clip)
{
  guint truth = scores->truth[clip];
  return truth < scores->n_labels ? scores->labels[truth] : "unknown";
}

static gboolean
check_genres (Member first, Member other, GHashTable *rows, GError **error)
{
  for (guint i = 0; i < first.scores->n_clips; i++) {
    const char *clip = first.scores->clips[i];
    guint row = GPOINTER_TO_UINT (g_hash_table_lookup (rows, clip));
    if (other.scores->truth[row] == first.scores->truth[i])
      continue;
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "%s, line %u: clip \"%s\" is of genre %s, in %s, line %u, it is of genre %s",
                 other.path, LINE (row), clip, name_truth (other.scores, row), first.path, LINE (i),
                 name_truth (first.scores, i));
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_member (Member first, Member other, GHashTable *rows, GError **error)
{
  g_autoptr (GHashTable) first_rows = index_clips (first.scores);
  return check_labels (first, other, error) && check_presence (first, other, rows, error) &&
         check_presence (other, first, first_rows, error) &&
         check_genres (first, other, rows, error);
}

/* ---- the mean and its temperature ---- */

static void
add_member (GenreScores *mean, const GenreScores *member, GHashTable *rows, guint n_members)
{
  guint n_labels = mean->n_labels;
  for (guint i = 0; i < mean->n_clips; i++) {
    guint row = GPOINTER_TO_UINT (g_hash_table_lookup (rows, mean->clips[i]));
    for (guint j = 0; j < n_labels; j++)
      mean->probabilities[(gsize)i * n_labels + j] +=
          member->probabilities[(gsize)row * n_labels + j] / n_members;
  }
}

/* Each clip as one segment, scored with logarithms: what a temperature is fitted to. */
static GenreSegmentScores *
take_logarithms (const GenreScores *scores)
{
  GenreSegmentScores *segments =
      genre_segment_scores_new (scores->n_labels, scores->n_labels - scores->n_background);
  for (guint i = 0; i < scores->n_clips; i++) {
    g_autoptr (GArray) row = g_array_new (FALSE, FALSE, sizeof (float));
    for (guint j = 0; j < scores->n_labels; j++) {
      float value = logf (fmax (scores->probabilities[(gsize)i * scores->n_labels + j], LEAST));
      g_array_append_val (row, value);
    }
    genre_segment_scores_add (segments, scores->truth[i], row);
  }
  return segments;
}

/* p^(1/T) made to sum to 1; of the ratios to the highest, so that none but small ones become 0. */
static void
apply_temperature (double *p, guint n, double temperature)
{
  double highest = 0, sum = 0;
  for (guint i = 0; i < n; i++)
    highest = fmax (highest, p[i]);
  for (guint i = 0; i < n; i++) {
    p[i] = pow (p[i] / highest, 1 / temperature);
    sum += p[i];
  }
  for (guint i = 0; i < n; i++)
    p[i] /= sum;
}

static void
calibrate (GenreCommittee *committee)
{
  GenreScores *scores = committee->scores;
  if (committee->temperature <= 0) {
    g_autoptr (GenreSegmentScores) segments = take_logarithms (scores);
    committee->temperature = genre_segment_scores_calibrate (segments, NULL);
  }
  for (guint i = 0; i < scores->n_clips; i++) {
    if (committee->temperature != 1) /* the mean itself otherwise: nothing is rounded */
      apply_temperature (scores->probabilities + (gsize)i * scores->n_labels, scores->n_labels,
                         committee->temperature);
    scores->familiarity[i] = genre_scores_get_music (scores, i); /* as in a file */
  }
}

/* ---- the committee ---- */

static GenreScores *
copy_names (const GenreScores *scores)
{
  GenreScores *copy =
      genre_scores_new (scores->n_labels, scores->labels, scores->display_names, scores->n_clips);
  copy->n_background = scores->n_background;
  for (guint i = 0; i < scores->n_clips; i++) {
    copy->clips[i] = g_strdup (scores->clips[i]);
    copy->truth[i] = scores->truth[i];
  }
  return copy;
}

/* A table holds labels alone; the result that cross-validate writes beside it has the names, too.
 */
static gboolean
read_names (GenreScores *scores, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *result = g_build_filename (folder, "result.json", NULL);
  g_autoptr (GenreComparison) beside = genre_comparison_new ();
  if (!genre_comparison_add (beside, "", result, NULL))
    return FALSE;
  for (guint i = 0; i < scores->n_labels; i++) {
    guint j;
    if (!g_ptr_array_find_with_equal_func (beside->labels, scores->labels[i], g_str_equal, &j))
      continue;
    g_free (scores->display_names[i]);
    scores->display_names[i] = g_strdup (beside->names->pdata[j]);
  }
  return TRUE;
}

static gboolean
average (GenreCommittee *committee, char *const *paths, GError **error)
{
  Member first = {paths[0], committee->members->pdata[0]};
  committee->scores = copy_names (first.scores);
  for (guint i = 0; i < committee->members->len; i++) {
    Member member = {paths[i], committee->members->pdata[i]};
    g_autoptr (GHashTable) rows = index_clips (member.scores);
    if (i > 0 && !check_member (first, member, rows, error))
      return FALSE;
    add_member (committee->scores, member.scores, rows, committee->members->len);
  }
  for (char *const *path = paths; *path && !read_names (committee->scores, *path); path++)
    ;
  return TRUE;
}

GenreCommittee *
genre_committee_load (char *const *paths, double temperature, GError **error)
{
  g_return_val_if_fail (paths[0] && paths[1], NULL);
  g_autoptr (GenreCommittee) committee = g_new0 (GenreCommittee, 1);
  committee->temperature = temperature;
  committee->members = g_ptr_array_new_with_free_func ((GDestroyNotify)genre_scores_free);
  for (char *const *path = paths; *path; path++) {
    GenreScores *scores = genre_scores_load (*path, error);
    if (!scores)
      return NULL;
    g_ptr_array_add (committee->members, scores);
    if (scores->n_labels - scores->n_background < 2) {
      g_autofree char *name = g_filename_display_name (*path);
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                   "%s: no two genres beside the background, expected them", name);
      return NULL;
    }
  }
  if (!average (committee, paths, error))
    return NULL;
  calibrate (committee);
  return g_steal_pointer (&committee);
}

void
genre_committee_free (GenreCommittee *committee)
{
  if (!committee)
    return;
  g_ptr_array_unref (committee->members);
  genre_scores_free (committee->scores);
  g_free (committee);
}
