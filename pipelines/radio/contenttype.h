/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the Content-Type of an HTTP answer says about what follows. The bytes themselves are asked
 * only where it says nothing: a station is joined anywhere in its stream, and there the bytes of
 * music now and then look like something else. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

typedef enum {
  CONTENT_UNKNOWN, /* nothing said, or nothing to be relied on */
  CONTENT_AUDIO,
  CONTENT_PLAYLIST,
  CONTENT_OTHER, /* pages, pictures: nothing to be heard */
} Content;

/* @content_type may be NULL and have parameters. With CONTENT_AUDIO, @caps is set to what the
 * decoder is to take it for. */
Content content_type_classify (const char *content_type, GstCaps **caps);

G_END_DECLS
