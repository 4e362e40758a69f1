/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreSafetensors: named float tensors and string metadata in one file.
 *
 * Format: https://github.com/huggingface/safetensors: 8 bytes little-endian header length, a JSON
 * header {"__metadata__": {string: string}, NAME: {"dtype", "shape", "data_offsets"}}, then raw
 * little-endian tensors. Read dtypes: F32 and F16 (widened to float). Files are read whole into
 * memory after their size is checked, and are hostile until proven otherwise: lengths, offsets
 * (inside the data, no overlap, no holes), shapes (product equals length), duplicate keys, dtypes
 * and non-finite values are all checked. Errors name the file and the fault: GENRE_ERROR_IO,
 * GENRE_ERROR_FORMAT, or GENRE_ERROR_UNSUPPORTED for other dtypes. */
#pragma once
#include "error.h"
G_BEGIN_DECLS

#define GENRE_SAFETENSORS_MAX_FILE (256 * 1024 * 1024) /* bytes, unless more is asked for */
#define GENRE_SAFETENSORS_MAX_HEADER (1024 * 1024)     /* bytes */
#define GENRE_SAFETENSORS_MAX_DIMENSIONS 8

typedef struct _GenreSafetensors GenreSafetensors;

typedef enum { GENRE_DTYPE_F32, GENRE_DTYPE_F16 } GenreDtype;

GenreSafetensors *genre_safetensors_new (void); /* empty, for writing */
void genre_safetensors_free (GenreSafetensors *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreSafetensors, genre_safetensors_free)

GenreSafetensors *genre_safetensors_load (const char *path, GError **error);
/* The same of a file that may be larger, up to @max_size bytes. */
GenreSafetensors *genre_safetensors_load_within (const char *path, gsize max_size, GError **error);
/* @name stands for the path in error messages, e.g. a resource's. */
GenreSafetensors *genre_safetensors_parse (GBytes *bytes, const char *name, GError **error);
/* As files.h writes: on failure @path is what it was. Values
 * that F16 cannot hold (over 65,504) or that are not finite are GENRE_ERROR_INVALID. Same content,
 * same bytes. */
gboolean genre_safetensors_save (const GenreSafetensors *file, const char *path, GError **error);
gboolean genre_safetensors_save_within (const GenreSafetensors *file, const char *path,
                                        gsize max_size, GError **error);

const char *genre_safetensors_get_metadata (const GenreSafetensors *file, const char *key);
void genre_safetensors_set_metadata (GenreSafetensors *file, const char *key, const char *value);
GList *
genre_safetensors_metadata_keys (const GenreSafetensors *file); /* (transfer container) sorted */

/* @name: UTF-8, not "__metadata__". NULL if there is none of that name. @shape:
 * GENRE_SAFETENSORS_MAX_DIMENSIONS long. Values are finite, owned by @file, in C order. */
const float *genre_safetensors_get_tensor (const GenreSafetensors *file, const char *name,
                                           guint *n_dimensions, gsize *shape);
void genre_safetensors_set_tensor (GenreSafetensors *file, const char *name, GenreDtype dtype,
                                   guint n_dimensions, const gsize *shape, const float *values);
/* The same, but not copied: @values must stay as long as @file. */
void genre_safetensors_lend_tensor (GenreSafetensors *file, const char *name, GenreDtype dtype,
                                    guint n_dimensions, const gsize *shape, const float *values);
GList *
genre_safetensors_tensor_names (const GenreSafetensors *file); /* (transfer container) file order */
const char *
genre_safetensors_get_name (const GenreSafetensors *file); /* path or name, for errors */

G_END_DECLS
