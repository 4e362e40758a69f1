/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreLayer: what every type of layer has in common. Internal to libgenre.
 *
 * A layer knows its shapes and where its parameters lie; it holds no data. All data of one pass
 * (what comes in, what goes out, what backward needs) belong to the tape, handed around as
 * GenreRun. Data are (channels, batch, frames, features) in C order. To add a layer type: one file
 * with a GenreLayerClass, parse, forward and backward, and one line in layer.c.
 *
 * A description is read once, by parse; whoever wants to know what a layer does (inference/ turns
 * layers into steps of its own) finds it in the fields of GenreLayer. */
#pragma once
#include <json-glib/json-glib.h>
#include "error.h"
#include "random.h"
#include "tensorinfo.h"
#include "vectorised.h"
G_BEGIN_DECLS

/* What is added to a variance before its root is taken: by batch and instance normalisation, by
 * statistics pooling. */
#define GENRE_NORM_EPSILON 1e-5f
#define GENRE_STATISTICS_EPSILON 1e-5f

typedef struct {
  guint channels, frames, features;
} GenreShape;

/* Of 64 bits everywhere: a description may ask for more than a machine of 32 can address. */
static inline guint64
genre_shape_size (GenreShape shape)
{
  return (guint64)shape.channels * shape.frames * shape.features;
}

/* What a layer looks through, each (frames, features). Pools: stride = kernel, their size. */
typedef struct {
  guint kernel[2], stride[2], padding[2];
} GenreWindow;

typedef struct _GenreLayer GenreLayer;
typedef struct _GenreLayerClass GenreLayerClass;
typedef struct _GenreLayers GenreLayers;

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
  gboolean trains; /* statistics of the group and dropout; otherwise running statistics and none */
  guint batch, n_views; /* inputs side by side whose dropout is the same */
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
  /* Reads the description; sets output, saved_bytes, table_bytes, scratch, multiply_adds; claims
   * parameters. */
  gboolean (*parse) (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error);
  /* Makes the tables of table_bytes, once all sizes are known to be sane; FALSE without memory.
   * NULL if there are none. */
  gboolean (*prepare) (GenreLayer *layer);
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
  void (*finalise) (GenreLayer *layer); /* frees what prepare made */
};

#define GENRE_NOWHERE G_MAXSIZE /* the offset of a tensor that a layer has not */

struct _GenreLayer {
  const GenreLayerClass *klass;
  guint id;    /* position in layers->all, where nested layers are listed too */
  guint depth; /* of nesting */
  char *name;  /* "4.body.0" */
  GenreShape input, output;
  gboolean in_place;     /* the class allows it and the layer is not the first of its sequence */
  gsize saved_bytes;     /* for each input of the batch */
  guint64 table_bytes;   /* that prepare makes, whatever the batch */
  guint64 scratch;       /* floats, whatever the batch */
  guint64 multiply_adds; /* for one input */
  gsize n_parameters;

  GenreWindow window;         /* 1 × 1 for a layer without one */
  gsize weight[2], bias[2];   /* offsets in the parameters, of its products in order */
  guint hidden;               /* values between two products */
  gsize mean, variance;       /* offsets in the statistics */
  GPtrArray *body, *shortcut; /* sequences inside it, owned; NULL if there is none */
};

/* All layers of a network and the tensors that they claim. */
struct _GenreLayers {
  GPtrArray *sequence;                     /* of GenreLayer: the outermost ones, in order */
  GPtrArray *all;                          /* of GenreLayer, owned: all, by id */
  GArray *parameter_info, *statistic_info; /* of GenreTensorInfo */
  guint64 n_parameters, n_statistics;
  guint64 filled_parameters, filled_values; /* with channels filled up, margins: see layer.c */
  guint64 n_values; /* that the layers so far give and keep, for one input, tables among them */
  guint64 multiply_adds; /* of the layers so far, in inference, with channels filled up */
  gboolean widened;      /* one of them leaves more than the one channel that the network sees */
  GStringChunk *names;
};

/* Reads @array, a JSON array of layers of which the first sees @input. GENRE_ERROR_INVALID. */
GenreLayers *genre_layers_new (JsonArray *array, GenreShape input, GError **error);
void genre_layers_free (GenreLayers *layers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreLayers, genre_layers_free)

/* A sequence of layers is read from a JSON array; its layers are named @prefix + index. */
GPtrArray *genre_sequence_parse (GenreLayers *layers, JsonArray *array, const char *prefix,
                                 guint depth, GenreShape input, GError **error);
GenreShape genre_sequence_output (GPtrArray *sequence, GenreShape input);

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
/* Sets the layer's window from "kernel", "stride" (1) and "padding" (half the kernel), none above
 * @high, and the frames and features of its output. */
gboolean genre_layer_get_window (GenreLayer *layer, JsonObject *object, guint high, GError **error);
/* Claims a tensor of the network's parameters (or statistics); returns its offset. */
gsize genre_layer_add_parameter (GenreLayer *layer, GenreLayers *layers, const char *suffix,
                                 gboolean decay, guint n_dimensions, const gsize *shape);
gsize genre_layer_add_statistic (GenreLayer *layer, GenreLayers *layers, const char *suffix,
                                 gsize size);

extern const GenreLayerClass genre_average_pool_class, genre_batch_norm_class, genre_cepstrum_class,
    genre_conv2d_class, genre_covariance_pool_class, genre_crop_class, genre_dense_class,
    genre_depthwise_class, genre_dropout_class, genre_instance_norm_class, genre_max_pool_class,
    genre_mean_subtraction_class, genre_relu_class, genre_residual_class, genre_silu_class,
    genre_squeeze_excitation_class, genre_statistics_pool_class;

G_END_DECLS
