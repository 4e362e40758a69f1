/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reportpicture.h"
#include "../printable.h"
#include "history.h"
#include "../translation.h"
#include <cairo-svg.h>
#include <cairo.h>
#include <math.h>
#include <string.h>

#define WIDTH 1000
#define HEIGHT 660
#define MARGIN 60
#define PANEL_WIDTH (WIDTH - 2 * MARGIN)
#define PANEL_HEIGHT 190
#define FIRST_PANEL 168
#define SECOND_PANEL 430
#define HOURS 24
#define LEAST_LABEL 62 /* pixels for a date */
#define LONGEST_HEADING 60

typedef struct {
  double red, green, blue;
} Colour;

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

/* The same for the same genre in every picture; those of other models share what is there. */
static Colour
colour_of (const char *kind)
{
  guint rgb = known_colours[g_str_hash (kind) % 10].colour;
  for (gsize i = 0; i < G_N_ELEMENTS (known_colours); i++)
    if (strcmp (kind, known_colours[i].kind) == 0)
      rgb = known_colours[i].colour;
  return (Colour){(rgb >> 16) / 255.0, (rgb >> 8 & 0xff) / 255.0, (rgb & 0xff) / 255.0};
}

static void
set_colour (cairo_t *cairo, Colour colour)
{
  cairo_set_source_rgb (cairo, colour.red, colour.green, colour.blue);
}

static void
set_ink (cairo_t *cairo, double lightness)
{
  cairo_set_source_rgb (cairo, lightness, lightness, lightness);
}

/* ---- text ---- */

static void
set_font (cairo_t *cairo, double size, gboolean bold)
{
  cairo_select_font_face (cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                          bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size (cairo, size);
}

static double
get_width (cairo_t *cairo, const char *text)
{
  cairo_text_extents_t extents;
  cairo_text_extents (cairo, text, &extents);
  return extents.x_advance;
}

/* @alignment: 0 begins, 0.5 is centred, 1 ends at @x. */
static void
write_text (cairo_t *cairo, double x, double y, double alignment, const char *text)
{
  cairo_move_to (cairo, x - alignment * get_width (cairo, text), y);
  cairo_show_text (cairo, text);
}

/* ---- parts ---- */

static void
draw_title (cairo_t *cairo, const Report *report)
{
  g_autofree char *whole = printable (report->heading);
  g_autofree char *heading = g_utf8_strlen (whole, -1) > LONGEST_HEADING
                                 ? g_utf8_substring (whole, 0, LONGEST_HEADING)
                                 : g_strdup (whole);
  set_ink (cairo, 0.1);
  set_font (cairo, 22, TRUE);
  write_text (cairo, MARGIN, 52, 0, heading);
  if (report->days->len == 0)
    return;
  const ReportDay *first = report->days->pdata[0],
                  *last = report->days->pdata[report->days->len - 1];
  g_autofree char *range = g_strdup_printf (_ ("%s to %s, %u:%02u h heard"), first->day, last->day,
                                            report->total / 60, report->total % 60);
  set_ink (cairo, 0.35);
  set_font (cairo, 13, FALSE);
  write_text (cairo, MARGIN, 74, 0, range);
}

static void
draw_legend (cairo_t *cairo, const Report *report)
{
  double x = MARGIN, y = 102;
  set_font (cairo, 12, FALSE);
  for (guint i = 0; i < report->kinds->len; i++) {
    const char *kind = report->kinds->pdata[i];
    g_autofree char *text = g_strdup_printf ("%s %.0f %%", answer_name (kind),
                                             100.0 * report->minutes[i] / MAX (report->total, 1));
    const double width = get_width (cairo, text) + 34;
    if (x + width > WIDTH - MARGIN + 20) {
      x = MARGIN;
      y += 20;
    }
    set_colour (cairo, colour_of (kind));
    cairo_rectangle (cairo, x, y - 10, 12, 12);
    cairo_fill (cairo);
    set_ink (cairo, 0.2);
    write_text (cairo, x + 17, y, 0, text);
    x += width;
  }
}

static void
draw_axis (cairo_t *cairo, double top, const char *heading, double most, const char *unit)
{
  set_ink (cairo, 0.1);
  set_font (cairo, 14, TRUE);
  write_text (cairo, MARGIN, top - 12, 0, heading);
  set_font (cairo, 11, FALSE);
  cairo_set_line_width (cairo, 1);
  for (int i = 0; i <= 4; i++) {
    const double y = floor (top + PANEL_HEIGHT * (1 - i / 4.0)) + 0.5;
    g_autofree char *text = g_strdup_printf ("%.3g%s", most * i / 4, unit);
    set_ink (cairo, i == 0 ? 0.5 : 0.88);
    cairo_move_to (cairo, MARGIN, y);
    cairo_line_to (cairo, MARGIN + PANEL_WIDTH, y);
    cairo_stroke (cairo);
    set_ink (cairo, 0.4);
    write_text (cairo, MARGIN - 8, y + 4, 1, text);
  }
}

static void
draw_bar (cairo_t *cairo, const Report *report, double top, const Bar *bar)
{
  double y = top + PANEL_HEIGHT;
  for (guint i = 0; i < report->kinds->len; i++) {
    const double height = bar->minutes[i] * bar->scale;
    set_colour (cairo, colour_of (report->kinds->pdata[i]));
    cairo_rectangle (cairo, bar->x, y - height, bar->width, height);
    cairo_fill (cairo);
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
draw_hours (cairo_t *cairo, const Report *report)
{
  const double step = (double)PANEL_WIDTH / HOURS;
  draw_axis (cairo, FIRST_PANEL, _ ("By hour of the day"), 100, " %");
  for (guint hour = 0; hour < HOURS; hour++) {
    const guint *minutes = report->by_hour + hour * report->kinds->len;
    const guint sum = sum_of (report, minutes);
    const Bar bar = {minutes, MARGIN + hour * step + 2, step - 4,
                     sum > 0 ? (double)PANEL_HEIGHT / sum : 0};
    g_autofree char *name = g_strdup_printf ("%u", hour);
    draw_bar (cairo, report, FIRST_PANEL, &bar);
    set_ink (cairo, 0.4);
    write_text (cairo, bar.x + bar.width / 2, FIRST_PANEL + PANEL_HEIGHT + 16, 0.5, name);
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

static void
draw_days (cairo_t *cairo, const Report *report)
{
  guint largest = 0;
  for (guint i = 0; i < report->days->len; i++)
    largest = MAX (largest, sum_of (report, ((ReportDay *)report->days->pdata[i])->minutes));
  const double most = round_up (MAX (largest, 1) / 60.0);
  const double step = MIN ((double)PANEL_WIDTH / MAX (report->days->len, 1), 100);
  const guint each = (guint)ceil (LEAST_LABEL / step);
  draw_axis (cairo, SECOND_PANEL, _ ("By day"), most, _ (" h"));
  for (guint i = 0; i < report->days->len; i++) {
    const ReportDay *day = report->days->pdata[i];
    const double gap = MIN (2, step / 8);
    const Bar bar = {day->minutes, MARGIN + i * step + gap, step - 2 * gap,
                     PANEL_HEIGHT / most / 60};
    draw_bar (cairo, report, SECOND_PANEL, &bar);
    set_ink (cairo, 0.4);
    if (i % each == 0)
      write_text (cairo, bar.x + bar.width / 2, SECOND_PANEL + PANEL_HEIGHT + 16, 0.5,
                  each > 1 ? day->day + strlen ("2026-") : day->day);
  }
}

/* ---- files ---- */

static cairo_status_t
collect (void *closure, const unsigned char *data, unsigned int length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static void
draw (cairo_surface_t *surface, const Report *report)
{
  cairo_t *cairo = cairo_create (surface);
  set_ink (cairo, 1);
  cairo_paint (cairo);
  draw_title (cairo, report);
  draw_legend (cairo, report);
  draw_hours (cairo, report);
  draw_days (cairo, report);
  cairo_destroy (cairo);
}

gboolean
report_draw (const Report *report, const char *path, GError **error)
{
  const gboolean png = g_str_has_suffix (path, ".png");
  if (!png && !g_str_has_suffix (path, ".svg")) {
    g_set_error (error, HISTORY_ERROR, 0, _ ("%s: a picture's name ends in .svg or .png"), path);
    return FALSE;
  }
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  cairo_surface_t *surface =
      png ? cairo_image_surface_create (CAIRO_FORMAT_RGB24, 2 * WIDTH, 2 * HEIGHT)
          : cairo_svg_surface_create_for_stream (collect, bytes, WIDTH, HEIGHT);
  if (png)
    cairo_surface_set_device_scale (surface, 2, 2);
  draw (surface, report);
  if (png)
    cairo_surface_write_to_png_stream (surface, collect, bytes);
  cairo_surface_finish (surface);
  const cairo_status_t status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status != CAIRO_STATUS_SUCCESS) {
    g_set_error (error, HISTORY_ERROR, 0, "%s: %s", path, cairo_status_to_string (status));
    return FALSE;
  }
  return g_file_set_contents (path, (const char *)bytes->data, (gssize)bytes->len, error);
}
