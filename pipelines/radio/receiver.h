/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pipeline of one station, from its bytes (or its URI, or the microphone) to answers:
 *
 *   appsrc [-> icydemux] -> decoder (decoding.h), or decodebin -> genreclassify -> sink
 *
 * What goes into icydemux has been through icytitles.h.
 *
 * Where the server said what its bytes are, nothing looks at the bytes to find out: whoever joins a
 * stream of MP3 where its bytes happen to begin with "[" would be given a parser of subtitles.
 *
 * A receiver never blocks its caller: the pipeline starts and ends in threads of its own. One that
 * does not end is left behind, which receivers_have_ended() tells. Everything here belongs to the
 * thread of the default main context, where the listener is called. */
#pragma once
#include "../classifieroptions.h"
#include "station.h"
G_BEGIN_DECLS

typedef struct {
  void (*answered) (const GstStructure *answer, gpointer user_data); /* genreclassify's message */
  void (*titled) (const char *title, gpointer user_data);   /* NULL: it has none any more */
  void (*failed) (const GError *fault, gpointer user_data); /* of STATION_ERROR */
  void (*levelled) (double decibels, gpointer user_data);
  void (*ended) (gpointer user_data); /* everything was heard */
  /* genreclassify-spectrogram */
  void (*seen) (const GstStructure *spectrogram, gpointer user_data);
} ReceiverListener;

typedef struct {
  const ClassifierOptions *classifier;
  gboolean play;  /* through the loudspeakers */
  gboolean level; /* tells how loud it is; microphones only */
} ReceiverOptions;

typedef struct _Receiver Receiver;

/* Fed with receiver_push(). @caps: what the bytes are; NULL: to be found out. @metadata_interval:
 * bytes between titles, or 0. @live: it comes as fast as it is played, so that what a machine is
 * too slow for is dropped. NULL on error. */
Receiver *receiver_new_for_bytes (GstCaps *caps, guint metadata_interval, gboolean live,
                                  const ReceiverOptions *options, const ReceiverListener *listener,
                                  gpointer user_data, GError **error);
/* Finds its bytes itself. @live as above. NULL on error. */
Receiver *receiver_new_for_station (const Station *station, const char *uri, gboolean live,
                                    const ReceiverOptions *options,
                                    const ReceiverListener *listener, gpointer user_data,
                                    GError **error);
/* To be called every second or so: a live station's burst waits until it is heard, but where a
 * machine is too slow for longer what it does not get to is dropped. */
void receiver_watch_load (Receiver *self, gint64 now);
/* The listener is not called any more, and the pipeline ends as soon as it can. Gives up what
 * receiver_new_…() gave. */
void receiver_close (Receiver *self);
/* To see, after receiver_close(), whether the pipeline has ended. */
Receiver *receiver_ref (Receiver *self);
void receiver_unref (Receiver *self);
gboolean receiver_has_ended (Receiver *self);

void receiver_push (Receiver *self, GBytes *bytes);
void receiver_end (Receiver *self); /* no more bytes */
/* Makes an end of it: the last answer comes, then ended() is called. */
void receiver_finish (Receiver *self);
/* Which plugin is missing, while nothing has been heard; or NULL. */
const char *receiver_get_missing (Receiver *self);
gboolean receiver_has_room (Receiver *self);
/* Whether seen() is called, from about now on; at first it is not. */
void receiver_set_spectrogram (Receiver *self, gboolean wanted);
typedef struct {
  guint64 segments;       /* that went through the network */
  guint64 inference_time; /* ns spent on them */
  guint64 dropped;        /* ns of audio that there was no time for */
} ReceiverStatistics;

/* Adds what the classifier has done so far. */
void receiver_add_statistics (Receiver *self, ReceiverStatistics *sum);
/* Buffers of audio that have reached the classifier. */
guint receiver_get_arrivals (Receiver *self);

/* Waits a moment for pipelines that were closed and have not ended yet. FALSE: some hang, and only
 * _exit() ends the program for certain. */
gboolean receivers_have_ended (void);

G_END_DECLS
