/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreListener: what a worker does for one element. It takes blocks from the element's queue,
 * listens to them in order, and hands out answers that know their song, its title and their place
 * in time. */
#pragma once
#include "blockqueue.h"
#include "streamclassifier.h"
#include "songclock.h"
#include "spectrogrambatch.h"
G_BEGIN_DECLS

typedef struct {
  const GenreResult *result;
  const GenreModelConfig *model; /* what labels mean */
  guint song;                    /* of the blocks that it is about */
  const char *title;             /* NULL if unknown */
  const char *reason;            /* why the song ended; NULL if it did not */
  GenreInstant start;            /* of the first sample covered */
  GstClockTime duration;         /* covered */
} GenreHeard;

/* @answer is valid during the call only. */
typedef void (*GenreHeardFunc) (const GenreHeard *answer, gpointer user_data);

/* @spectrogram, as spectrogrambatch.h makes it, is taken. */
typedef void (*GenreSpectrogramFunc) (GstStructure *spectrogram, gpointer user_data);

typedef struct {
  GenreHeardFunc answered;
  GenreSpectrogramFunc seen; /* only where genre_listener_set_spectrogram() asks for it */
} GenreListenerFuncs;

typedef struct _GenreListener GenreListener;

/* Keeps a reference to @model, owns @queue. @funcs, which outlive it, are called by
 * genre_listener_run(). */
GenreListener *genre_listener_new (GenreModel *model, GenreBlockQueue *queue,
                                   const GenreStreamClassifierOptions *options,
                                   const GenreListenerFuncs *funcs, gpointer user_data);
void genre_listener_free (GenreListener *listener);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreListener, genre_listener_free)

/* Listens to a few blocks; TRUE if more may be waiting. One thread at a time. */
gboolean genre_listener_run (GenreListener *listener);

gpointer genre_listener_get_user_data (const GenreListener *listener);

/* Any thread. */
void genre_listener_set_options (GenreListener *listener,
                                 const GenreStreamClassifierOptions *options);
void genre_listener_set_spectrogram (GenreListener *listener, gboolean wanted);
GenreStreamClassifierStatistics genre_listener_get_statistics (GenreListener *listener);

G_END_DECLS
