/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reportpicture.h"
#include "../printable.h"
#include "../../src/files.h"
#include "historyfile.h"
#include "../translation.h"
#include <cairo-svg.h>
#include <cairo.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 1000
#define HEIGHT 660
#define MARGIN 60
#define PANEL_WIDTH (WIDTH - 2 * MARGIN)
#define PANEL_HEIGHT 190
#define FIRST_PANEL 168
#define SECOND_PANEL 430
#define HOURS 24
#define LEGEND 102     /* its first line … */
#define LEGEND_LINE 20 /* … and from there to the next */
#define LEGEND_LINES 2 /* that there is room for above the first panel */
#define LEAST_LABEL 62 /* pixels for a day of the year, … */
#define LEAST_DATE 76  /* … and with its year */
#define MOST_DAYS 4000 /* on an axis: more come of a clock that was wrong */
#define DAYS_OF_A_YEAR 366

typedef struct {
  cairo_t *cairo;
  const Report *report;
  guint *colours; /* of each kind, 0xrrggbb */
} Sheet;

typedef struct {
  double size;
  gboolean bold;
} Font;

static const Font title_font = {22, TRUE}, range_font = {13, FALSE}, legend_font = {12, FALSE},
                  panel_font = {14, TRUE}, axis_font = {11, FALSE};

/* What fills one bar: minutes of each kind. */
typedef struct {
  const guint *minutes;
  double x, width, scale; /* pixels a minute */
} Bar;

/* ---- colours ---- */

static const struct {
  const char *kind;
  guint colour;
} known_colours[] = {
    {"blues", 0x4e79a7},   {"classical", 0x9c755f}, {"country", 0xedc948}, {"disco", 0xff9da7},
    {"hiphop", 0xb07aa1},  {"jazz", 0x76b7b2},      {"metal", 0x4a4a55},   {"pop", 0xf28e2b},
    {"reggae", 0x59a14f},  {"rock", 0xe15759},      {"unknown", 0xc9ccd1}, {"no music", 0xa2a7ae},
    {"silence", 0xeceef0},
};

#define N_GENRES 10 /* of the built-in model, the first of these colours */

static gboolean
find_colour (const char *kind, guint *colour)
{
  for (gsize i = 0; i < G_N_ELEMENTS (known_colours); i++)
    if (strcmp (kind, known_colours[i].kind) == 0) {
      *colour = known_colours[i].colour;
      return TRUE;
    }
  return FALSE;
}

static gboolean
is_taken (const guint *colours, guint n, guint colour)
{
  for (guint i = 0; i < n; i++)
    if (colours[i] == colour)
      return TRUE;
  return FALSE;
}

static int
compare_kinds (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* The built-in model's genres have the same in every picture; those of other models get what is
 * left, in the order of their names, and share what there is when nothing is left. */
static guint *
choose_colours (GPtrArray *kinds)
{
  guint *colours = g_new0 (guint, kinds->len + 1);
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  for (guint i = 0; i < kinds->len; i++)
    if (!find_colour (kinds->pdata[i], &colours[i]))
      g_ptr_array_add (others, kinds->pdata[i]);
  g_ptr_array_sort (others, compare_kinds);
  for (guint i = 0, next = 0; i < others->len; i++) {
    guint place, tried = 0;
    g_ptr_array_find (kinds, others->pdata[i], &place);
    while (tried++ < N_GENRES &&
           is_taken (colours, kinds->len, known_colours[next % N_GENRES].colour))
      next++;
    colours[place] = known_colours[next++ % N_GENRES].colour;
  }
  return colours;
}

static void
set_colour (cairo_t *cairo, guint rgb)
{
  cairo_set_source_rgb (cairo, (rgb >> 16) / 255.0, (rgb >> 8 & 0xff) / 255.0,
                        (rgb & 0xff) / 255.0);
}

static void
set_ink (cairo_t *cairo, double lightness)
{
  cairo_set_source_rgb (cairo, lightness, lightness, lightness);
}

/* ---- text ---- */

/* Pango finds a font for every script and writes each as it is read.
 * @most: pixels, where it is cut short, with dots; 0: as wide as it is. (transfer full) */
static PangoLayout *
lay_out (cairo_t *cairo, const Font *font, double most, const char *text)
{
  PangoLayout *layout = pango_cairo_create_layout (cairo);
  PangoFontDescription *description = pango_font_description_from_string ("sans-serif");
  pango_font_description_set_absolute_size (description, font->size * PANGO_SCALE);
  if (font->bold)
    pango_font_description_set_weight (description, PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description (layout, description);
  pango_font_description_free (description);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  if (most > 0) {
    pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
    pango_layout_set_width (layout, (int)(most * PANGO_SCALE));
  }
  pango_layout_set_text (layout, text, -1);
  return layout;
}

static double
measure (PangoLayout *layout)
{
  PangoRectangle logical;
  pango_layout_line_get_extents (pango_layout_get_line_readonly (layout, 0), NULL, &logical);
  return (double)logical.width / PANGO_SCALE;
}

/* @alignment: 0 begins, 0.5 is centred, 1 ends at @x; @y is the line it stands on. */
static void
show_layout (cairo_t *cairo, double x, double y, double alignment, PangoLayout *layout)
{
  cairo_move_to (cairo, x - alignment * measure (layout), y);
  pango_cairo_show_layout_line (cairo, pango_layout_get_line_readonly (layout, 0));
  cairo_new_path (cairo);
}

static void
write_text (cairo_t *cairo, const Font *font, double x, double y, double alignment,
            const char *text)
{
  g_autoptr (PangoLayout) layout = lay_out (cairo, font, 0, text);
  show_layout (cairo, x, y, alignment, layout);
}

/* ---- parts ---- */

static void
draw_title (const Sheet *self)
{
  const Report *report = self->report;
  g_autofree char *heading = printable (report->heading);
  g_autoptr (PangoLayout) layout = lay_out (self->cairo, &title_font, PANEL_WIDTH, heading);
  set_ink (self->cairo, 0.1);
  show_layout (self->cairo, MARGIN, 52, 0, layout);
  if (report->days->len == 0)
    return;
  const ReportDay *first = report->days->pdata[0],
                  *last = report->days->pdata[report->days->len - 1];
  g_autofree char *range = g_strdup_printf (_ ("%s to %s, %u:%02u h heard"), first->day, last->day,
                                            report->total / 60, report->total % 60);
  set_ink (self->cairo, 0.35);
  write_text (self->cairo, &range_font, MARGIN, 74, 0, range);
}

/* How many lines it takes. */
static guint
draw_legend (const Sheet *self)
{
  const Report *report = self->report;
  guint lines = 1;
  double x = MARGIN;
  for (guint i = 0; i < report->kinds->len; i++) {
    g_autofree char *text = g_strdup_printf ("%s %.0f %%", answer_name (report->kinds->pdata[i]),
                                             100.0 * report->minutes[i] / MAX (report->total, 1));
    g_autoptr (PangoLayout) layout = lay_out (self->cairo, &legend_font, PANEL_WIDTH - 34, text);
    const double width = measure (layout) + 34;
    if (x > MARGIN && x + width > WIDTH - MARGIN + 20) {
      x = MARGIN;
      lines++;
    }
    const double y = LEGEND + LEGEND_LINE * (lines - 1.0);
    set_colour (self->cairo, self->colours[i]);
    cairo_rectangle (self->cairo, x, y - 10, 12, 12);
    cairo_fill (self->cairo);
    set_ink (self->cairo, 0.2);
    show_layout (self->cairo, x + 17, y, 0, layout);
    x += width;
  }
  return lines;
}

static void
draw_axis (cairo_t *cairo, double top, const char *heading, double most, const char *unit)
{
  set_ink (cairo, 0.1);
  write_text (cairo, &panel_font, MARGIN, top - 12, 0, heading);
  cairo_set_line_width (cairo, 1);
  for (int i = 0; i <= 4; i++) {
    const double y = floor (top + PANEL_HEIGHT * (1 - i / 4.0)) + 0.5;
    g_autofree char *text = g_strdup_printf ("%g%s", most * i / 4, unit);
    set_ink (cairo, i == 0 ? 0.5 : 0.88);
    cairo_move_to (cairo, MARGIN, y);
    cairo_line_to (cairo, MARGIN + PANEL_WIDTH, y);
    cairo_stroke (cairo);
    set_ink (cairo, 0.4);
    write_text (cairo, &axis_font, MARGIN - 8, y + 4, 1, text);
  }
}

static void
draw_bar (const Sheet *self, double top, const Bar *bar)
{
  double y = top + PANEL_HEIGHT;
  for (guint i = 0; i < self->report->kinds->len; i++) {
    const double height = bar->minutes[i] * bar->scale;
    set_colour (self->cairo, self->colours[i]);
    cairo_rectangle (self->cairo, bar->x, y - height, bar->width, height);
    cairo_fill (self->cairo);
    y -= height;
  }
}

static guint
sum_of (const Report *report, const guint *minutes)
{
  guint sum = 0;
  for (guint i = 0; i < report->kinds->len; i++)
    sum += minutes[i];
  return sum;
}

/* Shares, so that hours of which little was heard can be compared, too. */
static void
draw_hours (const Sheet *self)
{
  const Report *report = self->report;
  const double step = (double)PANEL_WIDTH / HOURS;
  draw_axis (self->cairo, FIRST_PANEL, _ ("By hour of the day"), 100, " %");
  for (guint hour = 0; hour < HOURS; hour++) {
    const guint *minutes = report->by_hour + hour * report->kinds->len;
    const guint sum = sum_of (report, minutes);
    const Bar bar = {minutes, MARGIN + hour * step + 2, step - 4,
                     sum > 0 ? (double)PANEL_HEIGHT / sum : 0};
    g_autofree char *name = g_strdup_printf ("%u", hour);
    draw_bar (self, FIRST_PANEL, &bar);
    set_ink (self->cairo, 0.4);
    write_text (self->cairo, &axis_font, bar.x + bar.width / 2, FIRST_PANEL + PANEL_HEIGHT + 16,
                0.5, name);
  }
}

/* Hours that end the axis: above the largest, and good to read in quarters. */
static double
round_up (double hours)
{
  static const double steps[] = {1, 2, 4, 8, 12, 16, 20, 24};
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    if (hours <= steps[i])
      return steps[i];
  const double magnitude = pow (10, floor (log10 (hours)));
  for (double factor = 1;; factor += 1)
    if (hours <= factor * magnitude)
      return factor * magnitude;
}

/* Days from 0000-01-01 or so on; 0: it is none. */
static guint
number_day (const ReportDay *day)
{
  guint year, month, number;
  if (sscanf (day->day, "%4u-%2u-%2u", &year, &month, &number) != 3 ||
      !g_date_valid_dmy ((GDateDay)number, (GDateMonth)month, (GDateYear)year))
    return 0;
  GDate date;
  g_date_clear (&date, 1);
  g_date_set_dmy (&date, (GDateDay)number, (GDateMonth)month, (GDateYear)year);
  return g_date_get_julian (&date);
}

static guint
find_largest (const Report *report)
{
  guint largest = 1;
  for (guint i = 0; i < report->days->len; i++)
    largest = MAX (largest, sum_of (report, ((ReportDay *)report->days->pdata[i])->minutes));
  return largest;
}

/* Where nothing was heard for a day there is a gap. */
static void
draw_days (const Sheet *self)
{
  const GPtrArray *days = self->report->days;
  const double most = round_up (find_largest (self->report) / 60.0);
  draw_axis (self->cairo, SECOND_PANEL, _ ("By day"), most, _ (" h"));
  if (days->len == 0)
    return;
  const guint first = number_day (days->pdata[0]);
  const guint all = number_day (days->pdata[days->len - 1]) - first + 1;
  const gboolean close = all > MOST_DAYS; /* side by side, whichever they are */
  const guint n = close ? days->len : all;
  const double step = MIN ((double)PANEL_WIDTH / n, 100);
  const gboolean with_year = step >= LEAST_LABEL || n > DAYS_OF_A_YEAR || close;
  const double least = step >= LEAST_LABEL ? LEAST_LABEL : with_year ? LEAST_DATE : LEAST_LABEL;
  double next = 0; /* where there is room for another label */
  for (guint i = 0; i < days->len; i++) {
    const ReportDay *day = days->pdata[i];
    const guint place = close ? i : number_day (day) - first;
    const double gap = MIN (2, step / 8);
    const Bar bar = {day->minutes, MARGIN + place * step + gap, step - 2 * gap,
                     PANEL_HEIGHT / most / 60};
    draw_bar (self, SECOND_PANEL, &bar);
    if (place * step < next)
      continue;
    next = place * step + least;
    set_ink (self->cairo, 0.4);
    write_text (self->cairo, &axis_font, bar.x + bar.width / 2, SECOND_PANEL + PANEL_HEIGHT + 16,
                0.5, with_year ? day->day : day->day + strlen ("2026-"));
  }
}

/* ---- files ---- */

static cairo_status_t
collect (void *closure, const unsigned char *data, unsigned int length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

/* How much taller than usual it is, for its legend. */
static double
draw (cairo_surface_t *surface, const Report *report)
{
  Sheet self = {cairo_create (surface), report, choose_colours (report->kinds)};
  set_ink (self.cairo, 1);
  cairo_paint (self.cairo);
  draw_title (&self);
  const guint lines = draw_legend (&self);
  const double more = LEGEND_LINE * (MAX (lines, LEGEND_LINES) - (double)LEGEND_LINES);
  cairo_translate (self.cairo, 0, more);
  draw_hours (&self);
  draw_days (&self);
  cairo_destroy (self.cairo);
  g_free (self.colours);
  return more;
}

static double
measure_more (const Report *report)
{
  cairo_surface_t *nowhere = cairo_recording_surface_create (CAIRO_CONTENT_COLOR, NULL);
  const double more = draw (nowhere, report);
  cairo_surface_destroy (nowhere);
  return more;
}

gboolean
report_can_draw (const char *path)
{
  return g_str_has_suffix (path, ".png") || g_str_has_suffix (path, ".svg");
}

gboolean
report_draw (const Report *report, const char *path, GError **error)
{
  const gboolean png = g_str_has_suffix (path, ".png");
  if (!genre_file_check_target (path, error))
    return FALSE;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  const double height = HEIGHT + measure_more (report);
  cairo_surface_t *surface =
      png ? cairo_image_surface_create (CAIRO_FORMAT_RGB24, 2 * WIDTH, (int)(2 * height))
          : cairo_svg_surface_create_for_stream (collect, bytes, WIDTH, height);
  if (png)
    cairo_surface_set_device_scale (surface, 2, 2);
  draw (surface, report);
  const cairo_status_t written =
      png ? cairo_surface_write_to_png_stream (surface, collect, bytes) : CAIRO_STATUS_SUCCESS;
  cairo_surface_finish (surface);
  const cairo_status_t status =
      written == CAIRO_STATUS_SUCCESS ? cairo_surface_status (surface) : written;
  cairo_surface_destroy (surface);
  if (status != CAIRO_STATUS_SUCCESS) {
    g_set_error (error, HISTORY_ERROR, 0, "%s: %s", path, cairo_status_to_string (status));
    return FALSE;
  }
  return genre_file_write (path, bytes->data, bytes->len, error);
}
