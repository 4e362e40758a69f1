/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What opens the addresses in a list, as hlsdemux does, which not every machine has: an element of
 * that class, which no decoder is to make. */
#pragma once
#include "decoderguard.h"
#include "test.h"
#include <gst/gst.h>
#include <string.h>

#define FOLLOWED "application/x-test-list" /* a kind of list that nobody has heard of … */
#define FOLLOWED_MARK "#TEST-LIST"         /* … and how it begins */
#define FILLED_SIZE 8192
#define HLS "application/x-hls"
#define HLS_LIST                                                                                   \
  "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10,\n"    \
  "file:///dev/null\n#EXT-X-ENDLIST\n"

typedef GstElement Follower;
typedef GstElementClass FollowerClass;

static inline void
follower_class_init (gpointer class, gpointer data)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (FOLLOWED ";" HLS);
  gst_element_class_add_pad_template (
      class, gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_set_static_metadata (class, "follower", "Codec/Demuxer/Adaptive", "follower",
                                         "tests");
}

static inline void
follower_find_type (GstTypeFind *find, gpointer data)
{
  const guint n = strlen (FOLLOWED_MARK);
  const guint8 *bytes = gst_type_find_peek (find, 0, n);
  if (bytes && memcmp (bytes, FOLLOWED_MARK, n) == 0)
    gst_type_find_suggest_empty_simple (find, GST_TYPE_FIND_MAXIMUM, FOLLOWED);
}

/* Where there is an hlsdemux, that one comes first. */
static inline void
follower_install (void)
{
  gst_init (NULL, NULL);
  const GTypeInfo info = {.class_size = sizeof (FollowerClass),
                          .class_init = follower_class_init,
                          .instance_size = sizeof (Follower)};
  if (g_type_from_name ("Follower") != 0)
    return;
  g_autoptr (GstCaps) caps = gst_caps_from_string (FOLLOWED);
  const GType type = g_type_register_static (GST_TYPE_ELEMENT, "Follower", &info, 0);
  ck_assert (gst_element_register (NULL, "follower", GST_RANK_MARGINAL, type));
  ck_assert (gst_type_find_register (NULL, "followed", GST_RANK_PRIMARY, follower_find_type, NULL,
                                     caps, NULL, NULL));
}

static inline void
follower_on_element (GstBin *pipeline, GstBin *bin, GstElement *element, gpointer n_made)
{
  const char *class = gst_element_get_metadata (element, GST_ELEMENT_METADATA_KLASS);
  if (strstr (class, "Adaptive"))
    g_atomic_int_inc ((gint *)n_made);
}

/* @n_made, atomic: elements of that class that come into @pipeline from now on. */
static inline void
follower_watch (GstElement *pipeline, gint *n_made)
{
  g_signal_connect (pipeline, "deep-element-added", G_CALLBACK (follower_on_element), n_made);
}

/* What is pushed is looked at when there is more of it. (transfer full) */
static inline GBytes *
follower_fill_up (const char *list, gsize size)
{
  g_autofree char *bytes = g_malloc (FILLED_SIZE);
  memset (bytes, '\n', FILLED_SIZE);
  memcpy (bytes, list, size);
  return g_bytes_new (bytes, FILLED_SIZE);
}

/* The first error on @bus says that it is a list of @type. */
static inline void
follower_check_refusal (GstBus *bus, const char *type, GstClockTime patience)
{
  g_autoptr (GstMessage) message =
      gst_bus_timed_pop_filtered (bus, patience, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  ck_assert (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;
  gst_message_parse_error (message, &error, NULL);
  ck_assert_msg (g_error_matches (error, DECODER_GUARD_ERROR, DECODER_GUARD_ERROR_LIST), "%s",
                 error->message);
  ck_assert_ptr_nonnull (strstr (error->message, type));
}

#define LIST(type, text)                                                                           \
  {                                                                                                \
    type, text, sizeof text - 1                                                                    \
  }

/* Lists of all kinds, and how they hide. */
static const struct {
  const char *type, *text;
  gsize size; /* of the text, in which there may be zeros */
} followed[] = {
    LIST (HLS, HLS_LIST),
    LIST (HLS, "--next\r\nContent-Type: " HLS "\r\n\r\n" HLS_LIST "\r\n--next\r\n\r\n"),
    LIST (HLS, "ID3\3\0\0\0\0\0\14PRIV\0\0\0\2\0\0x\0" HLS_LIST),
    LIST (FOLLOWED, FOLLOWED_MARK "\nfile:///dev/null\n"),
    LIST ("application/dash+xml",
          "<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"></MPD>\n"),
    LIST ("application/sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=audio 5004 RTP/AVP 0\n"),
    LIST ("application/xges", "<ges version='0.4'>\n<project></project>\n</ges>\n"),
    LIST ("text/uri-list", "rtsp://127.0.0.1/list\n"),
};
