/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <gst/gst.h>

/* hear URI: each answer of the element about what playbin plays; autoaudiosink plays it aloud. */
int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  GstElement *filter = gst_element_factory_make ("genreclassify", NULL);
  GstElement *playbin = gst_element_factory_make ("playbin", NULL);
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  if (argc != 2 || !filter || !playbin || !sink) {
    g_printerr ("usage: hear URI, where GStreamer finds genreclassify (GST_PLUGIN_PATH)\n");
    return 2;
  }
  g_object_set (playbin, "uri", argv[1], "audio-filter", filter, "audio-sink", sink, NULL);
  gst_util_set_object_arg (G_OBJECT (playbin), "flags", "audio");
  gst_element_set_state (playbin, GST_STATE_PLAYING);
  g_autoptr (GstBus) bus = gst_element_get_bus (playbin);
  int status = 0;
  for (gboolean ended = FALSE; !ended;) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop (bus, GST_CLOCK_TIME_NONE);
    ended = message->type == GST_MESSAGE_EOS || message->type == GST_MESSAGE_ERROR;
    if (message->type == GST_MESSAGE_ERROR) {
      g_autoptr (GError) error = NULL;
      gst_message_parse_error (message, &error, NULL);
      g_printerr ("%s cannot be played: %s\n", argv[1], error->message);
      status = 1;
    }
    if (!gst_message_has_name (message, "genreclassify"))
      continue;
    const GstStructure *answer = gst_message_get_structure (message);
    const char *genre = gst_structure_get_string (answer, "genre");
    double confidence = 0, rock = 0;
    gst_structure_get_double (answer, "confidence", &confidence);
    const GValue *all = gst_structure_get_value (answer, "probabilities");
    gst_structure_get_double (gst_value_get_structure (all), "rock", &rock);
    g_print ("%s %.2f, rock %.2f\n", genre, confidence, rock);
  }
  gst_element_set_state (playbin, GST_STATE_NULL);
  gst_object_unref (playbin);
  return status;
}
