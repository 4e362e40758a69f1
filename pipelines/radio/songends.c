/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "songends.h"
#include "../answertext.h"
#include "../haste.h"

#define SHORT_SONGS_PACE 1.0 /* s between songs too short to be judged */

void
song_ends_clear (SongEnds *self)
{
  g_clear_pointer (&self->changed, g_free);
}

static void
note_change (SongEnds *self, const GstStructure *answer)
{
  const gboolean changes = g_strcmp0 (gst_structure_get_string (answer, "reason"), "caps") == 0;
  g_free (self->changed);
  self->changed = changes ? g_strdup (gst_structure_get_string (answer, "title")) : NULL;
}

static gboolean
has_ended (const SongEnds *self, const GstStructure *answer)
{
  return self->changed &&
         g_strcmp0 (self->changed, gst_structure_get_string (answer, "title")) == 0;
}

static gboolean
is_due (SongEnds *self)
{
  const gint64 now = g_get_monotonic_time ();
  if (now < self->next_short)
    return FALSE;
  self->next_short = now + haste_span (SHORT_SONGS_PACE);
  return TRUE;
}

gboolean
song_ends_take (SongEnds *self, const GstStructure *answer)
{
  const gboolean is_short = answer_is_final (answer) && answer_judge (answer) == ANSWER_TOO_SHORT;
  if (is_short && (has_ended (self, answer) || !is_due (self)))
    return FALSE;
  note_change (self, answer);
  return TRUE;
}
