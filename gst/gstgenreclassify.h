/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GstGenreClassify: the element; its manual stands at the head of gstgenreclassify.c. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

typedef enum {
  GST_GENRE_CLASSIFY_OVERLOAD_AUTO,
  GST_GENRE_CLASSIFY_OVERLOAD_WAIT,
  GST_GENRE_CLASSIFY_OVERLOAD_DROP,
} GstGenreClassifyOverload;

#define GST_TYPE_GENRE_CLASSIFY_OVERLOAD (gst_genre_classify_overload_get_type ())
GType gst_genre_classify_overload_get_type (void);

#define GST_TYPE_GENRE_CLASSIFY (gst_genre_classify_get_type ())
G_DECLARE_FINAL_TYPE (GstGenreClassify, gst_genre_classify, GST, GENRE_CLASSIFY, GstElement)

GST_ELEMENT_REGISTER_DECLARE (genreclassify)

G_END_DECLS
