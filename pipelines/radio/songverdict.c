/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "songverdict.h"
#include "heardtime.h"
#include <string.h>

#define LEAST 1e-9         /* s that any answer counts, or a song of it alone would have none */
#define MOST_OPINIONS 1000 /* in a song: what others say may name more genres than models have */
#define N_VERDICTS (ANSWER_TOO_SHORT + 1)

/* What some answers say. */
typedef struct {
  AnswerVerdict verdict;
  char *genre;
  double seconds;           /* that they are the first to speak of */
  double confidence, music; /* weighted means */
} Opinion;

struct _SongVerdict {
  GArray *opinions; /* of Opinion, each once */
  HeardTime time;
};

static void
opinion_clear (gpointer data)
{
  g_free (((Opinion *)data)->genre);
}

SongVerdict *
song_verdict_new (void)
{
  SongVerdict *self = g_new (SongVerdict, 1);
  self->opinions = g_array_new (FALSE, FALSE, sizeof (Opinion));
  g_array_set_clear_func (self->opinions, opinion_clear);
  heard_time_init (&self->time);
  return self;
}

void
song_verdict_free (SongVerdict *self)
{
  if (!self)
    return;
  g_array_unref (self->opinions);
  g_free (self);
}

void
song_verdict_begin_song (SongVerdict *self)
{
  g_array_set_size (self->opinions, 0);
}

void
song_verdict_begin_stream (SongVerdict *self)
{
  heard_time_init (&self->time);
}

void
song_verdict_reset (SongVerdict *self)
{
  song_verdict_begin_song (self);
  song_verdict_begin_stream (self);
}

/* NULL: there are too many others. */
static Opinion *
find_opinion (SongVerdict *self, AnswerVerdict verdict, const char *genre)
{
  for (guint i = 0; i < self->opinions->len; i++) {
    Opinion *opinion = &g_array_index (self->opinions, Opinion, i);
    if (opinion->verdict == verdict && g_str_equal (opinion->genre, genre))
      return opinion;
  }
  if (self->opinions->len >= MOST_OPINIONS)
    return NULL;
  const Opinion opinion = {verdict, g_strdup (genre), 0, 0, 0};
  g_array_append_val (self->opinions, opinion);
  return &g_array_index (self->opinions, Opinion, self->opinions->len - 1);
}

double
song_verdict_take (SongVerdict *self, const GstStructure *answer)
{
  const GstClockTime time = heard_time_take (&self->time, answer);
  const char *genre = gst_structure_get_string (answer, "genre");
  double confidence = 0, music = 1;
  gst_structure_get_double (answer, "confidence", &confidence);
  gst_structure_get_double (answer, "music", &music);
  Opinion *opinion = find_opinion (self, answer_judge (answer), genre ? genre : "unknown");
  if (opinion) {
    const double seconds =
        MAX ((double)MIN (time, heard_time_get_duration (answer)) / GST_SECOND, LEAST);
    opinion->seconds += seconds;
    opinion->confidence += (confidence - opinion->confidence) * (seconds / opinion->seconds);
    opinion->music += (music - opinion->music) * (seconds / opinion->seconds);
  }
  return (double)time / GST_SECOND;
}

/* Of several as long, what was heard first. What is too short to be judged says nothing about the
 * rest. */
static AnswerVerdict
find_verdict (const SongVerdict *self)
{
  double seconds[N_VERDICTS] = {0};
  AnswerVerdict most = ANSWER_TOO_SHORT;
  for (guint i = 0; i < self->opinions->len; i++) {
    const Opinion *opinion = &g_array_index (self->opinions, Opinion, i);
    seconds[opinion->verdict] += opinion->seconds;
  }
  seconds[ANSWER_TOO_SHORT] = 0;
  for (guint i = 0; i < self->opinions->len; i++) {
    const AnswerVerdict verdict = g_array_index (self->opinions, Opinion, i).verdict;
    if (seconds[verdict] > seconds[most])
      most = verdict;
  }
  return most;
}

gboolean
song_verdict_is_empty (const SongVerdict *self)
{
  return self->opinions->len == 0;
}

gboolean
song_verdict_sum_up (const SongVerdict *self, SongSummary *summary)
{
  const AnswerVerdict verdict = find_verdict (self);
  const Opinion *most = NULL;
  for (guint i = 0; i < self->opinions->len; i++) {
    const Opinion *opinion = &g_array_index (self->opinions, Opinion, i);
    if (opinion->verdict == verdict && (!most || opinion->seconds > most->seconds))
      most = opinion;
  }
  if (!most)
    return FALSE;
  *summary = (SongSummary){verdict, most->genre, most->confidence, most->music};
  return TRUE;
}
