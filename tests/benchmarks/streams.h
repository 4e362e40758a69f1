/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the benchmarks share: elements fed without a pipeline around them, so that what is measured
 * is theirs; the process's own figures; results as text and as JSON. */
#pragma once
#include <gst/gst.h>

typedef struct {
  GstElement *element; /* with a bus of its own that nobody reads, but which is emptied */
  GstPad *source, *sink;
  guint rate;
  GstBuffer *sound; /* one second and a bit of stereo S16, to cut buffers from */
  guint64 frame;
} Stream;

/* @model: "" the built-in one. Plays at once. */
Stream *stream_new (const char *model, guint rate, const char *overload);
void stream_free (Stream *stream);
GstBuffer *stream_make_buffer (Stream *stream, guint n_frames);
void stream_push (Stream *stream, guint n_frames);
guint64 stream_get_stat (Stream *stream, const char *field);

/* Begins a figure file: text to stdout as it comes, JSON at the end. */
void report_begin (const char *name);
void report (const char *name, double value, const char *unit);
void report_end (void);

gsize get_resident_bytes (void);
guint count_workers (void);
void sleep_until (gint64 monotonic_us);

/* --name=value, or @fallback. */
double get_option (int argc, char **argv, const char *name, double fallback);
const char *get_text_option (int argc, char **argv, const char *name, const char *fallback);
