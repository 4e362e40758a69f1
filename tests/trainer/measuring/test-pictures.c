/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be checked without eyes: that every figure is drawn, that values leave their mark where
 * they belong, and that odd data do no harm. */
#include "measuring/pictures.h"
#include <cairo.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>
#include "measuring/plot.h"
#include "support.h"

/* How many pixels are close to @colour. */
static guint
count_pixels (const char *path, GenreColour colour)
{
  cairo_surface_t *image = cairo_image_surface_create_from_png (path);
  ck_assert_int_eq (cairo_surface_status (image), CAIRO_STATUS_SUCCESS);
  const guchar *pixels = cairo_image_surface_get_data (image);
  int stride = cairo_image_surface_get_stride (image), n = 0;
  for (int y = 0; y < cairo_image_surface_get_height (image); y++)
    for (int x = 0; x < cairo_image_surface_get_width (image); x++) {
      guint32 pixel = ((const guint32 *)(pixels + (gsize)y * stride))[x];
      double red = (pixel >> 16 & 255) / 255.0, green = (pixel >> 8 & 255) / 255.0,
             blue = (pixel & 255) / 255.0;
      n += fabs (red - colour.red) < 0.02 && fabs (green - colour.green) < 0.02 &&
           fabs (blue - colour.blue) < 0.02;
    }
  cairo_surface_destroy (image);
  return n;
}

/* How many pixels of its @edge columns and lowest rows are no paper. */
static guint
count_edge (const char *path, int edge)
{
  cairo_surface_t *image = cairo_image_surface_create_from_png (path);
  ck_assert_int_eq (cairo_surface_status (image), CAIRO_STATUS_SUCCESS);
  const guchar *pixels = cairo_image_surface_get_data (image);
  int stride = cairo_image_surface_get_stride (image), n = 0;
  int width = cairo_image_surface_get_width (image);
  int height = cairo_image_surface_get_height (image);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      if (x < edge || x >= width - edge || y >= height - edge)
        n += (((const guint32 *)(pixels + (gsize)y * stride))[x] & 0xffffff) != 0xffffff;
  cairo_surface_destroy (image);
  return n;
}

static const guint truth[3] = {0, 1, 2};
static const double values[9] = {0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.1, 0.8, 0.1};

START_TEST (a_right_answer_is_dark_in_the_matrix)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "c.png");
  g_autoptr (GenreScores) scores = test_scores (3, truth, values);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  ck_assert (genre_picture_confusion (metrics, scores->display_names, path, NULL));
  guint cell = (guint)(26 * 26 * (GENRE_PLOT_DPI / 72) * (GENRE_PLOT_DPI / 72));
  guint dark = count_pixels (path, genre_plot_blues (1)); /* three cells less their numbers */
  ck_assert_uint_gt (dark, 2.5 * cell);
  ck_assert_uint_lt (dark, 3.1 * cell);
}
END_TEST

START_TEST (every_genre_has_its_curve)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "roc.png");
  g_autoptr (GenreScores) scores = test_scores (3, truth, values);
  ck_assert (genre_picture_roc (scores, path, NULL));
  for (guint i = 0; i < 3; i++)
    ck_assert_uint_gt (count_pixels (path, genre_plot_colour (i)), 300);
  ck_assert_uint_eq (count_pixels (path, genre_plot_colour (5)), 0);
}
END_TEST

START_TEST (an_unmeasured_epoch_is_left_out)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "l.png");
  GenreEpoch epochs[5];
  for (guint i = 0; i < 5; i++)
    epochs[i] = (GenreEpoch){1.0 / (i + 1), NAN, NAN, 0.001};
  ck_assert (genre_picture_learning (epochs, 5, 0, path, NULL));
  ck_assert_uint_eq (count_pixels (path, genre_plot_colour (1)), 0);
  epochs[2].valid_loss = epochs[3].valid_loss = 0.5;
  ck_assert (genre_picture_learning (epochs, 5, 0, path, NULL));
  ck_assert_uint_gt (count_pixels (path, genre_plot_colour (1)), 100);
  epochs[3].valid_loss = NAN;
  epochs[4].valid_loss = 0.5; /* validated every other epoch */
  ck_assert (genre_picture_learning (epochs, 5, 0, path, NULL));
  ck_assert_uint_gt (count_pixels (path, genre_plot_colour (1)), 100);
  ck_assert (genre_picture_learning (epochs, 1, 0, path, NULL));
  ck_assert (genre_picture_learning (epochs, 0, 0, path, NULL));
}
END_TEST

START_TEST (loud_and_quiet_have_their_colours)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "s.png");
  float frames[64 * 32];
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    frames[i] = i < G_N_ELEMENTS (frames) / 2 ? -200 : 10; /* outside the range */
  GenreFrontEndConfig front_end = genre_front_end_config_default ();
  const GenrePanel panels[2] = {{"A", frames, 64, 32}, {"B", frames, 32, 32}};
  ck_assert (genre_picture_spectrograms (panels, 2, &front_end, -80, 0, path, NULL));
  guint quiet = count_pixels (path, genre_plot_viridis (0));
  guint loud = count_pixels (path, genre_plot_viridis (1));
  ck_assert_uint_gt (quiet, 3 * loud / 2); /* two halves against one, and the scale */
  ck_assert_uint_gt (loud, 10000);
}
END_TEST

START_TEST (odd_data_do_no_harm)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  const double same[9] = {1, 0, 0, 1, 0, 0, 1, 0, 0};
  const guint ones[3] = {0, 0, 0};
  g_autoptr (GenreScores) scores = test_scores (3, ones, same); /* two genres without a clip */
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  ck_assert (genre_pictures_save (scores, metrics, 0.5, folder, NULL));
  ck_assert_uint_eq (test_count_files (folder), 4);
  g_autofree char *path = test_path (folder, "bars.png");
  const char *series[] = {"A", "B"}, *groups[] = {"x", "y", "z"};
  const double bars[6] = {0, 1, NAN, NAN, NAN, 0.5};
  ck_assert (genre_picture_bars (series, 2, groups, 3, bars, "F1", path, NULL));
}
END_TEST

/* Of a model that is always sure all thresholds are one point. */
START_TEST (dots_do_not_cover_each_other)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  const double sure[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  g_autoptr (GenreScores) scores = test_scores (3, truth, sure);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  g_autofree char *own = test_path (folder, "own.png"), *none = test_path (folder, "none.png");
  ck_assert (genre_picture_coverage (metrics, 0.48, own, NULL));
  ck_assert (genre_picture_coverage (metrics, 0, none, NULL));
  ck_assert_uint_gt (count_pixels (own, genre_plot_colour (1)), 100); /* the threshold's own */
  ck_assert_uint_eq (count_pixels (own, genre_plot_colour (0)), 0);
  ck_assert_uint_gt (count_pixels (none, genre_plot_colour (0)), 100);
}
END_TEST

/* Pixels left of the axis, a hash of them. */
static guint
hash_margin (const char *path)
{
  cairo_surface_t *image = cairo_image_surface_create_from_png (path);
  ck_assert_int_eq (cairo_surface_status (image), CAIRO_STATUS_SUCCESS);
  const guchar *pixels = cairo_image_surface_get_data (image);
  int stride = cairo_image_surface_get_stride (image);
  guint hash = 0;
  for (int y = 0; y < cairo_image_surface_get_height (image); y++)
    for (int x = 0; x < (int)(38 * GENRE_PLOT_DPI / 72); x++)
      hash = 31 * hash + (((const guint32 *)(pixels + (gsize)y * stride))[x] & 0xffffff);
  cairo_surface_destroy (image);
  return hash;
}

/* One clip of twenty is above the threshold: its dot is as near to the axis as a label is wide. */
START_TEST (labels_of_dots_stay_inside_of_the_axes)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *own = test_path (folder, "own.png"), *none = test_path (folder, "none.png");
  guint all[20] = {0};
  double p[60];
  for (guint i = 0; i < 20; i++) {
    p[3 * i] = i == 0 ? 0.48 : 0.4;
    p[3 * i + 1] = p[3 * i + 2] = (1 - p[3 * i]) / 2;
  }
  g_autoptr (GenreScores) scores = test_scores (20, all, p);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  ck_assert (genre_picture_coverage (metrics, 0.45, own, NULL));
  ck_assert (genre_picture_coverage (metrics, 0, none, NULL));
  ck_assert_uint_gt (count_pixels (own, genre_plot_colour (1)), 50);
  ck_assert_uint_eq (count_pixels (none, genre_plot_colour (1)), 0);
  ck_assert_uint_eq (hash_margin (own), hash_margin (none));
}
END_TEST

static guint32
pixel_of (GenreColour colour)
{
  return (guint32)lround (255 * colour.red) << 16 | (guint32)lround (255 * colour.green) << 8 |
         (guint32)lround (255 * colour.blue);
}

/* How many pixels of ink are next to such of @colour. */
static guint
count_touches (const char *path, GenreColour colour)
{
  const int reach = 3, side = 2 * reach + 1;
  cairo_surface_t *image = cairo_image_surface_create_from_png (path);
  ck_assert_int_eq (cairo_surface_status (image), CAIRO_STATUS_SUCCESS);
  const guint32 *pixels = (const guint32 *)(gconstpointer)cairo_image_surface_get_data (image);
  int pitch = cairo_image_surface_get_stride (image) / 4;
  guint n = 0;
  for (int y = reach; y < cairo_image_surface_get_height (image) - reach; y++)
    for (int x = reach; x < cairo_image_surface_get_width (image) - reach; x++) {
      gboolean touches = FALSE;
      const guint32 *corner = pixels + (y - reach) * pitch + x - reach;
      for (int i = 0; i < side * side && (pixels[y * pitch + x] & 0xffffff) == pixel_of (genre_ink);
           i++)
        touches |= (corner[i / side * pitch + i % side] & 0xffffff) == pixel_of (colour);
      n += touches;
    }
  cairo_surface_destroy (image);
  return n;
}

/* Who is sure is more often wrong: the curve rises where labels stand otherwise, left below. */
START_TEST (labels_of_dots_stay_off_the_curve)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "c.png");
  guint all[20] = {0};
  double p[60];
  for (guint i = 0; i < 20; i++) {
    gboolean sure = i < 4, wrong = i < 2;
    p[3 * i] = wrong ? 0.03 : sure ? 0.95 : 0.6;
    p[3 * i + 1] = wrong ? 0.95 : sure ? 0.03 : 0.2;
    p[3 * i + 2] = 1 - p[3 * i] - p[3 * i + 1];
  }
  g_autoptr (GenreScores) scores = test_scores (20, all, p);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  ck_assert (genre_picture_coverage (metrics, 0, path, NULL));
  ck_assert_uint_gt (count_pixels (path, genre_plot_colour (0)), 1000);
  ck_assert_uint_eq (count_touches (path, genre_plot_colour (0)), 0);
}
END_TEST

/* The widest stretch of letters without a gap of three points between them, in points, in the rows
 * @top to @bottom. */
static double
measure_widest_text (const char *path, double top, double bottom)
{
  const double point = GENRE_PLOT_DPI / 72;
  cairo_surface_t *image = cairo_image_surface_create_from_png (path);
  ck_assert_int_eq (cairo_surface_status (image), CAIRO_STATUS_SUCCESS);
  const guint32 *pixels = (const guint32 *)(gconstpointer)cairo_image_surface_get_data (image);
  int pitch = cairo_image_surface_get_stride (image) / 4, begin = -1, last = -1, widest = 0;
  for (int x = (int)(45 * point); x < cairo_image_surface_get_width (image); x++) {
    gboolean inked = FALSE;
    for (int y = (int)(top * point); y < (int)(bottom * point); y++)
      inked |= (pixels[y * pitch + x] & 0xff) < 0x60 && (pixels[y * pitch + x] >> 16 & 0xff) < 0x60;
    if (!inked)
      continue;
    begin = begin < 0 || x - last > 3 * point ? x : begin;
    last = x;
    widest = MAX (widest, last - begin + 1);
  }
  cairo_surface_destroy (image);
  return widest / point;
}

/* All answers are right, so that dots are side by side; by and by nearer to each other. */
START_TEST (labels_of_dots_do_not_run_together)
{
  const guint n = 200;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "c.png");
  g_autoptr (GenrePlot) ruler = genre_plot_new (1, 1);
  double label = genre_plot_text_width (ruler, 7, "0.70");
  g_autofree guint *all = g_new0 (guint, n);
  g_autofree double *p = g_new (double, 3 * n);
  for (guint n_between = 8; n_between < 24; n_between++) {
    for (guint i = 0; i < n; i++) {
      p[3 * i] = i < 100 ? 0.8 : i < 100 + n_between ? 0.6 : 0.4;
      p[3 * i + 1] = p[3 * i + 2] = (1 - p[3 * i]) / 2;
    }
    g_autoptr (GenreScores) scores = test_scores (n, all, p);
    g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
    ck_assert (genre_picture_coverage (metrics, 0, path, NULL));
    double widest = measure_widest_text (path, 22 + 5, 22 + 11); /* below the upper edge */
    ck_assert_double_gt (widest, 0.7 * label);
    ck_assert_double_lt (widest, 1.2 * label);
  }
}
END_TEST

START_TEST (names_cut_short_stay_apart)
{
  static const char *const names[] = {"Genre number 17 and what a rather long name",
                                      "Genre number 18 and what a rather long name",
                                      "A name that is long, of many letters, but one",
                                      "What is the same on both of its sides, of one beginning, "
                                      "(one) and as well of one end as that",
                                      "What is the same on both of its sides, of one beginning, "
                                      "(two) and as well of one end as that",
                                      "Rock",
                                      "Rock"};
  g_autoptr (GenrePlot) plot = genre_plot_new (1, 1);
  g_auto (GStrv) shown = genre_plot_shorten (plot, 8, names, G_N_ELEMENTS (names));
  ck_assert_uint_eq (g_strv_length (shown), G_N_ELEMENTS (names));
  for (guint i = 0; i < 5; i++) {
    ck_assert_ptr_nonnull (strstr (shown[i], "…"));
    ck_assert_uint_lt (strlen (shown[i]), strlen (names[i]));
    ck_assert_double_le (genre_plot_text_width (plot, 8, shown[i]), 8 * 20);
    for (guint j = 0; j < i; j++)
      ck_assert_str_ne (shown[i], shown[j]);
  }
  ck_assert (g_str_has_prefix (shown[2], "A name") && g_str_has_suffix (shown[2], "but one"));
  ck_assert_ptr_nonnull (strstr (shown[1], "number 18"));
  ck_assert (g_str_has_suffix (shown[3], " (1)") && g_str_has_suffix (shown[4], " (2)"));
  ck_assert_str_eq (shown[5], "Rock"); /* somebody's own names */
  ck_assert_str_eq (shown[6], "Rock");
}
END_TEST

START_TEST (a_bar_of_nothing_is_there)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "bars.png");
  const char *series[] = {"A"}, *groups[] = {"x", "y"};
  const double none[] = {0.5, NAN}, zero[] = {0.5, 0};
  ck_assert (genre_picture_bars (series, 1, groups, 2, none, "F1", path, NULL));
  guint without = count_pixels (path, genre_plot_colour (0));
  ck_assert (genre_picture_bars (series, 1, groups, 2, zero, "F1", path, NULL));
  ck_assert_uint_gt (count_pixels (path, genre_plot_colour (0)), without + 50);
}
END_TEST

static int
width_of (const char *path, int *height)
{
  cairo_surface_t *image = cairo_image_surface_create_from_png (path);
  ck_assert_int_eq (cairo_surface_status (image), CAIRO_STATUS_SUCCESS);
  int width = cairo_image_surface_get_width (image);
  if (height)
    *height = cairo_image_surface_get_height (image);
  cairo_surface_destroy (image);
  return width;
}

START_TEST (one_long_name_leaves_room_for_the_picture)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "p.png");
  const guint lengths[] = {30, 100};
  g_autofree char *lengthy = g_strnfill (4000, 'M');
  int widths[3][2];
  for (guint i = 0; i < 2; i++) {
    g_autofree char *name = g_strnfill (lengths[i], 'M');
    g_autoptr (GenreScores) scores = test_scores (3, truth, values);
    g_free (scores->display_names[1]);
    scores->display_names[1] = g_strdup (name);
    g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
    const char *names[] = {name}, *one[] = {"one"}, *endless[] = {lengthy};
    const double half = 0.5;
    ck_assert (genre_picture_confusion (metrics, scores->display_names, path, NULL));
    widths[0][i] = width_of (path, NULL);
    ck_assert (genre_picture_roc (scores, path, NULL));
    widths[1][i] = width_of (path, NULL);
    ck_assert (genre_picture_bars (one, 1, names, 1, &half, "F1", path, NULL));
    widths[2][i] = width_of (path, NULL);
    ck_assert (genre_picture_bars (endless, 1, one, 1, &half, "F1", path, NULL));
    ck_assert_int_le (width_of (path, NULL), 2000);
    ck_assert_uint_eq (count_edge (path, 4), 0);
  }
  for (guint i = 0; i < 3; i++) /* dots and half a letter more or less */
    ck_assert_int_le (abs (widths[i][0] - widths[i][1]), 30);
}
END_TEST

/* Beyond sixteen nobody can tell lines apart. */
START_TEST (of_many_genres_the_best_and_the_worst_have_curves)
{
  const guint n = 60;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *few = test_path (folder, "few.png"), *many = test_path (folder, "many.png");
  int heights[2];
  for (guint k = 0; k < 2; k++) {
    guint n_labels = k ? n : 16;
    g_autofree char **names = g_new0 (char *, n_labels + 1);
    for (guint i = 0; i < n_labels; i++)
      names[i] = (char *)"a";
    g_autoptr (GenreScores) scores = genre_scores_new (n_labels, names, names, n_labels);
    for (guint i = 0; i < n_labels; i++) { /* the last ones are found worst */
      scores->clips[i] = g_strdup ("a");
      scores->truth[i] = i;
      for (guint j = 0; j < n_labels; j++)
        scores->probabilities[i * n_labels + j] = i == j ? 0.5 : 0.6 * j / n_labels;
    }
    ck_assert (genre_picture_roc (scores, k ? many : few, NULL));
    width_of (k ? many : few, &heights[k]);
  }
  ck_assert_int_eq (heights[0], heights[1]);
}
END_TEST

/* Contrast as WCAG 2.1 measures it; half of a cell's clips was too early for white. */
START_TEST (numbers_stand_out_from_every_blue)
{
  for (guint i = 0; i <= 100; i++) {
    const GenreColour colours[] = {genre_plot_blues (i / 100.0), genre_plot_on_blues (i / 100.0)};
    double light[2];
    for (guint j = 0; j < 2; j++) {
      const double channels[] = {colours[j].red, colours[j].green, colours[j].blue};
      double linear[3];
      for (guint k = 0; k < 3; k++)
        linear[k] = pow ((channels[k] + 0.055) / 1.055, 2.4);
      light[j] = 0.05 + 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    }
    ck_assert_double_gt (fmax (light[0] / light[1], light[1] / light[0]), 3.9);
  }
}
END_TEST

START_TEST (a_ninth_series_looks_otherwise_than_the_first)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "bars.png");
  const char *series[17], *groups[] = {"x"};
  double bars[17];
  guint before = 0, first = 0;
  for (guint n = 1; n <= 17; n++) {
    series[n - 1] = "S";
    bars[n - 1] = 1;
    ck_assert (genre_picture_bars (series, n, groups, 1, bars, "F1", path, NULL));
    guint pixels = count_pixels (path, genre_plot_colour (0)); /* of 30 points of width */
    if (n == 8)
      first = pixels;
    if (n == 9 || n == 17) {
      ck_assert_uint_gt (pixels, before + first / 10);     /* there is one more … */
      ck_assert_uint_lt (pixels, before + first * 9 / 10); /* … that is partly paper */
    }
    before = pixels;
  }
}
END_TEST

/* Not the epoch of the best accuracy, whose weights are gone. */
/* Nobody is surer than 0.25: there is nothing to mark, and nothing to say of marks. */
START_TEST (dots_that_are_not_there_are_not_explained)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "c.png");
  guint n[2];
  for (guint sure = 0; sure < 2; sure++) {
    const guint whose[] = {0, 1, 2, 3, 4};
    double p[25];
    for (guint i = 0; i < G_N_ELEMENTS (p); i++)
      p[i] = sure ? i % 6 == 0 ? 0.8 : 0.05 : i % 6 == 0 ? 0.24 : 0.19;
    char *labels[] = {"a", "b", "c", "d", "e", NULL};
    g_autoptr (GenreScores) scores = genre_scores_new (5, labels, labels, 5);
    memcpy (scores->truth, whose, sizeof whose);
    memcpy (scores->probabilities, p, sizeof p);
    g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
    ck_assert (genre_picture_coverage (metrics, 0, path, NULL));
    n[sure] = count_pixels (path, genre_grey);
  }
  ck_assert_uint_gt (n[1], n[0] + 20);
}
END_TEST

START_TEST (the_dot_is_at_the_epoch_that_is_stored)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "l.png");
  const GenreEpoch epochs[] = {
      {0.5, 0.5, 0.9, 0.001}, {0.4, 0.5, 0.5, 0.001}, {0.3, NAN, NAN, 0.001}};
  ck_assert (genre_picture_learning (epochs, 3, 0, path, NULL));
  guint curves = count_pixels (path, genre_plot_colour (1)), dot[4] = {0};
  for (guint stored = 1; stored < G_N_ELEMENTS (dot); stored++) {
    ck_assert (genre_picture_learning (epochs, 3, stored, path, NULL));
    dot[stored] = count_pixels (path, genre_plot_colour (1));
  }
  ck_assert_uint_gt (dot[1], curves + 20);
  ck_assert_uint_gt (dot[2], curves + 20);
  ck_assert_uint_eq (dot[3], curves); /* where there is no accuracy */
}
END_TEST

START_TEST (one_point_of_a_curve_is_seen)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "l.png");
  const GenreEpoch epoch = {0.5, NAN, NAN, 0.001};
  ck_assert (genre_picture_learning (&epoch, 1, 0, path, NULL));
  guint dot = count_pixels (path, genre_plot_colour (0));
  ck_assert (genre_picture_learning (&epoch, 0, 0, path, NULL)); /* the legend alone */
  ck_assert_uint_gt (dot, count_pixels (path, genre_plot_colour (0)) + 20);
}
END_TEST

START_TEST (long_names_are_not_cut_off)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "bars.png");
  g_autofree char *name = g_strnfill (60, 'M');
  const char *series[] = {name}, *groups[] = {name, name};
  const double bars[2] = {0.5, 0.5};
  ck_assert (genre_picture_bars (series, 1, groups, 2, bars, "F1", path, NULL));
  ck_assert_uint_eq (count_edge (path, 4), 0);
}
END_TEST

static gboolean
has_font_for (const char *text)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, 1, 1);
  cairo_t *cairo = cairo_create (surface);
  g_autoptr (PangoLayout) layout = pango_cairo_create_layout (cairo);
  pango_layout_set_text (layout, text, -1);
  gboolean has = pango_layout_get_unknown_glyphs_count (layout) == 0;
  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
  return has;
}

START_TEST (counts_of_many_genres_fit_their_cells)
{
  if (!has_font_for ("100"))
    return; /* boxes fill the space between numbers */
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "c.png");
  const guint n = 100;
  g_autofree guint *all = g_new (guint, n);
  g_autofree double *sure = g_new0 (double, (gsize)n *n);
  g_autofree char *labels = g_malloc0 ((gsize)n * 4);
  g_autofree char **names = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++) {
    all[i] = i;
    sure[i * n + i] = 1;
    names[i] = labels + (gsize)i * 4;
    g_snprintf (names[i], 4, "a%u", i);
  }
  GenreScores *scores = genre_scores_new (n, names, names, n);
  for (guint i = 0; i < n; i++)
    scores->clips[i] = g_strdup (names[i]);
  memcpy (scores->truth, all, n * sizeof *all);
  memcpy (scores->probabilities, sure, (gsize)n * n * sizeof *sure);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  ck_assert (genre_picture_confusion (metrics, scores->display_names, path, NULL));
  /* "100" below every column: a strip of 100 numbers, between which there is paper */
  cairo_surface_t *image = cairo_image_surface_create_from_png (path);
  const double point = GENRE_PLOT_DPI / 72;
  int y = cairo_image_surface_get_height (image) - (int)(18 * point + 0.6 * 7 * point);
  guint n_gaps = 0, blank = 0;
  const guchar *pixels = cairo_image_surface_get_data (image);
  int stride = cairo_image_surface_get_stride (image);
  for (int x = 0; x < cairo_image_surface_get_width (image); x++) {
    gboolean is_blank = TRUE;
    for (int row = y - 8; row < y + 8; row++)
      is_blank &= (((const guint32 *)(pixels + (gsize)row * stride))[x] & 0xffffff) == 0xffffff;
    n_gaps += is_blank && !blank;
    blank = is_blank;
  }
  ck_assert_uint_ge (n_gaps, n);
  cairo_surface_destroy (image);
  genre_scores_free (scores);
}
END_TEST

START_TEST (letters_that_join_are_joined)
{
  const char *lam = "\xd9\x84", *alef = "\xd8\xa7", *both = "\xd9\x84\xd8\xa7";
  if (!has_font_for (both))
    return; /* boxes do not join */
  g_autoptr (GenrePlot) plot = genre_plot_new (100, 100);
  double apart = genre_plot_text_width (plot, 8, lam) + genre_plot_text_width (plot, 8, alef);
  ck_assert_double_lt (genre_plot_text_width (plot, 8, both), 0.95 * apart);
}
END_TEST

START_TEST (what_would_be_too_wide_ends_in_dots)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "t.png");
  g_autofree char *text = g_strnfill (60, 'M');
  g_autoptr (GenrePlot) plot = genre_plot_new (100, 20);
  genre_plot_set_colour (plot, genre_ink);
  genre_plot_text_within (plot, 10, 10, 0.5, 8, 80, text);
  ck_assert (genre_plot_save (plot, path, NULL));
  ck_assert_uint_eq (count_edge (path, 16), 0);
  ck_assert_uint_gt (count_edge (path, 1000), 100);
}
END_TEST

START_TEST (a_picture_that_cannot_be_written_is_an_error)
{
  g_autoptr (GenreScores) scores = test_scores (3, truth, values);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  GError *error = NULL;
  ck_assert (!genre_pictures_save (scores, metrics, 0, "/dev/null/x", &error));
  test_assert_error (error, GENRE_ERROR_IO, "/dev/null/x");
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("pictures");
  tcase_add_test (tests, a_right_answer_is_dark_in_the_matrix);
  tcase_add_test (tests, every_genre_has_its_curve);
  tcase_add_test (tests, an_unmeasured_epoch_is_left_out);
  tcase_add_test (tests, loud_and_quiet_have_their_colours);
  tcase_add_test (tests, odd_data_do_no_harm);
  tcase_add_test (tests, dots_do_not_cover_each_other);
  tcase_add_test (tests, labels_of_dots_stay_inside_of_the_axes);
  tcase_add_test (tests, labels_of_dots_stay_off_the_curve);
  tcase_add_test (tests, labels_of_dots_do_not_run_together);
  tcase_add_test (tests, names_cut_short_stay_apart);
  tcase_add_test (tests, a_bar_of_nothing_is_there);
  tcase_add_test (tests, one_long_name_leaves_room_for_the_picture);
  tcase_add_test (tests, of_many_genres_the_best_and_the_worst_have_curves);
  tcase_add_test (tests, numbers_stand_out_from_every_blue);
  tcase_add_test (tests, a_ninth_series_looks_otherwise_than_the_first);
  tcase_add_test (tests, dots_that_are_not_there_are_not_explained);
  tcase_add_test (tests, the_dot_is_at_the_epoch_that_is_stored);
  tcase_add_test (tests, one_point_of_a_curve_is_seen);
  tcase_add_test (tests, long_names_are_not_cut_off);
  tcase_add_test (tests, counts_of_many_genres_fit_their_cells);
  tcase_add_test (tests, letters_that_join_are_joined);
  tcase_add_test (tests, what_would_be_too_wide_ends_in_dots);
  tcase_add_test (tests, a_picture_that_cannot_be_written_is_an_error);
  return test_run ("pictures", tests);
}
