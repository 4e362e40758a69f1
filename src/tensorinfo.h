/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreTensorInfo: where one tensor of a network lies, and what it is called in a model file. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct {
  const char *name; /* "3.weight": unique, the tensor's name in a model file */
  guint n_dimensions;
  gsize shape[4]; /* convolution weights: (out, in, kernel frames, kernel features) */
  gsize size;     /* product of shape */
  gsize offset;   /* of its first value in the network's parameters (or statistics) */
  gboolean decay; /* weight decay applies: weights yes, biases and scales no */
} GenreTensorInfo;

G_END_DECLS
