/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreModel: everything that turns sound into a genre: labels, front end, segment, network with
 * its weights, temperature, threshold, provenance. Immutable once loaded (modelfile.h), shared. */
#pragma once
#include "frontend.h"
#include "inference/inference.h"
#include "network.h"
G_BEGIN_DECLS

#define GENRE_MODEL_MAX_LABELS 256
#define GENRE_MODEL_MAX_DOUBT 100
#define GENRE_MODEL_MIN_FRAMES 2 /* of a segment */
#define GENRE_MODEL_MAX_FRAMES 4096
#define GENRE_MODEL_MAX_PACE 100 /* segments begun in a second: each is kept while in a window */
/* For a second of audio, of the network, with channels filled up, of the values that it writes, and
 * of mfcc's transform: fifty times what models for playing take, more than a core does in a second.
 */
#define GENRE_MODEL_MAX_MULTIPLY_ADDS (G_GUINT64_CONSTANT (1) << 34)
#define GENRE_MODEL_VALUE 64 /* multiply-adds that each value counts as; it takes no less time */

typedef struct _GenreModel GenreModel;

typedef struct {
  guint n_labels;
  guint n_background;   /* of the labels, the last ones: sounds that are no music */
  char **labels;        /* (n_labels,) NULL-terminated */
  char **display_names; /* (n_labels,) NULL-terminated */
  GenreFrontEndConfig front_end;
  guint segment_frames; /* 2 to 4,096 */
  guint segment_step;   /* 1 to segment_frames; at least a hundredth of a second */
  char *network;        /* description */
  double temperature;   /* 1 if not calibrated */
  double threshold;     /* of the confidence, below which the answer is unknown; 0: none */
  double doubt;     /* the model's own threshold is compared with confidence · familiarity^doubt
                       (aggregation.h): the less it resembles music of the genres, the surer the answer
                       must be; 0: with the confidence itself */
  char *provenance; /* JSON text, "{}" if unknown */
} GenreModelConfig;

/* The labels that are genres, which come first. */
static inline guint
genre_model_config_count_genres (const GenreModelConfig *config)
{
  return config->n_labels - config->n_background;
}

void genre_model_config_clear (GenreModelConfig *config);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GenreModelConfig, genre_model_config_clear)
void genre_model_config_copy (const GenreModelConfig *from, GenreModelConfig *to);
/* TRUE if @label is [a-z][a-z0-9_-]* and not "unknown". */
gboolean genre_label_is_valid (const char *label);

/* Checks @config, builds network and front end; weights are zero until initialised or filled in.
 * (transfer full) */
GenreModel *genre_model_new (const GenreModelConfig *config, GError **error);
/* The same without room for weights: for genre_network_allocate() of its network. */
GenreModel *genre_model_describe (const GenreModelConfig *config, GError **error);

GenreModel *genre_model_ref (GenreModel *model);
void genre_model_unref (GenreModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreModel, genre_model_unref)

const GenreModelConfig *genre_model_get_config (const GenreModel *model);
/* For the trainer, before anyone infers: values that are learnt after the network is. */
void genre_model_set_calibration (GenreModel *model, double temperature, double threshold);
void genre_model_set_doubt (GenreModel *model, double doubt);
void genre_model_set_provenance (GenreModel *model, const char *json);
GenreFrontEnd *genre_model_get_front_end (GenreModel *model); /* (transfer none) */
GenreNetwork *genre_model_get_network (GenreModel *model);    /* (transfer none) */
/* What inference needs is made on first use, or here, once, where a lack of memory is an error,
 * GENRE_ERROR_IO; on first use it ends the process. */
gboolean genre_model_prepare (GenreModel *model, GError **error);
GenreInference *genre_model_get_inference (GenreModel *model); /* (transfer none) */

/* Probabilities of one normalised segment: softmax (scores / temperature), (n_labels,), the
 * background among them. */
void genre_model_classify_segment (GenreModel *model, const float *input, double *probabilities);

G_END_DECLS
