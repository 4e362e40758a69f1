/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenrePlot: a sheet of paper with axes. Lengths are points (1/72 inch); y runs downwards on the
 * sheet and upwards in the coordinates of axes. */
#pragma once
#include <cairo.h>
#include "error.h"
G_BEGIN_DECLS

#define GENRE_PLOT_DPI 200.0

typedef struct {
  double red, green, blue;
} GenreColour;

extern const GenreColour genre_ink, genre_grey, genre_pale, genre_paper;
/* The i-th of a series of colours, repeating after eight. */
GenreColour genre_plot_colour (guint i);
/* Blue, dark with @value: 0 is white, 1 nearly black. Even in lightness. */
GenreColour genre_plot_blues (double value);
/* Ink or paper, whichever stands out more from that blue. */
GenreColour genre_plot_on_blues (double value);
/* The scale "viridis" of Smith and van der Walt (matplotlib, CC0), 0 to 1. */
GenreColour genre_plot_viridis (double value);

typedef struct _GenrePlot GenrePlot;

GenrePlot *genre_plot_new (double width, double height);
void genre_plot_free (GenrePlot *plot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenrePlot, genre_plot_free)
cairo_t *genre_plot_get_cairo (GenrePlot *plot); /* (transfer none), in points */
/* PNG; atomic. */
gboolean genre_plot_save (GenrePlot *plot, const char *path, GError **error);

void genre_plot_set_colour (GenrePlot *plot, GenreColour colour);
/* @horizontal, @vertical: 0 left or top, 0.5 centre, 1 right or bottom of the text at (x, y). */
void genre_plot_text (GenrePlot *plot, double x, double y, double horizontal, double vertical,
                      double size, const char *text);
/* Turned by @degrees against the clock around (x, y). */
void genre_plot_text_turned (GenrePlot *plot, double x, double y, double horizontal,
                             double vertical, double size, double degrees, const char *text);
/* Cut short, with dots, where it would be wider than @width; (x, y) is its left edge. */
void genre_plot_text_within (GenrePlot *plot, double x, double y, double vertical, double size,
                             double width, const char *text);
double genre_plot_text_width (GenrePlot *plot, double size, const char *text);
/* Names of several things, each cut short, with dots, where it would be wider than about thirty
 * letters: otherwise one long name leaves no room for the picture. It is cut in its middle; where
 * others would look the same, at an end, and where that does not tell them apart, they are
 * numbered. (transfer full) */
char **genre_plot_shorten (GenrePlot *plot, double size, const char *const *names, guint n);
void genre_plot_rectangle (GenrePlot *plot, double x, double y, double width, double height,
                           GenreColour fill);
/* In the i-th of the colours, from the ninth on hatched: 8 plain, 8 one way, 8 the other way and 8
 * both ways, repeating after 32. */
void genre_plot_bar (GenrePlot *plot, double x, double y, double width, double height, guint i);
void genre_plot_line (GenrePlot *plot, double x0, double y0, double x1, double y1, double width,
                      GenreColour colour);

typedef struct {
  double left, top, width, height; /* on the sheet */
  double x0, x1, y0, y1;           /* values at the edges */
} GenreAxes;

double genre_axes_x (const GenreAxes *axes, double value);
double genre_axes_y (const GenreAxes *axes, double value);
/* Frame, grid, ticks every @step with labels of @format, titles (NULL: none; @x_format NULL: no
 * labels). */
void genre_axes_draw (GenrePlot *plot, const GenreAxes *axes, double x_step, const char *x_format,
                      const char *x_title, double y_step, const char *y_format,
                      const char *y_title);
/* A line through (x, y), a dot if it is one point; those with a NAN are left out; clipped to the
 * axes. @dashed: 0 solid, 1,
 * 2 …
 */
void genre_axes_curve (GenrePlot *plot, const GenreAxes *axes, const double *x, const double *y,
                       guint n, double width, GenreColour colour, guint dashed);
/* A filled dot with a paper-coloured rim. */
void genre_axes_dot (GenrePlot *plot, const GenreAxes *axes, double x, double y, double radius,
                     GenreColour colour);
/* 1, 2 or 5 times a power of ten, so that a @range has about @n_ticks. */
double genre_axes_step (double range, guint n_ticks);

/* A short line in the style of a curve, and its name. */
void genre_plot_legend (GenrePlot *plot, double x, double y, double size, GenreColour colour,
                        guint dashed, const char *text);

G_END_DECLS
