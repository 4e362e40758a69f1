/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "answertext.h"
#include "printable.h"
#include "translation.h"
#include <math.h>
#include <stdio.h>

#define NARROWEST_VERDICT 10 /* columns */
#define RUNNERS_UP 3         /* genres shown beside the most probable one */

static int
compare_candidates (gconstpointer a, gconstpointer b)
{
  const AnswerCandidate *x = a, *y = b;
  return (x->probability < y->probability) - (x->probability > y->probability);
}

GArray *
answer_get_candidates (const GstStructure *answer)
{
  GArray *candidates = g_array_new (FALSE, FALSE, sizeof (AnswerCandidate));
  const GValue *value = gst_structure_get_value (answer, "probabilities");
  const GstStructure *probabilities = value ? gst_value_get_structure (value) : NULL;
  for (int i = 0; probabilities && i < gst_structure_n_fields (probabilities); i++) {
    AnswerCandidate candidate = {gst_structure_nth_field_name (probabilities, (guint)i), 0};
    gst_structure_get_double (probabilities, candidate.label, &candidate.probability);
    g_array_append_val (candidates, candidate);
  }
  g_array_sort (candidates, compare_candidates);
  return candidates;
}

/* Where nothing was heard all genres are as likely, which no music ever makes them. */
static gboolean
is_nothing (const GstStructure *answer)
{
  g_autoptr (GArray) candidates = answer_get_candidates (answer);
  if (candidates->len < 2)
    return FALSE;
  const double most = g_array_index (candidates, AnswerCandidate, 0).probability;
  const double least = g_array_index (candidates, AnswerCandidate, candidates->len - 1).probability;
  return most - least < 1e-9;
}

AnswerVerdict
answer_judge (const GstStructure *answer)
{
  double music = 1;
  GstClockTime duration = 0;
  gst_structure_get_double (answer, "music", &music);
  gst_structure_get_clock_time (answer, "duration", &duration);
  if (is_nothing (answer))
    return duration > 0 && GST_CLOCK_TIME_IS_VALID (duration) ? ANSWER_SILENCE : ANSWER_TOO_SHORT;
  return music < ANSWER_LEAST_MUSIC ? ANSWER_NO_MUSIC : ANSWER_MUSIC;
}

gboolean
answer_is_final (const GstStructure *answer)
{
  gboolean final = FALSE;
  return gst_structure_get_boolean (answer, "final", &final) && final;
}

const char *
answer_get_verdict (const GstStructure *answer)
{
  switch (answer_judge (answer)) {
  case ANSWER_SILENCE:
    return "silence";
  case ANSWER_NO_MUSIC:
    return "no music";
  default:
    return gst_structure_get_string (answer, "genre");
  }
}

/* What answers call the built-in model's genres, and what is none. */
static const char *const names[] = {
    NC_ ("genre", "blues"),   NC_ ("genre", "classical"), NC_ ("genre", "country"),
    NC_ ("genre", "disco"),   NC_ ("genre", "hiphop"),    NC_ ("genre", "jazz"),
    NC_ ("genre", "metal"),   NC_ ("genre", "pop"),       NC_ ("genre", "reggae"),
    NC_ ("genre", "rock"),    NC_ ("genre", "unknown"),   NC_ ("genre", "no music"),
    NC_ ("genre", "silence"),
};

static GHashTable *model_names; /* by label; NULL before answer_take_names() */
static gboolean built_in;       /* they are those of the built-in model; set before them */

static GHashTable *
read_names (const GstStructure *genres)
{
  GHashTable *names_of = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (int i = 0; i < gst_structure_n_fields (genres); i++) {
    const char *label = gst_structure_nth_field_name (genres, (guint)i);
    g_hash_table_insert (names_of, g_strdup (label),
                         printable (gst_structure_get_string (genres, label)));
  }
  return names_of;
}

void
answer_take_names (GstElement *classifier)
{
  static gsize taken;
  if (!g_once_init_enter (&taken))
    return;
  g_autofree char *model = NULL;
  g_autoptr (GstStructure) genres = NULL;
  g_object_get (classifier, "model", &model, "genres", &genres, NULL);
  built_in = !*model;
  if (genres)
    g_atomic_pointer_set (&model_names, read_names (genres));
  g_once_init_leave (&taken, 1);
}

const char *
answer_name (const char *verdict)
{
  GHashTable *names_of = g_atomic_pointer_get (&model_names);
  const char *name = names_of && !built_in ? g_hash_table_lookup (names_of, verdict) : NULL;
  return name ? name : g_dpgettext2 (NULL, "genre", verdict);
}

const char *
answer_get_display_name (const GstStructure *answer)
{
  GHashTable *names_of = g_atomic_pointer_get (&model_names);
  const char *genre = gst_structure_get_string (answer, "genre");
  const char *told = gst_structure_get_string (answer, "name");
  if (g_strcmp0 (genre, "unknown") == 0)
    return NULL;
  return told || !names_of || !genre ? told : g_hash_table_lookup (names_of, genre);
}

/* As wide as the longest of them. */
char *
answer_format_verdict (const char *verdict)
{
  const char *name = answer_name (verdict);
  glong width = NARROWEST_VERDICT;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    width = MAX (width, g_utf8_strlen (answer_name (names[i]), -1));
  return g_strdup_printf ("%s%*s", name, (int)MAX (0, width - g_utf8_strlen (name, -1)), "");
}

double
answer_get_certainty (const GstStructure *answer)
{
  double music = 1, confidence = 0;
  gst_structure_get_double (answer, "music", &music);
  gst_structure_get_double (answer, "confidence", &confidence);
  const AnswerVerdict verdict = answer_judge (answer);
  return verdict == ANSWER_SILENCE ? 1 : verdict == ANSWER_NO_MUSIC ? 1 - music : confidence;
}

/* How probable something is that nobody would name says nothing beside "unknown". */
char *
answer_format_certainty (const GstStructure *answer)
{
  return g_str_equal (answer_get_verdict (answer), "unknown")
             ? g_strdup ("     ")
             : g_strdup_printf ("%3d %%", percent (answer_get_certainty (answer)));
}

int
percent (double probability)
{
  return (int)lround (100 * probability);
}

char *
answer_format_others (const GstStructure *answer)
{
  GString *text = g_string_new (NULL);
  if (answer_judge (answer) != ANSWER_MUSIC)
    return g_string_free (text, FALSE);
  const char *genre = gst_structure_get_string (answer, "genre");
  g_autoptr (GArray) candidates = answer_get_candidates (answer);
  for (guint i = 0, shown = 0; i < candidates->len && shown < RUNNERS_UP; i++) {
    const AnswerCandidate *candidate = &g_array_index (candidates, AnswerCandidate, i);
    if (g_strcmp0 (candidate->label, genre) == 0 || percent (candidate->probability) < 1)
      continue;
    g_string_append_printf (text, "%s%s %d %%", shown++ ? ", " : "", answer_name (candidate->label),
                            percent (candidate->probability));
  }
  return g_string_free (text, FALSE);
}

char *
answer_format_position (const GstStructure *answer, gboolean only_length)
{
  GstClockTime start = GST_CLOCK_TIME_NONE, duration = 0;
  gst_structure_get_clock_time (answer, "stream-time", &start);
  if (only_length)
    start = 0;
  if (!GST_CLOCK_TIME_IS_VALID (start))
    gst_structure_get_clock_time (answer, "running-time", &start);
  gst_structure_get_clock_time (answer, "duration", &duration);
  if (!GST_CLOCK_TIME_IS_VALID (start) || !GST_CLOCK_TIME_IS_VALID (duration))
    return g_strdup ("?");
  const guint64 s = (start + duration + GST_SECOND / 2) / GST_SECOND;
  if (s >= 3600)
    return g_strdup_printf ("%" G_GUINT64_FORMAT ":%02u:%02u", s / 3600, (guint)(s / 60 % 60),
                            (guint)(s % 60));
  return g_strdup_printf ("%u:%02u", (guint)(s / 60), (guint)(s % 60));
}

void
answer_print (const GstStructure *answer, gboolean only_length)
{
  g_autofree char *position = answer_format_position (answer, only_length);
  g_autofree char *others = answer_format_others (answer);
  g_autofree char *certainty = answer_format_certainty (answer);
  g_autofree char *verdict = answer_format_verdict (answer_get_verdict (answer));
  printf ("%8s  %s %s%s%s", position, verdict, certainty, *others ? "  " : "", others);
}

void
answer_print_tersely (const GstStructure *answer, const char *source, const char *title)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  double confidence = 0;
  gst_structure_get_double (answer, "confidence", &confidence);
  g_autofree char *name = printable (source);
  g_autofree char *shown = title ? printable (title) : NULL;
  printf ("%s\t%s\t%s%s%s\n", gst_structure_get_string (answer, "genre"),
          g_ascii_formatd (number, sizeof number, "%.3f", confidence), name, shown ? "\t" : "",
          shown ? shown : "");
}
