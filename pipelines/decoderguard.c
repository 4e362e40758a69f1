/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decoderguard.h"
#include "translation.h"
#include <string.h>

#define LONGEST_TAG ((gsize)16 << 20) /* bytes; pictures in it are the larger part */

/* GstAutoplugSelectResult, which is in no header. */
#define SELECT_TRY 0
#define SELECT_SKIP 2

/* Lists by GStreamer's names, whether or not something is installed that opens them. */
static const char *const lists[] = {
    "application/dash+xml",
    "application/sdp",
    "application/smil",
    "application/vnd.apple-fcp+xml",
    "application/vnd.apple-xmeml+xml",
    "application/vnd.ms-sstr+xml",
    "application/vnd.pixar.opentimelineio+json",
    "application/x-hls",
    "application/xges",
    "text/uri-list",
};

/* Of the classes of elements that read what they are given and nothing else. Others, as of
 * "Codec/Demuxer/Adaptive" and "Codec/Demuxer/Network/RTP", are not to be had here, whatever may
 * be installed one day. */
static const char *const words[] = {
    "Audio",    "Bin",   "Codec",    "Converter", "Decoder",  "Demuxer",
    "Hardware", "Image", "Metadata", "Parser",    "Subtitle", "Video",
};

GQuark
decoder_guard_error_quark (void)
{
  return g_quark_from_static_string ("decoder-guard-error");
}

static void
fail (GstElement *element, DecoderGuardError code, const char *text)
{
  g_autoptr (GError) error = g_error_new_literal (DECODER_GUARD_ERROR, (int)code, text);
  gst_element_post_message (element, gst_message_new_error (GST_OBJECT (element), error, text));
}

/* ---- lists ---- */

static gboolean
is_one_of (const char *word, const char *const *some, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (strcmp (word, some[i]) == 0)
      return TRUE;
  return FALSE;
}

static const char *
get_type (const GstCaps *caps)
{
  return gst_caps_get_size (caps) > 0 ? gst_structure_get_name (gst_caps_get_structure (caps, 0))
                                      : "";
}

static gboolean
is_list (const GstCaps *caps)
{
  return is_one_of (get_type (caps), lists, G_N_ELEMENTS (lists));
}

static void
refuse (GstElement *decoder, const GstCaps *caps)
{
  g_autofree char *text = g_strdup_printf (
      N_ ("it is a list of other addresses (%s), which is not followed"), get_type (caps));
  fail (decoder, DECODER_GUARD_ERROR_LIST, text);
}

/* What is refused by its type is said here: of what nothing opens nobody asks on_select(). */
static gboolean
on_continue (GstElement *decoder, GstPad *pad, GstCaps *caps, gpointer user_data)
{
  if (is_list (caps))
    refuse (decoder, caps);
  return TRUE; /* otherwise it would come out as if it were decoded */
}

static gboolean
only_reads (const char *class)
{
  if (g_str_has_prefix (class, "Codec/Depayloader/")) /* of packets that an address has sent */
    return TRUE;
  g_auto (GStrv) parts = g_strsplit (class, "/", -1);
  for (char **part = parts; *part; part++)
    if (!is_one_of (g_strstrip (*part), words, G_N_ELEMENTS (words)))
      return FALSE;
  return TRUE;
}

/* What is skipped is as if it were not installed. */
static int
on_select (GstElement *decoder, GstPad *pad, GstCaps *caps, GstElementFactory *factory,
           gpointer user_data)
{
  const char *class = gst_element_factory_get_metadata (factory, GST_ELEMENT_METADATA_KLASS);
  if (is_list (caps))
    return SELECT_SKIP;
  if (only_reads (class))
    return SELECT_TRY;
  if (strstr (class, "Demux"))
    refuse (decoder, caps);
  return SELECT_SKIP;
}

/* ---- tags ---- */

/* Where bytes are pushed, a tag is collected until it is as long as it says that it is. */
static GstPadProbeReturn
on_tag_bytes (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  gsize *n = user_data;
  g_autoptr (GstElement) demux = gst_pad_get_parent_element (pad);
  g_autoptr (GstPad) source = demux ? gst_element_get_static_pad (demux, "src") : NULL;
  if (!demux || (source && gst_pad_has_current_caps (source)))
    return GST_PAD_PROBE_REMOVE; /* it is over */
  if (*n > LONGEST_TAG)
    return GST_PAD_PROBE_DROP;
  *n += gst_buffer_get_size (gst_pad_probe_info_get_buffer (info));
  if (*n <= LONGEST_TAG)
    return GST_PAD_PROBE_OK;
  fail (demux, DECODER_GUARD_ERROR_TAG, N_ ("more than 16 MiB of tags stand before its sound"));
  return GST_PAD_PROBE_DROP;
}

static void
on_element (GstBin *decoder, GstBin *bin, GstElement *element, gpointer user_data)
{
  const char *class = gst_element_get_metadata (element, GST_ELEMENT_METADATA_KLASS);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "sink");
  if (pad && class && g_str_has_prefix (class, "Codec/Demuxer/Metadata"))
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_PUSH, on_tag_bytes,
                       g_new0 (gsize, 1), g_free);
}

void
decoder_guard (GstElement *decoder)
{
  g_signal_connect (decoder, "autoplug-continue", G_CALLBACK (on_continue), NULL);
  g_signal_connect (decoder, "autoplug-select", G_CALLBACK (on_select), NULL);
  g_signal_connect (decoder, "deep-element-added", G_CALLBACK (on_element), NULL);
}
