/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What most of a song was, of all answers about it. Each covers a window, the last 30 s as a rule,
 * of which only the end is new since the one before: it counts by the seconds of sound that it is
 * the first to speak of. */
#pragma once
#include "../answertext.h"
G_BEGIN_DECLS

typedef struct _SongVerdict SongVerdict;

typedef struct {
  AnswerVerdict verdict; /* of most of the song; ANSWER_TOO_SHORT: nothing in it could be judged */
  const char *genre;     /* of most of what had that verdict; valid until the next answer */
  double confidence, music; /* weighted means of the answers that say both */
} SongSummary;

SongVerdict *song_verdict_new (void);
void song_verdict_free (SongVerdict *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SongVerdict, song_verdict_free)

/* What comes next is about another song of the same stream, about the same song in another stream,
 * or about one of another stream. */
void song_verdict_begin_song (SongVerdict *self);
void song_verdict_begin_stream (SongVerdict *self);
void song_verdict_reset (SongVerdict *self);

/* Seconds of sound since the answer before: all that @answer covers, if it is the first one, or if
 * it does not say where it lies or begins anew. */
double song_verdict_take (SongVerdict *self, const GstStructure *answer);

/* There was no answer about this song. */
gboolean song_verdict_is_empty (const SongVerdict *self);
/* Of one answer, what that says. FALSE: there was none. */
gboolean song_verdict_sum_up (const SongVerdict *self, SongSummary *summary);

G_END_DECLS
