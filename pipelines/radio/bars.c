/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bars.h"
#include "../answertext.h"
#include "../output.h"
#include "../printable.h"
#include "station.h"
#include "../terminal.h"
#include "../translation.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GENRES 5           /* bars below the level */
#define LINES (2 + GENRES) /* drawn each time */
#define QUIETEST -60.0     /* dB, an empty bar */
#define LABEL_WIDTH 14     /* columns before a bar, … */
#define NUMBER_WIDTH 8     /* … and after it */
#define WIDEST 50
#define NARROWEST 8

struct _Bars {
  gboolean drawn;
  gboolean fine;        /* the terminal shows blocks */
  double level;         /* dB */
  char *state;          /* what there is to say */
  GstStructure *answer; /* the last one, or NULL */
};

gboolean
bars_are_for (const GPtrArray *stations)
{
  return stations->len == 1 && ((const Station *)stations->pdata[0])->kind == STATION_MICROPHONE &&
         terminal_draws (STDOUT_FILENO);
}

/* ---- drawing ---- */

static int
get_bar_width (void)
{
  struct winsize size = {0};
  const int columns =
      ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
  return CLAMP (columns - LABEL_WIDTH - NUMBER_WIDTH, NARROWEST, WIDEST);
}

/* A line is cleared before it is written, and never longer than the terminal. */
static void
begin_line (const char *label)
{
  const char *end = label;
  int width = 0;
  for (int next = 0; *end != '\0'; end = g_utf8_next_char (end), width = next) {
    const gunichar c = g_utf8_get_char (end);
    next += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    if (next > LABEL_WIDTH - 2)
      break;
  }
  printf ("\r\033[2K  %.*s%*s", (int)(end - label), label, LABEL_WIDTH - 2 - width, "");
}

/* In eighths of a column. */
static void
draw_bar (const Bars *self, double share)
{
  static const char *const blocks[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
  const int width = get_bar_width ();
  const int eighths = (int)lround (CLAMP (share, 0, 1) * width * 8);
  for (int i = 0; i < width; i++) {
    const int part = CLAMP (eighths - 8 * i, 0, 8);
    fputs (self->fine ? blocks[part] : part >= 4 ? "#" : " ", stdout);
  }
}

static void
draw_genres (const Bars *self)
{
  const gboolean music = self->answer && answer_judge (self->answer) == ANSWER_MUSIC;
  g_autoptr (GArray) candidates = music ? answer_get_candidates (self->answer) : NULL;
  for (guint i = 0; i < GENRES; i++) {
    const AnswerCandidate *candidate =
        candidates && i < candidates->len ? &g_array_index (candidates, AnswerCandidate, i) : NULL;
    begin_line (candidate ? answer_name (candidate->label) : "");
    if (candidate) {
      draw_bar (self, candidate->probability);
      printf (" %3d %%", percent (candidate->probability));
    }
    putchar ('\n');
  }
}

static void
draw (Bars *self)
{
  if (self->drawn)
    printf ("\033[%dA", LINES);
  self->drawn = TRUE;
  begin_line (_ ("level"));
  draw_bar (self, 1 - self->level / QUIETEST);
  fputs ("\n\r\033[2K  ", stdout);
  g_autofree char *shown = g_utf8_substring (
      self->state, 0, MIN (g_utf8_strlen (self->state, -1), LABEL_WIDTH + get_bar_width ()));
  puts (shown);
  draw_genres (self);
  fflush (stdout);
  output_printed ();
}

/* ---- what happens ---- */

static void
say (Bars *self, char *state)
{
  g_free (self->state);
  self->state = state;
}

static void
take_answer (Bars *self, const GstStructure *answer)
{
  if (answer_judge (answer) == ANSWER_TOO_SHORT)
    return;
  g_clear_pointer (&self->answer, gst_structure_free);
  self->answer = gst_structure_copy (answer);
  say (self, g_strdup_printf (_ ("%s, %d %% sure"), answer_name (answer_get_verdict (answer)),
                              percent (answer_get_certainty (answer))));
}

static void
take_state (Bars *self, const StationEvent *event)
{
  if (event->state == STATION_CONNECTING || event->state == STATION_LISTENING)
    say (self, g_strdup (_ ("listening")));
  if (!event->fault)
    return;
  g_autofree char *words = translate_fault (event->fault->message);
  g_autofree char *fault = printable (words);
  g_clear_pointer (&self->answer, gst_structure_free);
  self->level = QUIETEST;
  say (self, g_strdup (fault));
}

void
bars_observe (const StationEvent *event, gpointer bars)
{
  Bars *self = bars;
  if (event->type == STATION_EVENT_LEVEL)
    self->level = event->level;
  else if (event->type == STATION_EVENT_ANSWER)
    take_answer (self, event->answer);
  else if (event->type == STATION_EVENT_STATE)
    take_state (self, event);
  draw (self);
}

Bars *
bars_new (void)
{
  Bars *self = g_new0 (Bars, 1);
  self->fine = g_get_charset (NULL);
  self->level = QUIETEST;
  self->state = g_strdup (_ ("listening"));
  fputs ("\033[?25l", stdout); /* no cursor between the bars */
  draw (self);
  return self;
}

void
bars_free (Bars *self)
{
  if (!self)
    return;
  fputs ("\033[?25h", stdout);
  fflush (stdout);
  g_clear_pointer (&self->answer, gst_structure_free);
  g_free (self->state);
  g_free (self);
}
