/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreNetwork: a convolutional network built from a description, and its parameters.
 *
 * The description is a JSON array of layers, each an object with a "type"; layers/ has one file per
 * type. Data between layers are (channels, batch, frames, features) in C order, float: the channel
 * comes first so that a convolution is one matrix product over the batch and a batch normalisation
 * one contiguous run per channel. The first layer sees one channel, the last one must leave
 * (n_labels, batch, 1, 1): class scores, before softmax.
 *
 * A network goes forward and backward on a tape (tape.h), and forward only, faster, by inference
 * (inference/inference.h). */
#pragma once
#include "error.h"
#include "tensorinfo.h"
G_BEGIN_DECLS

typedef struct _GenreNetwork GenreNetwork;

/* What a layer is, for `genre-train info`. */
typedef struct {
  const char *name; /* "3" or "4.body.0" */
  const char *type;
  guint channels, frames, features; /* of its output */
  gsize n_parameters;
  guint64 n_multiply_adds; /* for one input, inference; channels are not filled up */
} GenreLayerInfo;

/* @description: JSON text. @frames, @features: shape of an input. GENRE_ERROR_INVALID names the
 * layer and the fault. Refused is a description whose layers, for an input, would give and keep
 * more than 2^26 values, tables among them, or one of which would need as many of scratch. So is
 * one that, with channels filled up to a multiple of 16 as inference fills them, would give more
 * than 2^28 values, the margins around what convolutions read among them, hold more than 2^27
 * parameters or take more than 2^36 multiply-adds.
 * GENRE_ERROR_IO if there is not enough memory. */
GenreNetwork *genre_network_new (const char *description, guint frames, guint features,
                                 guint n_labels, GError **error);
/* The same without room for parameters and statistics: only shapes and names can be asked for until
 * genre_network_allocate() makes it, zeroed, once. What a small file describes can so be checked
 * against what it holds before it takes memory. GENRE_ERROR_IO if there is none. */
GenreNetwork *genre_network_describe (const char *description, guint frames, guint features,
                                      guint n_labels, GError **error);
gboolean genre_network_allocate (GenreNetwork *network, GError **error);
GenreNetwork *genre_network_ref (GenreNetwork *network);
void genre_network_unref (GenreNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreNetwork, genre_network_unref)

const char *genre_network_get_description (const GenreNetwork *network);
guint genre_network_get_frames (const GenreNetwork *network);
guint genre_network_get_features (const GenreNetwork *network);
guint genre_network_get_n_labels (const GenreNetwork *network);
/* Of inference, for one input, with channels filled up: what it takes of time. */
guint64 genre_network_count_multiply_adds (const GenreNetwork *network);
/* The same of values that its layers write, with the margins around them. */
guint64 genre_network_count_values (const GenreNetwork *network);
const GArray *genre_network_get_layer_info (const GenreNetwork *network); /* of GenreLayerInfo */

/* Learnt parameters and running statistics of batch normalisation, each one flat array described by
 * an array of GenreTensorInfo. Writing to them is the owner's business while nobody infers.
 * NULL before genre_network_allocate(). */
gsize genre_network_get_n_parameters (const GenreNetwork *network);
float *genre_network_get_parameters (GenreNetwork *network);
const GArray *genre_network_get_parameter_info (const GenreNetwork *network);
gsize genre_network_get_n_statistics (const GenreNetwork *network);
float *genre_network_get_statistics (GenreNetwork *network);
const GArray *genre_network_get_statistic_info (const GenreNetwork *network);
/* He normal initialisation (He et al. 2015) of weights, drawn from @seed; scales 1, shifts 0. */
void genre_network_initialise (GenreNetwork *network, guint64 seed);

G_END_DECLS
