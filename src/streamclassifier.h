/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreStreamClassifier: a stream of samples in, answers out.
 *
 * Samples become frames, frames become overlapping segments, each segment goes through the network
 * once; an answer is what the segments inside the window say together (aggregation.h). Segment k
 * covers samples [k · step · hop, (k · step + frames) · hop) since the last reset and is complete
 * when its last frame is. An answer is due when the complete segments cover `min_window`, then
 * every `interval`; it covers exactly the segments complete at that point that lie inside the last
 * `window`. A song that ends before its first segment is complete, but after three quarters of it,
 * is heard as if it began again: its frames fill the rest. All times are audio, counted in samples.
 * One stream, one thread at a time. */
#pragma once
#include "model.h"
G_BEGIN_DECLS

typedef struct _GenreStreamClassifier GenreStreamClassifier;

typedef struct {
  guint64 window;           /* ns; 0: everything since the last reset, in constant memory */
  guint64 interval;         /* ns, > 0 */
  guint64 min_window;       /* ns */
  double threshold;         /* confidence below which the answer is unknown; < 0: the model's own,
                                 with its doubt (model.h) */
  double silence_threshold; /* dBFS, RMS of a segment below which nothing is heard */
} GenreStreamClassifierOptions;

GenreStreamClassifierOptions
genre_stream_classifier_options_default (void); /* 30 s, 10 s, 10 s, -1, -60 dBFS */

typedef struct {
  guint64 start;     /* first sample covered, since the last reset, at the model's rate */
  guint64 n_samples; /* covered, up to the song's end; 0 if the stream was too short */
  gint genre;        /* index of the most probable genre; -1: unknown */
  double confidence; /* the highest probability, also where genre is -1 */
  double music;      /* probability that it is music at all, 1 if the model knows nothing else;
                        genre is -1 below ½ */
  guint n_genres;
  const double *probabilities; /* (n_genres,), given that it is music; sum 1; uniform if nothing was
                                  heard */
  guint n_segments;            /* heard, that is: not silent */
  gboolean final;              /* from genre_stream_classifier_finish() */
} GenreResult;

/* @result is valid during the call only. */
typedef void (*GenreResultFunc) (const GenreResult *result, gpointer user_data);

/* @func may be NULL for nothing but statistics. Keeps a reference to @model. */
GenreStreamClassifier *genre_stream_classifier_new (GenreModel *model,
                                                    const GenreStreamClassifierOptions *options,
                                                    GenreResultFunc func, gpointer user_data);
void genre_stream_classifier_free (GenreStreamClassifier *classifier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreStreamClassifier, genre_stream_classifier_free)

/* A frame of the spectrogram, as the network is given it before segments are normalised. @sample:
 * the one that it is centred on, since the last reset. @bands: (bands,) dB, valid during the call
 * only. */
typedef void (*GenreStreamClassifierFrameFunc) (guint64 sample, const float *bands,
                                                gpointer user_data);
/* @func sees every frame from now on, each before the segment that it completes is heard, with the
 * user_data of genre_stream_classifier_new(). NULL, as at first: nobody does. */
void genre_stream_classifier_set_frame_func (GenreStreamClassifier *classifier,
                                             GenreStreamClassifierFrameFunc func);

/* TRUE once nobody wants to know any more, which then holds until the next reset. */
typedef gboolean (*GenreStreamClassifierUnwantedFunc) (gpointer user_data);
/* @func is asked before each segment, since samples may hold hundreds and each may take seconds:
 * those that nobody wants count as silent. NULL, as at first: nobody is asked. */
void genre_stream_classifier_set_unwanted_func (GenreStreamClassifier *classifier,
                                                GenreStreamClassifierUnwantedFunc func);

/* Any of them at any time. A window that becomes longer covers no more at first than the one before
 * it did; one after 0 begins with the next segment. */
void genre_stream_classifier_set_options (GenreStreamClassifier *classifier,
                                          const GenreStreamClassifierOptions *options);

/* @samples: (n_samples,) mono at the model's rate, full scale ±1, finite. */
void genre_stream_classifier_push (GenreStreamClassifier *classifier, const float *samples,
                                   gsize n_samples);
/* The end of a song: one final result, also if nothing was heard (but none if no sample came since
 * the last reset), then resets. */
void genre_stream_classifier_finish (GenreStreamClassifier *classifier);
/* Forgets everything, posts nothing. */
void genre_stream_classifier_reset (GenreStreamClassifier *classifier);

/* The fewest frames that a song is answered for: three quarters of a segment. The last of them is
 * there (frames − 1) · hop samples after the first: 3.94 s, with the built-in model. */
guint genre_stream_classifier_least_frames (const GenreModel *model);
guint genre_stream_classifier_least_of (guint segment_frames);

typedef struct {
  guint64 segments;       /* that went through the network since creation */
  guint64 inference_time; /* ns of wall time spent in the network, all segments together */
} GenreStreamClassifierStatistics;
GenreStreamClassifierStatistics
genre_stream_classifier_get_statistics (const GenreStreamClassifier *classifier);

/* Appends to @scores, of float, what the network says, before softmax, of every segment of stored
 * frames that is not silent, (n_segments, n_labels). @frames (n_frames, bands) in dB; what is
 * shorter than a segment is treated as such a song. How loud it was is not known here: silent are
 * only segments all of whose values are the same, where the classifier also leaves out what is
 * below its silence_threshold; and if there is nothing else, they are heard. May be called from
 * several threads. */
void genre_score_frames (GenreModel *model, const float *frames, gsize n_frames, GArray *scores);

G_END_DECLS
