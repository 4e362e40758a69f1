/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scores.h"
#include "files.h"
#include "model.h"
#include <math.h>
#include <string.h>

#define MAX_FILE (256 * 1024 * 1024) /* bytes */
#define FIXED_COLUMNS 2              /* clip, genre */
#define BACKGROUND "background:"     /* before the labels of what is no music */
#define OTHER "unknown"              /* genre of music of none of the labels: no label is that */
#define SUM_TOLERANCE 1e-3           /* numbers written by others may be rounded */

static char **
copy_strings (guint n, char *const *strings)
{
  char **copy = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++)
    copy[i] = g_strdup (strings[i]);
  return copy;
}

/* Of no clips yet. */
static GenreScores *
make_empty (guint n_labels, char *const *labels, char *const *display_names)
{
  GenreScores *scores = g_new0 (GenreScores, 1);
  scores->n_labels = n_labels;
  scores->labels = copy_strings (n_labels, labels);
  scores->display_names = copy_strings (n_labels, display_names);
  return scores;
}

GenreScores *
genre_scores_new (guint n_labels, char *const *labels, char *const *display_names, guint n_clips)
{
  GenreScores *scores = make_empty (n_labels, labels, display_names);
  scores->n_clips = n_clips;
  scores->clips = g_new0 (char *, n_clips + 1);
  scores->truth = g_new0 (guint, n_clips);
  scores->probabilities = g_new0 (double, (gsize)n_clips *n_labels);
  scores->familiarity = g_new0 (double, n_clips);
  return scores;
}

/* In @scores of no clips; FALSE if there is not enough memory. */
static gboolean
make_room (GenreScores *scores, guint n_clips)
{
  gsize n_values;
  if (!g_size_checked_mul (&n_values, n_clips, scores->n_labels))
    return FALSE;
  scores->clips = g_try_new0 (char *, (gsize)n_clips + 1);
  scores->truth = g_try_new0 (guint, n_clips);
  scores->probabilities = g_try_new0 (double, n_values);
  scores->familiarity = g_try_new0 (double, n_clips);
  if (!scores->clips || !scores->truth || !scores->probabilities || !scores->familiarity)
    return FALSE;
  scores->n_clips = n_clips;
  return TRUE;
}

void
genre_scores_free (GenreScores *scores)
{
  if (!scores)
    return;
  g_strfreev (scores->labels);
  g_strfreev (scores->display_names);
  for (guint i = 0; i < scores->n_clips; i++)
    g_free (scores->clips[i]);
  g_free (scores->clips);
  g_free (scores->truth);
  g_free (scores->probabilities);
  g_free (scores->familiarity);
  g_free (scores);
}

typedef struct {
  const GenreScores *scores;
  guint row;
} Row;

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  const Row *x = a, *y = b;
  return strcmp (x->scores->clips[x->row], y->scores->clips[y->row]);
}

/* @to: n_clips so far, with room for one more. */
static void
append_clip (GenreScores *to, const GenreScores *from, guint clip)
{
  guint i = to->n_clips++;
  to->clips[i] = g_strdup (from->clips[clip]);
  to->truth[i] = from->truth[clip];
  memcpy (to->probabilities + (gsize)i * to->n_labels,
          from->probabilities + (gsize)clip * to->n_labels, to->n_labels * sizeof (double));
  to->familiarity[i] = from->familiarity[clip];
}

GenreScores *
genre_scores_concatenate (GPtrArray *parts)
{
  g_return_val_if_fail (parts->len > 0, NULL);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (Row));
  for (guint i = 0; i < parts->len; i++) {
    const GenreScores *part = parts->pdata[i];
    for (guint j = 0; j < part->n_clips; j++) {
      Row row = {part, j};
      g_array_append_val (rows, row);
    }
  }
  g_array_sort (rows, compare_rows);
  const GenreScores *first = parts->pdata[0];
  GenreScores *all =
      genre_scores_new (first->n_labels, first->labels, first->display_names, rows->len);
  all->n_background = first->n_background;
  all->n_clips = 0;
  for (guint i = 0; i < rows->len; i++) {
    Row row = g_array_index (rows, Row, i);
    append_clip (all, row.scores, row.row);
  }
  return all;
}

GenreScores *
genre_scores_leave_out (const GenreScores *scores, const guint8 *left_out)
{
  guint n_genres = scores->n_labels - scores->n_background;
  GenreScores *rest =
      genre_scores_new (scores->n_labels, scores->labels, scores->display_names, scores->n_clips);
  rest->n_background = scores->n_background;
  rest->n_clips = 0;
  for (guint i = 0; i < scores->n_clips; i++)
    if (scores->truth[i] >= n_genres || !left_out[scores->truth[i]])
      append_clip (rest, scores, i);
  return rest;
}

double
genre_scores_get_music (const GenreScores *scores, guint clip)
{
  const double *p = scores->probabilities + (gsize)clip * scores->n_labels;
  if (scores->n_background == 0)
    return 1;
  /* not what the background leaves, which has no digits left where that is little */
  double music = 0;
  for (guint i = 0; i < scores->n_labels - scores->n_background; i++)
    music += p[i];
  return MIN (music, 1);
}

GenreScores *
genre_scores_of_genres (const GenreScores *scores, GError **error)
{
  guint n_genres = scores->n_labels - scores->n_background, n_clips = 0;
  for (guint i = 0; i < scores->n_clips; i++)
    n_clips += scores->truth[i] < n_genres;
  if (n_clips == 0) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "no clip of a genre among %u, expected some: all are background or other music",
                 scores->n_clips);
    return NULL;
  }
  GenreScores *genres = genre_scores_new (n_genres, scores->labels, scores->display_names, n_clips);
  for (guint i = 0, to = 0; i < scores->n_clips; i++) {
    if (scores->truth[i] >= n_genres)
      continue;
    const double *from = scores->probabilities + (gsize)i * scores->n_labels;
    double *p = genres->probabilities + (gsize)to * n_genres, sum = 0;
    for (guint j = 0; j < n_genres; j++)
      sum += from[j];
    for (guint j = 0; j < n_genres; j++)
      p[j] = scores->n_background == 0 ? from[j] : sum > 0 ? from[j] / sum : 1.0 / n_genres;
    genres->truth[to] = scores->truth[i];
    genres->familiarity[to] = scores->familiarity[i];
    genres->clips[to++] = g_strdup (scores->clips[i]);
  }
  return genres;
}

/* As short as it can be and still be read back as it is: what is equal stays equal in a file. */
static void
append_number (GString *text, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE], format[] = "%.10g";
  for (guint digits = 10; digits <= 17; digits++) {
    g_snprintf (format, sizeof format, "%%.%ug", digits);
    if (g_ascii_strtod (g_ascii_formatd (number, sizeof number, format, value), NULL) == value)
      break;
  }
  g_string_append (text, number);
}

gboolean
genre_scores_save (const GenreScores *scores, const char *path, GError **error)
{
  g_autoptr (GString) text = g_string_new (GENRE_SCORES_HEAD);
  for (guint i = 0; i < scores->n_labels; i++)
    g_string_append_printf (text, "\t%s%s",
                            i >= scores->n_labels - scores->n_background ? BACKGROUND : "",
                            scores->labels[i]);
  g_string_append_c (text, '\n');
  for (guint i = 0; i < scores->n_clips; i++) {
    /* A tab or a newline in a file name must not make columns or lines of its own, nor a name that
     * is no UTF-8 a table that nobody can read. */
    g_autofree char *clip = g_strdelimit (g_utf8_make_valid (scores->clips[i], -1), "\t\r\n", ' ');
    guint truth = scores->truth[i];
    g_string_append_printf (text, "%s\t%s", clip,
                            truth < scores->n_labels ? scores->labels[truth] : OTHER);
    for (guint j = 0; j < scores->n_labels; j++) {
      g_string_append_c (text, '\t');
      append_number (text, scores->probabilities[(gsize)i * scores->n_labels + j]);
    }
    g_string_append_c (text, '\n');
  }
  return genre_file_write (path, text->str, text->len, error);
}

static gboolean G_GNUC_PRINTF (4, 5)
    fail (GError **error, const char *path, guint line, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "%s, line %u: %s", path, line, message);
  return FALSE;
}

/* Of the line that @text begins with. */
static guint
count_columns (const char *text)
{
  guint n = 1;
  for (; *text != '\0' && *text != '\n'; text++)
    n += *text == '\t';
  return n;
}

/* Has no room for clips yet. */
static GenreScores *
scores_from_header (const char *line, const char *path, GError **error)
{
  guint n = count_columns (line);
  if (n < FIXED_COLUMNS + 2 || !g_str_has_prefix (line, GENRE_SCORES_HEAD "\t")) {
    fail (error, path, 1, "the header must be clip, genre and at least two labels");
    return NULL;
  }
  if (n - FIXED_COLUMNS > GENRE_MODEL_MAX_LABELS) {
    fail (error, path, 1, "%u labels, at most %d expected", n - FIXED_COLUMNS,
          GENRE_MODEL_MAX_LABELS);
    return NULL;
  }
  g_auto (GStrv) fields = g_strsplit (line, "\t", -1);
  guint n_background = 0;
  for (guint i = FIXED_COLUMNS; i < n; i++) {
    gboolean background = g_str_has_prefix (fields[i], BACKGROUND);
    if (background)
      memmove (fields[i], fields[i] + strlen (BACKGROUND),
               strlen (fields[i]) - strlen (BACKGROUND) + 1);
    n_background += background;
    if (!genre_label_is_valid (fields[i]) || (!background && n_background > 0) ||
        n_background == n - FIXED_COLUMNS) {
      fail (error, path, 1, "\"%s\" is not a label, or a genre after the background", fields[i]);
      return NULL;
    }
  }
  char **labels = fields + FIXED_COLUMNS;
  GenreScores *scores = make_empty (n - FIXED_COLUMNS, labels, labels);
  scores->n_background = n_background;
  return scores;
}

static gboolean
parse_row (GenreScores *scores, guint row, const char *line, const char *path, GError **error)
{
  g_auto (GStrv) fields = g_strsplit (line, "\t", -1);
  guint truth = 0;
  while (truth < scores->n_labels && !g_str_equal (scores->labels[truth], fields[1]))
    truth++;
  if (truth == scores->n_labels && !g_str_equal (fields[1], OTHER))
    return fail (error, path, row + 2, "genre \"%s\" is not among the labels", fields[1]);
  scores->truth[row] = truth;
  scores->clips[row] = g_strdup (fields[0]);
  double sum = 0;
  for (guint j = 0; j < scores->n_labels; j++) {
    char *end = NULL;
    double value = g_ascii_strtod (fields[FIXED_COLUMNS + j], &end);
    if (end == fields[FIXED_COLUMNS + j] || *end != '\0' || !(value >= 0 && value <= 1))
      return fail (error, path, row + 2, "\"%s\" is not a probability", fields[FIXED_COLUMNS + j]);
    scores->probabilities[(gsize)row * scores->n_labels + j] = value;
    sum += value;
  }
  if (fabs (sum - 1) > SUM_TOLERANCE)
    return fail (error, path, row + 2, "the probabilities sum to %g, 1 expected", sum);
  scores->familiarity[row] = genre_scores_get_music (scores, row);
  return TRUE;
}

/* A clip has one answer. */
static gboolean
check_unique (const GenreScores *scores, const char *path, GError **error)
{
  g_autoptr (GHashTable) rows = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < scores->n_clips; i++) {
    gpointer other;
    if (g_hash_table_lookup_extended (rows, scores->clips[i], NULL, &other))
      return fail (error, path, i + 2, "clip \"%s\" is in line %u already", scores->clips[i],
                   GPOINTER_TO_UINT (other) + 2);
    g_hash_table_insert (rows, scores->clips[i], GUINT_TO_POINTER (i));
  }
  return TRUE;
}

/* Ends the first line of @text, also as programs of Windows do, and returns what follows; NULL if
 * it is the last. */
static char *
cut_line (char *text)
{
  char *end = strchr (text, '\n');
  gsize length = end ? (gsize)(end - text) : strlen (text);
  if (length > 0 && text[length - 1] == '\r')
    text[length - 1] = '\0';
  if (!end)
    return NULL;
  *end = '\0';
  return end + 1;
}

/* Before there is room for so many lines: some of a few bytes must not ask for the memory of whole
 * ones. */
static gboolean
count_rows (const char *text, guint n_columns, guint *n_rows, const char *path, GError **error)
{
  *n_rows = 0;
  while (text) {
    const char *end = strchr (text, '\n');
    guint n = count_columns (text);
    if (n != n_columns)
      return fail (error, path, *n_rows + 2, "%u columns, %u expected", n, n_columns);
    text = end ? end + 1 : NULL;
    ++*n_rows;
  }
  return TRUE;
}

static gboolean
parse_rows (GenreScores *scores, char *text, const char *path, GError **error)
{
  guint n_rows;
  if (!count_rows (text, FIXED_COLUMNS + scores->n_labels, &n_rows, path, error))
    return FALSE;
  if (!make_room (scores, n_rows)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO,
                 "%s: not enough memory for %u clips with %u labels", path, n_rows,
                 scores->n_labels);
    return FALSE;
  }
  for (guint i = 0; i < n_rows; i++) {
    char *line = text;
    text = cut_line (line);
    if (!parse_row (scores, i, line, path, error))
      return FALSE;
  }
  return TRUE;
}

GenreScores *
genre_scores_load (const char *path, GError **error)
{
  g_autofree char *text = genre_file_read_text (path, MAX_FILE, error);
  if (!text)
    return NULL;
  char *rows = cut_line (g_strchomp (text));
  if (!rows) {
    fail (error, path, 1, "no scores");
    return NULL;
  }
  g_autoptr (GenreScores) scores = scores_from_header (text, path, error);
  if (!scores || !parse_rows (scores, rows, path, error) || !check_unique (scores, path, error))
    return NULL;
  return g_steal_pointer (&scores);
}
