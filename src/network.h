/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreNetwork: a convolutional network built from a description, and its parameters.
 *
 * The description is a JSON array of layers, each an object with a "type"; layers/ has one file per
 * type. Data between layers are (channels, batch, frames, features) in C order, float: the channel
 * comes first so that a convolution is one matrix product over the batch and a batch normalisation
 * one contiguous run per channel. The first layer sees one channel, the last one must leave
 * (n_labels, batch, 1, 1): class scores, before softmax.
 *
 * Training works on groups: one group of clips goes forward and backward in one thread, through one
 * GenreTape. Batch normalisation takes its statistics over the group ("ghost batch normalisation",
 * Hoffer et al. 2017), so results depend neither on threads nor on machines. */
#pragma once
#include <json-glib/json-glib.h>
#include "error.h"
#include "random.h"
G_BEGIN_DECLS

typedef struct _GenreNetwork GenreNetwork;

typedef struct {
  const char *name; /* "3.weight": unique, the tensor's name in a model file */
  guint n_dimensions;
  gsize shape[4]; /* convolution weights: (out, in, kernel frames, kernel features) */
  gsize size;     /* product of shape */
  gsize offset;   /* of its first value in the network's parameters (or statistics) */
  gboolean decay; /* weight decay applies: weights yes, biases and scales no */
} GenreTensorInfo;

/* What a layer is, for `genre-train info`. */
typedef struct {
  const char *name; /* "3" or "4.body.0" */
  const char *type;
  guint channels, frames, features; /* of its output */
  gsize n_parameters;
  guint64 n_multiply_adds; /* for one input, inference */
} GenreLayerInfo;

/* @description: JSON text. @frames, @features: shape of an input. GENRE_ERROR_INVALID names the
 * layer and the fault; a description whose layers would give and keep more than 2^26 values, hold
 * more than 2^27 parameters or take more than 2^36 multiply-adds for an input is refused. */
GenreNetwork *genre_network_new (const char *description, guint frames, guint features,
                                 guint n_labels, GError **error);
/* The same, but asks @check before room is made for parameters and statistics, whose names and
 * shapes it may look at: FALSE with an error ends it. */
typedef gboolean (*GenreNetworkCheck) (const GenreNetwork *network, gconstpointer user_data,
                                       GError **error);
GenreNetwork *genre_network_new_checked (const char *description, guint frames, guint features,
                                         guint n_labels, GenreNetworkCheck check,
                                         gconstpointer user_data, GError **error);
GenreNetwork *genre_network_ref (GenreNetwork *network);
void genre_network_unref (GenreNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreNetwork, genre_network_unref)

const char *genre_network_get_description (const GenreNetwork *network);
guint genre_network_get_frames (const GenreNetwork *network);
guint genre_network_get_features (const GenreNetwork *network);
guint genre_network_get_n_labels (const GenreNetwork *network);
const GArray *genre_network_get_layer_info (const GenreNetwork *network); /* of GenreLayerInfo */

/* Learnt parameters and running statistics of batch normalisation, each one flat array described by
 * an array of GenreTensorInfo. Writing to them is the owner's business while nobody infers. */
gsize genre_network_get_n_parameters (const GenreNetwork *network);
float *genre_network_get_parameters (GenreNetwork *network);
const GArray *genre_network_get_parameter_info (const GenreNetwork *network);
gsize genre_network_get_n_statistics (const GenreNetwork *network);
float *genre_network_get_statistics (GenreNetwork *network);
const GArray *genre_network_get_statistic_info (const GenreNetwork *network);
/* He normal initialisation (He et al. 2015) of weights, drawn from @seed; scales 1, shifts 0. */
void genre_network_initialise (GenreNetwork *network, guint64 seed);

/* ---- training ---- */

typedef struct _GenreTape GenreTape;
typedef enum {
  GENRE_PASS_EVALUATE, /* running statistics, no dropout */
  GENRE_PASS_TRAIN,    /* statistics of the group, dropout */
} GenrePass;

/* Room for the activations and gradients of up to @max_batch inputs. One thread at a time. */
GenreTape *genre_tape_new (GenreNetwork *network, guint max_batch); /* keeps a reference */
void genre_tape_free (GenreTape *tape);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreTape, genre_tape_free)

/* @input: (batch, frames, features), not kept but must stay until backward. @random keys dropout.
 * Returns the scores (batch, n_labels), owned by @tape, valid until the next forward. */
const float *genre_tape_forward (GenreTape *tape, GenrePass pass, guint batch, const float *input,
                                 GenreRandom random);
/* @score_gradient: (batch, n_labels), d loss / d score. Adds to the tape's gradient.
 * @input_gradient: (batch, frames, features) or NULL. Only after a forward of GENRE_PASS_TRAIN. */
void genre_tape_backward (GenreTape *tape, const float *score_gradient, float *input_gradient);
float *genre_tape_get_gradient (GenreTape *tape); /* (n_parameters,) */
/* Statistics of the group in the last training forward, (n_statistics,) in the network's order. */
const float *genre_tape_get_group_statistics (GenreTape *tape);

/* Mean over the batch of the cross-entropy of softmax (scores) against @targets (batch, n_labels),
 * rows summing to the weight of an input, mostly 1; @score_gradient receives its gradient, scaled
 * by @scale. */
double genre_softmax_cross_entropy (const float *scores, const float *targets, guint batch,
                                    guint n_labels, float scale, float *score_gradient);
/* softmax (scores / temperature) */
void genre_softmax (const float *scores, guint n_labels, double temperature, double *probabilities);

/* ---- inference ---- */

typedef struct _GenreInference GenreInference;

/* A copy of the network's parameters prepared for inference: batch normalisation folded into
 * convolutions, layers fused. Immutable and usable from any number of threads at once; scratch
 * memory is kept for as many calls as ever ran at the same time. */
GenreInference *genre_inference_new (GenreNetwork *network); /* (transfer full) */
void genre_inference_free (GenreInference *inference);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreInference, genre_inference_free)
/* @input: (frames, features); @scores: (n_labels,) */
void genre_inference_run (GenreInference *inference, const float *input, float *scores);

G_END_DECLS
