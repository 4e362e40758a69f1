/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a decoder is given is decoded, and nothing else is opened. GStreamer's decodebin and
 * uridecodebin go by the bytes: a file that bears the name of a song, or a station that says that
 * it sends audio, may in truth be a list of other addresses (HLS, DASH, SDP, a project of a video
 * editor), on the network or on this machine, and what is installed for those lists fetches
 * whatever they name. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

/* On the bus, in words for people. */
#define DECODER_GUARD_ERROR (decoder_guard_error_quark ())
GQuark decoder_guard_error_quark (void);

typedef enum {
  DECODER_GUARD_ERROR_LIST, /* of addresses, which is not followed */
  DECODER_GUARD_ERROR_TAG,  /* more before the sound than anybody writes about it */
} DecoderGuardError;

/* Before @decoder, a decodebin or uridecodebin, is started. */
void decoder_guard (GstElement *decoder);

G_END_DECLS
