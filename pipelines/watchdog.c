/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watchdog.h"

struct _Watchdog {
  GstPad *pad; /* the classifier's */
  gulong probe;
  gint arrivals; /* atomic */
  gint seen;     /* at the last look */
};

static GstPadProbeReturn
on_arrival (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Watchdog *self = user_data;
  g_atomic_int_inc (&self->arrivals);
  return GST_PAD_PROBE_OK;
}

gboolean
watchdog_saw_something (Watchdog *self)
{
  const gint arrivals = g_atomic_int_get (&self->arrivals);
  const gboolean something = arrivals != self->seen;
  self->seen = arrivals;
  return something;
}

Watchdog *
watchdog_new (GstElement *classifier)
{
  Watchdog *self = g_new0 (Watchdog, 1);
  self->pad = gst_element_get_static_pad (classifier, "sink");
  self->probe =
      gst_pad_add_probe (self->pad, GST_PAD_PROBE_TYPE_DATA_DOWNSTREAM, on_arrival, self, NULL);
  return self;
}

void
watchdog_free (Watchdog *self)
{
  if (!self)
    return;
  gst_pad_remove_probe (self->pad, self->probe);
  gst_object_unref (self->pad);
  g_free (self);
}
