/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens at a station. Whoever shows, stores or serves it (a timeline, a history, a page)
 * listens to these, and to nothing else. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

typedef enum {
  STATION_CONNECTING,
  STATION_LISTENING, /* audio comes */
  STATION_WAITING,   /* it failed, and is tried again soon */
  STATION_BROKEN,    /* it failed for good, and is tried again rarely */
  STATION_ENDED,     /* there is no more of it */
} StationState;

/* "connecting", "listening", "waiting", "broken", "ended", which translate_fault() knows. */
const char *station_state_get_name (StationState state);

typedef enum {
  STATION_EVENT_STATE,
  STATION_EVENT_TITLE,
  STATION_EVENT_ANSWER,
  STATION_EVENT_LEVEL,       /* of a microphone, several times a second, where it was asked for */
  STATION_EVENT_SPECTROGRAM, /* four times a second of audio, where it was asked for */
} StationEventType;

typedef struct {
  StationEventType type;
  gint64 time;      /* in microseconds since 1970 */
  gint64 monotonic; /* the same moment by this machine's clock that nobody sets, in microseconds */
  gint64 clock;     /* station_event_read_clock() of who tells it; 0: not known */
  gint64 slept;     /* for how long this machine has, ever, in microseconds; 0: not known */
  const char *teller; /* whose times these are; NULL: this program's */
  const char *key;    /* station_key () */
  const char *uri;    /* of the station, as it was given */
  const char *name;   /* as people call it: as it was given, as it calls itself, or the URI */
  StationState state;
  const GError *fault;             /* why it waits or is broken */
  double retry_in;                 /* seconds to the next try, in these states */
  gboolean asked;                  /* STATION_ENDED because the program said so */
  const char *title;               /* the current one, or the answer's; any UTF-8; or NULL */
  double level;                    /* dB of full scale, for a level */
  const GstStructure *answer;      /* genreclassify's message, for an answer */
  const GstStructure *spectrogram; /* genreclassify-spectrogram, for one */
} StationEvent;

typedef void (*StationObserver) (const StationEvent *event, gpointer user_data);

/* What real time is ahead of a clock that nobody sets, and that goes on while the machine sleeps:
 * it changes by what real time is set by, and by nothing else. In microseconds. */
gint64 station_event_read_clock (void);
/* For how long this machine has slept since it was started, in microseconds. */
gint64 station_event_read_sleep (void);

#define STATION_LONGEST_TITLE 300 /* characters; Ogg allows megabytes */

/* The first @most characters of @text and, if there are more, an ellipsis; always UTF-8. Of what
 * was shortened to @most it is the same. (transfer full) */
char *station_event_shorten (const char *text, guint most);

/* "2026-11-28T07:00:00.000Z" of microseconds since 1970. (transfer full) */
char *station_event_format_time (gint64 time);

G_END_DECLS
