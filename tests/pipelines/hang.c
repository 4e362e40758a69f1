/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plugin with a decoder that does to its pipeline what decoders do to theirs now and then. Files
 * begin with what is to come: "HANGSTATE" hangs in the change of state to PAUSED, "HANGDATA" in the
 * first buffer, "HANGCRASH" crashes. */
#define PACKAGE "genreclassify"
#include <gst/gst.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CAPS "audio/x-hang"

typedef struct {
  GstElement parent;
} Hang;
typedef struct {
  GstElementClass parent_class;
} HangClass;
GType hang_get_type (void);
G_DEFINE_TYPE (Hang, hang, GST_TYPE_ELEMENT)

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                             GST_STATIC_CAPS (CAPS ", how=(string){state,data,crash}"));
static GstStaticPadTemplate source_template =
    GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("audio/x-raw"));

static void
hang_for_ever (void)
{
  while (TRUE)
    pause ();
}

static gboolean
on_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return gst_pad_event_default (pad, parent, event);
  GstCaps *caps;
  gst_event_parse_caps (event, &caps);
  const char *how = gst_structure_get_string (gst_caps_get_structure (caps, 0), "how");
  if (g_str_equal (how, "crash"))
    abort ();
  gst_event_unref (event);
  return TRUE;
}

static GstFlowReturn
on_buffer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  hang_for_ever ();
  return GST_FLOW_ERROR;
}

/* decodebin sets the caps of its pad before it changes the state. */
static GstStateChangeReturn
change_state (GstElement *element, GstStateChange transition)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "sink");
  g_autoptr (GstPad) peer = gst_pad_get_peer (pad);
  g_autoptr (GstCaps) caps = peer ? gst_pad_query_caps (peer, NULL) : NULL;
  g_autofree char *text = caps ? gst_caps_to_string (caps) : NULL;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && text && strstr (text, "state"))
    hang_for_ever ();
  return GST_ELEMENT_CLASS (hang_parent_class)->change_state (element, transition);
}

static void
hang_init (Hang *self)
{
  GstPad *pad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_event_function (pad, on_event);
  gst_pad_set_chain_function (pad, on_buffer);
  gst_element_add_pad (GST_ELEMENT (self), pad);
  gst_element_add_pad (GST_ELEMENT (self),
                       gst_pad_new_from_static_template (&source_template, "src"));
}

static void
hang_class_init (HangClass *class)
{
  GstElementClass *element = GST_ELEMENT_CLASS (class);
  element->change_state = change_state;
  gst_element_class_add_static_pad_template (element, &sink_template);
  gst_element_class_add_static_pad_template (element, &source_template);
  gst_element_class_set_static_metadata (element, "Hang", "Codec/Decoder/Audio", "Hangs", "tests");
}

static void
find_type (GstTypeFind *find, gpointer user_data)
{
  const guint8 *head = gst_type_find_peek (find, 0, 9);
  if (!head || memcmp (head, "HANG", 4) != 0)
    return;
  const char *how = memcmp (head + 4, "STATE", 5) == 0  ? "state"
                    : memcmp (head + 4, "DATA", 4) == 0 ? "data"
                                                        : "crash";
  gst_type_find_suggest_simple (find, GST_TYPE_FIND_MAXIMUM, CAPS, "how", G_TYPE_STRING, how, NULL);
}

static gboolean
plugin_init (GstPlugin *plugin)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (CAPS);
  return gst_type_find_register (plugin, "hang-type", GST_RANK_PRIMARY, find_type, NULL, caps, NULL,
                                 NULL) &&
         gst_element_register (plugin, "hang", GST_RANK_PRIMARY, hang_get_type ());
}

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" /* in GStreamer's macro */
GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, hang, "Decoders that hang", plugin_init,
                   "1", "GPL", "genreclassify's tests", "none")
