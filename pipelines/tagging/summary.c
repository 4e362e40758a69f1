/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "summary.h"
#include "../answerjson.h"
#include "../jsonline.h"
#include "../printable.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *
get_text (JsonObject *object, const char *member)
{
  return json_object_get_string_member_with_default (object, member, "");
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
    return g_strdup_printf ("%u h %02u min", minutes / 60, minutes % 60);
  return minutes > 1 ? g_strdup_printf ("%u min", minutes) : g_strdup ("1 min");
}

void
summary_show_progress (Summary *self)
{
  const gint64 now = g_get_monotonic_time ();
  if (self->quiet || !isatty (STDERR_FILENO) || now - self->last_progress < G_TIME_SPAN_SECOND / 2)
    return;
  self->last_progress = now;
  const double seconds = (double)(now - self->begin) / G_TIME_SPAN_SECOND;
  clear_progress (self);
  fprintf (stderr, "%u of %u files", self->done, self->n_files);
  if (self->done > 0) {
    const double rate = self->done / seconds;
    g_autofree char *left = format_time ((self->n_files - self->done) / rate);
    fprintf (stderr, ", %.0f a minute, %s left", rate * 60, left);
  }
  fflush (stderr);
  self->shows_progress = TRUE;
}

/* ---- files ---- */

void
summary_complain (Summary *self, const char *path, const char *what)
{
  g_autofree char *shown = printable (path);
  g_autofree char *fault = printable (what);
  clear_progress (self);
  fprintf (stderr, "genre-tag: %s: %s\n", shown, fault);
}

static void
print_json (JsonObject *object)
{
  g_autofree char *line = json_line_new (object);
  puts (line);
}

/* What is known where no genre is, or too little music. */
static char *
describe_unknown (const Summary *self, JsonObject *object)
{
  const int music = get_percent (object, "music");
  if (music < 50)
    return g_strdup_printf ("no music (%d %%)", 100 - music);
  if (!g_str_equal (get_text (object, "genre"), "unknown"))
    return g_strdup_printf ("unknown (music is %.4g %% probable, --min-music wants %.4g %%)",
                            100 * json_object_get_double_member_with_default (object, "music", 0),
                            100 * self->min_music);
  return g_strdup_printf ("unknown (the most probable genre has %d %%, music %d %%)",
                          get_percent (object, "confidence"), music);
}

static char *
describe_restored (JsonObject *object, const char *action)
{
  const char *name = get_text (object, "name"), *tagged = get_text (object, "tagged");
  const gboolean would = g_str_has_prefix (action, "would");
  const gboolean by_genre = strstr (action, "genre") != NULL;
  const char *from = get_text (object, "moved-from");
  return g_strdup_printf ("%s%s again (%s %s)%s%s%s",
                          !would  ? ""
                          : *name ? "would be "
                                  : "would have ",
                          *name ? name : "no genre", would ? "is" : "was",
                          *tagged ? tagged : "none",
                          by_genre ? "; the rest stays, somebody has changed it since" : "",
                          *from ? "; when it was written, it was " : "", from);
}

/* What the name map leaves without a name has one of ours. */
static char *
describe_heard (JsonObject *object, const char *action)
{
  const char *name = get_text (object, "name"), *tagged = get_text (object, "tagged");
  g_autofree char *before = *tagged ? g_strdup_printf (" instead of %s", tagged) : g_strdup ("");
  return g_strdup_printf ("%s%s, %d %% sure%s%s%s", *name ? name : get_text (object, "genre"),
                          before, get_percent (object, "confidence"),
                          json_object_has_member (object, "from") ? " (heard before)" : "",
                          g_str_equal (action, "written") ? ", written" : "",
                          g_str_equal (action, "refused") ? ", cannot be written" : "");
}

static char *
describe (const Summary *self, JsonObject *object)
{
  const char *action = get_text (object, "action");
  if (g_str_equal (action, "has-genre"))
    return g_strdup_printf ("%s already", get_text (object, "tagged"));
  if (g_str_equal (action, "unknown"))
    return describe_unknown (self, object);
  if (strstr (action, "restore"))
    return describe_restored (object, action);
  if (!json_object_has_member (object, "confidence")) /* refused without being heard */
    return g_strdup ("cannot be written");
  return describe_heard (object, action);
}

static void
print_line (Summary *self, const char *path, JsonObject *object)
{
  g_autofree char *what = describe (self, object);
  g_autofree char *shown = printable (path);
  g_autofree char *line = printable (what);
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
  self->would_write += g_str_equal (action, "would-write");
  self->written += g_str_equal (action, "written");
  self->refused += g_str_equal (action, "refused");
  self->would_restore += g_str_has_prefix (action, "would-restore");
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

void
summary_take (Summary *self, const char *path, JsonObject *object, const char *fault)
{
  if (object) {
    take (self, path, object);
  } else {
    g_autoptr (JsonObject) failure = answer_json_new (path);
    json_object_set_string_member (failure, "error", fault);
    take (self, path, failure);
  }
  fflush (stdout);
}

/* ---- end ---- */

static void
add (GString *text, guint n, const char *what)
{
  if (n > 0)
    g_string_append_printf (text, "%s%u %s", text->len > 0 ? ", " : "", n, what);
}

void
summary_end (Summary *self, gboolean interrupted)
{
  clear_progress (self);
  if (self->quiet || self->json || self->n_files < 2)
    return;
  g_autoptr (GString) text = g_string_new (NULL);
  add (text, self->written, "written");
  add (text, self->would_write, "would be written");
  add (text, self->has_genre, "have a genre already");
  add (text, self->unknown, "unknown");
  add (text, self->refused, "cannot be written");
  add (text, self->failed, "failed");
  add (text, self->restored, "restored");
  add (text, self->would_restore, "would be restored");
  printf ("%u of %u files%s%s.%s%s\n", self->done, self->n_files, text->len > 0 ? ": " : "",
          text->str, interrupted ? " Interrupted." : "",
          self->would_write > 0     ? " Nothing has been changed: --write does it."
          : self->would_restore > 0 ? " Nothing has been changed."
                                    : "");
}
