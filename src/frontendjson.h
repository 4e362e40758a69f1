/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreFrontEndConfig as it stands in model files and beside stored spectrograms. */
#pragma once
#include <json-glib/json-glib.h>
#include "frontend.h"
G_BEGIN_DECLS

/* {"representation": "mel", "rate": 22050, "fft-size": 2048, "hop": 914, "bands": 128,
 *  "coefficients": 0, "min-frequency": 0, "max-frequency": 11025}. An unknown, missing or mistyped
 * member is GENRE_ERROR_INVALID and named in the message. */
gboolean genre_front_end_config_from_json (GenreFrontEndConfig *config, JsonObject *object,
                                           GError **error);
JsonObject *
genre_front_end_config_to_json (const GenreFrontEndConfig *config); /* (transfer full) */
/* The same on one line; equal for equal front ends. (transfer full) */
char *genre_front_end_config_to_text (const GenreFrontEndConfig *config);

G_END_DECLS
