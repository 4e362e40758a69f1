/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "summary.h"
#include "../answerjson.h"
#include "../answertext.h"
#include "../jsonline.h"
#include "../output.h"
#include "../printable.h"
#include "../terminal.h"
#include "../translation.h"
#include "heard.h"
#include "remote.h"
#include "tagger.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *
get_text (JsonObject *object, const char *member)
{
  const char *text = json_line_get_text (object, member);
  return text ? text : "";
}

static int
get_percent (JsonObject *object, const char *member)
{
  return (int)lround (100 * json_object_get_double_member_with_default (object, member, 0));
}

void
summary_init (Summary *self, gboolean json, gboolean quiet, double min_music)
{
  *self = (Summary){
      .json = json, .quiet = quiet, .min_music = min_music, .begin = g_get_monotonic_time ()};
}

/* ---- progress ---- */

static void
clear_progress (Summary *self)
{
  if (self->shows_progress)
    fputs ("\r\033[K", stderr);
  self->shows_progress = FALSE;
}

static char *
format_time (double seconds)
{
  const guint minutes = (guint)ceil (seconds / 60);
  if (minutes >= 60)
    return g_strdup_printf (_ ("%u h %02u min"), minutes / 60, minutes % 60);
  return g_strdup_printf (ngettext ("%u min", "%u min", MAX (minutes, 1)), MAX (minutes, 1));
}

void
summary_show_progress (Summary *self)
{
  const gint64 now = g_get_monotonic_time ();
  if (self->quiet || !terminal_draws (STDERR_FILENO) ||
      now - self->last_progress < G_TIME_SPAN_SECOND / 2)
    return;
  self->last_progress = now;
  const double seconds = (double)(now - self->begin) / G_TIME_SPAN_SECOND;
  clear_progress (self);
  if (self->done > 0) {
    const double rate = self->done / seconds;
    g_autofree char *left = format_time ((self->n_files - self->done) / rate);
    fprintf (stderr,
             ngettext ("%u of %u file, %.0f a minute, %s left",
                       "%u of %u files, %.0f a minute, %s left", self->n_files),
             self->done, self->n_files, rate * 60, left);
  } else {
    fprintf (stderr, ngettext ("%u of %u file", "%u of %u files", self->n_files), self->done,
             self->n_files);
  }
  fflush (stderr);
  self->shows_progress = TRUE;
}

/* ---- files ---- */

void
summary_complain (Summary *self, const char *path, const char *what)
{
  g_autofree char *shown = printable (path);
  g_autofree char *words = translate_fault (what);
  g_autofree char *fault = printable (words);
  clear_progress (self);
  fprintf (stderr, "genre-tag: %s: %s\n", shown, fault);
}

void
summary_say (Summary *self, const char *what)
{
  g_autofree char *shown = printable (what);
  clear_progress (self);
  fprintf (stderr, "genre-tag: %s\n", shown);
}

static void
print_json (JsonObject *object)
{
  g_autofree char *line = json_line_new (object);
  output_print_line (line);
}

/* What is known where no genre is, or too little music. */
static char *
describe_unknown (const Summary *self, JsonObject *object)
{
  const int music = get_percent (object, "music");
  const AnswerVerdict verdict = heard_judge (object);
  if (verdict == ANSWER_TOO_SHORT)
    return g_strdup (_ ("too short to be heard"));
  if (verdict == ANSWER_SILENCE)
    return g_strdup (answer_name ("silence"));
  if (verdict == ANSWER_NO_MUSIC)
    return g_strdup_printf (_ ("no music (%d %%)"), 100 - music);
  if (!g_str_equal (get_text (object, "genre"), "unknown"))
    return g_strdup_printf (_ ("unknown (music is %.4g %% probable, --min-music wants %.4g %%)"),
                            100 * json_object_get_double_member_with_default (object, "music", 0),
                            100 * self->min_music);
  return g_strdup_printf (_ ("unknown (the most probable genre has %d %%, music %d %%)"),
                          get_percent (object, "confidence"), music);
}

static char *
describe_restored (JsonObject *object, const char *action)
{
  const char *name = get_text (object, "name"), *tagged = get_text (object, "tagged");
  const gboolean would = g_str_has_prefix (action, "would");
  const gboolean by_genre = strstr (action, "genre") != NULL;
  const char *now = *tagged ? tagged : _ ("none");
  g_autofree char *text =
      *name ? g_strdup_printf (would ? _ ("would be %s again (is %s)") : _ ("%s again (was %s)"),
                               name, now)
            : g_strdup_printf (would ? _ ("would have no genre again (is %s)")
                                     : _ ("no genre again (was %s)"),
                               now);
  const char *from = get_text (object, "moved-from");
  if (by_genre)
    return g_strdup_printf (_ ("%s; the rest stays, somebody has changed it since"), text);
  return *from ? g_strdup_printf (_ ("%s; when it was written, it was %s"), text, from)
               : g_steal_pointer (&text);
}

/* @text, which is taken, where @format has "%s". */
static char *
fill_in (const char *format, char *text)
{
  g_auto (GStrv) parts = g_strsplit (format, "%s", 2);
  char *filled = g_strjoinv (text, parts);
  g_free (text);
  return filled;
}

/* What the name map leaves without a name has one of ours. */
static char *
describe_heard (JsonObject *object, const char *action)
{
  const char *name = get_text (object, "name"), *tagged = get_text (object, "tagged");
  const char *genre = *name ? name : answer_name (get_text (object, "genre"));
  const int sure = get_percent (object, "confidence");
  char *text = *tagged ? g_strdup_printf (_ ("%s instead of %s, %d %% sure"), genre, tagged, sure)
                       : g_strdup_printf (_ ("%s, %d %% sure"), genre, sure);
  if (json_object_has_member (object, "from"))
    text = fill_in (_ ("%s (heard before)"), text);
  if (g_str_equal (action, "written"))
    text = fill_in (_ ("%s, written"), text);
  if (g_str_equal (action, "unwanted"))
    text = fill_in (_ ("%s, not written: the name map says so"), text);
  if (g_str_equal (action, "refused"))
    text = fill_in (_ ("%s, cannot be written"), text);
  return text;
}

static char *
describe (const Summary *self, JsonObject *object)
{
  const char *action = get_text (object, "action");
  if (g_str_equal (action, "has-genre"))
    return g_strdup_printf (_ ("%s already"), get_text (object, "tagged"));
  if (g_str_equal (action, "unknown"))
    return describe_unknown (self, object);
  if (g_str_equal (action, "restored-already"))
    return g_strdup (_ ("taken back already"));
  if (strstr (action, "restore"))
    return describe_restored (object, action);
  if (self->restores)
    return g_strdup (_ ("cannot be restored"));
  if (!json_object_has_member (object, "confidence")) /* refused without being heard */
    return g_strdup (_ ("cannot be written"));
  return describe_heard (object, action);
}

static void
print_line (Summary *self, const char *path, JsonObject *object)
{
  char *what = describe (self, object);
  if (self->copies && tagger_leaves_alone (get_text (object, "action")))
    what = fill_in (_ ("%s; the copy is the file as it is"), what);
  g_autofree char *shown = printable (path);
  g_autofree char *line = printable (what);
  g_free (what);
  clear_progress (self);
  printf ("%s: %s\n", shown, line);
}

static void
count (Summary *self, JsonObject *object)
{
  const char *action = get_text (object, "action");
  self->failed += json_object_has_member (object, "error");
  self->has_genre += g_str_equal (action, "has-genre");
  self->unknown += g_str_equal (action, "unknown");
  self->unwanted += g_str_equal (action, "unwanted");
  self->would_write += g_str_equal (action, "would-write");
  self->written += g_str_equal (action, "written");
  self->refused += g_str_equal (action, "refused");
  self->would_restore += g_str_has_prefix (action, "would-restore");
  self->restored_already += g_str_equal (action, "restored-already");
  self->restored += g_str_equal (action, "restored") || g_str_equal (action, "genre-restored");
}

static void
take (Summary *self, const char *path, JsonObject *object)
{
  const char *fault = get_text (object, "error"), *obstacle = get_text (object, "obstacle");
  self->done++;
  count (self, object);
  if (self->json)
    print_json (object);
  else if (!*fault && !self->quiet)
    print_line (self, path, object);
  if (*fault || *obstacle)
    summary_complain (self, path, *fault ? fault : obstacle);
}

JsonObject *
summary_new_failure (const char *path, const char *fault)
{
  JsonObject *self = remote_is (path) ? answer_json_new_for_source (path) : answer_json_new (path);
  g_autofree char *valid = g_utf8_make_valid (fault, -1);
  json_object_set_string_member (self, "error", valid);
  return self;
}

void
summary_take (Summary *self, const char *path, JsonObject *object, const char *fault)
{
  if (object) {
    take (self, path, object);
  } else {
    g_autoptr (JsonObject) failure = summary_new_failure (path, fault);
    take (self, path, failure);
  }
  if (fflush (stdout) != 0)
    output_printed (); /* which knows why, now */
}

/* ---- end ---- */

/* @format, which has "%u", for @n, unless there are none. */
static void
add (GString *text, guint n, const char *format)
{
  if (n == 0)
    return;
  g_autofree char *number = g_strdup_printf ("%u", n);
  g_auto (GStrv) parts = g_strsplit (format, "%u", 2);
  g_autofree char *part = g_strjoinv (number, parts);
  g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", part);
}

static char *
list_counts (const Summary *self)
{
  GString *text = g_string_new (NULL);
  const Summary *n = self;
  add (text, n->written, ngettext ("%u written", "%u written", n->written));
  add (text, n->would_write,
       ngettext ("%u would be written", "%u would be written", n->would_write));
  add (text, n->has_genre,
       ngettext ("%u have a genre already", "%u have a genre already", n->has_genre));
  add (text, n->unknown, ngettext ("%u unknown", "%u unknown", n->unknown));
  add (text, n->unwanted,
       ngettext ("%u left out by the name map", "%u left out by the name map", n->unwanted));
  add (text, n->refused,
       n->restores ? ngettext ("%u cannot be restored", "%u cannot be restored", n->refused)
                   : ngettext ("%u cannot be written", "%u cannot be written", n->refused));
  add (text, n->failed, ngettext ("%u failed", "%u failed", n->failed));
  add (text, n->restored, ngettext ("%u restored", "%u restored", n->restored));
  add (text, n->restored_already,
       ngettext ("%u taken back already", "%u taken back already", n->restored_already));
  add (text, n->would_restore,
       ngettext ("%u would be restored", "%u would be restored", n->would_restore));
  return g_string_free (text, FALSE);
}

void
summary_end (Summary *self, gboolean interrupted)
{
  clear_progress (self);
  if (self->quiet || self->json || self->n_files < 2)
    return;
  g_autofree char *counts = list_counts (self);
  if (*counts)
    printf (ngettext ("%u of %u file: %s.", "%u of %u files: %s.", self->n_files), self->done,
            self->n_files, counts);
  else
    printf (ngettext ("%u of %u file.", "%u of %u files.", self->n_files), self->done,
            self->n_files);
  if (interrupted)
    printf (" %s", _ ("Interrupted."));
  if (self->would_write > 0)
    printf (" %s", _ ("Nothing has been changed: --write does it."));
  else if (self->would_restore > 0)
    printf (" %s", _ ("Nothing has been changed."));
  putchar ('\n');
}
