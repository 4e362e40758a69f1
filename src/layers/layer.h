/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreLayer: what every type of layer has in common. Internal to libgenre.
 *
 * A layer knows its shapes and where its parameters lie; it holds no data. All data of one pass
 * (what comes in, what goes out, what backward needs) belong to the tape, handed around as
 * GenreRun. Data are (channels, batch, frames, features) in C order. To add a layer type: one file
 * with a GenreLayerClass, parse, forward and backward, and one line in layer.c. */
#pragma once
#include "../network.h"
#include "../vectorised.h"
G_BEGIN_DECLS

/* What is added to a variance before its root is taken: by batch and instance normalisation, by
 * statistics pooling. */
#define GENRE_NORM_EPSILON 1e-5f
#define GENRE_STATISTICS_EPSILON 1e-5f

typedef struct {
  guint channels, frames, features;
} GenreShape;

static inline gsize
genre_shape_size (GenreShape shape)
{
  return (gsize)shape.channels * shape.frames * shape.features;
}

typedef struct _GenreLayer GenreLayer;
typedef struct _GenreLayerClass GenreLayerClass;

/* What one layer keeps between forward and backward. */
typedef struct {
  float *output;  /* (channels, batch, frames, features); NULL if in place */
  void *saved;    /* layer->saved_bytes for each input of the batch, for the layer's own use */
  const float *x; /* what the last forward read */
  float *y;       /* what it wrote */
  const float *dy;
  float *dx;
} GenreLayerState;

/* One pass over one group. */
typedef struct {
  GenrePass pass;
  guint batch;
  GenreRandom random;
  const float *parameters;
  float *gradient;
  const float *statistics;
  float *group_statistics;
  GenreLayerState *states; /* by layer id */
  float *scratch;          /* as many floats as the hungriest layer asked for */
  float *(*flow)[2];       /* by nesting depth: two buffers through which gradients flow back */
} GenreRun;

/* Of one channel in the whole batch. */
static inline gsize
genre_channel_size (const GenreRun *run, GenreShape shape)
{
  return (gsize)run->batch * shape.frames * shape.features;
}

struct _GenreLayerClass {
  const char *type;
  const char *const *members; /* that the description may have besides "type", NULL-terminated */
  gboolean in_place;          /* forward may have y == x; backward reads y, not x */
  gboolean gradient_in_place; /* backward may have dx == dy */
  gsize instance_size;
  /* Reads the description; sets output, saved_bytes, scratch, multiply_adds; claims parameters. */
  gboolean (*parse) (GenreLayer *layer, GenreNetwork *network, JsonObject *object, GError **error);
  void (*forward) (const GenreLayer *layer, GenreRun *run, const float *x, float *y);
  /* @y is what forward wrote, or what an in-place layer after this one made of it: only in-place
   * classes may read it. Adds to run->gradient. Writes dx, which may be NULL only if
   * @skips_input_gradient. */
  void (*backward) (const GenreLayer *layer, GenreRun *run, const float *x, const float *y,
                    const float *dy, float *dx);
  /* Instead of these two, where no channel needs another: the same for @channel, x to dx beginning
   * there. Layers in a row then do one channel after the other, while it lies in the cache. */
  void (*forward_channel) (const GenreLayer *layer, GenreRun *run, guint channel, const float *x,
                           float *y);
  void (*backward_channel) (const GenreLayer *layer, GenreRun *run, guint channel, const float *x,
                            const float *y, const float *dy, float *dx);
  gboolean skips_input_gradient;
  void (*finalise) (GenreLayer *layer);
};

struct _GenreLayer {
  const GenreLayerClass *klass;
  guint id;    /* position in network->layers, where nested layers are listed too */
  guint depth; /* of nesting */
  char *name;  /* "4.body.0" */
  GenreShape input, output;
  gboolean in_place;     /* the class allows it and the layer is not the first of its sequence */
  gsize saved_bytes;     /* for each input of the batch */
  gsize scratch;         /* floats, whatever the batch */
  guint64 multiply_adds; /* for one input */
  gsize n_parameters;
};

struct _GenreNetwork {
  gatomicrefcount references;
  char *description;
  GenreShape input;
  guint n_labels;
  GPtrArray *sequence;                     /* of GenreLayer: the outermost ones, in order */
  GPtrArray *layers;                       /* of GenreLayer, owned: all, by id */
  GArray *layer_info;                      /* of GenreLayerInfo */
  GArray *parameter_info, *statistic_info; /* of GenreTensorInfo */
  gsize n_parameters, n_statistics;
  gsize n_values;        /* that the layers so far give and keep, for one input */
  guint64 multiply_adds; /* of the layers so far */
  float *parameters, *statistics;
  GStringChunk *names;
};

/* A sequence of layers is read from a JSON array; its layers are named @prefix + index. */
GPtrArray *genre_sequence_parse (GenreNetwork *network, JsonArray *array, const char *prefix,
                                 guint depth, GenreShape input, GError **error);
/* The whole layer by itself. */
void genre_layer_forward (const GenreLayer *layer, GenreRun *run, const float *x, float *y);
GenreShape genre_sequence_output (GPtrArray *sequence, GenreShape input);
const float *genre_sequence_forward (GPtrArray *sequence, GenreRun *run, const float *x);
/* @dy is left alone; @dx may be NULL where nobody wants it. */
void genre_sequence_backward (GPtrArray *sequence, GenreRun *run, const float *dy, float *dx);

/* For parse functions. */
void genre_layer_set_error (const GenreLayer *layer, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* A member that is a whole number from @low to @high; @fallback where absent (< 0: must be there).
 */
gboolean genre_layer_get_count (const GenreLayer *layer, JsonObject *object, const char *member,
                                guint low, guint high, gint fallback, guint *value, GError **error);
/* A pair [frames, features], or one number for both. */
gboolean genre_layer_get_pair (const GenreLayer *layer, JsonObject *object, const char *member,
                               guint low, guint high, gint fallback, guint value[2],
                               GError **error);
gboolean genre_layer_get_number (const GenreLayer *layer, JsonObject *object, const char *member,
                                 double low, double high, double fallback, double *value,
                                 GError **error);
gboolean genre_layer_get_boolean (const GenreLayer *layer, JsonObject *object, const char *member,
                                  gboolean fallback, gboolean *value, GError **error);
/* What a convolution looks through: "kernel", "stride" (1) and "padding" (half the kernel), each
 * (frames, features), none above @high. Sets the frames and features of the layer's output. */
typedef struct {
  guint kernel[2], stride[2], padding[2];
} GenreWindow;
gboolean genre_layer_get_window (GenreLayer *layer, JsonObject *object, guint high,
                                 GenreWindow *window, GError **error);
/* Claims a tensor of the network's parameters (or statistics); returns its offset. */
gsize genre_layer_add_parameter (GenreLayer *layer, GenreNetwork *network, const char *suffix,
                                 gboolean decay, guint n_dimensions, const gsize *shape);
gsize genre_layer_add_statistic (GenreLayer *layer, GenreNetwork *network, const char *suffix,
                                 gsize size);

extern const GenreLayerClass genre_average_pool_class, genre_batch_norm_class, genre_conv2d_class,
    genre_crop_class, genre_dense_class, genre_depthwise_class, genre_dropout_class,
    genre_instance_norm_class, genre_max_pool_class, genre_mean_subtraction_class, genre_relu_class,
    genre_residual_class, genre_silu_class, genre_squeeze_excitation_class,
    genre_statistics_pool_class;

G_END_DECLS
