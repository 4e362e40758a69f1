/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A GenreModel as a file. Reading goes one way: bytes, safetensors, configuration, network.
 *
 * The file is safetensors (safetensors.h). Metadata, all strings:
 *   format         "genreclassify-1"
 *   labels         JSON array of {"label": "hiphop", "name": "Hip-Hop"}; label is [a-z][a-z0-9_-]*;
 *                  after the genres those of sounds that are no music, with "background": true
 *   front-end      JSON, see frontendjson.h
 *   segment        JSON {"frames": 128, "step": 64}; a step is at least a hundredth of a second
 *   network        JSON, see network.h
 *   temperature    decimal number > 0
 *   threshold      decimal number, 0 to 1
 *   doubt          decimal number, 0 to 100 (model.h); absent: 0
 *   provenance     JSON object, free form: data, split, recipe, seed, measured figures */
#pragma once
#include "model.h"
#include "safetensors.h"
G_BEGIN_DECLS

#define GENRE_MODEL_FORMAT "genreclassify-1"

/* Every tensor that the network needs must be there with its shape, and no other. */
GenreModel *genre_model_load (const char *path, GError **error);
GenreModel *genre_model_parse (GBytes *bytes, const char *name, GError **error);
/* @dtype: of weights; statistics are always F32. Atomic (safetensors.h). */
gboolean genre_model_save (GenreModel *model, const char *path, GenreDtype dtype, GError **error);

G_END_DECLS
