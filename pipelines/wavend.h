/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a WAV file. GStreamer 1.22's wavparse reads on behind the last chunk if the file goes
 * on there, and where that is no chunk, be it the padding of an odd number of bytes, it says that
 * the file has no audio. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

/* Before @pipeline, a bin of any depth that decodes the file at @path, is started: wavparse is told
 * that the file ends where its chunks do. */
void wav_end_hide_rest (GstElement *pipeline, const char *path);

G_END_DECLS
