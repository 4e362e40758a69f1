/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreRecipe: everything that decides what comes out of training, apart from the data. Read from a
 * key file (models/default.recipe is one), changed by --set group.key=value, kept as text in
 * checkpoints and in the model's provenance. Values stand there as they are: a backslash escapes
 * nothing. */
#pragma once
#include <glib.h>
#include "error.h"
G_BEGIN_DECLS

typedef struct {
  /* [model] */
  char *architecture; /* "cnn", "resnet", "efficientnet", "timbre", or the path of a description */
  char *representation; /* "mel" or "mfcc" of mel data, or whatever the data set holds ("") */
  char *widths;         /* channels of each stage, "32,64,96" */
  char *stem_stride;    /* of the first convolution, frames x features: "1x2", "2" */
  char *pools;          /* max-pooling of each stage, frames x features: "2x4,1x2,2" */
  guint depth;          /* blocks in each stage */
  guint expansion;      /* of channels inside an inverted residual block */
  guint features;       /* the lowest ones that the network sees; 0: all */
  double mean_subtraction, dropout;
  guint coefficients; /* of mfcc, of timbre */
  guint segment_frames, segment_step;
  /* [training] */
  guint epochs;
  guint batch;          /* segments in a mini-batch */
  guint group;          /* segments in a group: batch normalisation sees these together */
  double learning_rate; /* at the top of the schedule */
  double weight_decay;
  double warm_up; /* share of the steps in which the learning rate rises; then a cosine to 0 */
  double label_smoothing;
  double average_decay; /* of the weight average that becomes the model, per step; 0: none */
  double teacher_share; /* of the target that teachers decide, where there are any */
  double consistency;   /* weight in the loss of the distance between what is said of a segment as
                           recorded and of the same mastered; 0: each is shown once */
  char *balance;        /* "clips", "genres" or "artists": what is drawn equally often */
  guint others;         /* draws of music of other genres to one of each genre */
  double class_weights; /* 0: every clip counts alike … 1: every genre does, however many clips it
                           has */
  guint validate_every; /* epochs */
  guint patience;       /* validations without improvement before stopping; 0: never stop early */
  guint seed;
  /* [augmentation] */
  double stretch;                  /* time: up to ± this share */
  double shift;                    /* pitch: up to ± this many bands */
  double equaliser;                /* dB, deviation of a random smooth curve over the bands */
  double band_limit;               /* probability of a random low-pass, and of a random high-pass */
  double noise;                    /* probability of a random noise floor */
  double compression;              /* dynamics scaled by up to ± this share */
  double mastering;                /* probability of bands limited, then all */
  double mastering_compression;    /* share of it whose bands are compressed instead */
  double fade;                     /* probability of a fade in or out */
  double announcer;                /* probability that background lies over music */
  guint frequency_mask, time_mask; /* widest mask, bands and frames */
  guint masks;                     /* of either kind */
  double mixup;                    /* Beta parameter; 0: off */
  char *mixup_partner;             /* "any" or "genre": who may be mixed in */
  /* no setting */
  gboolean begins; /* with another model's network: of [model] only the segments have a say */
  char *origin; /* what errors name: "my.recipe", "my.recipe, --set", "--set"; NULL: all defaults */
  guint64 given; /* which settings a file or --set has given, a bit for each; others are defaults */
  char *description; /* what the file of that architecture held (architecture.h); NULL: not read */
} GenreRecipe;

GenreRecipe *genre_recipe_new (void); /* defaults */
GenreRecipe *genre_recipe_copy (const GenreRecipe *recipe);
void genre_recipe_free (GenreRecipe *recipe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreRecipe, genre_recipe_free)

/* Unknown groups and keys and values out of range are errors that name the file and the key. */
gboolean genre_recipe_read (GenreRecipe *recipe, const char *path, GError **error);
gboolean genre_recipe_parse (GenreRecipe *recipe, const char *text, const char *name,
                             GError **error);
/* "training.epochs=20" */
gboolean genre_recipe_set (GenreRecipe *recipe, const char *assignment, GError **error);
/* Learns what another model has begun, whose network hears such segments: everything else in
 * [model] has no say any more, and is neither kept nor written. */
void genre_recipe_begin (GenreRecipe *recipe, guint segment_frames, guint segment_step);
/* What a command line says: the recipe of @path, if not NULL, changed by @settings, and checked. */
GenreRecipe *genre_recipe_compose (const char *path, char *const *settings, GError **error);
/* 2 where each segment is shown as recorded and mastered, otherwise 1. */
guint genre_recipe_count_views (const GenreRecipe *recipe);
gboolean genre_recipe_check (const GenreRecipe *recipe, GError **error);
/* Whether a file or --set has given that setting ("training.epochs"). */
gboolean genre_recipe_is_given (const GenreRecipe *recipe, const char *setting);
/* "; model.pools is from the default recipe: set it, too", or "" if somebody has given the setting:
 * no fault in what goes with it is that of its origin alone. (transfer full) */
char *genre_recipe_say_default (const GenreRecipe *recipe, const char *setting);
/* Puts the recipe's origin before an error that it is to blame for. */
void genre_recipe_blame (const GenreRecipe *recipe, GError **error);
/* Every key that has a say with its value: reads back to an equal recipe. (transfer full) */
char *genre_recipe_to_text (const GenreRecipe *recipe);
/* "training.epochs   120   …", for --help. (transfer full) */
char *genre_recipe_describe (void);

G_END_DECLS
