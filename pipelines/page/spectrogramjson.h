/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A moment of a spectrogram as the page draws it: a byte for each band of each frame, on a scale
 * that is always the same, so that a quiet station looks quiet. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

/* dB, as the built-in model's mel bands measure: a sine of full scale has 41. */
#define SPECTROGRAM_QUIETEST -40.0 /* and below: byte 0 */
#define SPECTROGRAM_LOUDEST 40.0   /* and above: byte 255 */
#define SPECTROGRAM_MOST_BYTES 65536

/* {"id", "bands", "rate", "data"} of genreclassify-spectrogram: frames a second; base64 of the
 * bytes of one frame after the other, the lowest band first. NULL if it is none. (transfer full) */
char *spectrogram_json_format (const char *id, const GstStructure *spectrogram);

G_END_DECLS
