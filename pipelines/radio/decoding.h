/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How bytes whose type is known become audio: in the thread that brings them. decodebin, which has
 * to be ready for everything, puts a queue and a thread behind each demuxer, and handing over every
 * packet of an Ogg stream costs as much as decoding it. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

/* Adds to @pipeline what makes audio for @classifier, which is in it, of bytes of type @caps, and
 * returns the element that is given the bytes. NULL, and nothing is added, if that is decodebin's
 * business. (transfer none) */
GstElement *decoding_add (GstBin *pipeline, GstCaps *caps, GstElement *classifier);

G_END_DECLS
