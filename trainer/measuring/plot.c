/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plot.h"
#include "files.h"
#include "printable.h"
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

#define TICK_SIZE 7.5
#define TITLE_SIZE 8.5
#define N_COLOURS 8
#define HATCH 3.0 /* points from line to line */
#define NAME 17.0 /* widest name, in sizes of its letters */

struct _GenrePlot {
  cairo_surface_t *surface;
  cairo_t *cairo;
  PangoLayout *layout; /* of one text after the other */
};

const GenreColour genre_ink = {0.13, 0.13, 0.15};
const GenreColour genre_grey = {0.45, 0.45, 0.48};
const GenreColour genre_pale = {0.89, 0.89, 0.90};
const GenreColour genre_paper = {1, 1, 1};

GenreColour
genre_plot_colour (guint i)
{
  static const GenreColour colours[N_COLOURS] = {
      {0.00, 0.45, 0.70}, {0.84, 0.37, 0.00}, {0.00, 0.62, 0.45}, {0.80, 0.47, 0.65},
      {0.90, 0.62, 0.00}, {0.34, 0.71, 0.91}, {0.42, 0.24, 0.60}, {0.25, 0.25, 0.27},
  };
  return colours[i % N_COLOURS];
}

static GenreColour
interpolate (const GenreColour *stops, guint n, double value)
{
  double position = CLAMP (value, 0, 1) * (n - 1);
  guint i = MIN ((guint)position, n - 2);
  double t = position - i;
  const GenreColour *a = &stops[i], *b = &stops[i + 1];
  return (GenreColour){a->red + t * (b->red - a->red), a->green + t * (b->green - a->green),
                       a->blue + t * (b->blue - a->blue)};
}

GenreColour
genre_plot_blues (double value)
{
  static const GenreColour stops[] = {
      {1.00, 1.00, 1.00}, {0.84, 0.90, 0.96}, {0.62, 0.79, 0.89},
      {0.36, 0.63, 0.81}, {0.14, 0.44, 0.69}, {0.03, 0.22, 0.45},
  };
  return interpolate (stops, G_N_ELEMENTS (stops), value);
}

/* Relative luminance (WCAG 2.1). */
static double
luminance (GenreColour colour)
{
  const double channels[] = {colour.red, colour.green, colour.blue};
  static const double weights[] = {0.2126, 0.7152, 0.0722};
  double sum = 0;
  for (guint i = 0; i < 3; i++)
    sum += weights[i] * (channels[i] <= 0.04045 ? channels[i] / 12.92
                                                : pow ((channels[i] + 0.055) / 1.055, 2.4));
  return sum;
}

GenreColour
genre_plot_on_blues (double value)
{
  double below = luminance (genre_plot_blues (value)) + 0.05;
  double ink = below / (luminance (genre_ink) + 0.05);
  double paper = (luminance (genre_paper) + 0.05) / below;
  return paper > ink ? genre_paper : genre_ink;
}

GenreColour
genre_plot_viridis (double value)
{
  static const GenreColour stops[] = {
      {0.267, 0.005, 0.329}, {0.283, 0.141, 0.458}, {0.254, 0.265, 0.530}, {0.207, 0.372, 0.553},
      {0.164, 0.471, 0.558}, {0.128, 0.567, 0.551}, {0.135, 0.659, 0.518}, {0.267, 0.749, 0.441},
      {0.478, 0.821, 0.318}, {0.741, 0.873, 0.150}, {0.993, 0.906, 0.144},
  };
  return interpolate (stops, G_N_ELEMENTS (stops), value);
}

/* ---- the sheet ---- */

GenrePlot *
genre_plot_new (double width, double height)
{
  double scale = GENRE_PLOT_DPI / 72;
  GenrePlot *plot = g_new0 (GenrePlot, 1);
  plot->surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int)ceil (width * scale),
                                              (int)ceil (height * scale));
  plot->cairo = cairo_create (plot->surface);
  cairo_scale (plot->cairo, scale, scale);
  genre_plot_rectangle (plot, 0, 0, width + 1, height + 1, genre_paper);
  cairo_font_options_t *options = cairo_font_options_create ();
  cairo_font_options_set_hint_metrics (options,
                                       CAIRO_HINT_METRICS_OFF); /* turned or not: as wide */
  plot->layout = pango_cairo_create_layout (plot->cairo);
  PangoContext *context = pango_layout_get_context (plot->layout);
  pango_cairo_context_set_font_options (context, options);
  pango_context_set_round_glyph_positions (context, FALSE); /* a whole point is far in small text */
  cairo_font_options_destroy (options);
  return plot;
}

void
genre_plot_free (GenrePlot *plot)
{
  if (!plot)
    return;
  g_object_unref (plot->layout);
  cairo_destroy (plot->cairo);
  cairo_surface_destroy (plot->surface);
  g_free (plot);
}

cairo_t *
genre_plot_get_cairo (GenrePlot *plot)
{
  return plot->cairo;
}

static cairo_status_t
append_png (void *closure, const unsigned char *data, unsigned int length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

gboolean
genre_plot_save (GenrePlot *plot, const char *path, GError **error)
{
  g_autoptr (GByteArray) png = g_byte_array_new ();
  cairo_status_t status = cairo_status (plot->cairo);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_write_to_png_stream (plot->surface, append_png, png);
  if (status == CAIRO_STATUS_SUCCESS)
    return genre_file_write (path, png->data, png->len, error);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO, "%s: cannot be drawn: %s", path,
               cairo_status_to_string (status));
  return FALSE;
}

/* ---- marks ---- */

void
genre_plot_set_colour (GenrePlot *plot, GenreColour colour)
{
  cairo_set_source_rgb (plot->cairo, colour.red, colour.green, colour.blue);
}

/* Pango finds a font for every script, joins letters and turns them as they are read; a text of
 * Cairo's alone has boxes for Japanese, and Arabic from left to right.
 * @most: width where it is cut short, with dots at @dots; 0: as wide as it is */
static PangoLayoutLine *
lay_out (GenrePlot *plot, double size, double most, PangoEllipsizeMode dots, const char *text)
{
  g_autofree char *shown = printable (text);
  PangoFontDescription *font = pango_font_description_from_string ("sans-serif");
  pango_font_description_set_absolute_size (font, size * PANGO_SCALE);
  pango_cairo_update_layout (plot->cairo, plot->layout);
  pango_layout_set_font_description (plot->layout, font);
  pango_layout_set_ellipsize (plot->layout, most > 0 ? dots : PANGO_ELLIPSIZE_NONE);
  pango_layout_set_width (plot->layout, most > 0 ? (int)(most * PANGO_SCALE) : -1);
  pango_layout_set_text (plot->layout, shown, -1);
  pango_font_description_free (font);
  return pango_layout_get_line_readonly (plot->layout, 0);
}

static double
width_of (PangoLayoutLine *line)
{
  PangoRectangle logical;
  pango_layout_line_get_extents (line, NULL, &logical);
  return (double)logical.width / PANGO_SCALE;
}

double
genre_plot_text_width (GenrePlot *plot, double size, const char *text)
{
  return width_of (lay_out (plot, size, 0, PANGO_ELLIPSIZE_NONE, text));
}

/* What is shown of @name where it is too wide. (transfer full) */
static char *
cut (GenrePlot *plot, double size, PangoEllipsizeMode dots, const char *name)
{
  g_autofree char *shown = printable (name);
  PangoLayoutLine *line = lay_out (plot, size, NAME * size, dots, name);
  for (GSList *run = line->runs; run; run = run->next) {
    const PangoItem *item = ((PangoGlyphItem *)run->data)->item;
    if (item->analysis.flags & PANGO_ANALYSIS_FLAG_IS_ELLIPSIS)
      return g_strdup_printf ("%.*s…%s", item->offset, shown, shown + item->offset + item->length);
  }
  return g_steal_pointer (&shown);
}

/* How names are cut in one way, and how often each comes out. */
typedef struct {
  char **names; /* (n,), owned */
  GHashTable *counts;
} Cuts;

static void
cuts_clear (Cuts *cuts)
{
  g_strfreev (cuts->names);
  g_hash_table_unref (cuts->counts);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Cuts, cuts_clear)

static guint
count_equal (const Cuts *cuts, const char *name)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (cuts->counts, name));
}

static Cuts
cut_all (GenrePlot *plot, double size, PangoEllipsizeMode dots, const char *const *names, guint n)
{
  Cuts cuts = {g_new0 (char *, n + 1), g_hash_table_new (g_str_hash, g_str_equal)};
  for (guint i = 0; i < n; i++) {
    cuts.names[i] = cut (plot, size, dots, names[i]);
    g_hash_table_insert (cuts.counts, cuts.names[i],
                         GUINT_TO_POINTER (count_equal (&cuts, cuts.names[i]) + 1));
  }
  return cuts;
}

/* "Genre…name (2)", the second that would be called so. */
static char *
number (const Cuts *cuts, guint i)
{
  guint nth = 1;
  for (guint j = 0; j < i; j++)
    nth += strcmp (cuts->names[j], cuts->names[i]) == 0;
  return g_strdup_printf ("%s (%u)", cuts->names[i], nth);
}

char **
genre_plot_shorten (GenrePlot *plot, double size, const char *const *names, guint n)
{
  g_auto (Cuts) middle = cut_all (plot, size, PANGO_ELLIPSIZE_MIDDLE, names, n);
  g_auto (Cuts) end = cut_all (plot, size, PANGO_ELLIPSIZE_END, names, n);
  g_auto (Cuts) start = cut_all (plot, size, PANGO_ELLIPSIZE_START, names, n);
  char **shown = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++) {
    g_autofree char *whole = printable (names[i]);
    if (count_equal (&middle, middle.names[i]) == 1 || strcmp (middle.names[i], whole) == 0)
      shown[i] = g_strdup (middle.names[i]);
    else if (count_equal (&end, end.names[i]) == 1)
      shown[i] = g_strdup (end.names[i]);
    else if (count_equal (&start, start.names[i]) == 1)
      shown[i] = g_strdup (start.names[i]);
    else
      shown[i] = number (&middle, i);
  }
  return shown;
}

typedef struct {
  double horizontal, vertical, degrees, most; /* 0: as wide as it is; otherwise its end is cut */
} Placing;

static void
place_text (GenrePlot *plot, double x, double y, double size, const char *text, Placing placing)
{
  /* Capitals are 0.73 of the size in common sans-serif fonts: lines of text stay level whichever
   * letters they hold. */
  double height = 0.73 * size;
  cairo_save (plot->cairo);
  cairo_translate (plot->cairo, x, y);
  cairo_rotate (plot->cairo, -placing.degrees * G_PI / 180);
  PangoLayoutLine *line = lay_out (plot, size, placing.most, PANGO_ELLIPSIZE_END, text);
  cairo_move_to (plot->cairo, -placing.horizontal * width_of (line),
                 (1 - placing.vertical) * height);
  pango_cairo_show_layout_line (plot->cairo, line);
  cairo_restore (plot->cairo);
  cairo_new_path (plot->cairo);
}

void
genre_plot_text_turned (GenrePlot *plot, double x, double y, double horizontal, double vertical,
                        double size, double degrees, const char *text)
{
  place_text (plot, x, y, size, text, (Placing){horizontal, vertical, degrees, 0});
}

void
genre_plot_text_within (GenrePlot *plot, double x, double y, double vertical, double size,
                        double width, const char *text)
{
  place_text (plot, x, y, size, text, (Placing){0, vertical, 0, width});
}

void
genre_plot_text (GenrePlot *plot, double x, double y, double horizontal, double vertical,
                 double size, const char *text)
{
  genre_plot_text_turned (plot, x, y, horizontal, vertical, size, 0, text);
}

void
genre_plot_rectangle (GenrePlot *plot, double x, double y, double width, double height,
                      GenreColour fill)
{
  genre_plot_set_colour (plot, fill);
  cairo_rectangle (plot->cairo, x, y, width, height);
  cairo_fill (plot->cairo);
}

void
genre_plot_line (GenrePlot *plot, double x0, double y0, double x1, double y1, double width,
                 GenreColour colour)
{
  genre_plot_set_colour (plot, colour);
  cairo_set_line_width (plot->cairo, width);
  cairo_move_to (plot->cairo, x0, y0);
  cairo_line_to (plot->cairo, x1, y1);
  cairo_stroke (plot->cairo);
}

/* Lines that fall, or rise, by 45 degrees all over what is clipped. */
static void
hatch (GenrePlot *plot, double x, double y, double width, double height, gboolean rising)
{
  for (double at = -height; at < width; at += HATCH)
    genre_plot_line (plot, x + at, rising ? y + height : y, x + at + height,
                     rising ? y : y + height, 0.8, genre_paper);
}

void
genre_plot_bar (GenrePlot *plot, double x, double y, double width, double height, guint i)
{
  guint style = i / N_COLOURS % 4; /* a bit for either way */
  genre_plot_rectangle (plot, x, y, width, height, genre_plot_colour (i));
  cairo_save (plot->cairo);
  cairo_rectangle (plot->cairo, x, y, width, height);
  cairo_clip (plot->cairo);
  if (style & 1)
    hatch (plot, x, y, width, height, TRUE);
  if (style & 2)
    hatch (plot, x, y, width, height, FALSE);
  cairo_restore (plot->cairo);
}

static void
set_dashes (GenrePlot *plot, guint dashed)
{
  static const double patterns[][4] = {{4, 2, 4, 2}, {1.2, 1.6, 1.2, 1.6}, {6, 2, 1.2, 2}};
  if (dashed > 0)
    cairo_set_dash (plot->cairo, patterns[(dashed - 1) % G_N_ELEMENTS (patterns)], 4, 0);
  else
    cairo_set_dash (plot->cairo, NULL, 0, 0);
}

void
genre_plot_legend (GenrePlot *plot, double x, double y, double size, GenreColour colour,
                   guint dashed, const char *text)
{
  set_dashes (plot, dashed);
  genre_plot_line (plot, x, y, x + 14, y, 1.6, colour);
  set_dashes (plot, 0);
  genre_plot_set_colour (plot, genre_ink);
  genre_plot_text (plot, x + 19, y, 0, 0.5, size, text);
}

/* ---- axes ---- */

double
genre_axes_x (const GenreAxes *axes, double value)
{
  return axes->left + (value - axes->x0) / (axes->x1 - axes->x0) * axes->width;
}

double
genre_axes_y (const GenreAxes *axes, double value)
{
  return axes->top + (axes->y1 - value) / (axes->y1 - axes->y0) * axes->height;
}

double
genre_axes_step (double range, guint n_ticks)
{
  double rough = range / n_ticks, power = pow (10, floor (log10 (rough)));
  double factor = rough / power;
  return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
}

/* @format is the caller's constant with one double in it. */
static char *
format_tick (const char *format, double value)
{
  char number[64];
  return g_strdup (g_ascii_formatd (number, sizeof number, format, value));
}

static void
draw_x_ticks (GenrePlot *plot, const GenreAxes *axes, double step, const char *format)
{
  double bottom = axes->top + axes->height;
  for (double i = ceil (axes->x0 / step - 1e-6) + 0.0; i * step <= axes->x1 + 1e-6 * step; i++) {
    double x = genre_axes_x (axes, i * step);
    genre_plot_line (plot, x, axes->top, x, bottom, 0.5, genre_pale);
    genre_plot_line (plot, x, bottom, x, bottom + 2.5, 0.7, genre_ink);
    if (!format)
      continue;
    g_autofree char *label = format_tick (format, i * step);
    genre_plot_text (plot, x, bottom + 5, 0.5, 0, TICK_SIZE, label);
  }
}

static void
draw_y_ticks (GenrePlot *plot, const GenreAxes *axes, double step, const char *format)
{
  for (double i = ceil (axes->y0 / step - 1e-6) + 0.0; i * step <= axes->y1 + 1e-6 * step; i++) {
    double y = genre_axes_y (axes, i * step);
    genre_plot_line (plot, axes->left, y, axes->left + axes->width, y, 0.5, genre_pale);
    genre_plot_line (plot, axes->left - 2.5, y, axes->left, y, 0.7, genre_ink);
    if (!format)
      continue;
    g_autofree char *label = format_tick (format, i * step);
    genre_plot_text (plot, axes->left - 5, y, 1, 0.5, TICK_SIZE, label);
  }
}

void
genre_axes_draw (GenrePlot *plot, const GenreAxes *axes, double x_step, const char *x_format,
                 const char *x_title, double y_step, const char *y_format, const char *y_title)
{
  double right = axes->left + axes->width, bottom = axes->top + axes->height;
  draw_x_ticks (plot, axes, x_step, x_format);
  draw_y_ticks (plot, axes, y_step, y_format);
  genre_plot_line (plot, axes->left, axes->top, axes->left, bottom, 0.7, genre_ink);
  genre_plot_line (plot, axes->left, bottom, right, bottom, 0.7, genre_ink);
  if (x_title)
    genre_plot_text (plot, axes->left + axes->width / 2, bottom + 18, 0.5, 0, TITLE_SIZE, x_title);
  if (y_title)
    genre_plot_text_turned (plot, axes->left - 29, axes->top + axes->height / 2, 0.5, 0.5,
                            TITLE_SIZE, 90, y_title);
}

void
genre_axes_curve (GenrePlot *plot, const GenreAxes *axes, const double *x, const double *y, guint n,
                  double width, GenreColour colour, guint dashed)
{
  cairo_t *cairo = plot->cairo;
  cairo_save (cairo);
  /* A line on the frame keeps its whole width. */
  cairo_rectangle (cairo, axes->left - width, axes->top - width, axes->width + 2 * width,
                   axes->height + 2 * width);
  cairo_clip (cairo);
  genre_plot_set_colour (plot, colour);
  cairo_set_line_width (cairo, width);
  cairo_set_line_join (cairo, CAIRO_LINE_JOIN_ROUND);
  set_dashes (plot, dashed);
  guint n_points = 0, last = 0;
  for (guint i = 0; i < n; i++) {
    if (isnan (x[i]) || isnan (y[i]))
      continue;
    if (n_points++ > 0)
      cairo_line_to (cairo, genre_axes_x (axes, x[i]), genre_axes_y (axes, y[i]));
    else
      cairo_move_to (cairo, genre_axes_x (axes, x[i]), genre_axes_y (axes, y[i]));
    last = i;
  }
  cairo_stroke (cairo);
  cairo_restore (cairo);
  if (n_points == 1) /* no line goes through it */
    genre_axes_dot (plot, axes, x[last], y[last], 1.5 * width, colour);
}

void
genre_axes_dot (GenrePlot *plot, const GenreAxes *axes, double x, double y, double radius,
                GenreColour colour)
{
  cairo_arc (plot->cairo, genre_axes_x (axes, x), genre_axes_y (axes, y), radius, 0, 2 * G_PI);
  genre_plot_set_colour (plot, colour);
  cairo_fill_preserve (plot->cairo);
  genre_plot_set_colour (plot, genre_paper);
  cairo_set_line_width (plot->cairo, 0.8);
  cairo_stroke (plot->cairo);
}
