/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a plan consists of. Internal to plan.c, which places and runs the steps, and compile.c,
 * which makes them from layers. */
#pragma once
#include "kernels/kernels.h"
#include "layers/layer.h"
#include "network-private.h"
#include "plan.h"
G_BEGIN_DECLS

/* An image between steps. */
typedef struct {
  GenreImage image;
  guint first, last; /* steps: the one that writes it, the last one that reads it */
  gsize offset;      /* floats, in the arena, where everything begins a line of the cache */
} GenreTensor;

typedef struct _GenreStep GenreStep;

typedef struct {
  /* @x, @addend, @y: images in the arena; @addend is NULL for steps without one */
  void (*run) (const GenrePlan *plan, const GenreStep *step, const float *x, const float *addend,
               float *y, float *scratch);
} GenreStepClass;

#define GENRE_NO_TENSOR G_MAXUINT

struct _GenreStep {
  const GenreStepClass *klass;
  const GenreLayer *layer; /* that began it */
  guint x, addend, y;      /* tensors; addend may be GENRE_NO_TENSOR */
  gsize scratch;           /* floats */
  GenreConvolution conv;   /* of convolutions; its activation also of sums */
  guint product;           /* of convolutions: which of the layer's own */
  guint norms, n_norms;    /* of convolutions: folded into their weights, in plan->norms */
  gboolean deviation;      /* of statistics: it is wanted, too */
};

struct _GenrePlan {
  const GenreKernels *kernels;
  GenreNetwork *network;
  GArray *steps;    /* of GenreStep */
  GArray *tensors;  /* of GenreTensor; the first is the input, the last one written the scores */
  gsize scratch;    /* floats, where the steps' scratch begins in the arena */
  gsize arena;      /* floats */
  GPtrArray *norms; /* of const GenreLayer, in the order of the steps */
  float *weights;   /* of all convolutions, in the order of the steps */
  float *parameters, *statistics; /* copies for layers that run themselves; NULL if none has any */
};

extern const GenreStepClass genre_step_convolution, genre_step_sum, genre_step_gate,
    genre_step_statistics, genre_step_layer;

static inline GenreImage *
genre_plan_image (const GenrePlan *plan, guint tensor)
{
  return &g_array_index (plan->tensors, GenreTensor, tensor).image;
}

/* Fills plan->steps, plan->tensors and plan->norms. */
void genre_plan_compile (GenrePlan *plan);
/* Of a convolution: (out, in, kernel), or, depthwise, (out, 1, kernel). */
gsize genre_plan_count_weights (const GenrePlan *plan, const GenreStep *step);
/* These, and (out,) biases, with normalisation folded in. */
void genre_plan_fold_weights (const GenrePlan *plan, const GenreStep *step, double *weights,
                              double *bias);

G_END_DECLS
