/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "historysongs.h"
#include "heardtime.h"
#include "songverdict.h"

#define PIECE 1800 /* s of a song that goes on, after which they are a row */
#define LEAST 4    /* s of what is left of it behind such a row, which otherwise grows */
#define STALL 10   /* s for which nothing came before a song ended, which are not of it */
#define RETURN 60  /* s after which a song that broke off is another one, by its title */
#define LATE 120   /* s after which a song that broke off does not go on behind a burst */
#define BURST 60   /* s of sound from before, which a server may send at once to who joins */

/* A song that broke off, which may go on. */
typedef struct {
  HistoryRow *row; /* it was put; NULL: there is no such song */
  SongVerdict *heard;
} Broken;

struct _HistorySongs {
  HistoryRows *rows;
  HistoryStation *station;
  /* The song that plays. */
  gint64 song_start, song_end; /* so far; seconds since 1970; 0: before its first answer */
  gint64 joined, earliest;     /* when it was first heard, and when it may have begun */
  double sound;                /* s of it */
  SongVerdict *heard;
  char *title;       /* or NULL */
  gboolean apart;    /* it began where another one was told to end */
  HistoryRow *row;   /* which it has since it broke off; or NULL */
  HistoryRow *piece; /* of what was heard of it before, for it is long; or NULL */
  /* What servers send again. */
  Broken broken;     /* the song before it, if that did */
  char *before;      /* title of the song before that, or NULL */
  gboolean opens;    /* the stream: nothing of it was heard yet */
  gboolean repeats;  /* what plays is that one, perhaps */
  HistoryRow *again; /* what was heard of that, until the broken song follows; or NULL */
  /* The last row. */
  gint64 last_end;
  gboolean knows_end; /* of one that another run has written, too */
};

static void
forget_broken (HistorySongs *self)
{
  g_clear_pointer (&self->broken.row, history_row_unref);
  g_clear_pointer (&self->broken.heard, song_verdict_free);
  self->repeats = FALSE;
}

/* ---- its rows ---- */

/* (transfer full) */
static HistoryRow *
take_row (HistorySongs *self, const SongSummary *summary)
{
  HistoryRow *row =
      self->row ? g_steal_pointer (&self->row) : history_row_new (self->station, TRUE);
  row->start = MIN (self->song_start, self->song_end);
  row->end = self->song_end;
  g_free (row->title);
  row->title = g_steal_pointer (&self->title);
  row->verdict = summary->verdict;
  g_free (row->genre);
  row->genre = g_strdup (summary->genre);
  row->confidence = summary->confidence;
  row->music = summary->music;
  return row;
}

/* What is left of a long song behind @piece, or NULL, and too short for a row of its own: it makes
 * that longer. By the song's own times, which follow a clock that is set. */
static gboolean
is_rest (const HistorySongs *self, const HistoryRow *piece)
{
  const gint64 length = self->song_end - self->song_start;
  return piece && !self->row && length >= 0 && length < LEAST &&
         g_strcmp0 (piece->title, self->title) == 0;
}

/* (transfer full) */
static HistoryRow *
lengthen (HistorySongs *self, HistoryRow *piece)
{
  history_rows_take_back (self->rows, piece);
  piece->end += self->song_end - self->song_start;
  g_clear_pointer (&self->title, g_free);
  return history_row_ref (piece);
}

/* Another song begins. */
static void
leave_song (HistorySongs *self)
{
  song_verdict_begin_song (self->heard);
  self->song_start = self->song_end;
}

static void
put (HistorySongs *self, HistoryRow *row)
{
  self->last_end = row->end;
  history_rows_put (self->rows, row);
}

/* Its row was put; what was heard of it is not forgotten, for it may go on. */
static void
break_song (HistorySongs *self, HistoryRow *row)
{
  forget_broken (self);
  song_verdict_begin_stream (self->heard);
  self->broken = (Broken){history_row_ref (row), self->heard};
  self->heard = song_verdict_new ();
}

/* ---- what is heard again ---- */

/* It is as long as all that was heard again of the song: a stream may break off in it, too. */
static void
hold (HistorySongs *self, HistoryRow *row)
{
  if (self->again)
    row->start = self->again->start;
  history_row_unref (self->again);
  self->again = history_row_ref (row);
}

/* The song that broke off does not go on: what seemed to be heard again was played again. */
static void
give_up_broken (HistorySongs *self)
{
  HistoryRow *again = g_steal_pointer (&self->again);
  const HistoryRow *broken = self->broken.row;
  if (!again && broken) {
    g_free (self->before);
    self->before = g_strdup (broken->title);
  }
  if (again)
    put (self, again);
  history_row_unref (again);
  forget_broken (self);
}

/* ---- songs ---- */

typedef enum {
  BROKEN_OFF, /* or nobody knows why */
  CHANGED,    /* the format of its sound, in which it may go on */
  TOLD,       /* by a title, or by the stream: another one follows */
  WHOLE,      /* the end of a file */
  GOES_ON,    /* and has become long */
} SongEnd;

static gboolean
is_long (const HistorySongs *self)
{
  return self->song_end - self->song_start >= PIECE;
}

/* A connection is none. */
static gboolean
is_song (const HistorySongs *self, SongEnd how)
{
  return self->title || self->apart || how == WHOLE || (how == TOLD && !is_long (self));
}

/* It came faster than it plays. */
static gboolean
is_of_burst (const HistorySongs *self)
{
  return 2 * (double)(self->song_end - self->joined) <= self->sound;
}

/* The song that broke off may go on after what plays. Where the stream breaks off once more nobody
 * knows when the next song comes, which would tell: only a burst is waited with. */
static gboolean
is_repetition (const HistorySongs *self, SongEnd how)
{
  return self->repeats && self->song_end - self->broken.row->end <= RETURN &&
         (how != BROKEN_OFF || is_of_burst (self));
}

/* What is known of the song before the next one, which may break off. */
static void
note_end (HistorySongs *self, SongEnd how)
{
  self->apart = how == TOLD || how == CHANGED;
  if (how != TOLD)
    return;
  g_free (self->before);
  self->before = g_strdup (self->title);
}

static void
put_song (HistorySongs *self, HistoryRow *song, SongEnd how)
{
  put (self, song);
  if (song->title && (how == BROKEN_OFF || how == CHANGED))
    break_song (self, song);
}

static void
end_song (HistorySongs *self, SongEnd how)
{
  SongSummary summary;
  g_autoptr (HistoryRow) piece = g_steal_pointer (&self->piece);
  gboolean wanted = is_song (self, how);
  const gboolean again = is_repetition (self, how);
  if (self->repeats && !again)
    give_up_broken (self);
  self->repeats = FALSE;
  if (how != GOES_ON)
    note_end (self, how);
  if (!song_verdict_sum_up (self->heard, &summary))
    return;
  const gboolean rest = is_rest (self, piece);
  g_autoptr (HistoryRow) song = rest ? lengthen (self, piece) : take_row (self, &summary);
  if (how == GOES_ON)
    self->piece = history_row_ref (song);
  wanted = wanted && summary.verdict != ANSWER_TOO_SHORT;
  if (rest)
    put (self, song); /* what was heard in its half hour is not remembered: it cannot go on */
  else if (wanted && again)
    hold (self, song);
  else if (wanted)
    put_song (self, song, how);
  leave_song (self);
}

/* The end of a connection is told when nothing has come for a while. */
static gint64
find_end (const StationEvent *event, gint64 before, double seconds)
{
  const gint64 now = event->time / G_TIME_SPAN_SECOND;
  const double heard = (double)before + seconds;
  const gboolean lost = g_strcmp0 (gst_structure_get_string (event->answer, "reason"), "eos") == 0;
  return lost && (double)now - heard >= STALL ? (gint64)heard : now;
}

/* Its row will change; one that waits to be written does so no more. */
static void
go_on (HistorySongs *self, gint64 begin)
{
  Broken *broken = &self->broken;
  history_rows_take_back (self->rows, broken->row);
  self->song_start = self->earliest = broken->row->start;
  self->song_end = begin;
  history_row_unref (self->row);
  self->row = g_steal_pointer (&broken->row);
  song_verdict_free (self->heard);
  self->heard = g_steal_pointer (&broken->heard);
  g_clear_pointer (&self->again, history_row_unref);
  forget_broken (self);
}

/* With the first answer of a song. A stream may begin with the end of the song before the one that
 * broke off, which is sent again. */
static void
resume_song (HistorySongs *self, const StationEvent *event)
{
  const HistoryRow *broken = self->broken.row;
  const gint64 now = event->time / G_TIME_SPAN_SECOND;
  const gint64 begin = self->song_start != 0 ? self->song_start : now;
  if (!broken)
    return;
  const gboolean in_time = begin >= broken->end && begin - broken->end <= RETURN;
  const gboolean opens = self->opens || self->again; /* that may be in two parts */
  if (in_time && g_strcmp0 (broken->title, event->title) == 0)
    go_on (self, begin);
  else if (in_time && opens && event->title && g_strcmp0 (self->before, event->title) == 0)
    self->repeats = TRUE;
  else
    give_up_broken (self);
}

/* Once: the last row of this station may be of another run. */
static void
find_last_end (HistorySongs *self)
{
  if (self->knows_end)
    return;
  const gint64 end = history_rows_find_last_end (self->rows, self->station, &self->knows_end);
  self->last_end = MAX (self->last_end, end);
}

/* Where its beginning was not told, it lies before what the answer covers. */
static void
begin_song (HistorySongs *self, const StationEvent *event, double seconds)
{
  find_last_end (self);
  if (self->song_start == 0)
    self->song_start = event->time / G_TIME_SPAN_SECOND - (gint64)MIN (seconds, PIECE);
  self->joined = self->song_end = self->song_start;
  self->earliest = MIN (self->song_start, MAX (self->last_end, self->song_start - BURST));
  self->sound = 0;
}

/* Seconds that it covers. */
static double
get_length (const GstStructure *answer)
{
  return (double)heard_time_get_duration (answer) / GST_SECOND;
}

/* What a server sends at once to who joins was played before. */
static void
put_start_back (HistorySongs *self)
{
  const gint64 start = self->song_end - (gint64)self->sound;
  self->song_start = MAX (self->earliest, MIN (self->song_start, start));
}

/* That the song before it has ended was not told, or is lost. */
static gboolean
is_of_other_song (const HistorySongs *self, const StationEvent *event)
{
  return event->title && self->title && !g_str_equal (event->title, self->title) &&
         !song_verdict_is_empty (self->heard);
}

/* It was heard until its last answer, and the next one from what @event covers. */
static void
cut_song (HistorySongs *self, const StationEvent *event)
{
  const gint64 now = event->time / G_TIME_SPAN_SECOND;
  end_song (self, BROKEN_OFF);
  song_verdict_reset (self->heard);
  self->song_start = MAX (self->song_end, now - (gint64)get_length (event->answer));
}

/* An answer that is not the last one may be: a worker that dies, or gives a station to another one,
 * leaves none behind. */
static void
take_song (HistorySongs *self, const StationEvent *event)
{
  if (event->title && !self->title && is_long (self))
    end_song (self, BROKEN_OFF); /* it was not of this title all the time */
  if (is_of_other_song (self, event))
    cut_song (self, event);
  if (song_verdict_is_empty (self->heard))
    resume_song (self, event);
  self->opens = FALSE;
  const gboolean begins = song_verdict_is_empty (self->heard);
  const double seconds = song_verdict_take (self->heard, event->answer);
  if (begins)
    begin_song (self, event, seconds);
  self->sound += MIN (seconds, get_length (event->answer)); /* the rest was before this song */
  self->song_end = find_end (event, self->song_end, seconds);
  put_start_back (self);
  if (event->title) {
    g_free (self->title);
    self->title = g_strdup (event->title);
  }
}

/* What has no title may still be a file of which nothing is left, which a state will tell. */
static void
end_song_by (HistorySongs *self, const GstStructure *answer)
{
  const char *reason = gst_structure_get_string (answer, "reason");
  if (g_strcmp0 (reason, "caps") == 0 && self->title)
    end_song (self, CHANGED);
  else if (g_strcmp0 (reason, "eos") != 0)
    end_song (self, TOLD);
  else if (self->title)
    end_song (self, BROKEN_OFF);
}

/* ---- what happens ---- */

HistorySongs *
history_songs_new (HistoryRows *rows, HistoryStation *station)
{
  HistorySongs *self = g_new0 (HistorySongs, 1);
  self->rows = rows;
  self->station = station;
  self->heard = song_verdict_new ();
  return self;
}

void
history_songs_free (HistorySongs *self)
{
  if (!self)
    return;
  forget_broken (self);
  song_verdict_free (self->heard);
  g_free (self->title);
  g_free (self->before);
  history_row_unref (self->row);
  history_row_unref (self->piece);
  history_row_unref (self->again);
  g_free (self);
}

void
history_songs_take (HistorySongs *self, const StationEvent *event)
{
  take_song (self, event);
  if (answer_is_final (event->answer))
    end_song_by (self, event->answer);
  else if (is_long (self) && is_song (self, GOES_ON))
    end_song (self, GOES_ON);
}

void
history_songs_begin_stream (HistorySongs *self, gint64 start)
{
  self->song_start = start;
}

/* What is heard next has nothing to do with it. */
void
history_songs_end_stream (HistorySongs *self, gboolean whole)
{
  end_song (self, whole ? WHOLE : BROKEN_OFF);
  song_verdict_reset (self->heard);
  self->song_start = 0;
  self->opens = TRUE;
}

/* A connection that is found lost says itself how much was heard: see find_end(). What has no title
 * (a file, a pipe) goes on where it was. */
void
history_songs_sleep (HistorySongs *self, const StationEvent *event, gint64 seconds)
{
  const char *reason = event->answer ? gst_structure_get_string (event->answer, "reason") : NULL;
  if (g_strcmp0 (reason, "eos") == 0)
    return;
  if (!self->title) {
    history_songs_follow_clock (self, seconds);
    return;
  }
  end_song (self, BROKEN_OFF);
  give_up_broken (self);
  self->song_start = self->last_end = event->time / G_TIME_SPAN_SECOND;
}

/* What has no title (a file, a pipe) is not known to be another one behind it. */
void
history_songs_miss (HistorySongs *self)
{
  if (self->title)
    history_songs_end_stream (self, FALSE);
}

void
history_songs_end (HistorySongs *self)
{
  end_song (self, BROKEN_OFF);
}

void
history_songs_give_up (HistorySongs *self)
{
  give_up_broken (self);
}

void
history_songs_give_up_late (HistorySongs *self, gint64 now)
{
  const HistoryRow *broken = self->broken.row;
  if (self->again && !self->repeats && (!broken || now - broken->end > LATE))
    give_up_broken (self);
}

/* A song is not longer for a clock that is set while it plays. */
void
history_songs_follow_clock (HistorySongs *self, gint64 seconds)
{
  give_up_broken (self);
  self->last_end += seconds;
  if (self->song_start == 0)
    return;
  self->song_start += seconds;
  self->song_end += seconds;
  self->joined += seconds;
  self->earliest += seconds;
}
