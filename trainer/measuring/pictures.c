/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pictures.h"
#include "files.h"
#include "plot.h"
#include "representation.h"
#include <math.h>
#include <string.h>

#define TEXT 8.0
#define SMALL 7.0

/* ---- confusion matrix ---- */

typedef struct {
  GenrePlot *plot;
  const GenreMetrics *metrics;
  double left, top, cell, text;
  double number; /* size of the numbers, of which the longest fits a cell */
} Matrix;

static double
widest (GenrePlot *plot, char *const *names, guint n, double size)
{
  double width = 0;
  for (guint i = 0; i < n; i++)
    width = fmax (width, genre_plot_text_width (plot, size, names[i]));
  return width;
}

static void
draw_cell (const Matrix *m, guint row, guint column)
{
  guint n = m->metrics->n_labels, count = m->metrics->confusion[row * n + column];
  guint total = m->metrics->genres[row].n_clips;
  double share = total > 0 ? (double)count / total : 0;
  double x = m->left + column * m->cell, y = m->top + row * m->cell;
  genre_plot_rectangle (m->plot, x, y, m->cell, m->cell, genre_plot_blues (share));
  if (count == 0 || m->number < 2)
    return;
  g_autofree char *number = g_strdup_printf ("%u", count);
  genre_plot_set_colour (m->plot, genre_plot_on_blues (share));
  genre_plot_text (m->plot, x + m->cell / 2, y + m->cell / 2, 0.5, 0.5, m->number, number);
}

static void
draw_percent (const Matrix *m, double x, double y, double value)
{
  g_autofree char *number = isnan (value) ? g_strdup ("–") : g_strdup_printf ("%.0f", 100 * value);
  genre_plot_text (m->plot, x, y, 0.5, 0.5, m->number, number);
}

/* The size of the numbers, up to @text. */
static double
fit_numbers (GenrePlot *plot, const GenreMetrics *metrics, double cell, double text)
{
  guint most = 100; /* percent */
  for (guint i = 0; i < metrics->n_labels * metrics->n_labels; i++)
    most = MAX (most, metrics->confusion[i]);
  g_autofree char *longest = g_strdup_printf ("%u", most);
  return fmin (text, text * 0.9 * cell / genre_plot_text_width (plot, text, longest));
}

static void
draw_matrix (const Matrix *m, char *const *names)
{
  guint n = m->metrics->n_labels;
  double right = m->left + n * m->cell, bottom = m->top + n * m->cell;
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < n; j++)
      draw_cell (m, i, j);
  for (guint i = 0; i <= n; i++) {
    double x = m->left + i * m->cell, y = m->top + i * m->cell;
    genre_plot_line (m->plot, m->left, y, right, y, 0.4, genre_pale);
    genre_plot_line (m->plot, x, m->top, x, bottom, 0.4, genre_pale);
  }
  for (guint i = 0; i < n; i++) {
    double middle = (i + 0.5) * m->cell;
    genre_plot_set_colour (m->plot, genre_ink);
    genre_plot_text (m->plot, m->left - 5, m->top + middle, 1, 0.5, m->text, names[i]);
    genre_plot_text_turned (m->plot, m->left + middle, m->top - 5, 0, 0.5, m->text, 90, names[i]);
    genre_plot_set_colour (m->plot, genre_grey);
    draw_percent (m, right + 0.6 * m->cell, m->top + middle, m->metrics->genres[i].recall);
    draw_percent (m, m->left + middle, bottom + 0.6 * m->cell, m->metrics->genres[i].precision);
  }
}

gboolean
genre_picture_confusion (const GenreMetrics *metrics, char *const *display_names, const char *path,
                         GError **error)
{
  guint n = metrics->n_labels;
  double cell = fmax (5, fmin (26, 700.0 / n)), text = fmin (TEXT, 0.6 * cell);
  g_autoptr (GenrePlot) ruler = genre_plot_new (1, 1);
  g_auto (GStrv) names = genre_plot_shorten (ruler, text, (const char *const *)display_names, n);
  double margin = widest (ruler, names, n, text) + 5;
  double left = margin + 20, top = margin + 20, size = n * cell;
  double right = left + size, bottom = top + size;
  g_autoptr (GenrePlot) plot = genre_plot_new (right + 1.2 * cell + 18, bottom + 1.2 * cell + 18);
  Matrix matrix = {plot, metrics, left, top, cell, text, fit_numbers (ruler, metrics, cell, text)};
  draw_matrix (&matrix, names);
  genre_plot_text_turned (plot, right + 1.2 * cell + 6, top + size / 2, 0.5, 0.5, SMALL, 90,
                          "Recall, %");
  genre_plot_text (plot, left + size / 2, bottom + 1.2 * cell + 7, 0.5, 0.5, SMALL, "Precision, %");
  genre_plot_set_colour (plot, genre_ink);
  genre_plot_text_turned (plot, 9, top + size / 2, 0.5, 0.5, TEXT, 90, "Genre of the clip");
  genre_plot_text (plot, left + size / 2, 9, 0.5, 0.5, TEXT, "Answer");
  return genre_plot_save (plot, path, error);
}

/* ---- ROC ---- */

#define MOST_CURVES 16 /* that can be told apart */

/* The curve of a genre. */
typedef struct {
  guint genre;
  double area;   /* NAN: none */
  GArray *curve; /* or NULL */
} Roc;

static void
roc_clear (gpointer roc)
{
  g_clear_pointer (&((Roc *)roc)->curve, g_array_unref);
}

/* The largest area first, genres without one last. */
static int
compare_rocs (gconstpointer a, gconstpointer b)
{
  const Roc *x = a, *y = b;
  if (isnan (x->area) || isnan (y->area) || x->area == y->area)
    return isnan (x->area) != isnan (y->area) ? (isnan (x->area) ? 1 : -1)
                                              : (int)x->genre - (int)y->genre;
  return x->area > y->area ? -1 : 1;
}

/* Those of all genres; of many those of the best and the worst. */
static GArray *
choose_rocs (const GenreScores *scores, guint *n_measured)
{
  GArray *rocs = g_array_new (FALSE, FALSE, sizeof (Roc));
  *n_measured = 0;
  g_array_set_clear_func (rocs, roc_clear);
  for (guint i = 0; i < scores->n_labels; i++) {
    GArray *curve = genre_scores_roc (scores, i);
    const Roc roc = {i, curve ? genre_roc_area (curve) : NAN, curve};
    g_array_append_val (rocs, roc);
    *n_measured += curve != NULL;
  }
  if (rocs->len <= MOST_CURVES)
    return rocs;
  g_array_sort (rocs, compare_rocs);
  g_array_set_size (rocs, *n_measured);
  if (*n_measured > MOST_CURVES)
    g_array_remove_range (rocs, MOST_CURVES / 2, *n_measured - MOST_CURVES);
  return rocs;
}

/* What the legend says of genres that it leaves out. (transfer full) */
static char *
title_legend (const GArray *rocs, guint n_measured, guint n_genres)
{
  if (rocs->len == n_genres)
    return g_strdup ("");
  if (rocs->len == n_measured)
    return g_strdup_printf ("Genres with clips: %u of %u", n_measured, n_genres);
  return g_strdup_printf ("Best %d and worst %d of %u genres", MOST_CURVES / 2, MOST_CURVES / 2,
                          n_measured);
}

static void
draw_roc (GenrePlot *plot, const GenreAxes *axes, const GArray *curve, guint i)
{
  g_autofree double *x = g_new (double, curve->len);
  g_autofree double *y = g_new (double, curve->len);
  for (guint j = 0; j < curve->len; j++) {
    x[j] = g_array_index (curve, GenreRocPoint, j).false_positive_rate;
    y[j] = g_array_index (curve, GenreRocPoint, j).true_positive_rate;
  }
  genre_axes_curve (plot, axes, x, y, curve->len, 1.3, genre_plot_colour (i), i / 8);
}

gboolean
genre_picture_roc (const GenreScores *scores, const char *path, GError **error)
{
  guint n_measured;
  g_autoptr (GArray) rocs = choose_rocs (scores, &n_measured);
  double line = 14, side = 230;
  g_autoptr (GenrePlot) ruler = genre_plot_new (1, 1);
  g_autofree char *title = title_legend (rocs, n_measured, scores->n_labels);
  g_auto (GStrv) names = genre_plot_shorten (
      ruler, TEXT, (const char *const *)scores->display_names, scores->n_labels);
  double width = fmax (widest (ruler, names, scores->n_labels, TEXT),
                       genre_plot_text_width (ruler, SMALL, title) - 19);
  GenreAxes axes = {40, 12, side, side, 0, 1, 0, 1};
  double legend = axes.left + side + 18;
  g_autoptr (GenrePlot) plot =
      genre_plot_new (legend + 19 + width + 42, fmax (side + 46, 34 + line * rocs->len));
  genre_plot_set_colour (plot, genre_ink);
  genre_axes_draw (plot, &axes, 0.2, "%.1f", "False positive rate", 0.2, "%.1f",
                   "True positive rate");
  const double diagonal[] = {0, 1};
  genre_axes_curve (plot, &axes, diagonal, diagonal, 2, 0.8, genre_grey, 1);
  genre_plot_set_colour (plot, genre_grey);
  genre_plot_text (plot, legend, axes.top + 3, 0, 0.5, SMALL, title);
  genre_plot_text (plot, legend + 19 + width + 36, axes.top + 3, 1, 0.5, SMALL, "AUC");
  for (guint i = 0; i < rocs->len; i++) {
    const Roc *roc = &g_array_index (rocs, Roc, i);
    double y = axes.top + 3 + line * (i + 1);
    if (roc->curve)
      draw_roc (plot, &axes, roc->curve, i);
    genre_plot_legend (plot, legend, y, TEXT, genre_plot_colour (i), i / 8, names[roc->genre]);
    g_autofree char *area =
        isnan (roc->area) ? g_strdup ("–") : g_strdup_printf ("%.3f", roc->area);
    genre_plot_text (plot, legend + 19 + width + 36, y, 1, 0.5, TEXT, area);
  }
  return genre_plot_save (plot, path, error);
}

/* ---- reliability ---- */

static const GenreColour gap_colour = {0.93, 0.72, 0.58};

static void
draw_bins (GenrePlot *plot, const GenreMetrics *metrics, const GenreAxes *upper,
           const GenreAxes *lower)
{
  const GenreColour bar = genre_plot_colour (0);
  double width = upper->width / GENRE_METRICS_BINS;
  for (guint i = 0; i < GENRE_METRICS_BINS; i++) {
    const GenreCalibrationBin *bin = &metrics->bins[i];
    if (bin->n_clips == 0)
      continue;
    double x = upper->left + i * width, ideal = genre_axes_y (upper, bin->confidence);
    double y = genre_axes_y (upper, bin->accuracy), bottom = upper->top + upper->height;
    genre_plot_rectangle (plot, x + 0.5, y, width - 1, bottom - y, bar);
    genre_plot_rectangle (plot, x + 0.5, fmin (y, ideal), width - 1, fabs (y - ideal), gap_colour);
    genre_plot_line (plot, x + 0.5, y, x + width - 0.5, y, 1.4, genre_ink);
    double share = (double)bin->n_clips / metrics->n_clips;
    double top = genre_axes_y (lower, share);
    genre_plot_rectangle (plot, x + 0.5, top, width - 1, lower->top + lower->height - top,
                          genre_grey);
  }
}

static double
largest_bin (const GenreMetrics *metrics)
{
  guint largest = 0;
  for (guint i = 0; i < GENRE_METRICS_BINS; i++)
    largest = MAX (largest, metrics->bins[i].n_clips);
  return (double)largest / metrics->n_clips;
}

gboolean
genre_picture_reliability (const GenreMetrics *metrics, const char *path, GError **error)
{
  double step = genre_axes_step (largest_bin (metrics), 2);
  double top_share = step * ceil (largest_bin (metrics) / step - 1e-9);
  GenreAxes upper = {40, 26, 220, 220, 0, 1, 0, 1};
  GenreAxes lower = {40, 264, 220, 55, 0, 1, 0, top_share};
  g_autoptr (GenrePlot) plot = genre_plot_new (275, 352);
  genre_plot_set_colour (plot, genre_ink);
  genre_axes_draw (plot, &upper, 0.2, NULL, NULL, 0.2, "%.1f", "Accuracy");
  genre_axes_draw (plot, &lower, 0.2, "%.1f", "Confidence", step, "%.2f", "Share");
  draw_bins (plot, metrics, &upper, &lower);
  const double diagonal[] = {0, 1};
  genre_axes_curve (plot, &upper, diagonal, diagonal, 2, 0.9, genre_ink, 1);
  g_autofree char *text =
      g_strdup_printf ("Expected calibration error %.3f", metrics->calibration_error);
  genre_plot_rectangle (plot, 224, 9, 8, 7, gap_colour);
  genre_plot_set_colour (plot, genre_ink);
  genre_plot_text (plot, 40, 12.5, 0, 0.5, TEXT, text);
  genre_plot_text (plot, 260, 12.5, 1, 0.5, TEXT, "Gap");
  return genre_plot_save (plot, path, error);
}

/* ---- coverage ---- */

#define DOT 3.0     /* radius, points */
#define BESIDE 5.0  /* from the middle of a dot to its label */
#define MOST_DOTS 8 /* of a picture, with their labels */
#define CLEAR 1.5   /* from a label to the curve */
#define APART 3.0   /* from a label to another or to a dot: more than between two digits */

typedef struct {
  double left, top, right, bottom;
} Box;

/* What dots, labels and the curve of a picture cover so far. */
typedef struct {
  Box boxes[2 * MOST_DOTS];
  guint n;
  const double *x, *y; /* (GENRE_METRICS_THRESHOLDS,) of the curve, on the sheet; NAN: nothing */
} Marks;

/* Whether nothing else is in @box and @around it. */
static gboolean
is_free (const Marks *marks, const Box *box, double around)
{
  for (guint i = 0; i < marks->n; i++) {
    const Box *other = &marks->boxes[i];
    if (box->left < other->right + around && other->left < box->right + around &&
        box->top < other->bottom + around && other->top < box->bottom + around)
      return FALSE;
  }
  return TRUE;
}

/* Whether the curve leaves @box and a little around it alone; looked at every point or less. */
static gboolean
is_off_curve (const Marks *marks, const Box *box)
{
  for (guint i = 0; i + 1 < GENRE_METRICS_THRESHOLDS; i++) {
    double width = marks->x[i + 1] - marks->x[i], height = marks->y[i + 1] - marks->y[i];
    double n = ceil (hypot (width, height)) + 1;
    for (double j = 0; j <= n; j++) { /* none for NAN */
      double x = marks->x[i] + width * j / n, y = marks->y[i] + height * j / n;
      if (x > box->left - CLEAR && x < box->right + CLEAR && y > box->top - CLEAR &&
          y < box->bottom + CLEAR)
        return FALSE;
    }
  }
  return TRUE;
}

static gboolean
is_inside (const GenreAxes *axes, const Box *box)
{
  return box->left > axes->left && box->right < axes->left + axes->width &&
         box->top > axes->top - BESIDE && box->bottom < axes->top + axes->height;
}

/* Where the label of a dot at (x, y) is, at a corner of it. */
static Box
box_at (double x, double y, double width, gboolean right, gboolean above)
{
  double height = 0.73 * SMALL; /* of digits (plot.c) */
  double left = right ? x + BESIDE : x - BESIDE - width, top = above ? y - 4 - height : y + BESIDE;
  return (Box){left, top, left + width, top + height};
}

/* The first corner where it stands inside of the axes and covers nothing, the curve only where all
 * corners do; one that falls is farthest from the left one below and the right one above. */
static gboolean
find_place (const Marks *marks, const GenreAxes *axes, double x, double y, double width, Box *place)
{
  static const gboolean corners[][2] = {
      {FALSE, FALSE}, {TRUE, TRUE}, {FALSE, TRUE}, {TRUE, FALSE}}; /* right, above */
  for (guint i = 0; i < 2 * G_N_ELEMENTS (corners); i++) {
    const gboolean *corner = corners[i % G_N_ELEMENTS (corners)];
    *place = box_at (x, y, width, corner[0], corner[1]);
    if (is_inside (axes, place) && is_free (marks, place, APART) &&
        (i >= G_N_ELEMENTS (corners) || is_off_curve (marks, place)))
      return TRUE;
  }
  return FALSE;
}

/* Left out where it or its label would cover another. */
static void
mark_threshold (GenrePlot *plot, const GenreAxes *axes, const GenreMetrics *metrics,
                double threshold, GenreColour colour, Marks *marks)
{
  guint i = (guint)lround (threshold * (GENRE_METRICS_THRESHOLDS - 1));
  const GenreCoverage *point = &metrics->coverage[MIN (i, GENRE_METRICS_THRESHOLDS - 1)];
  if (isnan (point->accuracy) || point->accuracy < axes->y0)
    return;
  double x = genre_axes_x (axes, point->coverage), y = genre_axes_y (axes, point->accuracy);
  const Box dot = {x - DOT, y - DOT, x + DOT, y + DOT};
  g_autofree char *text = g_strdup_printf ("%.2f", threshold);
  Box place;
  if (marks->n + 2 > G_N_ELEMENTS (marks->boxes) || !is_free (marks, &dot, 0) ||
      !find_place (marks, axes, x, y, genre_plot_text_width (plot, SMALL, text), &place))
    return;
  marks->boxes[marks->n++] = dot;
  marks->boxes[marks->n++] = place;
  genre_axes_dot (plot, axes, point->coverage, point->accuracy, DOT, colour);
  genre_plot_set_colour (plot, genre_ink);
  genre_plot_text (plot, place.left, place.top, 0, 0, SMALL, text);
}

gboolean
genre_picture_coverage (const GenreMetrics *metrics, double threshold, const char *path,
                        GError **error)
{
  double x[GENRE_METRICS_THRESHOLDS], y[GENRE_METRICS_THRESHOLDS], lowest = 1;
  for (guint i = 0; i < GENRE_METRICS_THRESHOLDS; i++) {
    x[i] = metrics->coverage[i].coverage;
    y[i] = metrics->coverage[i].accuracy;
    if (!isnan (y[i]))
      lowest = fmin (lowest, y[i]);
  }
  double bottom = fmin (0.9, floor (lowest * 10 - 0.3) / 10);
  GenreAxes axes = {40, 22, 230, 200, 0, 1, fmax (0, bottom), 1};
  g_autoptr (GenrePlot) plot = genre_plot_new (288, 258);
  genre_plot_set_colour (plot, genre_ink);
  genre_axes_draw (plot, &axes, 0.2, "%.1f", "Share of clips answered", 0.1, "%.1f",
                   "Accuracy among them");
  genre_axes_curve (plot, &axes, x, y, GENRE_METRICS_THRESHOLDS, 1.5, genre_plot_colour (0), 0);
  for (guint i = 0; i < GENRE_METRICS_THRESHOLDS; i++) {
    x[i] = genre_axes_x (&axes, x[i]);
    y[i] = genre_axes_y (&axes, y[i]);
  }
  Marks marks = {.x = x, .y = y};
  if (threshold > 0)
    mark_threshold (plot, &axes, metrics, threshold, genre_plot_colour (1), &marks);
  for (int tenths = 3; tenths <= 9; tenths += 2)
    mark_threshold (plot, &axes, metrics, tenths / 10.0, genre_plot_colour (0), &marks);
  genre_plot_set_colour (plot, genre_grey);
  if (marks.n > 0)
    genre_plot_text (plot, 40, 11, 0, 1, SMALL, "Dots: lowest confidence that is answered");
  return genre_plot_save (plot, path, error);
}

GPtrArray *
genre_pictures_list (const char *folder)
{
  static const char *const names[] = {"confusion.png", "roc.png", "reliability.png",
                                      "coverage.png"};
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_ptr_array_add (paths, g_build_filename (folder, names[i], NULL));
  return paths;
}

gboolean
genre_pictures_save (const GenreScores *scores, const GenreMetrics *metrics, double threshold,
                     const char *folder, GError **error)
{
  g_autoptr (GPtrArray) paths = genre_pictures_list (folder);
  return genre_file_make_folder (folder, error) &&
         genre_picture_confusion (metrics, scores->display_names, paths->pdata[0], error) &&
         genre_picture_roc (scores, paths->pdata[1], error) &&
         genre_picture_reliability (metrics, paths->pdata[2], error) &&
         genre_picture_coverage (metrics, threshold, paths->pdata[3], error);
}

/* ---- learning curves ---- */

typedef struct {
  double *epoch, *train, *valid, *accuracy, *rate;
  guint n;
} Curves;

static void
curves_clear (Curves *curves)
{
  g_free (curves->epoch); /* all five */
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Curves, curves_clear)

static Curves
curves_from (const GenreEpoch *epochs, guint n)
{
  double *values = g_new (double, 5 * MAX (n, 1));
  Curves curves = {values, values + n, values + 2 * n, values + 3 * n, values + 4 * n, n};
  for (guint i = 0; i < n; i++) {
    curves.epoch[i] = i + 1;
    curves.train[i] = epochs[i].train_loss;
    curves.valid[i] = epochs[i].valid_loss;
    curves.accuracy[i] = epochs[i].valid_accuracy;
    curves.rate[i] = epochs[i].learning_rate;
  }
  return curves;
}

static double
largest (const double *values, guint n)
{
  double result = 0;
  for (guint i = 0; i < n; i++)
    if (isfinite (values[i]))
      result = fmax (result, values[i]);
  return result;
}

static GenreAxes
panel_axes (double top, double height, guint n_epochs, double y1)
{
  return (GenreAxes){44, top, 270, height, 1, fmax (n_epochs, 2), 0, y1};
}

static void
draw_losses (GenrePlot *plot, const Curves *c, double x_step)
{
  double top = fmax (largest (c->train, c->n), largest (c->valid, c->n));
  double step = genre_axes_step (fmax (top, 0.01), 5);
  GenreAxes axes = panel_axes (12, 120, c->n, step * fmax (1, ceil (top / step - 1e-9)));
  genre_axes_draw (plot, &axes, x_step, NULL, NULL, step, "%.3g", "Loss");
  genre_axes_curve (plot, &axes, c->epoch, c->train, c->n, 1.4, genre_plot_colour (0), 0);
  genre_axes_curve (plot, &axes, c->epoch, c->valid, c->n, 1.4, genre_plot_colour (1), 0);
  genre_plot_legend (plot, 322, 20, TEXT, genre_plot_colour (0), 0, "Training");
  if (largest (c->valid, c->n) > 0)
    genre_plot_legend (plot, 322, 34, TEXT, genre_plot_colour (1), 0, "Validation");
}

static void
draw_accuracy (GenrePlot *plot, const Curves *c, guint stored, double x_step)
{
  GenreAxes axes = panel_axes (148, 90, c->n, 1);
  genre_axes_draw (plot, &axes, x_step, NULL, NULL, 0.2, "%.1f", "Accuracy");
  genre_axes_curve (plot, &axes, c->epoch, c->accuracy, c->n, 1.4, genre_plot_colour (1), 0);
  if (stored == 0 || stored > c->n || isnan (c->accuracy[stored - 1]))
    return;
  double accuracy = c->accuracy[stored - 1];
  genre_axes_dot (plot, &axes, c->epoch[stored - 1], accuracy, 3, genre_plot_colour (1));
  g_autofree char *where = g_strdup_printf ("Stored: %.1f %%", 100 * accuracy);
  g_autofree char *when = g_strdup_printf ("of epoch %u", stored);
  genre_plot_set_colour (plot, genre_ink);
  genre_plot_text (plot, 322, 156, 0, 0.5, TEXT, where);
  genre_plot_text (plot, 322, 168, 0, 0.5, TEXT, when);
}

gboolean
genre_picture_learning (const GenreEpoch *epochs, guint n_epochs, guint stored, const char *path,
                        GError **error)
{
  g_auto (Curves) curves = curves_from (epochs, n_epochs);
  double x_step = fmax (1, genre_axes_step (fmax (n_epochs, 2), 8));
  double top = fmax (largest (curves.rate, n_epochs), 1e-9), step = genre_axes_step (top, 2);
  GenreAxes axes = panel_axes (254, 40, n_epochs, step * ceil (top / step - 1e-9));
  g_autoptr (GenrePlot) plot = genre_plot_new (396, 332);
  genre_plot_set_colour (plot, genre_ink);
  draw_losses (plot, &curves, x_step);
  draw_accuracy (plot, &curves, stored, x_step);
  genre_plot_set_colour (plot, genre_ink);
  genre_axes_draw (plot, &axes, x_step, "%.0f", "Epoch", step, "%.2g", NULL);
  genre_axes_curve (plot, &axes, curves.epoch, curves.rate, n_epochs, 1.4, genre_grey, 0);
  genre_plot_set_colour (plot, genre_grey);
  genre_plot_text (plot, 322, 262, 0, 0.5, TEXT, "Learning rate");
  return genre_plot_save (plot, path, error);
}

/* ---- spectrograms ---- */

/* Where a frequency lies, 0 to 1 from the lowest band to the highest. */
static double
band_position (const GenreFrontEndConfig *config, double hertz)
{
  double low = config->min_frequency, high = config->max_frequency;
  double (*scale) (double) = genre_representation_get_traits (config->representation)->scale;
  if (!scale)
    return (hertz - low) / (high - low);
  return (scale (hertz) - scale (low)) / (scale (high) - scale (low));
}

static void
draw_image (GenrePlot *plot, const GenreAxes *axes, const GenrePanel *panel, float low, float high)
{
  cairo_surface_t *image =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int)panel->frames, (int)panel->bands);
  if (cairo_surface_status (image) != CAIRO_STATUS_SUCCESS) {
    cairo_surface_destroy (image);
    return;
  }
  guchar *pixels = cairo_image_surface_get_data (image);
  int stride = cairo_image_surface_get_stride (image);
  for (guint band = 0; band < panel->bands; band++)
    for (guint frame = 0; frame < panel->frames; frame++) {
      float value = panel->values[(gsize)frame * panel->bands + band];
      GenreColour c = genre_plot_viridis ((value - low) / (high - low));
      guint32 *row = (guint32 *)(pixels + (gsize)stride * (panel->bands - 1 - band));
      row[frame] =
          (guint32)(255 * c.red) << 16 | (guint32)(255 * c.green) << 8 | (guint32)(255 * c.blue);
    }
  cairo_surface_mark_dirty (image);
  cairo_t *cairo = genre_plot_get_cairo (plot);
  cairo_save (cairo);
  cairo_translate (cairo, axes->left, axes->top);
  cairo_scale (cairo, axes->width / panel->frames, axes->height / panel->bands);
  cairo_set_source_surface (cairo, image, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cairo), CAIRO_FILTER_BILINEAR);
  cairo_pattern_set_extend (cairo_get_source (cairo), CAIRO_EXTEND_PAD);
  cairo_rectangle (cairo, 0, 0, panel->frames, panel->bands);
  cairo_fill (cairo);
  cairo_restore (cairo);
  cairo_surface_destroy (image);
}

static void
draw_frequencies (GenrePlot *plot, const GenreAxes *axes, const GenreFrontEndConfig *config)
{
  static const double ticks[] = {0, 250, 500, 1000, 2000, 4000, 8000, 16000};
  static const double linear_ticks[] = {0, 2000, 4000, 6000, 8000, 10000, 15000, 20000};
  const double *hertz =
      genre_representation_get_traits (config->representation)->scale ? ticks : linear_ticks;
  for (guint i = 0; i < G_N_ELEMENTS (ticks); i++) {
    if (hertz[i] < config->min_frequency || hertz[i] > config->max_frequency)
      continue;
    double y = axes->top + axes->height * (1 - band_position (config, hertz[i]));
    g_autofree char *label = hertz[i] >= 1000 ? g_strdup_printf ("%.0f k", hertz[i] / 1000)
                                              : g_strdup_printf ("%.0f", hertz[i]);
    genre_plot_line (plot, axes->left - 2.5, y, axes->left, y, 0.7, genre_ink);
    genre_plot_text (plot, axes->left - 5, y, 1, 0.5, SMALL, label);
  }
}

static void
draw_scale (GenrePlot *plot, double left, double top, double height, float low, float high)
{
  const guint n = 128;
  for (guint i = 0; i < n; i++)
    genre_plot_rectangle (plot, left, top + height * (n - 1 - i) / n, 8, height / n + 0.5,
                          genre_plot_viridis ((i + 0.5) / n));
  genre_plot_set_colour (plot, genre_ink);
  for (guint i = 0; i <= 2; i++) {
    g_autofree char *label = g_strdup_printf ("%.0f", (double)low + i * (high - low) / 2);
    genre_plot_text (plot, left + 12, top + height * (2 - i) / 2, 0, 0.5, SMALL, label);
  }
  genre_plot_text (plot, left + 4, top - 5, 0.5, 1, SMALL, "dB");
}

gboolean
genre_picture_spectrograms (const GenrePanel *panels, guint n_panels,
                            const GenreFrontEndConfig *front_end, float low, float high,
                            const char *path, GError **error)
{
  g_return_val_if_fail (n_panels > 0 && high > low, FALSE);
  guint n_columns = n_panels > 4 ? 2 : 1, n_rows = (n_panels + n_columns - 1) / n_columns;
  const double pitch = 132, height = 104, top = 18, left = 44;
  const double width = n_columns == 2 ? 230 : 420, column = left + width + 8;
  guint longest = 1;
  for (guint i = 0; i < n_panels; i++)
    longest = MAX (longest, panels[i].frames);
  double second = (double)front_end->rate / front_end->hop, seconds = longest / second;
  g_autoptr (GenrePlot) plot = genre_plot_new (n_columns * column + 38, n_rows * pitch + 18);
  for (guint i = 0; i < n_panels; i++) {
    guint x = i % n_columns, y = i / n_columns;
    GenreAxes axes = {left + x * column, top + y * pitch, width, height, 0, seconds, 0, 1};
    gboolean last = i + n_columns >= n_panels;
    genre_plot_set_colour (plot, genre_ink);
    genre_axes_draw (plot, &axes, genre_axes_step (seconds, 8), "%.3g", last ? "Time, s" : NULL, 2,
                     NULL, x == 0 ? "Frequency, Hz" : NULL);
    genre_plot_text_within (plot, axes.left, axes.top - 5, 1, TEXT, width, panels[i].title);
    axes.width = width * panels[i].frames / longest;
    draw_image (plot, &axes, &panels[i], low, high);
    genre_plot_set_colour (plot, genre_ink);
    draw_frequencies (plot, &axes, front_end);
  }
  draw_scale (plot, n_columns * column + 4, top, height, low, high);
  return genre_plot_save (plot, path, error);
}

/* ---- bars ---- */

#define LEAST_BAR 1.5 /* points of height: of 0, which is not what has no value */

static void
draw_group (GenrePlot *plot, const GenreAxes *axes, const double *values, guint n_series,
            guint n_groups, guint group)
{
  double pitch = axes->width / n_groups, width = 0.8 * pitch / n_series;
  for (guint i = 0; i < n_series; i++) {
    double value = values[(gsize)i * n_groups + group];
    double x = axes->left + (group + 0.1) * pitch + i * width;
    if (isnan (value))
      continue;
    double height = fmax (axes->top + axes->height - genre_axes_y (axes, value), LEAST_BAR);
    genre_plot_bar (plot, x, axes->top + axes->height - height, width * 0.92, height, i);
  }
}

/* What names turned by 45 degrees take below the axes and to their left, of series to the right. */
#define LEGEND                                                                                     \
  (50 * TEXT) /* a name of results, whose end may be what tells it from others, is not cut soon */

typedef struct {
  double left, right, below;
} Margins;

static Margins
measure_names (GenrePlot *ruler, const char *const *series, guint n_series, char *const *groups,
               guint n_groups, double pitch)
{
  Margins margins = {40, 0, 52};
  for (guint i = 0; i < n_series; i++)
    margins.right =
        fmax (margins.right, 15 + fmin (genre_plot_text_width (ruler, TEXT, series[i]), LEGEND));
  for (guint i = 0; i < n_groups; i++) {
    double reach = (genre_plot_text_width (ruler, TEXT, groups[i]) + TEXT) * G_SQRT2 / 2;
    margins.left = fmax (margins.left, reach - (i + 0.55) * pitch + 4);
    margins.below = fmax (margins.below, reach + 10);
  }
  return margins;
}

gboolean
genre_picture_bars (const char *const *series, guint n_series, const char *const *groups,
                    guint n_groups, const double *values, const char *title, const char *path,
                    GError **error)
{
  double pitch = fmax (30, 9.0 * n_series + 6), line = 13, legend = line * n_series + 8;
  g_autoptr (GenrePlot) ruler = genre_plot_new (1, 1);
  g_auto (GStrv) names = genre_plot_shorten (ruler, TEXT, groups, n_groups);
  Margins margins = measure_names (ruler, series, n_series, names, n_groups, pitch);
  GenreAxes axes = {margins.left, 12 + legend, pitch * n_groups, 170, 0, n_groups, 0, 1};
  g_autoptr (GenrePlot) plot = genre_plot_new (axes.left + fmax (axes.width, margins.right) + 14,
                                               axes.top + 170 + margins.below);
  genre_plot_set_colour (plot, genre_ink);
  genre_axes_draw (plot, &axes, 2 * n_groups, NULL, NULL, 0.2, "%.1f", title);
  for (guint i = 0; i < n_series; i++)
    genre_plot_bar (plot, axes.left, 9 + i * line, 10, 7, i);
  genre_plot_set_colour (plot, genre_ink);
  for (guint i = 0; i < n_series; i++)
    genre_plot_text_within (plot, axes.left + 15, 12.5 + i * line, 0.5, TEXT, LEGEND, series[i]);
  for (guint i = 0; i < n_groups; i++) {
    draw_group (plot, &axes, values, n_series, n_groups, i);
    genre_plot_set_colour (plot, genre_ink);
    genre_plot_text_turned (plot, axes.left + (i + 0.55) * pitch, axes.top + 176, 1, 0.5, TEXT, 45,
                            names[i]);
  }
  return genre_plot_save (plot, path, error);
}
