/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decoding.h"
#include "../filepipeline.h"
#include "../translation.h"

/* What every installation has: of decoders of the same rank it comes first, so that a station is
 * heard alike whatever else is installed. */
#define COMMON_DECODER "mpg123audiodec"
#define MOST_LAYERS 3 /* of MPEG-1 audio */

/* What decodes the stream of an Ogg file that is heard: one after the other, as songs follow each
 * other. Everything happens in the streaming thread. */
typedef struct {
  GstBin *pipeline;
  GstElement *classifier;
  GstPad *pad;      /* of the demuxer, heard; NULL: none is */
  gboolean chosen;  /* of the pads that are being added, one is heard */
  gboolean gave;    /* the song's decoder has given something */
  GPtrArray *chain; /* elements from there to the classifier, owned by the pipeline */
} Songs;

/* ---- what decodes a stream ---- */

static int
compare_factories (gconstpointer a, gconstpointer b)
{
  const gboolean is_common = g_str_equal (GST_OBJECT_NAME (a), COMMON_DECODER);
  const guint rank = gst_plugin_feature_get_rank (GST_PLUGIN_FEATURE_CAST (a));
  if (rank == gst_plugin_feature_get_rank (GST_PLUGIN_FEATURE_CAST (b)) &&
      (is_common || g_str_equal (GST_OBJECT_NAME (b), COMMON_DECODER)))
    return is_common ? -1 : 1;
  return gst_plugin_feature_rank_compare_func (a, b);
}

/* Those of @factories, which is taken, that some of @caps can be given to. */
static GList *
keep_able (GList *factories, const GstCaps *caps)
{
  GList *able = gst_element_factory_list_filter (factories, caps, GST_PAD_SINK, FALSE);
  gst_plugin_feature_list_free (factories);
  return able;
}

/* A server calls all layers of MPEG the same; which one it is the parser says when it is too late
 * for another decoder. */
static GList *
keep_able_of_all_layers (GList *factories, const GstCaps *caps)
{
  const GstStructure *type = gst_caps_get_structure (caps, 0);
  if (!gst_structure_has_name (type, "audio/mpeg") || gst_structure_has_field (type, "layer"))
    return factories;
  for (int layer = 1; layer <= MOST_LAYERS; layer++) {
    g_autoptr (GstCaps) one = gst_caps_copy (caps);
    gst_caps_set_simple (one, "layer", G_TYPE_INT, layer, NULL);
    factories = keep_able (factories, one);
  }
  return factories;
}

static GstElement *
make_best (GstElementFactoryListType type, const GstCaps *caps)
{
  GList *able = keep_able (gst_element_factory_list_get_elements (type, GST_RANK_MARGINAL), caps);
  able = keep_able_of_all_layers (able, caps);
  able = g_list_sort (able, compare_factories);
  GstElement *element = able ? gst_element_factory_create (able->data, NULL) : NULL;
  gst_plugin_feature_list_free (able);
  return element;
}

/* A parser, if there is one, and a decoder. Empty if nothing is known that decodes it. (transfer
 * container) of floating elements */
static GPtrArray *
make_chain (const GstCaps *caps)
{
  GPtrArray *chain = g_ptr_array_new ();
  GstElement *decoder =
      make_best (GST_ELEMENT_FACTORY_TYPE_DECODER | GST_ELEMENT_FACTORY_TYPE_MEDIA_AUDIO, caps);
  GstElement *parser = decoder ? make_best (GST_ELEMENT_FACTORY_TYPE_PARSER, caps) : NULL;
  if (parser)
    g_ptr_array_add (chain, parser);
  if (decoder)
    g_ptr_array_add (chain, decoder);
  return chain;
}

/* Its last element is linked to @classifier, each is in the state of the pipeline. */
static gboolean
add_chain (GstBin *pipeline, const GPtrArray *chain, GstElement *classifier)
{
  gboolean good = TRUE;
  for (guint i = 0; i < chain->len; i++)
    gst_bin_add (pipeline, chain->pdata[i]);
  for (guint i = chain->len; good && i > 0; i--)
    good = gst_element_link (chain->pdata[i - 1], i < chain->len ? chain->pdata[i] : classifier);
  for (guint i = chain->len; good && i > 0; i--)
    good = gst_element_sync_state_with_parent (chain->pdata[i - 1]);
  return good;
}

/* The pipeline may be on its way to another state, in another thread: they do not follow it any
 * more. */
static void
remove_chain (GstBin *pipeline, const GPtrArray *chain)
{
  for (guint i = 0; i < chain->len; i++) {
    gst_element_set_locked_state (chain->pdata[i], TRUE);
    gst_element_set_state (chain->pdata[i], GST_STATE_NULL);
    gst_bin_remove (pipeline, chain->pdata[i]);
  }
}

/* ---- songs in Ogg ---- */

static void
songs_free (gpointer data, GClosure *closure)
{
  Songs *self = data;
  g_ptr_array_unref (self->chain);
  g_free (self);
}

/* A song ends; whether the stream does, only the source knows. */
static GstPadProbeReturn
drop_end (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  const GstEvent *event = gst_pad_probe_info_get_event (info);
  return GST_EVENT_TYPE (event) == GST_EVENT_EOS ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

static void
send_end (GstElement *element)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (element, "sink");
  gst_pad_send_event (sink, gst_event_new_eos ());
}

/* What leaves a decoder. */
static GstPadProbeReturn
on_decoded (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Songs *self = user_data;
  if (!(info->type & GST_PAD_PROBE_TYPE_BUFFER))
    return drop_end (pad, info, NULL);
  self->gave = TRUE;
  return GST_PAD_PROBE_OK;
}

/* Parsers keep a frame until they see the next one, decoders what overlaps with it: they are told
 * that there is none. To a decoder that has seen no more than headers an end is an error. */
static void
drain (Songs *self)
{
  if (self->pad && self->gave)
    send_end (self->chain->pdata[0]);
}

/* All that came before has gone through the demuxer. */
static GstPadProbeReturn
on_stream_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Songs *self = user_data;
  if (GST_EVENT_TYPE (gst_pad_probe_info_get_event (info)) != GST_EVENT_EOS)
    return GST_PAD_PROBE_OK;
  drain (self);
  send_end (self->classifier);
  return GST_PAD_PROBE_OK;
}

static GstCaps *
get_caps (GstPad *pad)
{
  GstCaps *caps = gst_pad_get_current_caps (pad);
  return caps ? caps : gst_pad_query_caps (pad, NULL);
}

static gboolean
is_audio (const GstCaps *caps)
{
  return gst_caps_get_size (caps) > 0 &&
         g_str_has_prefix (gst_structure_get_name (gst_caps_get_structure (caps, 0)), "audio/");
}

/* For what nothing is known: it says what is missing. */
static void
add_decodebin (Songs *self, GPtrArray *chain)
{
  GstElement *decoder = gst_element_factory_make ("decodebin", NULL);
  if (!decoder)
    return;
  pipeline_connect_decoder (decoder, self->classifier);
  g_ptr_array_add (chain, decoder);
  gst_bin_add (self->pipeline, decoder);
  gst_element_sync_state_with_parent (decoder);
}

static void
end_song (Songs *self)
{
  drain (self);
  self->pad = NULL;
  self->gave = FALSE;
  remove_chain (self->pipeline, self->chain);
  g_ptr_array_set_size (self->chain, 0);
}

/* What drains out of a decoder goes on to @classifier, but for the end. */
static gboolean
add_song (Songs *self, const GPtrArray *chain)
{
  const guint last = chain->len - 1;
  g_autoptr (GstPad) source = gst_element_get_static_pad (chain->pdata[last], "src");
  gst_pad_add_probe (source, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
                     on_decoded, self, NULL);
  return add_chain (self->pipeline, chain, self->classifier);
}

/* The pads of a song are there before those of the last one go. */
static void
on_pad_added (GstElement *demux, GstPad *pad, gpointer user_data)
{
  Songs *self = user_data;
  g_autoptr (GstCaps) caps = get_caps (pad);
  if (self->chosen || !is_audio (caps))
    return;
  end_song (self);
  g_ptr_array_unref (self->chain);
  self->chain = make_chain (caps);
  if (self->chain->len == 0)
    add_decodebin (self, self->chain);
  else
    add_song (self, self->chain);
  if (self->chain->len == 0)
    return;
  g_autoptr (GstPad) sink = gst_element_get_static_pad (self->chain->pdata[0], "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, drop_end, NULL, NULL);
  gst_pad_link (pad, sink);
  self->pad = pad;
  self->chosen = TRUE;
}

static void
on_pad_removed (GstElement *demux, GstPad *pad, gpointer user_data)
{
  Songs *self = user_data;
  if (pad == self->pad)
    end_song (self);
}

static void
on_no_more_pads (GstElement *demux, gpointer user_data)
{
  Songs *self = user_data;
  if (!self->chosen)
    GST_ELEMENT_ERROR (demux, STREAM, WRONG_TYPE, (N_ ("no audio in it")), (NULL));
  self->chosen = FALSE;
}

static GstElement *
add_songs (GstBin *pipeline, GstElement *classifier)
{
  GstElement *demux = gst_element_factory_make ("oggdemux", NULL);
  if (!demux)
    return NULL;
  Songs *self = g_new0 (Songs, 1);
  self->pipeline = pipeline;
  self->classifier = classifier;
  self->chain = g_ptr_array_new ();
  gst_bin_add (pipeline, demux);
  g_signal_connect (demux, "pad-added", G_CALLBACK (on_pad_added), self);
  g_signal_connect (demux, "no-more-pads", G_CALLBACK (on_no_more_pads), self);
  g_signal_connect_data (demux, "pad-removed", G_CALLBACK (on_pad_removed), self, songs_free, 0);
  g_autoptr (GstPad) sink = gst_element_get_static_pad (demux, "sink");
  gst_pad_add_probe (sink, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_stream_event, self, NULL);
  return demux;
}

/* ---- which way ---- */

GstElement *
decoding_add (GstBin *pipeline, GstCaps *caps, GstElement *classifier)
{
  const GstStructure *type = gst_caps_get_structure (caps, 0);
  int version = 0;
  if (gst_structure_has_name (type, "application/ogg"))
    return add_songs (pipeline, classifier);
  if (!gst_structure_has_name (type, "audio/mpeg") ||
      !gst_structure_get_int (type, "mpegversion", &version) || version != 1)
    return NULL;
  g_autoptr (GPtrArray) chain = make_chain (caps);
  if (chain->len == 0)
    return NULL;
  if (add_chain (pipeline, chain, classifier))
    return chain->pdata[0];
  remove_chain (pipeline, chain);
  return NULL;
}
